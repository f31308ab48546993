/** A company that moves out of Active Directory; what is there is seen by ldapsearch. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startLdapFront, type LdapFront } from "../servers/ldap-front.ts";
import { suffix } from "../servers/openldap-configuration.ts";
import { without } from "../servers/packages.ts";
import { type Samba, startSamba } from "../servers/samba.ts";
import { env, type Example, lay, login, openExample } from "./active-directory-example.ts";
import { rows } from "./company.ts";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place } from "./run.ts";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 300_000 });

const large = 2500;

describe.skipIf(without("samba", "openldap"))("the example, from Active Directory to OpenLDAP", () => {
  let one: Example;
  beforeAll(async () => {
    one = await openExample("large");
  });
  afterAll(() => one?.close());

  it("brings three thousand people and their groups, and then has nothing to do", async () => {
    expectCode(await one.run("check"), 0);
    const plan = await one.run("plan", "--detailed-exitcode");
    expectCode(plan, 2);
    expect(plan.stdout).toContain("3000 rows of active-directory");
    expect(plan.stdout).toMatch(/\+ list\/large@example\.test\s+2500 members/u);
    expectCode(await one.run("apply", "--auto-approve"), 0);
    expect(
      await one.target.search("(&(objectClass=inetOrgPerson)(mail=*@example.test))", { attributes: ["1.1"] }),
    ).toHaveLength(3001);
    const [disabled] = await one.target.search(`(mail=${login(24)})`);
    expect(disabled?.values).toMatchObject({ accountstatus: ["disabled"] });
    expect((await one.membersOf("large"))?.["member"]).toHaveLength(large);
    expect(await one.membersOf("country")).toMatchObject({ rfc822mailmember: ["c1@partner.test"] });
    expect((await one.membersOf("south"))?.["member"]).toContain(`cn=world,ou=groups,${suffix}`);
    expectCode(await one.run("plan", "--detailed-exitcode"), 0);
  });

  it("writes an import of Active Directory whose plan is empty", async () => {
    const keep = `apiVersion: reconcile/v1\nkind: Migration\nmetadata: {name: keep}\nspec: {destination: {directory: active-directory}}\n`;
    const [endpoint = ""] = (await readFile(one.place.path("manifests/endpoints.yaml"), "utf8")).split("---\n");
    await one.place.write({ "imported/system.yaml": `${endpoint}---\n${keep}` });
    const there = ["-f", "imported"] as const;
    expectCode(await one.place.run(["import", "active-directory", "-o", "imported", ...there], { env }), 0);
    const text = await readFile(one.place.path("imported/example.test.yaml"), "utf8");
    expect(text.match(/^ {4}u\d{5}: /gmu)).toHaveLength(3000);
    const plan = await one.place.run(["plan", "--detailed-exitcode", ...there], { env });
    expectCode(plan, 0);
    expect(plan.stdout).toContain("No changes.");
  });

  it("moves by what was imported as by the example, and then has nothing to do", async () => {
    const move = `apiVersion: reconcile/v1\nkind: Migration\nmetadata: {name: imported}\nspec: {destination: {directory: new-directory}}\n`;
    await one.place.write({
      "imported/system.yaml": `${await readFile(one.place.path("manifests/endpoints.yaml"), "utf8")}---\n${move}`,
    });
    const there = ["-f", "imported"] as const;
    expectCode(await one.place.run(["plan", "--detailed-exitcode", ...there], { env }), 2);
    expectCode(await one.place.run(["apply", "--auto-approve", ...there], { env }), 0);
    expect(
      await one.target.search("(&(objectClass=inetOrgPerson)(mail=u*@example.test))", { attributes: ["1.1"] }),
    ).toHaveLength(3000);
    expectCode(await one.place.run(["plan", "--detailed-exitcode", ...there], { env }), 0);
  });
});

describe.skipIf(without("samba"))("from Active Directory with its limits to CSV files", () => {
  let place: Place;
  let source: Samba;
  let front: LdapFront;
  const run = (...args: readonly string[]) => place.run([...args, "-f", "manifests"], { env });
  beforeAll(async () => {
    [place, source] = await Promise.all([openPlace(), startSamba({ size: "large", schema: "exchange" })]);
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
