/** A company that moves from OpenLDAP to CSV files, and from CSV files to OpenLDAP; what is there is seen by ldapsearch. */
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { ldif } from "../endpoint/ldap.ts";
import { admin, reader, suffix } from "../servers/openldap-configuration.ts";
import { type Found, type Openldap, startOpenldap } from "../servers/openldap.ts";
import { without } from "../servers/packages.ts";
import { peopleFile, rows } from "./company.ts";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place } from "./run.ts";

const example = join(import.meta.dirname, "../../manifests/openldap-to-csv");
const people = `ou=people,${suffix}`;
const groups = `ou=groups,${suffix}`;
const units =
  ldif(people, { objectClass: "organizationalUnit", ou: "people" }) +
  ldif(groups, { objectClass: "organizationalUnit", ou: "groups" });
const limits = "sizelimit size.soft=50 size.hard=50 size.prtotal=unlimited";

const person = (index: number): string =>
  ldif(`uid=p${index},${people}`, {
    objectClass: "inetOrgPerson",
    uid: `p${index}`,
    cn: `Person ${index}, "P"`,
    sn: `Löw ${index}`,
    mail: `p${index}@harbour.example`,
    employeeType: index % 10 === 0 ? "former" : "staff",
  });
const crowd = Array.from({ length: 120 }, (_, index) => person(index)).join("");
const team = ldif(`cn=team,${groups}`, {
  objectClass: ["groupOfNames", "extensibleObject"],
  cn: "team",
  mail: "team@harbour.example",
  member: [`uid=p1,${people}`, `uid=p2,${people}`],
});

describe.skipIf(without("openldap"))("the example, from OpenLDAP to CSV files", { timeout: 180_000 }, () => {
  let place: Place;
  let server: Openldap;
  const run = (...args: readonly string[]) =>
    place.run([...args, "-f", "manifests"], { env: { LDAP_PASSWORD: reader.password } });
  beforeAll(async () => {
    [place, server] = await Promise.all([openPlace(), startOpenldap({ ldif: units + crowd + team, limits })]);
    await cp(example, place.path("manifests"), { recursive: true });
    await mkdir(place.path("new"));
    const file = place.path("manifests/endpoints.yaml");
    const text = (await readFile(file, "utf8"))
      .replace("ldaps://ldap.harbour.example", `ldaps://127.0.0.1:${server.tlsPort}\n  ca: ${server.capath}`)
      .replaceAll("dc=harbour,dc=example", suffix);
    await writeFile(file, text);
  });
  afterAll(() => Promise.all([server?.stop(), place?.remove()]));

  it("shows people, brings them past the size limit, and then has nothing to do", async () => {
    expectCode(await run("check"), 0);
    const plan = await run("plan", "--detailed-exitcode");
    expectCode(plan, 2);
    expect(plan.stdout).toContain("+ account/p1@harbour.example");
    expect(plan.stdout).toContain("108 rows of old-directory");
    expectCode(await run("apply", "--auto-approve"), 0);
    const truth = await server.search("(&(mail=*)(employeeType=staff))", { attributes: ["mail", "cn"] });
    const brought = await rows(place, "new/accounts.csv");
    expect(truth).toHaveLength(108);
    expect(brought.map((row) => [row["address"], row["displayName"]]).toSorted()).toEqual(
      [
        ["office@harbour.example", "Front Office"],
        ...truth.map(({ values }) => [values["mail"]?.[0], values["cn"]?.[0]]),
      ].toSorted(),
    );
    expect(brought.find(({ address }) => address === "p1@harbour.example")).toMatchObject({
      quota: "5GB",
      class: "staff",
    });
    expect(await rows(place, "new/members.csv")).toEqual([
      { list: "team@harbour.example", member: "p1@harbour.example" },
      { list: "team@harbour.example", member: "p2@harbour.example" },
    ]);
    expectCode(await run("plan", "--detailed-exitcode"), 0);
  });

  it("shows a change in the directory as exactly that", async () => {
    await server.modify(`dn: uid=p1,${people}\nchangetype: modify\nreplace: sn\nsn: Other\n`);
    const plan = await run("plan", "--detailed-exitcode");
    expect(plan.stdout).toMatch(/~ account\/p1@harbour\.example\n\s+familyName\s+"Löw 1" → "Other"/u);
    expect(plan.stdout).toContain("0 to add, 1 to change, 0 to delete");
  });

  it("reads nothing into a directory that cannot be read whole", async () => {
    const file = place.path("manifests/endpoints.yaml");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace(`127.0.0.1:${server.tlsPort}`, `127.0.0.1:${server.tlsPort + 1}`));
    const plan = await run("plan", "--detailed-exitcode");
    expect(plan.stdout).not.toMatch(/^ {2}- /mu);
    expect(`${plan.stdout}${plan.stderr}`).toContain("refuses connections");
    await writeFile(file, text);
  });
});

