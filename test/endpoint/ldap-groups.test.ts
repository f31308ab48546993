/** Groups as the usual schemas have them, and their members where they are many, strange or none. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DirectoryChange } from "../../src/contract/endpoint.ts";
import { addressOf } from "../../src/model/address.ts";
import type { Finding } from "../../src/model/finding.ts";
import type { Json } from "../../src/model/json.ts";
import type { FieldsOf, Observed } from "../../src/model/resource.ts";
import type { LdapEndpointSpec } from "../../src/model/spec.ts";
import { suffix } from "../servers/openldap-configuration.ts";
import { type Openldap, startOpenldap } from "../servers/openldap.ts";
import { without } from "../servers/packages.ts";
import { ldif, openSpec, options, person, readKind, specOf, unit } from "./ldap.ts";

const crowd = Array.from({ length: 4500 }, (_, index) => `p${index}`);
const dnOf = (uid: string): string => `uid=${uid},ou=people,${suffix}`;

const group = (base: string, cn: string, values: Parameters<typeof ldif>[1]): string =>
  ldif(`cn=${cn},${base}`, { objectClass: ["groupOfNames", "extensibleObject"], cn, ...values });

const creation = (name: string, fields: Record<string, Json>): DirectoryChange => ({
  key: name,
  act: "create",
  want: { kind: "list", name, address: addressOf("list", name), labels: {}, fields },
  precondition: { absent: true },
});
const updating = (was: Observed, members: readonly string[]): DirectoryChange => ({
  key: was.name,
  act: "update",
  want: { kind: "list", name: was.name, address: addressOf("list", was.name), labels: {}, fields: { members } },
  was,
  fields: [{ field: "members", to: members }],
  precondition: { none: true },
});

describe.skipIf(without("openldap"))("groups in an LDAP directory", () => {
  let server: Openldap;
  let count = 0;
  beforeAll(async () => {
    const contact = ldif(`cn=Partner,ou=contacts,${suffix}`, {
      objectClass: "inetOrgPerson",
      cn: "Partner",
      sn: "P",
      mail: "partner@elsewhere.example",
    });
    const people = crowd.map((uid) => person(uid)).join("");
    server = await startOpenldap({ ldif: unit("people") + unit("contacts") + unit("groups") + contact + people });
  });
  afterAll(() => server?.stop());

  /** An endpoint whose groups are in a part of the tree of their own. */
  async function begin(
    groups: (base: string) => string,
    lists: LdapEndpointSpec["lists"] = {},
    findings: Finding[] = [],
  ) {
    count += 1;
    const base = `ou=case${count},ou=groups,${suffix}`;
    await server.add(ldif(base, { objectClass: "organizationalUnit", ou: `case${count}` }) + groups(base));
    const spec = specOf(server, {
      accounts: { base: `ou=people,${suffix}` },
      lists: { base, ...lists },
      aliases: { base },
    });
    const endpoint = await openSpec(spec, findings);
    const members = async () =>
      Object.fromEntries(
        (await readKind(endpoint, "list")).map(({ name, fields }) => [name, (fields as FieldsOf["list"]).members]),
      );
    const write = async (change: DirectoryChange) =>
      (await endpoint.directory.list?.write?.([change as never], options))?.[0];
    return { base, endpoint, members, write };
  }

  test("give who is in them: by other spellings, elsewhere in the tree, through groups that are no lists, in circles", async () => {
    const findings: Finding[] = [];
    const { members } = await begin(
      (base) =>
        group(base, "a", {
          mail: "a@example.com",
          member: [`UID=P1, OU=People,${suffix}`, `cn=Partner,ou=contacts,${suffix}`, `cn=inner,${base}`, dnOf("gone")],
        }) +
        group(base, "inner", { member: [dnOf("p2"), `cn=deeper,${base}`] }) +
        group(base, "deeper", { member: [dnOf("p3"), `cn=inner,${base}`, `cn=a,${base}`] }) +
        ldif(`cn=unique,${base}`, {
          objectClass: ["groupOfUniqueNames", "extensibleObject"],
          cn: "unique",
          mail: "unique@example.com",
          uniqueMember: [`${dnOf("p4")}#'0101'B`, `cn=a,${base}`],
        }),
      {},
      findings,
    );
    expect(await members()).toEqual({
      "a@example.com": ["p1@example.com", "p2@example.com", "p3@example.com", "partner@elsewhere.example"],
      "unique@example.com": ["a@example.com", "p4@example.com"],
    });
    expect(findings).toMatchObject([{ code: "member.unknown", message: expect.stringContaining("uid=gone") }]);
  });

  test("take thousands, lose thousands, and are never without a member that they must have", async () => {
    const { base, members, write, endpoint } = await begin(() => "");
    const all = crowd.map((uid) => `${uid}@example.com`).toSorted();
    expect(await write(creation("big@example.com", { members: all }))).toMatchObject({
      observed: { name: "big@example.com" },
    });
    const values = async () => (await server.search("(mail=big@example.com)", { base }))[0]?.values["member"] ?? [];
    expect((await values()).toSorted()).toEqual(crowd.map(dnOf).toSorted());
    const [was] = await readKind(endpoint, "list");
    if (was === undefined) throw new Error("it is not there");
    const done = { observed: { name: "big@example.com" } };
    expect(await write(updating(was, ["p7@example.com", "x@elsewhere.example"]))).toMatchObject(done);
    expect(await values()).toEqual([dnOf("p7")]);
    await write(updating(was, []));
    expect(await values()).toEqual([`cn=big,${base}`]);
    expect(await members()).toEqual({ "big@example.com": [] });
    await write(updating(was, ["p8@example.com"]));
    expect(await members()).toEqual({ "big@example.com": ["p8@example.com"] });
  });

  test("keep what is none of ours: members that lead nowhere, and attributes that nobody declared", async () => {
    const { base, write, endpoint } = await begin((of) =>
      group(of, "k", { mail: "k@example.com", member: [dnOf("p1"), dnOf("gone")], businessCategory: "kept" }),
    );
    const [was] = await readKind(endpoint, "list");
    if (was === undefined) throw new Error("it is not there");
    await write(updating(was, ["p2@example.com"]));
    const [entry] = await server.search("(mail=k@example.com)", { base });
    expect(entry?.values).toMatchObject({ businesscategory: ["kept"] });
    expect(entry?.values["member"]?.toSorted()).toEqual([dnOf("gone"), dnOf("p2")]);
  });

  test("are mail aliases of NIS where the manifest has them so", async () => {
    const { base, members, write } = await begin(() => "", { objectClasses: ["nisMailAlias"] });
    await write(creation("solo@example.com", { members: ["p1@example.com"] }));
    expect(await members()).toEqual({ "solo@example.com": ["p1@example.com"] });
    const [entry] = await server.search("(objectClass=nisMailAlias)", { base });
    expect(entry?.values["rfc822mailmember"]).toEqual(["p1@example.com"]);
  });
});
