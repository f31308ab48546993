import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTaken, schemeOf } from "../../../src/kind/scheme.ts";

describe("the scheme of a stored hash", () => {
  it.each<[string, ReturnType<typeof schemeOf>]>([
    ["{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9gE5ZQ1", "SSHA"],
    ["{ssha256}abc=", "SSHA256"],
    ["{SSHA512}abc=", "SSHA512"],
    ["{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=", "SHA"],
    ["{SMD5}4QWGWZpj9GCmfuqEvm8HtZhZS6E=", "SMD5"],
    ["{CRYPT}$6$salt$hash", "SHA512-CRYPT"],
    ["{CRYPT}$5$salt$hash", "SHA256-CRYPT"],
    ["{CRYPT}$1$salt$hash", "MD5-CRYPT"],
    ["{CRYPT}$2y$05$abc", "BLF-CRYPT"],
    ["{CRYPT}ab01FAX.bQRSU", "DES-CRYPT"],
    ["{CRYPT}$y$j9T$abc", "YESCRYPT"],
    ["{crypt}nothing that crypt knows", undefined],
    ["{SHA512-CRYPT}$6$salt$hash", "SHA512-CRYPT"],
    ["{MD5-CRYPT}$1$salt$hash", "MD5-CRYPT"],
    ["{MD5}$1$salt$hash", "MD5-CRYPT"],
    ["{MD5}CY9rzUYh03PK3k6DJie09g==", "MD5"],
    ["{BLF-CRYPT}$2y$05$abc", "BLF-CRYPT"],
    ["{BCRYPT}$2b$12$abc", "BLF-CRYPT"],
    ["$2b$12$abc", "BLF-CRYPT"],
    ["$6$salt$hash", "SHA512-CRYPT"],
    ["$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", "ARGON2ID"],
    ["{ARGON2}$argon2i$v=19$m=65536$abc", "ARGON2I"],
    ["{PBKDF2}1$abc$1000$abc", "PBKDF2"],
    ["{PBKDF2-SHA1}10000$abc$def", "PBKDF2"],
    ["{PBKDF2-SHA256}10000$abc$def", "PBKDF2-SHA256"],
    ["{PBKDF2-SHA512}10000$abc$def", "PBKDF2-SHA512"],
    ["{NTLM}0CB6948805F797BF2A82807973B89537", "NTLM"],
    ["{NT}0CB6948805F797BF2A82807973B89537", "NTLM"],
    // From the specification of SHA-crypt (Drepper, 0.6).
    ["$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc8", "SHA256-CRYPT"],
    [
      "{CRYPT}$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjlO/O817G3uBnIFNjnQJuesI68OTLiBFdcfYEdFCoEOfaS35inz1",
      "SHA512-CRYPT",
    ],
    ["{SHA512.hex}ba32", "SHA512"],
    ["{SCRAM-SHA-256}4096,abc,def,ghi", "SCRAM-SHA-256"],
    ["{CLEARTEXT}secret", "CLEAR"],
    ["{PLAIN}secret", "CLEAR"],
    ["0CB6948805F797BF2A82807973B89537", undefined],
    ["{ROT13}frperg", undefined],
    ["{SSHA}", undefined],
    ["{SSHA}abc\n", undefined],
    ["secret", undefined],
    ["", undefined],
  ])("%j is %s", (hash, scheme) => {
    expect(schemeOf(hash)).toBe(scheme);
  });

  it("never throws, whatever it is given", () => {
    fc.assert(fc.property(fc.string(), (text) => schemeOf(text) === undefined || /^[\x21-\x7e]+$/.test(text)));
  });

  it("decides what is written: never a clear text, and of an unknown scheme only where all are", () => {
    const some = new Set(["SSHA"] as const);
    const asked = [isTaken("any", "CLEAR"), isTaken("any", undefined), isTaken("any", "SSHA")];
    expect([...asked, isTaken(some, "SSHA"), isTaken(some, "SMD5"), isTaken(some, undefined)]).toEqual([
      false,
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});
