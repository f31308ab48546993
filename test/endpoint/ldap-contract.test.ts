/** The law of handlers over an slapd: each story in a part of the tree of its own. */
import { afterAll, beforeAll, describe } from "vitest";
import type { DirectoryKind } from "../../src/model/address.ts";
import type { LdapEndpointSpec } from "../../src/model/spec.ts";
import { handlerContract } from "../contract/handler.ts";
import { type Openldap, startOpenldap } from "../servers/openldap.ts";
import { without } from "../servers/packages.ts";
import { ldif, openSpec, specOf } from "./ldap.ts";

let server: Openldap;
let count = 0;

/** mail holds ASCII alone (RFC 4524, 2.16); Postfix's attribute holds any address. */
const attributes: Pick<LdapEndpointSpec, "accounts" | "lists"> = {
  accounts: {
    attributes: {
      address: "mailacceptinggeneralid",
      class: "employeeType",
      recoveryEmail: "recoveryAddress",
      recoveryMobile: "mobile",
    },
  },
  lists: { attributes: { address: "mailacceptinggeneralid", senders: "mailLocalAddress", hidden: "employeeNumber" } },
};

async function underTest<K extends DirectoryKind>(kind: K) {
  count += 1;
  const base = `ou=story${count},${server.suffix}`;
  const people = `ou=people,${base}`;
  const lists = `ou=lists,${base}`;
  const units = [base, people, lists].map((dn) =>
    ldif(dn, { objectClass: "organizationalUnit", ou: /ou=(\w+)/.exec(dn)?.[1] ?? "" }),
  );
  // Members and owners that have entries, beside those that have none.
  const bo = ldif(`uid=bo,${people}`, {
    objectClass: ["inetOrgPerson", "postfixUser"],
    uid: "bo",
    cn: "bo",
    sn: "bo",
    mailacceptinggeneralid: "bo@example.com",
  });
  const ana = bo.replaceAll("bo", "ana");
  await server.add(units.join("") + (kind === "list" ? ana + bo : ""));
  const spec = specOf(server, {
    base,
    accounts: { ...attributes.accounts, base: people },
    lists: { ...attributes.lists, base: lists },
    aliases: { base: lists },
  });
  const reopen = async () => {
    const handler = (await openSpec(spec)).directory[kind];
    if (handler === undefined) throw new Error(`no ${kind}`);
    return handler;
  };
  return { handler: await reopen(), reopen, close: async () => {} };
}

describe.skipIf(without("openldap"))("over OpenLDAP", () => {
  beforeAll(async () => {
    server = await startOpenldap();
  });
  afterAll(() => server?.stop());
  for (const kind of ["account", "list", "alias"] as const) handlerContract("ldap", kind, () => underTest(kind));
});
