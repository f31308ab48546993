/** The law of handlers over an slapd: each story in a part of the tree of its own. */
import { Client } from "ldapts";
import { afterAll, beforeAll, describe } from "vitest";
import type { Endpoint } from "../../src/contract/endpoint.ts";
import type { DirectoryKind } from "../../src/model/address.ts";
import type { LdapEndpointSpec } from "../../src/model/spec.ts";
import { handlerContract } from "../contract/handler.ts";
import { admin } from "../servers/openldap-configuration.ts";
import { type Openldap, startOpenldap } from "../servers/openldap.ts";
import { without } from "../servers/packages.ts";
import { openSpec, specOf } from "./ldap.ts";

let server: Openldap;
/** Lays what each story begins with: there are hundreds, and a process for each would take longer than the story. */
let root: Client;
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
  for (const dn of [base, people, lists])
    await root.add(dn, { objectClass: "organizationalUnit", ou: /ou=(\w+)/.exec(dn)?.[1] ?? "" });
  // Members and owners that have entries, beside those that have none.
  for (const uid of kind === "list" ? ["ana", "bo"] : []) await root.add(`uid=${uid},${people}`, person(uid));
  const spec = specOf(server, {
    base,
    accounts: { ...attributes.accounts, base: people },
    lists: { ...attributes.lists, base: lists },
    aliases: { base: lists },
  });
  const opened: Endpoint[] = [];
  const reopen = async () => {
    const endpoint = await openSpec(spec);
    opened.push(endpoint);
    const handler = endpoint.directory[kind];
    if (handler === undefined) throw new Error(`no ${kind}`);
    return handler;
  };
  const close = async () => void (await Promise.all(opened.map((endpoint) => endpoint.close())));
  return { handler: await reopen(), reopen, close };
}

const person = (uid: string) => ({
  objectClass: ["inetOrgPerson", "postfixUser"],
  uid,
  cn: uid,
  sn: uid,
  mailacceptinggeneralid: `${uid}@example.com`,
});

describe.skipIf(without("openldap"))("over OpenLDAP", () => {
  beforeAll(async () => {
    server = await startOpenldap();
    root = new Client({ url: `ldap://127.0.0.1:${server.port}` });
    await root.bind(admin.dn, admin.password);
  });
  afterAll(async () => {
    await root?.unbind();
    await server?.stop();
  });
  for (const kind of ["account", "list", "alias"] as const) handlerContract("ldap", kind, () => underTest(kind));
});
