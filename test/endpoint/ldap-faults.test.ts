/** What can go wrong on the line and at the server: each a clear word, and nothing lost or done twice. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DirectoryChange, Endpoint, Outcome } from "../../src/contract/endpoint.ts";
import { writeBatch } from "../../src/apply/directory.ts";
import { addressOf } from "../../src/model/address.ts";
import type { Finding } from "../../src/model/finding.ts";
import type { Json } from "../../src/model/json.ts";
import { startFaultProxy } from "../servers/fault-proxy.ts";
import { started } from "../servers/living.ts";
import { suffix } from "../servers/openldap-configuration.ts";
import { type Openldap, startOpenldap } from "../servers/openldap.ts";
import { without } from "../servers/packages.ts";
import { asReader, ldif, openSpec, options, person, readKind, specOf, unit } from "./ldap.ts";

const people = `ou=people,${suffix}`;
const within = { accounts: { base: people } };

const creation = (name: string, fields: Record<string, Json> = {}): Extract<DirectoryChange, { act: "create" }> => ({
  key: name,
  act: "create",
  want: { kind: "account", name, address: addressOf("account", name), labels: {}, fields },
  precondition: { absent: true },
});

const write = async (endpoint: Endpoint, changes: readonly DirectoryChange[]): Promise<readonly Outcome[]> =>
  (await endpoint.directory.account?.write?.(changes as never, options)) ?? [];

/** SearchResultDone, AddResponse and the like have these octets after the message's number (RFC 4511, 4.1.9). */
const entryTag = "\x64";
const addedTag = "\x69\x07\x0a\x01\x00";

