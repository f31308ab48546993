/** A company that moves out of Active Directory; what is there is seen by ldapsearch. */
import { Buffer } from "node:buffer";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { ldif } from "../endpoint/ldap.ts";
import { startLdapFront, type LdapFront } from "../servers/ldap-front.ts";
import { ldapmodify, ldapsearch } from "../servers/ldapsearch.ts";
import { admin, suffix } from "../servers/openldap-configuration.ts";
import { type Openldap, startOpenldap } from "../servers/openldap.ts";
import { without } from "../servers/packages.ts";
import { administrator, type Samba, startSamba } from "../servers/samba.ts";
import { rows } from "./company.ts";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place } from "./run.ts";
import { stepsOf } from "./steps.ts";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 300_000 });

const example = join(import.meta.dirname, "../../manifests/active-directory-to-openldap");
const env = { AD_PASSWORD: administrator.password, LDAP_PASSWORD: admin.password };
const large = 2500;
const login = (number: number): string => `u${String(number).padStart(5, "0")}@example.test`;

/** The example's manifests, with the servers of the test in place of those that it names. */
async function lay(
  place: Place,
  ad: { readonly url: string; readonly server: Samba },
  others: readonly (readonly [string, string])[],
) {
  await cp(example, place.path("manifests"), { recursive: true });
  for (const name of ["endpoints.yaml", "people.yaml", "migration.yaml"]) {
    const file = place.path("manifests", name);
    let text = await readFile(file, "utf8");
    for (const [from, to] of [
      ["ldaps://dc1.ad.harbour.example", `${ad.url}\n  ca: ${ad.server.capath}`],
      ["OU=Company,DC=ad,DC=harbour,DC=example", ad.server.company],
      ["reader@ad.harbour.example", administrator.dn],
      ...others,
      ["harbour.example", "example.test"],
    ] as const)
      text = text.replaceAll(from, to);
    await writeFile(file, text);
  }
}

