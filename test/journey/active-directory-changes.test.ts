/** Afterwards, from day to day: what changes in Active Directory and in the manifests goes to OpenLDAP as exactly that. */
import { Buffer } from "node:buffer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ldapmodify, ldapsearch } from "../servers/ldapsearch.ts";
import { suffix } from "../servers/openldap-configuration.ts";
import { without } from "../servers/packages.ts";
import { env, type Example, login, openExample } from "./active-directory-example.ts";
import { expectCode } from "./expect-code.ts";
import { stepsOf } from "./steps.ts";

describe.skipIf(without("samba", "openldap"))("a company that came from Active Directory to OpenLDAP", () => {
  let one: Example;
  beforeAll(async () => {
    one = await openExample("small");
    expectCode(await one.run("apply", "--auto-approve"), 0);
  });
  afterAll(() => one?.close());
  const uuid = async (name: string) =>
    (await one.target.search(`(mail=${name}@example.test)`, { attributes: ["entryUUID"] })).map(({ values }) => values);

  it("shows who was disabled, and who went from one group to another, as exactly that", async () => {
    expect((await one.membersOf("large"))?.["member"]).toHaveLength(50);
    const [person] = await ldapsearch(one.source.own, one.source.company, `(mail=${login(21)})`, ["cn"]);
    const coded = Buffer.from(person?.dn ?? "").toString("base64");
    await ldapmodify(
      one.source.own,
      `dn:: ${coded}\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 546\n`,
    );
    await ldapmodify(
      one.source.own,
      `dn: CN=empty,OU=Groups,${one.source.company}\nchangetype: modify\nadd: member\nmember:: ${coded}\n`,
    );
    await ldapmodify(
      one.source.own,
      `dn: CN=large,OU=Groups,${one.source.company}\nchangetype: modify\ndelete: member\nmember:: ${coded}\n`,
    );
    const plan = await one.run("plan");
    expect(plan.stdout).toMatch(/~ account\/u00021@example\.test\n\s+enabled\s+yes → no/u);
    expect(plan.stdout).toContain("0 to add, 3 to change, 0 to delete");
    expectCode(await one.run("apply", "--auto-approve", "--allow-delete", "member=1"), 0);
    expect((await one.membersOf("empty"))?.["member"]).toContain(`uid=u00021,ou=people,${suffix}`);
    expect((await one.membersOf("large"))?.["member"]).toHaveLength(49);
    expectCode(await one.run("plan", "--detailed-exitcode"), 0);
  });

  it("renames as exactly that: the entry stays", async () => {
    const steps = stepsOf(one.place, "manifests/people.yaml", env);
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
    const steps = stepsOf(one.place, "manifests/people.yaml", env);
    const named = ["--allow-delete", "account/desk@example.test"] as const;
    const written = "    desk: {formerly: [office@example.test], displayName: Front Office, familyName: Office}";
    await steps.edit(written, "    desk: {protect: true}");
    await steps.shows("= account/desk@example.test");
    await steps.apply();
    await steps.edit("{protect: true}", "{absent: true}");
    await steps.shows("! account/desk@example.test");
    expect(await steps.refused(...named)).toContain("It is protected");
    expect(await one.target.search("(mail=desk@example.test)")).toHaveLength(1);
    await steps.edit("{absent: true}", "{protect: false}");
    await steps.shows("= account/desk@example.test");
    await steps.apply();
    await steps.edit("{protect: false}", "{absent: true}");
    await steps.apply(...named);
    expect(await one.target.search("(mail=desk@example.test)")).toEqual([]);
  });
});
