import { randomInt } from "node:crypto";
import type { NewPassword } from "../contract/endpoint.ts";
import { isTaken, schemeOf, type TakenHashes } from "../kind/scheme.ts";
import type { Address } from "../model/address.ts";
import { Fault } from "../model/fault.ts";
import type { Change, Want } from "../model/plan.ts";
import type { PasswordWish, Resource, SecretRef } from "../model/resource.ts";
import type { PasswordFile } from "./passwordfile.ts";

/** No letters that are taken for one another. */
const sets = ["abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789"] as const;
const alphabet = sets.join("");
/** A hyphen after each five, to be read aloud by; policies that ask for a sign have theirs. */
const group = 6;

/** Letters of both cases, digits and hyphens, each at least once: of 24 characters 21 are drawn, some 121 bits. */
export function generatePassword(length = 24): string {
  for (;;) {
    const drawn = Array.from({ length }, (_, at) =>
      at % group === group - 1 && at < length - 1 ? "-" : (alphabet[randomInt(alphabet.length)] ?? ""),
    ).join("");
    if (sets.every((set) => [...drawn].some((letter) => set.includes(letter)))) return drawn;
  }
}

/** A password is written with a new account, and again where its issue rose, which the plan shows as a field. */
export function writesPassword(change: Change): boolean {
  if (change.act === "create") return change.want.password !== undefined;
  return change.act === "update" && change.fields.some(({ field }) => field === "password");
}

/** True where carrying out the change makes up a password that somebody must be told. */
export function needsPasswordFile(change: Change): boolean {
  const wish = change.act === "create" || change.act === "update" ? change.want.password : undefined;
  return wish?.from === "generate" && writesPassword(change);
}

interface PasswordContext {
  readonly secret: (ref: SecretRef) => Promise<string>;
  readonly hash?: (address: Address) => Promise<string | undefined>;
  readonly passwords?: PasswordFile;
}

/**
 * Turns a wish into the password to write; undefined where none is to be written, as the plan said. Throws where its value cannot be
 * had. `taken` are the hashes that the destination writes, where it tells.
 */
export async function resolvePassword(
  want: Want,
  resource: Resource | undefined,
  taken: TakenHashes | undefined,
  context: PasswordContext,
): Promise<NewPassword | undefined> {
  const wish = want.password;
  if (wish === undefined || wish.from === "external") return undefined;
  const mustChange = wish.mustChange ?? false;
  const declared = resource !== undefined && resource.kind !== "mailbox" ? resource.password : undefined;
  if (wish.from === "generate")
    return { from: "generate", value: await tell(want.name, declared?.length, context.passwords), mustChange };
  if (wish.from === "secret") return { from: "secret", value: await context.secret(refOf(want, declared)), mustChange };
  const value = await hashOf(want, declared, taken, context);
  return value === undefined ? undefined : { from: "hash", value, mustChange };
}

/** The file hears of it before the account is made: a password that nobody knows is worse than one that opens nothing. */
async function tell(address: string, length: number | undefined, passwords: PasswordFile | undefined): Promise<string> {
  if (passwords === undefined) {
    throw new Fault({
      code: "passwords.nowhere",
      message: "A password is to be generated, and there is no file to tell it to",
      spoils: "item",
      remedy: "name a new file with --passwords-out",
    });
  }
  const value = generatePassword(length);
  await passwords.add(address, value);
  return value;
}

/** A carried hash that the source lacks, or the destination does not take, is left out; one that the manifests name must be right. */
async function hashOf(
  want: Want,
  declared: PasswordWish | undefined,
  taken: TakenHashes | undefined,
  { secret, hash }: PasswordContext,
): Promise<string | undefined> {
  const carried = declared?.ref === undefined;
  const value = carried ? await hash?.(want.address) : await secret(refOf(want, declared));
  if (value === undefined || taken === undefined) return value;
  const scheme = schemeOf(value);
  if (isTaken(taken, scheme)) return value;
  if (carried) return undefined;
  throw new Fault({
    code: "password.scheme",
    message: `The destination takes no ${scheme === undefined ? "hashes of its scheme" : `${scheme} hashes`}`,
    about: want.address,
    spoils: "item",
    remedy: "name a hash of another scheme, or let the password be generated",
  });
}

function refOf(want: Want, declared: PasswordWish | undefined): SecretRef {
  if (declared?.ref !== undefined) return declared.ref;
  throw new Fault({
    code: "password.unknown",
    message: "The manifests name no password",
    about: want.address,
    spoils: "item",
    remedy: "name the password by a reference, let it be generated, or leave it out",
  });
}
