/** Who is deleted leaves the groups, also where the server's refint overlay does not see to that; and what a login may not do. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DirectoryChange, Endpoint, Outcome } from "../../src/contract/endpoint.ts";
import type { Observed } from "../../src/model/resource.ts";
import { started } from "../servers/living.ts";
import { reader, suffix } from "../servers/openldap-configuration.ts";
import { type Openldap, startOpenldap } from "../servers/openldap.ts";
import { without } from "../servers/packages.ts";
import { asReader, ldif, openSpec, options, person, readKind, specOf, unit } from "./ldap.ts";

const dnOf = (uid: string): string => `uid=${uid},ou=people,${suffix}`;
const groups = `ou=groups,${suffix}`;

const group = (cn: string, values: Parameters<typeof ldif>[1], kind = "groupOfNames"): string =>
  ldif(`cn=${cn},${groups}`, { objectClass: [kind, "extensibleObject"], cn, mail: `${cn}@example.com`, ...values });

const seed =
  unit("people") +
  unit("groups") +
  ["ana", "bo", "cy", "di"].map((uid) => person(uid)).join("") +
  group("team", { member: [dnOf("ana"), dnOf("bo")], owner: [dnOf("ana"), dnOf("cy")] }) +
  group("alone", { member: dnOf("ana") }) +
  group("pair", { member: [dnOf("bo"), dnOf("cy")] }) +
  group("unique", { uniqueMember: [`UID=ana, ou=people,${suffix}`, dnOf("di")] }, "groupOfUniqueNames") +
  group("outer", { member: [`cn=team,${groups}`, dnOf("di")] });

async function remove(endpoint: Endpoint, kind: "account" | "list", ...names: readonly string[]) {
  const all = await readKind(endpoint, kind);
  const changes = names.map((name): DirectoryChange => {
    const was = all.find((each) => each.name === `${name}@example.com`) as Observed;
    return { key: name, act: "delete", was, precondition: { revision: was.revision ?? "" } };
  });
  return ((await endpoint.directory[kind]?.write?.(changes as never, options)) ?? []) as readonly Outcome[];
}

/** Names in groups, by what ldapsearch shows. */
async function namesIn(server: Openldap): Promise<Readonly<Record<string, readonly string[]>>> {
  const found = await server.search("(cn=*)", { base: groups, attributes: ["member", "uniqueMember", "owner"] });
  return Object.fromEntries(
    found.map(({ dn, values }) => [
      /^cn=(\w+)/.exec(dn)?.[1] ?? dn,
      ["member", "uniquemember", "owner"].flatMap((type) =>
        (values[type] ?? []).map((each) => `${type} ${/^\w+=(\w+)/.exec(each)?.[1]}`),
      ),
    ]),
  );
}

describe.skipIf(without("openldap"))("who is deleted from an LDAP directory", () => {
  for (const overlay of [undefined, "moduleload refint", "memberof"] as const)
    test(`leaves every group, ${overlay === undefined ? "where the server does nothing of it" : `beside the server's ${overlay.split(" ").at(-1)}`}`, async () => {
      const server = await started(
        startOpenldap({
          ldif: seed,
          ...(overlay === "memberof" ? { memberOf: "overlay" as const } : {}),
          ...(overlay === "moduleload refint"
            ? {
                before: overlay,
                extra: `overlay refint\nrefint_attributes member uniqueMember owner\nrefint_nothing "cn=admin,${suffix}"`,
              }
            : {}),
        }),
      );
      const endpoint = await openSpec(specOf(server, { accounts: { base: `ou=people,${suffix}` } }));
      expect(await remove(endpoint, "account", "ana")).toEqual([{ key: "ana", observed: undefined }]);
      // Its last members go at one time.
      expect(await remove(endpoint, "account", "bo", "cy")).toEqual([
        { key: "bo", observed: undefined },
        { key: "cy", observed: undefined },
      ]);
      expect(await remove(endpoint, "list", "team")).toEqual([{ key: "team", observed: undefined }]);
      const gone = new Set(
        ["ana", "bo", "cy", "team"].flatMap((name) => [`member ${name}`, `uniquemember ${name}`, `owner ${name}`]),
      );
      // refint does its work after it has answered.
      const named = overlay === "moduleload refint" ? {} : await namesIn(server);
      expect(
        Object.values(named)
          .flat()
          .filter((each) => gone.has(each)),
      ).toEqual([]);
      const lists = await readKind(endpoint, "list");
      expect(
        Object.fromEntries(lists.map(({ name, fields }) => [name, (fields as { members?: unknown }).members])),
      ).toEqual({
        "alone@example.com": [],
        "pair@example.com": [],
        "unique@example.com": ["di@example.com"],
        "outer@example.com": ["di@example.com"],
      });
    });

  describe("by a login that may not do all", () => {
    let server: Openldap;
    beforeAll(async () => {
      const access = `access to dn.subtree="${groups}" by dn.exact="${reader.dn}" read by anonymous auth
access to dn.exact="uid=cy,ou=people,${suffix}" by dn.exact="${reader.dn}" read by anonymous auth
access to * by dn.exact="${reader.dn}" write by anonymous auth`;
      server = await startOpenldap({ ldif: seed, access });
    });
    afterAll(() => server?.stop());

    test("is said to be gone, and to be named in a group still", async () => {
      const endpoint = await openSpec(specOf(server, { ...asReader, accounts: { base: `ou=people,${suffix}` } }));
      expect(await remove(endpoint, "account", "bo")).toMatchObject([
        {
          fault: {
            code: "entry.denied",
            about: "account/bo@example.com",
            message: expect.stringContaining(`${dnOf("bo")} is deleted, and still named in a group`),
          },
        },
      ]);
      expect(await server.search("(uid=bo)")).toEqual([]);
    });

    test("stays in the groups where the deletion is refused", async () => {
      const endpoint = await openSpec(specOf(server, { ...asReader, accounts: { base: `ou=people,${suffix}` } }));
      expect(await remove(endpoint, "account", "cy")).toMatchObject([{ fault: { code: "entry.denied" } }]);
      expect((await namesIn(server))["pair"]).toContain("member cy");
      expect(await server.search("(uid=cy)")).toHaveLength(1);
    });
  });
});