describe.skipIf(without("samba", "openldap"))("the example, from Active Directory to OpenLDAP", () => {
  let place: Place;
  let source: Samba;
  let target: Openldap;
  const run = (...args: readonly string[]) => place.run([...args, "-f", "manifests"], { env });
  beforeAll(async () => {
    const units = ["people", "groups"].map((ou) =>
      ldif(`ou=${ou},${suffix}`, { objectClass: "organizationalUnit", ou }),
    );
    [place, source, target] = await Promise.all([openPlace(), startSamba(), startOpenldap({ ldif: units.join("") })]);
    await lay(place, { url: `ldaps://127.0.0.1:${source.tlsPort}`, server: source }, [
      ["ldaps://ldap.harbour.example", `ldaps://127.0.0.1:${target.tlsPort}\n  ca: ${target.capath}`],
      ["dc=harbour,dc=example", suffix],
    ]);
  });
  afterAll(() => Promise.all([source?.stop(), target?.stop(), place?.remove()]));
  const membersOf = async (name: string) => {
    const [group] = await target.search(`(mail=${name}@example.test)`, { attributes: ["member", "rfc822MailMember"] });
    return group?.values;
  };

  const uuid = async (name: string) =>
    (await target.search(`(mail=${name}@example.test)`, { attributes: ["entryUUID"] })).map(({ values }) => values);

  it("brings three thousand people and their groups, and then has nothing to do", async () => {
    expectCode(await run("check"), 0);
    const plan = await run("plan", "--detailed-exitcode");
    expectCode(plan, 2);
    expect(plan.stdout).toContain("3000 rows of active-directory");
    expect(plan.stdout).toMatch(/\+ list\/large@example\.test\s+2500 members/u);
    expectCode(await run("apply", "--auto-approve"), 0);
    expect(
      await target.search("(&(objectClass=inetOrgPerson)(mail=*@example.test))", { attributes: ["1.1"] }),
    ).toHaveLength(3001);
    const [disabled] = await target.search(`(mail=${login(24)})`);
    expect(disabled?.values).toMatchObject({ accountstatus: ["disabled"] });
    expect((await membersOf("large"))?.["member"]).toHaveLength(large);
    expect(await membersOf("country")).toMatchObject({ rfc822mailmember: ["c1@partner.test"] });
    expect((await membersOf("south"))?.["member"]).toContain(`cn=world,ou=groups,${suffix}`);
    expectCode(await run("plan", "--detailed-exitcode"), 0);
  });

  it("shows who was disabled, and who went from one group to another, as exactly that", async () => {
    const [person] = await ldapsearch(source.own, source.company, `(mail=${login(21)})`, ["cn"]);
    const coded = Buffer.from(person?.dn ?? "").toString("base64");
    await ldapmodify(
      source.own,
      `dn:: ${coded}\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 546\n`,
    );
    await ldapmodify(
      source.own,
      `dn: CN=empty,OU=Groups,${source.company}\nchangetype: modify\nadd: member\nmember:: ${coded}\n`,
    );
    await ldapmodify(
      source.own,
      `dn: CN=large,OU=Groups,${source.company}\nchangetype: modify\ndelete: member\nmember:: ${coded}\n`,
    );
    const plan = await run("plan");
    expect(plan.stdout).toMatch(/~ account\/u00021@example\.test\n\s+enabled\s+yes → no/u);
    expect(plan.stdout).toContain("0 to add, 3 to change, 0 to delete");
    expectCode(await run("apply", "--auto-approve", "--allow-delete", "member=1"), 0);
    expect((await membersOf("empty"))?.["member"]).toContain(`uid=u00021,ou=people,${suffix}`);
    expect((await membersOf("large"))?.["member"]).toHaveLength(large - 1);
    expectCode(await run("plan", "--detailed-exitcode"), 0);
  });

  it("renames as exactly that: the entry stays", async () => {
    const steps = stepsOf(place, "manifests/people.yaml", env);
    const before = await uuid("office");
    expect(before).toHaveLength(1);
    await steps.edit("    office: {", "    desk: {formerly: [office@example.test], ");
    await steps.shows("~ account/desk@example.test");
    await steps.apply();
    expect(await uuid("office")).toEqual([]);
    expect((await uuid("desk")).map((values) => values["entryuuid"])).toEqual(
      before.map((values) => values["entryuuid"]),
    );
  });

  it("deletes by name, and nobody who is protected", async () => {
    const steps = stepsOf(place, "manifests/people.yaml", env);
    const named = ["--allow-delete", "account/desk@example.test"] as const;
    const written = "    desk: {formerly: [office@example.test], displayName: Front Office, familyName: Office}";
    await steps.edit(written, "    desk: {protect: true}");
    await steps.shows("= account/desk@example.test");
    await steps.apply();
    await steps.edit("{protect: true}", "{absent: true}");
    await steps.shows("! account/desk@example.test");
    expect(await steps.refused(...named)).toContain("It is protected");
    expect(await target.search("(mail=desk@example.test)")).toHaveLength(1);
    await steps.edit("{absent: true}", "{protect: false}");
    await steps.shows("= account/desk@example.test");
    await steps.apply();
    await steps.edit("{protect: false}", "{absent: true}");
    await steps.apply(...named);
    expect(await target.search("(mail=desk@example.test)")).toEqual([]);
  });

  it("writes an import of Active Directory whose plan is empty", async () => {
    const keep = `apiVersion: reconcile/v1\nkind: Migration\nmetadata: {name: keep}\nspec: {destination: {directory: active-directory}}\n`;
    const [endpoint = ""] = (await readFile(place.path("manifests/endpoints.yaml"), "utf8")).split("---\n");
    await place.write({ "imported/system.yaml": `${endpoint}---\n${keep}` });
    const there = ["-f", "imported"] as const;
    expectCode(await place.run(["import", "active-directory", "-o", "imported", ...there], { env }), 0);
    const text = await readFile(place.path("imported/example.test.yaml"), "utf8");
    expect(text.match(/^ {4}u\d{5}: /gmu)).toHaveLength(3000);
    const plan = await place.run(["plan", "--detailed-exitcode", ...there], { env });
    expectCode(plan, 0);
    expect(plan.stdout).toContain("No changes.");
  });

  it("moves by what was imported as by the example, and then has nothing to do", async () => {
    const move = `apiVersion: reconcile/v1\nkind: Migration\nmetadata: {name: imported}\nspec: {destination: {directory: new-directory}}\n`;
    await place.write({
      "imported/system.yaml": `${await readFile(place.path("manifests/endpoints.yaml"), "utf8")}---\n${move}`,
    });
    const there = ["-f", "imported"] as const;
    expectCode(await place.run(["plan", "--detailed-exitcode", ...there], { env }), 2);
    expectCode(await place.run(["apply", "--auto-approve", ...there], { env }), 0);
    expect(
      await target.search("(&(objectClass=inetOrgPerson)(mail=u*@example.test))", { attributes: ["1.1"] }),
    ).toHaveLength(3000);
    expectCode(await place.run(["plan", "--detailed-exitcode", ...there], { env }), 0);
  });
});

describe.skipIf(without("samba"))("from Active Directory with its limits to CSV files", () => {
  let place: Place;
  let source: Samba;
  let front: LdapFront;
  const run = (...args: readonly string[]) => place.run([...args, "-f", "manifests"], { env });
  beforeAll(async () => {
    [place, source] = await Promise.all([openPlace(), startSamba({ schema: "exchange" })]);
    front = await startLdapFront({ to: source.port, secure: `${source.folder}/both.pem` });
    await lay(place, { url: `ldaps://127.0.0.1:${front.port}`, server: source }, []);
    const file = place.path("manifests/endpoints.yaml");
    const [first = ""] = (await readFile(file, "utf8")).split("---\n");
    await writeFile(
      file,
      `${first}---\napiVersion: reconcile/v1\nkind: Endpoint\nmetadata: {name: new-directory}\nspec: {type: csv, path: ../new}\n`,
    );
    await mkdir(place.path("new"));
  });
  afterAll(async () => {
    await front?.stop();
    await Promise.all([source?.stop(), place?.remove()]);
  });

  it("brings every page, and every member of a group that no query gives whole", async () => {
    expectCode(await run("apply", "--auto-approve"), 0);
    expect((await rows(place, "new/accounts.csv")).length).toBe(3001);
    const members = (await rows(place, "new/members.csv")).filter(({ list }) => list === "large@example.test");
    expect(members.map(({ member }) => member).toSorted()).toEqual(
      Array.from({ length: large }, (_, number) => login(number)),
    );
    const lists = await rows(place, "new/lists.csv");
    expect(lists.find(({ address }) => address === "large@example.test")).toMatchObject({ hidden: "true" });
    expect(front.cut).toMatchObject({ searches: 0 });
    expect(front.cut.attributes).toBeGreaterThan(0);
    expectCode(await run("plan", "--detailed-exitcode"), 0);
  });
});
