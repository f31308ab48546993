import { Buffer } from "node:buffer";
import type { NewPassword } from "../../../contract/endpoint.ts";
import { type Scheme, schemeOf } from "../../../kind/scheme.ts";
import { Fault } from "../../../model/fault.ts";

/** A password in the words of the Directory API. */
interface Written {
  readonly password: string;
  readonly hashFunction?: "MD5" | "SHA-1" | "crypt";
  readonly changePasswordAtNextLogin: boolean;
}

/** The hashes that Google takes (`hashFunction` of https://developers.google.com/workspace/admin/directory/reference/rest/v1/users). */
export const takenHashes: ReadonlySet<Scheme> = new Set([
  "MD5",
  "SHA",
  "DES-CRYPT",
  "MD5-CRYPT",
  "SHA256-CRYPT",
  "SHA512-CRYPT",
] as const);

/** The most rounds that Google takes. */
const mostRounds = 10_000;

const digests: Readonly<Partial<Record<Scheme, { readonly hashFunction: "MD5" | "SHA-1"; readonly octets: number }>>> =
  {
    MD5: { hashFunction: "MD5", octets: 16 },
    SHA: { hashFunction: "SHA-1", octets: 20 },
  };

/** Throws `password.unfit` for a hash that Google does not take. */
export function writtenPassword({ from, value, mustChange }: NewPassword, about: string): Written {
  const changePasswordAtNextLogin = mustChange;
  if (from !== "hash") return { password: value, changePasswordAtNextLogin };
  const scheme = schemeOf(value);
  const body = value.replace(/^\{[^}]*\}/, "");
  if (scheme === undefined || !takenHashes.has(scheme)) throw unfit("of a scheme that Google does not take", about);
  const digest = digests[scheme];
  if (digest !== undefined) {
    const password = hexOf(body, digest.octets);
    if (password === undefined) throw unfit(`no ${digest.hashFunction} of ${digest.octets} octets`, about);
    return { password, hashFunction: digest.hashFunction, changePasswordAtNextLogin };
  }
  const rounds = /^\$[56]\$rounds=(\d+)\$/.exec(body)?.[1];
  if (rounds !== undefined && Number(rounds) > mostRounds)
    throw unfit(`made with ${rounds} rounds, and Google takes ${mostRounds} at most`, about);
  return { password: body, hashFunction: "crypt", changePasswordAtNextLogin };
}

/** Written in hex already, or in base 64, as RFC 2307 has it. */
function hexOf(body: string, octets: number): string | undefined {
  if (new RegExp(`^[0-9a-f]{${octets * 2}}$`, "i").test(body)) return body.toLowerCase();
  const decoded = Buffer.from(body, "base64");
  return decoded.length === octets ? decoded.toString("hex") : undefined;
}

function unfit(why: string, about: string): Fault {
  return new Fault({
    code: "password.unfit",
    message: `The password's hash is ${why}`,
    spoils: "item",
    about,
    remedy: "let the password be generated, or set by its person",
  });
}
