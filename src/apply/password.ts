import { randomInt } from "node:crypto";
import { open } from "node:fs/promises";
import type { NewPassword } from "../contract/endpoint.ts";
import { Fault } from "../model/fault.ts";
import type { Change, Want } from "../model/plan.ts";
import type { PasswordWish, Resource, SecretRef } from "../model/resource.ts";

/** Where generated passwords are told, once. */
export interface PasswordFile {
  /** Durable when it returns. */
  add(address: string, password: string): Promise<void>;
  close(): Promise<void>;
}

/** No letters that are taken for one another. */
const alphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/** 24 characters, some 139 bits. */
function generate(): string {
  return Array.from({ length: 24 }, () => alphabet[randomInt(alphabet.length)]).join("");
}

/** CSV with the columns address and password, mode 0600. Throws `passwords.exists` rather than touch a file that is there. */
export async function createPasswordFile(path: string): Promise<PasswordFile> {
  const file = await open(path, "wx", 0o600).catch((cause: unknown) => {
    throw new Fault({
      code: "passwords.exists",
      message: `The file for generated passwords cannot be made: ${cause instanceof Error ? cause.message : String(cause)}`,
      about: path,
      spoils: "run",
      remedy: "name a new file in a folder that can be written to",
      cause,
    });
  });
  await file.write("address,password\n");
  return {
    async add(address, password) {
      await file.write(`${address},${password}\n`);
      await file.sync();
    },
    close: () => file.close(),
  };
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

/** Turns a wish into the password to write; undefined where none is to be written. Throws where its value cannot be had. */
export async function resolvePassword(
  want: Want,
  resource: Resource | undefined,
  context: { readonly secret: (ref: SecretRef) => Promise<string>; readonly passwords?: PasswordFile },
): Promise<NewPassword | undefined> {
  const wish = want.password;
  if (wish === undefined || wish.from === "external") return undefined;
  const mustChange = wish.mustChange ?? false;
  if (wish.from === "generate")
    return { from: "generate", value: await tell(want.name, context.passwords), mustChange };
  const declared = resource !== undefined && resource.kind !== "mailbox" ? resource.password : undefined;
  return { from: wish.from, value: await context.secret(refOf(want, declared)), mustChange };
}

/** The file hears of it before the account is made: a password that nobody knows is worse than one that opens nothing. */
async function tell(address: string, passwords: PasswordFile | undefined): Promise<string> {
  if (passwords === undefined) {
    throw new Fault({
      code: "passwords.nowhere",
      message: "A password is to be generated, and there is no file to tell it to",
      spoils: "item",
      remedy: "name a new file with --passwords-out",
    });
  }
  const value = generate();
  await passwords.add(address, value);
  return value;
}

function refOf(want: Want, declared: PasswordWish | undefined): SecretRef {
  if (declared?.ref !== undefined) return declared.ref;
  throw new Fault({
    code: "password.unknown",
    message:
      want.password?.from === "hash"
        ? "The source's directory gives no password hash"
        : "The manifests name no password",
    about: want.address,
    spoils: "item",
    remedy: "name the password by a reference, let it be generated, or leave it out",
  });
}
