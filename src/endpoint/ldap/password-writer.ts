import { Buffer } from "node:buffer";
import { BerWriter, DeleteRequest, ExtendedRequest, ModifyRequest } from "ldapts";
import type { DirectoryChange, NewPassword } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import { Fault } from "../../model/fault.ts";
import type { Directory } from "./directory.ts";
import { resultFault } from "./faults.ts";
import type { Octets } from "./flavour/flavour.ts";
import type { Values } from "./form.ts";
import { modification, send } from "./operation.ts";
import { passwordAttribute, resetAttribute, userPassword } from "./password.ts";
import type { Result } from "./wire/decode.ts";
import { aboutOf } from "../directory/change.ts";

/** A password as attributes: never read, whatever is there gives way. */
export interface Secret {
  readonly values: Values;
  readonly octets: Octets;
}

export const noSecret: Secret = { values: {}, octets: {} };

/** Throws Unholdable. */
export async function secretOf(directory: Directory, password: NewPassword, options: Options): Promise<Secret> {
  const { flavour, spec } = directory;
  if (flavour.password !== undefined) return flavour.password.print(password);
  const reset = await resetOf(directory, password, options);
  return { values: { [passwordAttribute(spec)]: [userPassword(password)], ...reset }, octets: {} };
}

async function resetOf(directory: Directory, { mustChange }: NewPassword, options: Options): Promise<Values> {
  const schema = await directory.schema(options);
  return mustChange && schema?.attribute(resetAttribute) !== undefined ? { [resetAttribute]: ["TRUE"] } : {};
}

/** Where a password goes, and for what. */
interface Place {
  readonly change: Extract<DirectoryChange, { act: "create" | "update" }>;
  readonly dn: string;
}

const what = "Writing the password";
const passwordModify = "1.3.6.1.4.1.4203.1.11.1";
/** A rule forbids the password itself; with every other refusal the server says that it does not hash for us. */
const constraintViolation = 19;

/** Whether the server can be asked to hash a password that is known in clear as it would (RFC 3062). */
async function hashesItself({ session, flavour, spec }: Directory, { from }: NewPassword, options: Options) {
  if (flavour.password !== undefined || from === "hash" || spec.accounts?.attributes?.password !== undefined)
    return false;
  return (await session.root(options)).extensions.has(passwordModify);
}

function askToHash({ session }: Directory, dn: string, value: string, options: Options): Promise<Result> {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeString(dn, 0x80);
  writer.writeString(value, 0x82);
  writer.endSequence();
  const request = new ExtendedRequest({ messageId: 0, oid: passwordModify, value: Buffer.from(writer.buffer) });
  return session.ask(request, options);
}

/**
 * Has the server hash the password of an entry that was just added with one of our hashing, so that an interruption leaves nobody
 * without. An account whose password a rule of the server forbids is taken away again: it is made whole or not at all.
 */
export async function settleNew(
  directory: Directory,
  { change, dn }: Place,
  password: NewPassword,
  options: Options,
): Promise<void> {
  if (!(await hashesItself(directory, password, options))) return;
  const { value } = password;
  const result = await askToHash(directory, dn, value, options);
  // OpenLDAP's ppolicy takes the mark away with the password that had it.
  if (result.code === 0)
    return replace(directory, { change, dn }, await resetOf(directory, password, options), value, options);
  if (result.code !== constraintViolation) return keptOurs(directory, result, value);
  const refused = resultFault(result, { what, dn, about: aboutOf(change), spoils: "item", secrets: [value] });
  const undone = await directory.session.ask(new DeleteRequest({ messageId: 0, dn }), options);
  throw new Fault({
    code: refused.code,
    about: aboutOf(change),
    spoils: "item",
    message: `${refused.message}; ${undone.code === 0 ? "the account that was made for it was taken away again" : `the account is there all the same, with that password, and could not be taken away again (code ${undone.code})`}`,
    remedy:
      undone.code === 0
        ? "give the account a password that the directory's password policy allows"
        : `delete ${dn} by hand, or give it a password that the directory's password policy allows`,
  });
}

/** A new password of an account that is there. One that a rule of the server forbids leaves the old one. */
export async function settleOld(
  directory: Directory,
  { change, dn }: Place,
  password: NewPassword,
  options: Options,
): Promise<void> {
  if (directory.flavour.password !== undefined) return;
  const { value } = password;
  const result = (await hashesItself(directory, password, options))
    ? await askToHash(directory, dn, value, options)
    : undefined;
  if (result?.code === constraintViolation)
    throw resultFault(result, { what, dn, about: aboutOf(change), spoils: "item", secrets: [value] });
  if (result !== undefined && result.code !== 0) keptOurs(directory, result, value);
  const values =
    result?.code === 0
      ? await resetOf(directory, password, options)
      : (await secretOf(directory, password, options)).values;
  await replace(directory, { change, dn }, values, value, options);
}

async function replace(
  directory: Directory,
  { change, dn }: Place,
  values: Values,
  secret: string,
  options: Options,
): Promise<void> {
  const changes = Object.entries(values).map(([type, all]) => modification("replace", type, all));
  if (changes.length === 0) return;
  const request = new ModifyRequest({ messageId: 0, dn, changes });
  await send(directory, request, { change, dn, what, secrets: [secret] }, options);
}

function keptOurs({ session, emit }: Directory, result: Result, secret: string): void {
  const { about } = session.server;
  const { message } = resultFault(result, { what, about, spoils: "item", secrets: [secret] });
  emit({
    type: "finding",
    finding: {
      code: "password.unhashed",
      severity: "info",
      about,
      message: `The server does not hash passwords for this login; they stand as {SSHA} (${message})`,
    },
  });
}
