/** The law of handlers over a Samba AD DC, straight and with Active Directory's limits before it: each story in a unit of its own. */
import { afterAll, beforeAll, describe, vi } from "vitest";
import type { DirectoryKind } from "../../src/model/address.ts";
import type { LdapEndpointSpec } from "../../src/model/spec.ts";
import { handlerContract } from "../contract/handler.ts";
import { type LdapFront, startLdapFront } from "../servers/ldap-front.ts";
import { ldapdelete, ldapmodify } from "../servers/ldapsearch.ts";
import { without } from "../servers/packages.ts";
import { type Samba, startSamba } from "../servers/samba.ts";
import { openSpec, specOf } from "./active-directory.ts";

// Samba takes tens of milliseconds for a write, and hundreds of them are written.
vi.setConfig({ testTimeout: 900_000, hookTimeout: 300_000 });
const few = { runs: 2, many: 60 };

let server: Samba;
let front: LdapFront;
let count = 0;

/** What has no attribute by custom, and is mapped by a manifest. */
const accounts: LdapEndpointSpec["accounts"] = {
  attributes: { class: "employeeType", recoveryEmail: "otherMailbox", recoveryMobile: "mobile" },
};

async function underTest<K extends DirectoryKind>(kind: K, port: number) {
  count += 1;
  const base = `OU=story${count},${server.base}`;
  const units = ["People", "Lists"].map((name) => `OU=${name},${base}`);
  const [people = "", lists = ""] = units;
  const added = [base, ...units].map((dn) => `dn: ${dn}\nchangetype: add\nobjectClass: organizationalUnit\n`);
  await ldapmodify(server.own, added.join("\n"));
  if (kind !== "account") await ldapmodify(server.own, persons(people));
  const spec = specOf(server, {
    url: `ldaps://127.0.0.1:${port}`,
    base,
    accounts: { ...accounts, base: people },
    lists: { base: lists },
  });
  const reopen = async () => {
    const handler = (await openSpec(spec)).directory[kind];
    if (handler === undefined) throw new Error(`no ${kind}`);
    return handler;
  };
  return { handler: await reopen(), reopen, close: () => ldapdelete(server.own, base) };
}

/** Who is in lists and owns them, and whom aliases lead to: they stand in the entries of accounts and lists alone. */
const persons = (people: string): string =>
  ["ana", "bo"]
    .map(
      (name) => `dn: CN=${name},${people}
changetype: add
objectClass: user
sAMAccountName: person-${name}
mail: ${name}@example.com
proxyAddresses: SMTP:${name}@example.com
`,
    )
    .join("\n");

describe.skipIf(without("samba"))("over Active Directory", () => {
  beforeAll(async () => {
    server = await startSamba();
    front = await startLdapFront({ to: server.port, secure: `${server.folder}/both.pem` });
  });
  afterAll(async () => {
    await front?.stop();
    await server?.stop();
  });
  handlerContract("activeDirectory", "account", () => underTest("account", server.tlsPort), few);
  handlerContract("activeDirectory", "alias", () => underTest("alias", server.tlsPort), {
    ...few,
    names: ["info@example.com", "post@example.com", "cy.lund@example.com", "dé@example.com"],
    full: { target: "ana@example.com" },
    other: { target: "bo@example.com" },
  });
  for (const kind of ["account", "list"] as const)
    handlerContract("activeDirectory with its limits", kind, () => underTest(kind, front.port), few);
});
