/** People who come, are renamed, leave and go, in Active Directory as the destination and as the source; what is there is seen by ldapsearch. */
import { setImmediate as turn } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { ldapmodify, ldapsearch } from "../servers/ldapsearch.ts";
import { without } from "../servers/packages.ts";
import { administrator, type Samba, startSamba } from "../servers/samba.ts";
import { rows } from "./company.ts";
import { openPlace, type Place } from "./run.ts";
import { type Steps, stepsOf } from "./steps.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const env = { AD_PASSWORD: administrator.password };
const file = "manifests/people.yaml";
const document = (kind: string, name: string, spec: string): string =>
  `apiVersion: reconcile/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${spec}\n`;
const system = (server: Samba, base: string, way: string): string =>
  [
    document(
      "Endpoint",
      "ad",
      `{type: ldap, flavour: activeDirectory, url: "ldaps://127.0.0.1:${server.tlsPort}", ca: ${server.capath}, base: "${base}", bind: {dn: ${administrator.dn}, password: {env: AD_PASSWORD}}}`,
    ),
    document("Endpoint", "files", "{type: csv, path: ../files}"),
    document("Migration", "move", way),
  ].join("---\n");

/** The file of people, some of whom have left. */
const people = (...left: readonly string[]) =>
  `address,displayName,familyName,status\n${[
    ["ana", "Ana Ruiz", "Ruiz"],
    ["bo", '"Ék, Bo"', "Ék"],
    ["cy", "王 Су", "Су"],
    ["dee", "Dee", "Dee"],
  ]
    .map(([name = "", ...rest]) => `${name}@example.com,${rest.join(",")},${left.includes(name) ? "left" : "here"}\n`)
    .join("")}`;

