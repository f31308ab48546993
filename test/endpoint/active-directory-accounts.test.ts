/** Accounts as they are read from a real Samba AD DC; the truth is read by ldapsearch. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Finding } from "../../src/model/finding.ts";
import { ldapsearch } from "../servers/ldapsearch.ts";
import { without } from "../servers/packages.ts";
import { type Samba, startSamba } from "../servers/samba.ts";
import { limited, openSpec, specOf } from "./active-directory.ts";
import { readKind } from "./ldap.ts";

describe.skipIf(without("samba"))("an LDAP endpoint reads accounts of Active Directory", () => {
  let server: Samba;
  beforeAll(async () => {
    server = await startSamba({ size: "large" });
  });
  afterAll(() => server?.stop());

  const truth = (filter: string, attributes?: string[]) => ldapsearch(server.own, server.company, filter, attributes);

  test("whole, field by field, names of all scripts and punctuation among them", async () => {
    const all = await readKind(await openSpec(specOf(server)), "account");
    const people = await truth("(&(objectClass=user)(mail=*))");
    expect(people).toHaveLength(3000);
    const shown = all.map(({ name, fields }) => [name, fields]);
    const expected = people.map(({ attributes: { mail, displayName, givenName, sn, userAccountControl } }) => [
      mail?.[0],
      {
        displayName: displayName?.[0],
        givenName: givenName?.[0],
        familyName: sn?.[0],
        enabled: userAccountControl?.[0] !== "514",
      },
    ]);
    expect(new Map(shown as [string, unknown][])).toEqual(new Map(expected as [string, unknown][]));
    expect(all.filter(({ fields }) => "enabled" in fields && !fields.enabled)).toHaveLength(120);
  });

  test("with the objectGUID that other tools show", async () => {
    const [ana] = await readKind(await openSpec(specOf(server)), "account", { filter: "(sAMAccountName=u00000)" });
    // <GUID=…> is Active Directory's own way to name an entry by its id (MS-ADTS 3.1.1.3.1.2.4).
    const [found] = await ldapsearch(server.own, `<GUID=${ana?.id}>`, "(objectClass=*)", ["sAMAccountName"]);
    expect(found?.attributes).toEqual({ sAMAccountName: ["u00000"] });
  });

  test("through a server that gives a thousand entries a page, and none without pages", async () => {
    const { front, spec } = await limited(server, { pageSize: 5000 });
    const all = await readKind(await openSpec(spec), "account");
    expect(new Set(all.map(({ name }) => name)).size).toBe(3000);
    expect(front.cut).toMatchObject({ searches: 0, pages: expect.any(Number) });
    expect(front.cut.pages).toBeGreaterThan(2);
  });

  test("from the root of a domain, without a word on its other partitions", async () => {
    const findings: Finding[] = [];
    const all = await readKind(await openSpec(specOf(server, { base: server.base }), findings), "account");
    expect(all).toHaveLength(3000);
    expect(findings).toEqual([]);
  });

  test.each([
    [
      "of a wrong password",
      { dn: "u00001@ad.example.test", password: { env: "WRONG" } },
      /name or the password is wrong/,
    ],
    ["of a disabled account", { dn: "locked@ad.example.test", password: { env: "USER" } }, /disabled/],
    [
      "of a password to be changed",
      { dn: "new@ad.example.test", password: { env: "USER" } },
      /must change its password/,
    ],
  ])("a refused login %s is told in words", async (_, bind, words) => {
    await expect(openSpec(specOf(server, { bind }))).rejects.toMatchObject({
      code: "login.refused",
      message: expect.stringMatching(words),
    });
  });
});
