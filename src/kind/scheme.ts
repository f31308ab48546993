/** Names of password hashes, as Dovecot and RFC 2307 directories write them between braces. `CLEAR` is no hash at all. */
export type Scheme = (typeof schemes)[number];

const schemes = [
  "SSHA",
  "SSHA256",
  "SSHA384",
  "SSHA512",
  "SHA",
  "SHA256",
  "SHA384",
  "SHA512",
  "SMD5",
  "MD5",
  "DES-CRYPT",
  "MD5-CRYPT",
  "SHA256-CRYPT",
  "SHA512-CRYPT",
  "BLF-CRYPT",
  "YESCRYPT",
  "SCRYPT",
  "PBKDF2",
  "PBKDF2-SHA256",
  "PBKDF2-SHA512",
  "ARGON2I",
  "ARGON2ID",
  "NTLM",
  "LANMAN",
  "CRAM-MD5",
  "SCRAM-SHA-1",
  "SCRAM-SHA-256",
  "CLEAR",
] as const;
const known: ReadonlySet<string> = new Set(schemes);

/** Other spellings between braces. What a value in `CRYPT` is, its beginning tells. */
const spellings: Readonly<Record<string, Scheme>> = {
  BCRYPT: "BLF-CRYPT",
  "PBKDF2-SHA1": "PBKDF2",
  NT: "NTLM",
  NTHASH: "NTLM",
  LM: "LANMAN",
  LANMANAGER: "LANMAN",
  SHA1: "SHA",
  PLAIN: "CLEAR",
  CLEARTEXT: "CLEAR",
};

/** How crypt(3) and its kin begin (crypt(5)). */
const beginnings: readonly (readonly [RegExp, Scheme])[] = [
  [/^\$1\$/, "MD5-CRYPT"],
  [/^\$2[abxy]?\$/, "BLF-CRYPT"],
  [/^\$5\$/, "SHA256-CRYPT"],
  [/^\$6\$/, "SHA512-CRYPT"],
  [/^\$7\$/, "SCRYPT"],
  [/^\$g?y\$/, "YESCRYPT"],
  [/^\$argon2i\$/, "ARGON2I"],
  [/^\$argon2id\$/, "ARGON2ID"],
  [/^\$pbkdf2\$/, "PBKDF2"],
  [/^\$pbkdf2-sha256\$/, "PBKDF2-SHA256"],
  [/^\$pbkdf2-sha512\$/, "PBKDF2-SHA512"],
  [/^[./0-9A-Za-z]{13}$/, "DES-CRYPT"],
];

/**
 * The scheme of a stored hash, by what stands between its braces, case aside, or by how it begins; undefined where neither tells.
 * `{SHA512.hex}` is Dovecot's way to say how it is encoded.
 */
export function schemeOf(hash: string): Scheme | undefined {
  if (!/^[\x21-\x7e]+$/.test(hash)) return undefined;
  const [, braced, body = ""] = /^\{([\w-]+)(?:\.(?:b64|hex))?\}(.+)$/i.exec(hash) ?? [];
  const name = braced?.toUpperCase();
  if (name === undefined) return begun(hash);
  if (name === "CRYPT" || name === "ARGON2") return begun(body);
  // Dovecot's name for MD5-CRYPT; a digest has no dollar.
  if (name === "MD5" && body.startsWith("$1$")) return "MD5-CRYPT";
  return spellings[name] ?? (known.has(name) ? (name as Scheme) : undefined);
}

/** What an endpoint writes of hashes: all, or those of some schemes. */
export type TakenHashes = ReadonlySet<Scheme> | "any";

/** Whether a hash is written there. Where all are, so is one of a scheme that nobody knows; a clear text is none. */
export function isTaken(taken: TakenHashes, scheme: Scheme | undefined): boolean {
  if (scheme === "CLEAR") return false;
  return taken === "any" || (scheme !== undefined && taken.has(scheme));
}

const begun = (body: string): Scheme | undefined => beginnings.find(([begins]) => begins.test(body))?.[1];