const endpoints = (server: Openldap, base: string): string => `apiVersion: reconcile/v1
kind: Endpoint
metadata: {name: corp}
spec:
  type: ldap
  url: ldap://127.0.0.1:${server.port}
  ca: ${server.capath}
  base: "${base}"
  bind: {dn: "${admin.dn}", password: {env: LDAP_PASSWORD}}
  accounts: {base: "ou=people,${base}"}
  lists: {base: "ou=groups,${base}"}
  aliases: {base: "ou=groups,${base}"}
---
apiVersion: reconcile/v1
kind: Endpoint
metadata: {name: rows}
spec: {type: csv, path: ../rows}
---
apiVersion: reconcile/v1
kind: Migration
metadata: {name: move}
spec: {source: {directory: rows}, destination: {directory: corp}}
`;

const first = `accounts:
  ana: {displayName: Ana Ruiz, familyName: Ruiz, quota: 5GB, aliases: [a.ruiz]}
  bo: {displayName: 'Bo "B" Ek, Dr.', enabled: true}
  cy: {displayName: Cy Lund}
  zed: {displayName: Zed, protect: true}
lists:
  sales: {members: [ana, bo, partner@elsewhere.example]}
  all: {members: [sales, cy]}
  empty: {members: []}
aliases: {info: ana, abroad: someone@elsewhere.example}`;

/** A company of its own in a part of the tree, carried out once. */
interface Company {
  readonly people: string;
  readonly groups: string;
  readonly place: Place;
  run(...args: readonly string[]): ReturnType<Place["run"]>;
  declare(spec: string): Promise<void>;
  /** The one entry that fits, by ldapsearch. */
  one(filter: string, attributes?: readonly string[]): Promise<Found>;
  all(filter: string): Promise<readonly Found[]>;
  /** Plans, sees what the plan shows, carries it out, and finds nothing more to do. */
  through(spec: string, shows: RegExp, counts: string, ...allow: readonly string[]): Promise<void>;
}

const unit = (dn: string, ou: string): string => ldif(dn, { objectClass: "organizationalUnit", ou });
const env = { LDAP_PASSWORD: admin.password };
const member = ["--allow-delete", "member=1"] as const;