describe.skipIf(without("openldap"))("an LDAP endpoint", () => {
  let server: Openldap;
  beforeAll(async () => {
    const crowd = Array.from({ length: 200 }, (_, index) => person(`p${index}`)).join("");
    server = await startOpenldap({ ldif: unit("people") + unit("new") + crowd });
  });
  afterAll(() => server?.stop());
  const through = (port: number, more = {}) =>
    specOf(server, { url: `ldap://127.0.0.1:${port}`, tls: "none", ...within, ...more });

  test("reads anew where the line broke in the midst of a page, and gives everybody once", async () => {
    const proxy = await started(startFaultProxy({ to: server.port }));
    const endpoint = await openSpec(through(proxy.port, { pageSize: 50 }));
    proxy.use({ traps: [{ way: "down", on: new RegExp(entryTag), skip: 60 }] });
    const all = await readKind(endpoint, "account");
    expect(all).toHaveLength(200);
    expect(new Set(all.map(({ name }) => name)).size).toBe(200);
    // One for opening, one that broke, one that brought them.
    expect(proxy.connections).toHaveLength(3);
  });

  test("gives up on a server that says nothing more, in words", async () => {
    const proxy = await started(startFaultProxy({ to: server.port }));
    const endpoint = await openSpec(through(proxy.port, { timeout: 1 }));
    proxy.use({ traps: [{ way: "down", on: new RegExp(entryTag), ending: "stall", times: 9 }] });
    await expect(readKind(endpoint, "account")).rejects.toMatchObject({
      code: "line.lost",
      message: expect.stringContaining("said nothing"),
    });
  });

  test("finds what was written though the answer was lost, and writes nobody twice", async () => {
    const proxy = await started(startFaultProxy({ to: server.port }));
    const spec = through(proxy.port, { accounts: { base: `ou=new,${suffix}` } });
    const endpoint = await openSpec(spec);
    proxy.use({ traps: [{ way: "down", on: new RegExp(addedTag) }] });
    const handler = endpoint.directory.account;
    if (handler?.write === undefined) throw new Error("it cannot be written to");
    const changes = Array.from({ length: 20 }, (_, index) =>
      creation(`n${index}@example.com`, { displayName: `N ${index}` }),
    );
    const clock = { now: () => 0, wait: async () => undefined };
    const { outcomes, fault } = await writeBatch(handler as never, changes, {
      ...options,
      clock,
      patience: options.signal,
    });
    expect(fault).toBeUndefined();
    expect(proxy.connections.length).toBeGreaterThan(2);
    expect([...outcomes.values()].filter((outcome) => "observed" in outcome)).toHaveLength(20);
    const truth = await server.search("(uid=n*)", { attributes: ["mail"] });
    expect(truth.map(({ values }) => values["mail"]?.[0]).toSorted()).toEqual(changes.map(({ key }) => key).toSorted());
  });

  test("follows no referral: what is elsewhere is told, and not read", async () => {
    await server.add(
      ldif(`ou=away,${suffix}`, {
        objectClass: ["referral", "extensibleObject"],
        ou: "away",
        ref: `ldap://127.0.0.1:1/ou=away,${suffix}`,
      }),
    );
    const findings: Finding[] = [];
    const endpoint = await openSpec(specOf(server), findings);
    expect((await readKind(endpoint, "account")).length).toBeGreaterThanOrEqual(200);
    expect(findings).toMatchObject([{ code: "referral.ignored", message: expect.stringContaining("ou=away") }]);
    const there = await openSpec(specOf(server, { accounts: { base: `ou=inner,ou=away,${suffix}` } }));
    await expect(readKind(there, "account")).rejects.toMatchObject({ code: "directory.referral" });
  });

  test("says what it may not do, at which entry", async () => {
    const endpoint = await openSpec(specOf(server, { ...asReader, ...within }));
    const [outcome] = await write(endpoint, [creation("new@example.com")]);
    expect(outcome).toMatchObject({
      fault: {
        code: "entry.denied",
        about: "account/new@example.com",
        message: expect.stringContaining(`uid=new,${people}`),
      },
    });
  });

  test("holds no field that the schema has no attribute for, and goes on with the others", async () => {
    const bare = await started(startOpenldap({ schema: "# none\n", ldif: unit("people") }));
    const endpoint = await openSpec(specOf(bare, within));
    const fields = endpoint.directory.account?.fields;
    expect(fields).toEqual(new Set(["displayName", "givenName", "familyName", "enabled", "forwarding"]));
    const [outcome] = await write(endpoint, [creation("ana@example.com", { displayName: "Ana", quota: 5 })]);
    expect(outcome).toMatchObject({ observed: { fields: { displayName: "Ana" } } });
    const mapped = await openSpec(
      specOf(bare, { accounts: { base: people, objectClasses: ["inetOrgPerson", "noSuchClass"] } }),
    );
    const [refused] = await write(mapped, [creation("bo@example.com", { displayName: "Bo" })]);
    expect(refused).toMatchObject({ fault: { code: expect.stringMatching(/^(schema\.unfit|value\.unfit)$/) } });
  });

  test("refuses a value that its attribute does not take, by name, and writes the others", async () => {
    const endpoint = await openSpec(specOf(server, { accounts: { base: `ou=new,${suffix}` } }));
    const [wrong, right] = await write(endpoint, [creation("dé@example.com"), creation("right@example.com")]);
    expect(wrong).toMatchObject({ fault: { code: "value.unfit", about: "account/dé@example.com" } });
    expect(right).toMatchObject({ observed: { name: "right@example.com" } });
  });

  test("lets nothing that an entry or a manifest says become a name or a filter of its own", async () => {
    const base = `ou=new,${suffix}`;
    const endpoint = await openSpec(
      specOf(server, { accounts: { base, rdn: "cn", attributes: { address: "mailacceptinggeneralid" } } }),
    );
    const names = [
      "a+cn=admin@example.com",
      "b=c@example.com",
      "x*y@example.com",
      "#hash@example.com",
      "o'brien&co@example.com",
    ];
    const fields = { displayName: String.raw`Ruiz, Ana "A"\ +ou=x; (*)` };
    const outcomes = await write(
      endpoint,
      names.map((name) => creation(name, fields)),
    );
    expect(outcomes.map((outcome) => ("observed" in outcome ? outcome.observed?.name : outcome))).toEqual(names);
    const truth = await server.search("(objectClass=postfixUser)", {
      base,
      scope: "one",
      attributes: ["mailacceptinggeneralid", "displayName"],
    });
    expect(truth.map(({ values }) => values["mailacceptinggeneralid"]?.[0]).toSorted()).toEqual(names.toSorted());
    expect(new Set(truth.map(({ values }) => values["displayname"]?.[0]))).toEqual(new Set([fields.displayName]));
    const read = await readKind(endpoint, "account", { filter: { mailacceptinggeneralid: "x*y@example.com" } });
    expect(read.map(({ name }) => name)).toEqual(["x*y@example.com"]);
    const [was] = read;
    if (was === undefined) throw new Error("it is not there");
    const removal = { key: "x", act: "delete", was, precondition: { none: true } } as const;
    expect(await write(endpoint, [removal])).toEqual([{ key: "x", observed: undefined }]);
    expect(await server.search("(objectClass=postfixUser)", { base, scope: "one" })).toHaveLength(names.length - 1);
  });

  test("writes passwords that open, and shows none", async () => {
    const base = `ou=new,${suffix}`;
    const endpoint = await openSpec(specOf(server, { accounts: { base } }));
    const crypt =
      "{SHA512-CRYPT}$6$saltsalt$9uJIHPF5qC0EPaQzdb2xZ0TAAJrUXeKLPwe4GnQ5wLBlDPPoDVnlpxJjcQ9UEgCxuZ8UlsKLnRmFCrnJYwb1W1";
    const secret = { from: "secret", value: "correct horse", mustChange: false } as const;
    const outcomes = await write(endpoint, [
      { ...creation("pw@example.com"), password: secret } as DirectoryChange,
      {
        ...creation("hash@example.com"),
        password: { from: "hash", value: crypt, mustChange: false },
      } as DirectoryChange,
    ]);
    expect(JSON.stringify(outcomes)).not.toContain("correct horse");
    await expect(server.whoami(`uid=pw,${base}`, "correct horse")).resolves.toBe(`dn:uid=pw,${base}`);
    await expect(server.whoami(`uid=pw,${base}`, "wrong")).rejects.toThrow("Invalid credentials");
    const [entry] = await server.search("(uid=hash)", { attributes: ["userPassword"] });
    expect(entry?.values["userpassword"]?.[0]).toBe(crypt.replace("{SHA512-CRYPT}", "{CRYPT}"));
  });

  test("says beforehand what it cannot do: members that follow from a search, an address that is no ASCII", async () => {
    const own = await started(
      startOpenldap({
        ldif:
          unit("people") +
          person("ana") +
          ldif(`cn=dyn,${suffix}`, {
            objectClass: ["groupOfURLs", "extensibleObject"],
            cn: "dyn",
            mail: "dyn@example.com",
            memberURL: `ldap:///${people}??sub?(uid=a*)`,
          }),
      }),
    );
    const endpoint = await openSpec(specOf(own));
    const [was] = await readKind(endpoint, "list");
    expect(was).toMatchObject({ name: "dyn@example.com", fields: { members: ["ana@example.com"] } });
    const handler = endpoint.directory.list;
    const want = {
      kind: "list",
      name: "dyn@example.com",
      address: "list/dyn@example.com",
      labels: {},
      fields: { members: [] },
    } as const;
    expect(handler?.assess(want, was as never)).toMatchObject([{ code: "list.searched", severity: "error" }]);
    const change = {
      key: "dyn",
      act: "update",
      want,
      was,
      fields: [{ field: "members", to: [] }],
      precondition: { none: true },
    } as const;
    expect(await handler?.write?.([change as never], options)).toMatchObject([{ fault: { code: "field.unholdable" } }]);
    expect(endpoint.directory.account?.assess(creation("dé@example.com").want as never)).toMatchObject([
      { code: "address.unfit" },
    ]);
  });
});
