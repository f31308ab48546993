import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printHash, readHash, schemesOfModule } from "../../../../src/endpoint/ldap/hash.ts";
import { schemeOf } from "../../../../src/kind/scheme.ts";

const digest = createHash("sha512").update("secret").digest();
const salted = Buffer.concat([createHash("sha256").update("secretsalt").digest(), Buffer.from("salt")]);

describe("a hash as a directory checks it", () => {
  it.each<[string, string | undefined]>([
    ["$6$salt$hash", "{CRYPT}$6$salt$hash"],
    ["{BLF-CRYPT}$2y$05$abc", "{CRYPT}$2y$05$abc"],
    ["{DES-CRYPT}ab01FAX.bQRSU", "{CRYPT}ab01FAX.bQRSU"],
    ["{MD5}$1$salt$hash", "{CRYPT}$1$salt$hash"],
    [`{SHA512.hex}${digest.toString("hex")}`, `{SHA512}${digest.toString("base64")}`],
    [`{sha512.b64}${digest.toString("base64")}`, `{SHA512}${digest.toString("base64")}`],
    [`{SSHA256}${salted.toString("base64")}`, `{SSHA256}${salted.toString("base64")}`],
    // A digest without its salt, one of another length, and what is none.
    [`{SSHA256}${salted.subarray(0, 32).toString("base64")}`, undefined],
    [`{SHA}${digest.toString("base64")}`, undefined],
    ["{SHA512.hex}xyz", undefined],
    ["$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", "{ARGON2}$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA"],
    ["{ARGON2I}$argon2i$v=19$m=65536$abc", "{ARGON2}$argon2i$v=19$m=65536$abc"],
    ["{PBKDF2-SHA256}10000$c2FsdA$aGFzaA", "{PBKDF2-SHA256}10000$c2FsdA$aGFzaA"],
    ["$pbkdf2-sha512$25000$c2FsdA$aGFzaA", "{PBKDF2-SHA512}25000$c2FsdA$aGFzaA"],
    // Dovecot's own form, with a salt that is text.
    ["{PBKDF2}$1$a-salt$5000$0a0b0c", undefined],
    ["{NTLM}0CB6948805F797BF2A82807973B89537", undefined],
    ["{CLEAR}secret", undefined],
    ["nothing known", undefined],
  ])("%s", (hash, printed) => {
    expect(printHash(hash)).toBe(printed);
  });

  it("is of the scheme that it was, and prints as itself the second time", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 21, maxLength: 60 }), (octets) => {
        const hash = `{SSHA}${Buffer.from(octets).toString("base64")}`;
        const printed = printHash(hash) ?? "";
        expect([printed, schemeOf(printed), printHash(printed)]).toEqual([hash, "SSHA", hash]);
      }),
    );
  });
});

it.each<[readonly string[], string | undefined]>([
  [[], undefined],
  [["plain"], "{CLEAR}plain"],
  // It looks like a hash of DES, and stands there as a password.
  [["abcdefghijklm"], "{CLEAR}abcdefghijklm"],
  [["{SASL}ana@EXAMPLE.COM"], undefined],
  [["{SASL}ana@EXAMPLE.COM", "{SSHA}abc="], "{SSHA}abc="],
  [["plain", "{SSHA}abc="], "{SSHA}abc="],
  [["{OTHER}abc"], "{OTHER}abc"],
])("values %j of userPassword are read as %s", (values, hash) => {
  expect(readHash(values)).toBe(hash);
});

it.each<[string, number]>([
  ["{0}pw-sha2", 6],
  ["{3}/usr/lib/ldap/pw-sha2.so", 6],
  ["argon2.la p=4", 2],
  ["pw-pbkdf2.so", 3],
  ["back_mdb", 0],
])("the module %s", (loaded, count) => {
  expect(schemesOfModule(loaded)).toHaveLength(count);
});
