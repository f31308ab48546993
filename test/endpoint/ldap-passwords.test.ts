/** Passwords in an slapd: hashes carried from it and to it, and what it checks itself, as logins show it. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DirectoryChange, Endpoint, NewPassword, Outcome, StoredHash } from "../../src/contract/endpoint.ts";
import { isTaken, schemeOf } from "../../src/kind/scheme.ts";
import { addressOf } from "../../src/model/address.ts";
import type { Finding } from "../../src/model/finding.ts";
import type { LdapEndpointSpec } from "../../src/model/spec.ts";
import { collect } from "../contract/collect.ts";
import { started } from "../servers/living.ts";
import { admin, reader, suffix } from "../servers/openldap-configuration.ts";
import { type Openldap, startOpenldap } from "../servers/openldap.ts";
import { without } from "../servers/packages.ts";
import { asReader, openSpec, options, person, readKind, specOf, unit } from "./ldap.ts";

const run = promisify(execFile);
const people = `ou=people,${suffix}`;
const fresh = `ou=new,${suffix}`;
const known = "correct horse 7";

/** Of other programs: OpenSSL's crypt, Dovecot's, and slappasswd. */
const openssl = async (way: string) =>
  (await run("openssl", ["passwd", way, "-salt", "saltsalt", known])).stdout.trim();
const doveadm = async (scheme: string) => (await run("doveadm", ["pw", "-s", scheme, "-p", known])).stdout.trim();
const digest = (algorithm: string) => createHash(algorithm).update(known).digest();

const creation = (name: string, password: NewPassword): DirectoryChange =>
  ({
    key: name,
    act: "create",
    want: { kind: "account", name, address: addressOf("account", name), labels: {}, fields: {} },
    precondition: { absent: true },
    password,
  }) as DirectoryChange;
const secret = (value: string): NewPassword => ({ from: "secret", value, mustChange: false });
const carried = (value: string): NewPassword => ({ from: "hash", value, mustChange: false });

const write = async (endpoint: Endpoint, ...changes: readonly DirectoryChange[]): Promise<readonly Outcome[]> =>
  (await endpoint.directory.account?.write?.(changes as never, options)) ?? [];

async function hashesOf(endpoint: Endpoint): Promise<Readonly<Record<string, string>>> {
  const found = await collect(endpoint.directory.account?.hashes?.({}, options) as AsyncIterable<StoredHash>);
  return Object.fromEntries(found.map(({ name, hash }) => [name, hash]));
}

const update = async (endpoint: Endpoint, name: string, password: NewPassword): Promise<readonly Outcome[]> => {
  const was = (await readKind(endpoint, "account")).find((each) => each.name === name);
  const { want } = creation(name, password) as Extract<DirectoryChange, { act: "create" }>;
  const precondition = { revision: was?.revision ?? "" };
  return write(endpoint, {
    key: name,
    act: "update",
    want,
    was,
    fields: [],
    precondition,
    password,
  } as DirectoryChange);
};

const taken = async (where: Openldap, more: Partial<LdapEndpointSpec> = {}) =>
  (await openSpec(specOf(where, more))).directory.account?.passwords?.hashes as ReadonlySet<string>;

const refusing = `overlay ppolicy
ppolicy_default "cn=policy,${suffix}"`;
const policy = `dn: cn=policy,${suffix}
objectClass: device
objectClass: pwdPolicy
cn: policy
pwdAttribute: userPassword
pwdCheckQuality: 1
pwdMinLength: 12

`;
/** A login that may write and is held by policies, as the root is not. */
const rights = `access to attrs=userPassword by dn.exact="${reader.dn}" write by anonymous auth by * none
access to * by dn.exact="${reader.dn}" write by anonymous auth`;