describe.skipIf(without("samba"))("with Active Directory", () => {
  let server: Samba;
  beforeAll(async () => {
    server = await startSamba({ schema: "exchange" });
  });
  afterAll(() => server?.stop());
  const unit = async (name: string) => {
    const base = `OU=${name},${server.base}`;
    await ldapmodify(server.own, `dn: ${base}\nchangetype: add\nobjectClass: organizationalUnit\n`);
    return base;
  };

  describe("as the destination, of rows of a file", () => {
    let place: Place;
    let base: string;
    let steps: Steps;
    beforeAll(async () => {
      [place, base] = await Promise.all([openPlace(), unit("Destination")]);
      steps = stepsOf(place, file, env);
      const lists = "{sales: {members: [ana, bo]}, office: {members: [cy]}}";
      await place.write({
        "manifests/system.yaml": system(server, base, "{source: {directory: files}, destination: {directory: ad}}"),
        "files/accounts.csv": people(),
        [file]: document(
          "Domain",
          "example.com",
          `{accountsFrom: {filter: {status: here}, leavers: disable}, accounts: {zed: {familyName: Zorn}}, lists: ${lists}}`,
        ),
      });
    });
    afterAll(() => place?.remove());
    const entry = async (name: string, ...attributes: readonly string[]) => {
      const [only, ...more] = await ldapsearch(server.own, base, `(mail=${name}@example.com)`, attributes);
      expect(more).toEqual([]);
      return only;
    };
    const control = async (name: string) => (await entry(name, "userAccountControl"))?.attributes["userAccountControl"];
    const dn = async (name: string) => (await entry(name))?.dn;
    const forwarded = async (name: string) =>
      (await entry(name, "targetAddress", "altRecipient", "deliverAndRedirect"))?.attributes;
    const members = async (name: string) => (await entry(name, "member"))?.attributes["member"]?.toSorted();

    it("brings people and groups, and a second plan is empty", async () => {
      await steps.shows(
        ...["ana", "bo", "cy", "dee", "zed"].map((name) => `+ account/${name}@example.com`),
        ...["sales", "office"].map((name) => `+ list/${name}@example.com`),
      );
      await steps.apply();
      const found = await ldapsearch(server.own, base, "(objectClass=user)", ["mail", "displayName", "sn"]);
      expect(
        found
          .map(({ attributes: { mail, displayName, sn } }) => [mail?.[0], displayName?.[0], sn?.[0]])
          .toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
      ).toEqual([
        ["ana@example.com", "Ana Ruiz", "Ruiz"],
        ["bo@example.com", "Ék, Bo", "Ék"],
        ["cy@example.com", "王 Су", "Су"],
        ["dee@example.com", "Dee", "Dee"],
        ["zed@example.com", undefined, "Zorn"],
      ]);
    });

    it("renames as exactly that: the entry stays, and its login follows", async () => {
      const before = await entry("zed", "objectGUID");
      await steps.edit("zed: {", "zoe: {formerly: [zed@example.com], ");
      await steps.shows("~ account/zoe@example.com");
      await steps.apply();
      expect(await entry("zed")).toBeUndefined();
      const after = await entry("zoe", "objectGUID", "userPrincipalName");
      expect(after?.octets["objectGUID"]).toEqual(before?.octets["objectGUID"]);
      expect(after?.attributes["userPrincipalName"]).toEqual(["zoe@example.com"]);
    });

    it("disables who leaves the rows as exactly that, and lets them in again on return", async () => {
      await place.write({ "files/accounts.csv": people("dee") });
      expect(await steps.shows("= account/dee@example.com", "~ account/dee@example.com")).toMatch(
        /enabled\s+yes → no/u,
      );
      await steps.apply("--allow-disable", "1");
      expect(await control("dee")).toEqual(["514"]);
      expect(await control("ana")).toEqual(["512"]);
      await place.write({ "files/accounts.csv": people() });
      expect(await steps.shows("= account/dee@example.com", "~ account/dee@example.com")).toMatch(
        /enabled\s+no → yes/u,
      );
      await steps.apply();
      expect(await control("dee")).toEqual(["512"]);
    });

    it("says in the plan where mail cannot be sent on, and sends it on where it can", async () => {
      const several = "forwarding: {to: [cy, dee], keepCopy: false}, ";
      await steps.edit("zoe: {", `zoe: {${several}`);
      const plan = await steps.shows("~ account/zoe@example.com");
      expect(plan).toMatch(/error +account\/zoe@example\.com: There is room for one address \(targetAddress\)/u);
      const copied = "forwarding: {to: [z@outside.example]}, ";
      await steps.edit(several, copied);
      expect(await steps.shows("~ account/zoe@example.com")).toMatch(
        /warning +account\/zoe@example\.com: ad keeps a copy.*z@outside\.example is no account or list/u,
      );
      const outside = "forwarding: {to: [z@outside.example], keepCopy: false}, ";
      await steps.edit(copied, outside);
      expect(await steps.shows("~ account/zoe@example.com")).not.toContain("warning");
      await steps.apply();
      expect(await forwarded("zoe")).toEqual({ targetAddress: ["SMTP:z@outside.example"] });
      const inside = "forwarding: {to: [cy]}, ";
      await steps.edit(outside, inside);
      await steps.apply();
      expect(await forwarded("zoe")).toEqual({ altRecipient: [await dn("cy")], deliverAndRedirect: ["TRUE"] });
      await steps.edit(inside, "forwarding: {to: []}, ");
      await steps.apply();
      expect(await forwarded("zoe")).toEqual({});
    });

    it("moves between groups as exactly that", async () => {
      await steps.edit("[ana, bo]", "[ana]");
      await steps.edit("[cy]", "[bo, cy, zoe]");
      await steps.shows("~ list/office@example.com", "~ list/sales@example.com");
      await steps.apply("--allow-delete", "member=1");
      expect(await members("sales")).toEqual([await dn("ana")]);
      expect(await members("office")).toEqual([await dn("bo"), await dn("cy"), await dn("zoe")].toSorted());
    });

    it("deletes by name, and nobody who is protected", async () => {
      const named = ["--allow-delete", "account/zoe@example.com", "--allow-delete", "member=1"] as const;
      await steps.edit("{forwarding: {to: []}, formerly: [zed@example.com], familyName: Zorn}", "{protect: true}");
      await steps.edit("[bo, cy, zoe]", "[bo, cy]");
      await steps.shows("= account/zoe@example.com", "~ list/office@example.com");
      await steps.apply(...named);
      await steps.edit("{protect: true}", "{absent: true}");
      await steps.shows("! account/zoe@example.com");
      expect(await steps.refused(...named)).toContain("It is protected");
      expect(await entry("zoe")).toBeDefined();
      await steps.edit("{absent: true}", "{protect: false}");
      await steps.apply();
      await steps.edit("{protect: false}", "{absent: true}");
      await steps.refused();
      await steps.apply(...named);
      expect(await entry("zoe")).toBeUndefined();
    });
  });

  describe("as the source, to files", () => {
    let place: Place;
    let base: string;
    let steps: Steps;
    const person = (name: string): string =>
      `dn: CN=${name},${base}\nchangetype: add\nobjectClass: user\nsAMAccountName: s-${name}\nmail: ${name}@example.com\nuserAccountControl: 544\n`;
    beforeAll(async () => {
      [place, base] = await Promise.all([openPlace(), unit("Source")]);
      steps = stepsOf(place, file, env);
      const group = `dn: CN=sales,${base}\nchangetype: add\nobjectClass: group\nsAMAccountName: s-sales\nmail: sales@example.com\n`;
      const members = ["ana", "bo"].map((name) => `member: CN=${name},${base}\n`).join("");
      await ldapmodify(server.own, [person("ana"), person("bo"), person("cy"), group + members].join("\n"));
      await place.write({
        "manifests/system.yaml": system(server, base, "{source: {directory: ad}, destination: {directory: files}}"),
        "files/accounts.csv": "address,displayName,enabled\n",
        [file]: document(
          "Domain",
          "example.com",
          "{accountsFrom: {filter: (!(description=gone)), leavers: disable}, listsFrom: {}}",
        ),
      });
      await steps.apply();
    });
    afterAll(() => place?.remove());

    it("takes somebody who was renamed there for the same, and the groups follow", async () => {
      await ldapmodify(
        server.own,
        `dn: CN=ana,${base}\nchangetype: modrdn\nnewrdn: CN=Anna\ndeleteoldrdn: 1\n\ndn: CN=Anna,${base}\nchangetype: modify\nreplace: mail\nmail: anna@example.com\n`,
      );
      await steps.shows("~ account/anna@example.com", "~ list/sales@example.com");
      await steps.apply("--allow-delete", "member=1");
      const all = (await rows(place, "files/accounts.csv")).map(({ address }) => address);
      expect(all.toSorted()).toEqual(["anna", "bo", "cy"].map((name) => `${name}@example.com`));
      const inIt = (await rows(place, "files/members.csv")).map(({ member }) => member);
      expect(inIt.toSorted()).toEqual(["anna@example.com", "bo@example.com"]);
    });

    it("disables who leaves the filter, and deletes nobody", async () => {
      await ldapmodify(server.own, `dn: CN=cy,${base}\nchangetype: modify\nreplace: description\ndescription: gone\n`);
      expect(await steps.shows("= account/cy@example.com", "~ account/cy@example.com")).toMatch(/enabled\s+yes → no/u);
      await steps.apply("--allow-disable", "1");
      const enabled = Object.fromEntries(
        (await rows(place, "files/accounts.csv")).map(({ address = "", enabled: is }) => [address, is]),
      );
      expect(enabled).toEqual({ "anna@example.com": "true", "bo@example.com": "true", "cy@example.com": "false" });
    });
  });

  it("takes on dozens, is killed in the midst of it, and has each of them once and whole", async () => {
    const [place, base] = await Promise.all([openPlace(), unit("Killed")]);
    onTestFinished(() => place.remove());
    const steps = stepsOf(place, file, env);
    const crowd = Array.from({ length: 40 }, (_, index) => `k${index}@example.com`);
    const text = system(server, base, "{source: {directory: files}, destination: {directory: ad}}");
    await place.write({
      // Slow enough to be caught in the midst of it.
      "manifests/system.yaml": text.replace("flavour:", "limits: {messagesPerSecond: 15}, flavour:"),
      "files/accounts.csv": `address,displayName\n${crowd.map((address) => `${address},P\n`).join("")}`,
      [file]: document("Domain", "example.com", "{accountsFrom: {}, lists: {all: {members: [k0, k39]}}}"),
    });
    const there = () =>
      ldapsearch(server.own, base, "(objectClass=user)", ["mail", "userAccountControl", "userPrincipalName"]);
    const running = place.start(["apply", "--auto-approve"], { env });
    while (running.child.exitCode === null && (await there()).length < 10) await turn();
    running.child.kill("SIGKILL");
    await running.ended;
    const half = await there();
    expect(half.length).toBeGreaterThanOrEqual(10);
    expect(half.length).toBeLessThan(crowd.length);
    await place.write({ "manifests/system.yaml": text });
    await steps.apply();
    const all = (await there()).map(({ attributes }) =>
      ["mail", "userPrincipalName", "userAccountControl"].map((name) => attributes[name]?.join(" ")),
    );
    expect(all.toSorted()).toEqual(crowd.map((address) => [address, address, "512"]).toSorted());
    const [list] = await ldapsearch(server.own, base, "(mail=all@example.com)", ["member"]);
    expect(list?.attributes["member"]).toHaveLength(2);
  });
});
