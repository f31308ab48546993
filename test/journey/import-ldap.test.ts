/** Manifests of what OpenLDAP holds; what is there is seen by ldapsearch, and what is written by a YAML reader. */
import { readFile, readdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ldif } from "../endpoint/ldap.ts";
import { admin, suffix } from "../servers/openldap-configuration.ts";
import { type Openldap, startOpenldap } from "../servers/openldap.ts";
import { without } from "../servers/packages.ts";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place } from "./run.ts";

const people = `ou=people,${suffix}`;
const groups = `ou=groups,${suffix}`;
const hash = "{SSHA}c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0";
const units = ["people", "groups"]
  .map((ou) => ldif(`ou=${ou},${suffix}`, { objectClass: "organizationalUnit", ou }))
  .join("");

const person = (index: number): string =>
  ldif(`uid=p${index},${people}`, {
    objectClass: ["inetOrgPerson", "extensibleObject"],
    uid: `p${index}`,
    cn: `Person ${index}, "P": #${index}`,
    sn: `Löw ${index}`,
    mail: `p${index}@${index % 5 === 0 ? "branch.example" : "example.com"}`,
    mailQuotaSize: String((index + 1) * 1024 ** 2),
    userPassword: hash,
    ...(index % 7 === 0 ? { accountStatus: "disabled" } : {}),
    ...(index === 3 ? { mailAlternateAddress: ["third@example.com", "null@branch.example"] } : {}),
  });
const group = (cn: string, values: Readonly<Record<string, string | readonly string[]>>): string =>
  ldif(`cn=${cn},${groups}`, {
    objectClass: ["groupOfNames", "extensibleObject"],
    cn,
    mail: `${cn}@example.com`,
    ...values,
  });
const crowd = Array.from({ length: 40 }, (_, index) => person(index)).join("");
const teams =
  group("team", { member: [`uid=p1,${people}`, `uid=p5,${people}`], rfc822MailMember: "partner@elsewhere.example" }) +
  group("all", { member: [`cn=team,${groups}`, `uid=p2,${people}`] });
// Fewer than there are people: they come in pages or not at all.
const limits = "sizelimit size.soft=15 size.hard=15 size.prtotal=unlimited";

const system = (server: Openldap): string => `apiVersion: reconcile/v1
kind: Endpoint
metadata: {name: corp}
spec:
  type: ldap
  url: ldap://127.0.0.1:${server.port}
  ca: ${server.capath}
  base: "${suffix}"
  bind: {dn: "${admin.dn}", password: {env: LDAP_PASSWORD}}
  accounts: {base: "${people}"}
  lists: {base: "${groups}"}
---
apiVersion: reconcile/v1
kind: Migration
metadata: {name: keep}
spec: {destination: {directory: corp}}
`;

interface Written {
  readonly spec: {
    readonly accounts: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    readonly lists?: Readonly<Record<string, { readonly members: readonly string[] }>>;
  };
}

describe.skipIf(without("openldap"))("an import from OpenLDAP", { timeout: 180_000 }, () => {
  let place: Place;
  let server: Openldap;
  const run = (...args: readonly string[]) => place.run(args, { env: { LDAP_PASSWORD: admin.password } });
  const text = (domain: string) => readFile(place.path(`manifests/${domain}.yaml`), "utf8");
  const written = async (domain: string) => parse(await text(domain)) as Written;
  beforeAll(async () => {
    [place, server] = await Promise.all([openPlace(), startOpenldap({ ldif: units + crowd + teams, limits })]);
    await place.write({ "manifests/system.yaml": system(server) });
    const imported = await run("import", "corp", "-o", "manifests");
    expectCode(imported, 0);
  });
  afterAll(() => Promise.all([server?.stop(), place?.remove()]));

  it("writes everybody whom the directory has, by domain, and no secret", async () => {
    expect((await readdir(place.path("manifests"))).toSorted()).toEqual([
      "branch.example.yaml",
      "example.com.yaml",
      "system.yaml",
    ]);
    const truth = await server.search("(objectClass=inetOrgPerson)", {
      base: people,
      attributes: ["mail", "cn", "sn", "accountStatus"],
    });
    expect(truth).toHaveLength(40);
    const found = await Promise.all(
      ["example.com", "branch.example"].map(async (domain) =>
        Object.entries((await written(domain)).spec.accounts).map(([name, fields]) => [
          `${name}@${domain}`,
          fields["displayName"],
          fields["familyName"],
          fields["enabled"] ?? true,
        ]),
      ),
    );
    expect(found.flat().toSorted()).toEqual(
      truth
        .map(({ values }) => [
          values["mail"]?.[0],
          values["cn"]?.[0],
          values["sn"]?.[0],
          values["accountstatus"]?.[0] !== "disabled",
        ])
        .toSorted(),
    );
    const files = (await text("example.com")) + (await text("branch.example"));
    for (const secret of [hash, admin.password, Buffer.from(hash).toString("base64")])
      expect(files).not.toContain(secret);
  });

  it("writes lists with their members by address, those in other domains and elsewhere too", async () => {
    const { spec } = await written("example.com");
    const members = Object.fromEntries(Object.entries(spec.lists ?? {}).map(([name, list]) => [name, list.members]));
    expect(members).toEqual({
      all: expect.toSatisfy((all: readonly string[]) => all.toSorted().join(" ") === "p2 team"),
      team: expect.toSatisfy(
        (team: readonly string[]) => team.toSorted().join(" ") === "p1 p5@branch.example partner@elsewhere.example",
      ),
    });
    expect(spec.accounts["p3"]?.["aliases"]).toEqual(["third"]);
  });

  it("leaves a plan nothing to do", async () => {
    expectCode(await run("validate"), 0);
    const plan = await run("plan", "--detailed-exitcode");
    expectCode(plan, 0);
    expect(plan.stdout).toContain("No changes.");
  });

  it("takes up one change in the directory as one line, and a plan is empty again", async () => {
    const before = (await text("example.com")).split("\n");
    await server.modify(`dn: uid=p1,${people}\nchangetype: modify\nreplace: sn\nsn: Other\n`);
    expectCode(await run("plan", "--detailed-exitcode"), 2);
    expectCode(await run("import", "corp", "-o", "manifests", "--update"), 0);
    const after = (await text("example.com")).split("\n");
    const changed = after.filter((line, at) => line !== before[at]);
    expect(after).toHaveLength(before.length);
    expect(changed).toEqual([expect.stringMatching(/^ {4}p1: .*familyName: Other/u)]);
    expectCode(await run("plan", "--detailed-exitcode"), 0);
  });
});