describe.skipIf(without("openldap"))("passwords of an LDAP directory", () => {
  let server: Openldap;
  beforeAll(async () => {
    const stored = {
      ssha: "{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9gE5ZQ1",
      crypt: "{CRYPT}$6$saltsalt$abcdef",
      clear: "abcdefghijklm",
      sasl: "{SASL}sasl@EXAMPLE.COM",
    };
    const all = Object.entries(stored).map(([uid, userPassword]) => person(uid, { userPassword }));
    const both = person("both", { userPassword: ["{SASL}both@EXAMPLE.COM", "{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M="] });
    server = await startOpenldap({
      ldif: unit("people") + unit("new") + all.join("") + both + person("none"),
      extra: "overlay ppolicy",
    });
  });
  afterAll(() => server?.stop());
  const inNew = { accounts: { base: fresh } };

  test("gives the hashes that there are, and clear texts as what they are; who is checked elsewhere has none", async () => {
    const found = await hashesOf(await openSpec(specOf(server, { accounts: { base: people } })));
    expect(found).toEqual({
      "ssha@example.com": "{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9gE5ZQ1",
      "crypt@example.com": "{CRYPT}$6$saltsalt$abcdef",
      "clear@example.com": "{CLEAR}abcdefghijklm",
      "both@example.com": "{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=",
    });
    // Thirteen letters are no hash of DES here.
    expect(schemeOf(found["clear@example.com"] ?? "")).toBe("CLEAR");
  });

  test("says that a login sees nobody's, and quotes none", async () => {
    const findings: Finding[] = [];
    expect(
      await hashesOf(await openSpec(specOf(server, { ...asReader, accounts: { base: people } }), findings)),
    ).toEqual({});
    expect(findings).toMatchObject([{ code: "password.hidden", message: expect.stringContaining("Of 6 accounts") }]);
  });

  test("lets in with every hash of a scheme that it is said to take, from whatever system it comes", async () => {
    const endpoint = await openSpec(specOf(server, inNew));
    const hashes = {
      md5crypt: await openssl("-1"),
      sha256crypt: `{SHA256-CRYPT}${await openssl("-5")}`,
      sha512crypt: await doveadm("SHA512-CRYPT"),
      blowfish: await doveadm("BLF-CRYPT"),
      dovecotmd5: `{MD5}${await openssl("-1")}`,
      ssha: await doveadm("SSHA"),
      smd5: await doveadm("SMD5"),
      sha: `{SHA}${digest("sha1").toString("base64")}`,
      shahex: `{SHA.hex}${digest("sha1").toString("hex")}`,
      md5: `{MD5}${digest("md5").toString("base64")}`,
    };
    for (const hash of Object.values(hashes))
      expect(isTaken(endpoint.directory.account?.passwords?.hashes ?? new Set(), schemeOf(hash))).toBe(true);
    const outcomes = await write(
      endpoint,
      ...Object.entries(hashes).map(([name, hash]) => creation(`${name}@example.com`, carried(hash))),
    );
    expect(outcomes.filter((outcome) => "fault" in outcome)).toEqual([]);
    for (const name of Object.keys(hashes))
      await expect(server.whoami(`uid=${name},${fresh}`, known)).resolves.toContain(name);
    await expect(server.whoami(`uid=blowfish,${fresh}`, "another")).rejects.toThrow("Invalid credentials");
  });

  test("carries what another has, read from there and written here", async () => {
    const endpoint = await openSpec(specOf(server, inNew));
    const from = await started(
      startOpenldap({ ldif: unit("people") + person("ana", { userPassword: await doveadm("SSHA") }) }),
    );
    const { "ana@example.com": hash = "" } = await hashesOf(await openSpec(specOf(from)));
    await write(endpoint, creation("ana@example.com", carried(hash)));
    await expect(server.whoami(`uid=ana,${fresh}`, known)).resolves.toContain("ana");
  });

  test("takes no scheme that it cannot check, but those of modules that it shows or that are named", async () => {
    expect(await taken(server)).not.toContain("SSHA512");
    expect(await taken(server, { accounts: { passwordSchemes: ["SSHA512"] } })).toContain("SSHA512");
    const more = await started(
      startOpenldap({
        ldif: unit("new"),
        before: `moduleload pw-sha2\nmoduleload argon2\ndatabase config\naccess to * by dn.exact="${admin.dn}" read by * none`,
      }),
    );
    expect([...(await taken(more))]).toEqual(expect.arrayContaining(["SSHA512", "ARGON2ID"]));
    const endpoint = await openSpec(specOf(more, inNew));
    const hashes = { long: await doveadm("SSHA512"), argon: await doveadm("ARGON2ID") };
    const outcomes = await write(
      endpoint,
      ...Object.entries(hashes).map(([name, hash]) => creation(`${name}@example.com`, carried(hash))),
    );
    expect(outcomes.filter((outcome) => "fault" in outcome)).toEqual([]);
    for (const name of Object.keys(hashes))
      await expect(more.whoami(`uid=${name},${fresh}`, known)).resolves.toContain(name);
  });

  test("writes no hash of a form that it could not check, and says none of it", async () => {
    const endpoint = await openSpec(specOf(server, inNew));
    const [outcome] = await write(endpoint, creation("broken@example.com", carried("{SSHA}c2hvcnQ=")));
    expect(outcome).toMatchObject({ fault: { code: "field.unholdable", about: "account/broken@example.com" } });
    expect(JSON.stringify(outcome)).not.toContain("c2hvcnQ");
    expect(await server.search("(uid=broken)")).toEqual([]);
  });

  test("a password that must be changed is marked so", async () => {
    const endpoint = await openSpec(specOf(server, inNew));
    await write(endpoint, creation("must@example.com", { ...secret(known), mustChange: true }));
    const [entry] = await server.search("(uid=must)", { attributes: ["pwdReset"] });
    expect(entry?.values["pwdreset"]).toEqual(["TRUE"]);
    await update(endpoint, "must@example.com", secret("another password"));
    await expect(server.whoami(`uid=must,${fresh}`, "another password")).resolves.toContain("must");
  });

  test("an account whose password a rule forbids is not made by half, and an old password stays", async () => {
    const strict = await started(startOpenldap({ ldif: unit("new") + policy, extra: refusing, access: rights }));
    const endpoint = await openSpec(specOf(strict, { ...asReader, ...inNew }));
    const [short, long] = await write(
      endpoint,
      creation("short@example.com", secret("too short")),
      creation("long@example.com", secret("long enough for it")),
    );
    expect(short).toMatchObject({
      fault: { code: "entry.refused", message: expect.stringContaining("was taken away again") },
    });
    expect(JSON.stringify(short)).not.toContain("too short");
    expect(long).toMatchObject({ observed: { name: "long@example.com" } });
    expect(await strict.search("(uid=short)")).toEqual([]);
    expect(await update(endpoint, "long@example.com", secret("short2"))).toMatchObject([
      { fault: { code: "entry.refused", message: expect.not.stringContaining("short2") } },
    ]);
    await expect(strict.whoami(`uid=long,${fresh}`, "long enough for it")).resolves.toContain("long");
  });

  test("a policy that takes no hashes: neither a carried one nor one of ours, and the word says what to do", async () => {
    const unread = policy.replace("pwdCheckQuality: 1", "pwdCheckQuality: 2");
    const strict = await started(startOpenldap({ ldif: unit("new") + unread, extra: refusing, access: rights }));
    const endpoint = await openSpec(specOf(strict, { ...asReader, ...inNew }));
    const outcomes = await write(
      endpoint,
      creation("carried@example.com", carried(await doveadm("SSHA"))),
      creation("known@example.com", secret("long enough for it")),
    );
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({
        fault: {
          code: "entry.refused",
          message: expect.stringContaining("takes no hash, for it cannot look into one"),
          remedy: expect.stringContaining("pwdCheckQuality 1"),
        },
      });
    expect(await strict.search("(objectClass=inetOrgPerson)")).toEqual([]);
    // No policy binds the root (slapo-ppolicy).
    const root = await openSpec(specOf(strict, inNew));
    expect(await write(root, creation("known@example.com", secret("long enough for it")))).toMatchObject([
      { observed: { name: "known@example.com" } },
    ]);
    await expect(strict.whoami(`uid=known,${fresh}`, "long enough for it")).resolves.toContain("known");
    // A password that is there is changed by the server itself, which sees it.
    expect(await update(endpoint, "known@example.com", secret("another long one"))).toMatchObject([
      { observed: { name: "known@example.com" } },
    ]);
    await expect(strict.whoami(`uid=known,${fresh}`, "another long one")).resolves.toContain("known");
  });

  test("where the account could not be taken away again, that is said", async () => {
    const own = `access to attrs=userPassword by dn.exact="${reader.dn}" write by anonymous auth by * none
access to attrs=children by dn.exact="${reader.dn}" add by * none
access to attrs=entry by dn.exact="${reader.dn}" add by dn.exact="${reader.dn}" read by * none
access to * by dn.exact="${reader.dn}" write by anonymous auth`;
    const strict = await started(startOpenldap({ ldif: unit("new") + policy, extra: refusing, access: own }));
    const endpoint = await openSpec(specOf(strict, { ...asReader, ...inNew }));
    expect(await write(endpoint, creation("short@example.com", secret("too short")))).toMatchObject([
      { fault: { message: expect.stringContaining("could not be taken away again") } },
    ]);
    expect(await strict.search("(uid=short)")).toHaveLength(1);
  });
});