describe.skipIf(without("openldap"))("a company in OpenLDAP", { timeout: 180_000 }, () => {
  let server: Openldap;
  let count = 0;
  beforeAll(async () => {
    server = await startOpenldap({ memberOf: "overlay" });
  });
  afterAll(() => server?.stop());

  async function begin(): Promise<Company> {
    count += 1;
    const base = `ou=company${count},${suffix}`;
    const place = await openPlace();
    onTestFinished(() => place.remove());
    await server.add(
      unit(base, `company${count}`) + unit(`ou=people,${base}`, "people") + unit(`ou=groups,${base}`, "groups"),
    );
    await place.write({ "manifests/endpoints.yaml": endpoints(server, base), "rows/accounts.csv": "address\n" });
    const run: Company["run"] = (...args) => place.run(args, { env });
    const declare: Company["declare"] = (spec) => place.write({ "manifests/people.yaml": peopleFile(spec) });
    const all: Company["all"] = (filter) => server.search(filter, { base });
    const through: Company["through"] = async (spec, shows, counts, ...allow) => {
      await declare(spec);
      const plan = await run("plan");
      expect(plan.stdout).toMatch(shows);
      expect(plan.stdout).toContain(counts);
      expectCode(await run("apply", "--auto-approve", ...allow), 0);
      expectCode(await run("plan", "--detailed-exitcode"), 0);
    };
    await declare(first);
    return {
      people: `ou=people,${base}`,
      groups: `ou=groups,${base}`,
      place,
      run,
      declare,
      all,
      through,
      one: async (filter, attributes = ["*"]) => {
        const found = await server.search(filter, { attributes, base });
        expect(found).toHaveLength(1);
        return found[0] ?? { dn: "", values: {} };
      },
    };
  }

  /** With everybody there. */
  async function settled(): Promise<Company> {
    const begun = await begin();
    expectCode(await begun.run("apply", "--auto-approve"), 0);
    return begun;
  }

  it("comes to be, and a second plan is empty", async () => {
    const { one, through, people, groups } = await begin();
    await through(first, /\+ list\/sales@example\.com\s+3 members/u, "10 to add, 0 to change, 0 to delete");
    const ana = await one("(mail=ana@example.com)");
    expect(ana.dn).toBe(`uid=ana,${people}`);
    expect(ana.values).toMatchObject({
      displayname: ["Ana Ruiz"],
      sn: ["Ruiz"],
      mailquotasize: [String(5 * 1024 ** 3)],
    });
    expect(ana.values["mailalternateaddress"]?.toSorted()).toEqual(["a.ruiz@example.com", "info@example.com"]);
    expect((await one("(mail=sales@example.com)")).values).toMatchObject({
      member: [`uid=ana,${people}`, `uid=bo,${people}`],
      rfc822mailmember: ["partner@elsewhere.example"],
    });
    const whole = (await one("(mail=all@example.com)")).values["member"];
    expect(whole?.toSorted()).toEqual([`cn=sales,${groups}`, `uid=cy,${people}`]);
    expect((await one("(rfc822MailMember=someone@elsewhere.example)")).dn).toBe(`cn=abroad@example.com,${groups}`);
  });

  it("renames: the entry stays, its groups follow, what is none of ours is kept", async () => {
    const { one, through, people } = await settled();
    await server.modify(`dn: uid=ana,${people}\nchangetype: modify\nadd: roomNumber\nroomNumber: 7\n`);
    const before = await one("(mail=ana@example.com)", ["entryUUID"]);
    const spec = first.replaceAll("ana", "anna").replace("anna: {", "anna: {formerly: [ana@example.com], ");
    await through(spec, /account\/anna@example\.com/u, "0 to add, ");
    const after = await one("(mail=anna@example.com)", ["*", "entryUUID"]);
    expect(after.dn).toBe(`uid=anna,${people}`);
    expect(after.values).toMatchObject({ entryuuid: before.values["entryuuid"], roomnumber: ["7"] });
    const sales = (await one("(mail=sales@example.com)")).values["member"];
    expect(sales?.toSorted()).toEqual([`uid=anna,${people}`, `uid=bo,${people}`]);
  });

  it("disables as exactly that", async () => {
    const { one, through } = await settled();
    const disabled = first.replace("enabled: true", "enabled: false");
    const told = "0 to add, 1 to change, 0 to delete";
    const allowed = ["--allow-disable", "1"] as const;
    await through(disabled, /~ account\/bo@example\.com\n\s+enabled\s+yes → no/u, told, ...allowed);
    expect((await one("(mail=bo@example.com)")).values["accountstatus"]).toEqual(["disabled"]);
  });

  it("moves between groups as exactly that, and the server's own memberOf agrees", async () => {
    const { one, through, people, groups } = await settled();
    const moved = first
      .replace("members: [ana, bo, ", "members: [ana, ")
      .replace("empty: {members: []}", "empty: {members: [bo]}");
    await through(moved, /list\/empty@example\.com/u, "0 to add, 2 to change, 0 to delete", ...member);
    expect((await one("(mail=empty@example.com)")).values["member"]).toContain(`uid=bo,${people}`);
    expect((await one("(mail=sales@example.com)")).values["member"]).toEqual([`uid=ana,${people}`]);
    expect((await one("(mail=bo@example.com)", ["memberOf"])).values["memberof"]).toEqual([`cn=empty,${groups}`]);
  });

  it("deletes whom it is told to by name, and nobody who is protected", async () => {
    const { declare, run, one, all, through } = await settled();
    const zed = "zed: {displayName: Zed, protect: true}";
    const absent = first.replace(zed, "zed: {absent: true}");
    const named = ["--allow-delete", "account/zed@example.com"] as const;
    await declare(absent);
    expectCode(await run("apply", "--auto-approve", ...named), 5);
    await one("(mail=zed@example.com)");
    const freed = first.replace(", protect: true", ", protect: false");
    await through(freed, /zed@example\.com\s+take the protection off/u, "0 to add, 0 to change, 0 to delete");
    await through(absent, /! account\/zed@example\.com/u, "0 to add, 0 to change, 1 to delete", ...named);
    expect(await all("(mail=zed@example.com)")).toEqual([]);
  });

  it("takes on hundreds, is killed in the midst of it, and has each of them once", async () => {
    const { declare, run, all, place } = await begin();
    const crowd = Array.from({ length: 600 }, (_, index) => `k${index}@example.com`);
    const table = crowd.map((address, index) => `${address},Number ${index}`).join("\n");
    await place.write({ "rows/accounts.csv": `address,displayName\n${table}\n` });
    await declare(`${first}\naccountsFrom: {}`);
    const file = place.path("manifests/endpoints.yaml");
    const text = await readFile(file, "utf8");
    // Slow enough to be caught in the midst of it.
    await writeFile(file, text.replace("  accounts:", "  limits: {messagesPerSecond: 100}\n  accounts:"));
    const there = async () => (await all("(uid=k*)")).map(({ values }) => values["mail"]?.[0]);
    const running = place.start(["apply", "--auto-approve"], { env });
    while (running.child.exitCode === null && (await there()).length < 60) await turn();
    running.child.kill("SIGKILL");
    await running.ended;
    const half = await there();
    expect(half.length).toBeGreaterThanOrEqual(60);
    expect(half.length).toBeLessThan(crowd.length);
    await writeFile(file, text);
    expectCode(await run("apply", "--auto-approve"), 0);
    expect((await there()).toSorted()).toEqual(crowd.toSorted());
    expectCode(await run("plan", "--detailed-exitcode"), 0);
  });
});
