import { Buffer } from "node:buffer";
import { type Scheme, schemeOf } from "../../kind/scheme.ts";

/** Octets of a digest, and whether salt follows them (RFC 2307, 5.3; the longer ones by OpenLDAP's pw-sha2). */
const digests: { readonly [S in Scheme]?: { readonly octets: number; readonly salted?: true } } = {
  SHA: { octets: 20 },
  SSHA: { octets: 20, salted: true },
  MD5: { octets: 16 },
  SMD5: { octets: 16, salted: true },
  SHA256: { octets: 32 },
  SSHA256: { octets: 32, salted: true },
  SHA384: { octets: 48 },
  SSHA384: { octets: 48, salted: true },
  SHA512: { octets: 64 },
  SSHA512: { octets: 64, salted: true },
};

/** What the system's own crypt(3) checks, as libxcrypt knows it. */
const crypts = ["DES-CRYPT", "MD5-CRYPT", "SHA256-CRYPT", "SHA512-CRYPT", "BLF-CRYPT", "YESCRYPT", "SCRYPT"] as const;

/** What every slapd checks by itself. */
export const ownSchemes: readonly Scheme[] = ["SSHA", "SHA", "SMD5", "MD5", ...crypts];

/** What modules of OpenLDAP add, by the beginning of their file's name. */
const modules: readonly (readonly [RegExp, readonly Scheme[]])[] = [
  [/^pw-sha2\b/, ["SHA256", "SSHA256", "SHA384", "SSHA384", "SHA512", "SSHA512"]],
  [/^(?:pw-)?argon2\b/, ["ARGON2I", "ARGON2ID"]],
  [/^pw-pbkdf2\b/, ["PBKDF2", "PBKDF2-SHA256", "PBKDF2-SHA512"]],
];

/** Of a module as it is loaded: `{0}pw-sha2.so`, with or without a path. */
export function schemesOfModule(loaded: string): readonly Scheme[] {
  const [file = ""] = (
    loaded
      .replace(/^\{\d+\}/, "")
      .split("/")
      .at(-1) ?? ""
  ).split(" ");
  return modules.flatMap(([name, schemes]) => (name.test(file) ? schemes : []));
}

const isCrypt = (scheme: Scheme): boolean => (crypts as readonly Scheme[]).includes(scheme);

/** A hash by the name and in the form that a directory checks it in; undefined where the same cannot be said there. */
export function printHash(hash: string): string | undefined {
  const scheme = schemeOf(hash);
  if (scheme === undefined) return undefined;
  const [, encoding = "", body = ""] = /^(?:\{[\w-]+(?:\.(\w+))?\})?(.*)$/s.exec(hash) ?? [];
  if (isCrypt(scheme)) return `{CRYPT}${body}`;
  if (scheme === "ARGON2I" || scheme === "ARGON2ID") return body.startsWith("$argon2") ? `{ARGON2}${body}` : undefined;
  if (scheme.startsWith("PBKDF2")) return pbkdf2(scheme, body);
  const digest = digests[scheme];
  if (digest === undefined) return undefined;
  const octets = decoded(body, encoding);
  const fits =
    octets !== undefined && (digest.salted ? octets.length > digest.octets : octets.length === digest.octets);
  return fits ? `{${scheme}}${octets.toString("base64")}` : undefined;
}

/** Rounds, salt and key, as passlib writes them too; Dovecot's own form has a salt that is no base 64. */
function pbkdf2(scheme: Scheme, body: string): string | undefined {
  const bare = body.replace(/^\$pbkdf2(?:-sha\d+)?\$/, "");
  return /^\d+\$[\w./+=]+\$[\w./+=]+$/.test(bare) ? `{${scheme}}${bare}` : undefined;
}

function decoded(body: string, encoding: string): Buffer | undefined {
  if (encoding.toLowerCase() === "hex") return /^(?:[\da-f]{2})+$/i.test(body) ? Buffer.from(body, "hex") : undefined;
  return /^[A-Za-z\d+/]+={0,2}$/.test(body) ? Buffer.from(body, "base64") : undefined;
}

/** Names that stand for no hash: somebody else is asked for the password. */
const elsewhere = /^\{(?:SASL|KERBEROS|K5KEY|RADIUS|UNIX|TOTP\w*|HOTP\w*)\}/i;

/**
 * One of the values of userPassword as a hash. What has no braces is the password itself there (RFC 4519, 2.41), and told as such,
 * whatever it looks like.
 */
export function readHash(values: readonly string[]): string | undefined {
  const own = values.filter((value) => value !== "" && !elsewhere.test(value));
  const hashed = own.find((value) => value.startsWith("{") && schemeOf(value) !== undefined);
  const [first] = own;
  if (hashed !== undefined || first === undefined) return hashed;
  return /^\{[\w.-]+\}./.test(first) ? first : `{CLEAR}${first}`;
}
