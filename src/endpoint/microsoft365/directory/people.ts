import type { Scope } from "../../../contract/endpoint.ts";
import type { Options } from "../../../contract/options.ts";
import { kindTable } from "../../../kind/table.ts";
import { normalMailAddress } from "../../../kind/normal.ts";
import { globMatcher } from "../../../model/address.ts";
import { Fault } from "../../../model/fault.ts";
import type { Json } from "../../../model/json.ts";
import type { Observed } from "../../../model/resource.ts";
import { isDone, type Loose, textOf } from "../answer.ts";
import { classOf, type Sku } from "./skus.ts";
import { batch, idOf, inPath, observe, readAll, refusalOf, type Tenant } from "./tenant.ts";

/** Somebody as Graph has it, and as the product sees it. */
export interface Person {
  readonly observed: Observed<"account">;
  readonly user: Loose;
}

/** What is asked of a user; Graph gives most of it on demand alone. */
const selected = [
  "id",
  "userPrincipalName",
  "mail",
  "mailNickname",
  "displayName",
  "givenName",
  "surname",
  "accountEnabled",
  "assignedLicenses",
  "mobilePhone",
  "otherMails",
  "proxyAddresses",
  "usageLocation",
  "userType",
  "department",
  "jobTitle",
  "officeLocation",
  "companyName",
  "country",
];

const select = `$select=${selected.join(",")}`;

/** A field of ours that is one of theirs. */
export const plainFields = {
  displayName: "displayName",
  givenName: "givenName",
  familyName: "surname",
  enabled: "accountEnabled",
} as const;

/** Undefined for a guest, and for who has a name that is no address. */
function personOf(user: Loose, skus: readonly Sku[]): Person | undefined {
  const name = normalMailAddress(textOf(user["userPrincipalName"]) ?? "");
  if (name === undefined || user["userType"] === "Guest") return undefined;
  const fields: Record<string, Json> = {};
  for (const [field, property] of Object.entries(plainFields)) {
    const value = user[property];
    if ((typeof value === "string" && value !== "") || typeof value === "boolean") fields[field] = value;
  }
  const licence = classOf(user, skus);
  if (licence !== undefined) fields["class"] = licence;
  const recovery = recoveryOf(user);
  if (recovery !== undefined) fields["recovery"] = recovery;
  const attributes = attributesOf(user);
  return { user, observed: { ...observe("account", name, idOf(user), fields), attributes } };
}

function recoveryOf(user: Loose): Json | undefined {
  const [email] = Array.isArray(user["otherMails"]) ? (user["otherMails"] as readonly unknown[]) : [];
  const mobile = textOf(user["mobilePhone"]);
  if (textOf(email) === undefined && mobile === undefined) return undefined;
  return { ...(textOf(email) !== undefined && { email: String(email) }), ...(mobile !== undefined && { mobile }) };
}

/** What filters and maps may ask for. */
function attributesOf(user: Loose): Readonly<Record<string, string>> {
  const plain = [
    "mail",
    "mailNickname",
    "usageLocation",
    "department",
    "jobTitle",
    "officeLocation",
    "companyName",
    "country",
  ];
  return Object.fromEntries(
    plain.flatMap((each) => (textOf(user[each]) === undefined ? [] : [[each, String(user[each])]])),
  );
}

/** Everybody but guests. */
export async function readPeople(tenant: Tenant, skus: readonly Sku[], options: Options): Promise<readonly Person[]> {
  const users = await readAll(tenant, `/users?$top=999&${select}`, options);
  return users.flatMap((user) => personOf(user, skus) ?? []);
}

/** Of these names those that are there. */
export async function readNamed(
  tenant: Tenant,
  names: ReadonlySet<string>,
  skus: readonly Sku[],
  options: Options,
): Promise<ReadonlyMap<string, Person>> {
  const all = [...names];
  const calls = all.map((name) => ({ method: "GET", path: `/users/${inPath(name)}?${select}` }) as const);
  const answers = await batch(tenant, calls, options);
  const found = new Map<string, Person>();
  for (const [index, answered] of answers.entries()) {
    const call = calls[index];
    if (call === undefined || answered.status === 404) continue;
    if (!isDone(answered)) throw refusalOf(tenant, call, answered) ?? new Error("a refusal is a refusal");
    const person = personOf(answered.body, skus);
    // A name that was given up may be answered for a while as who has it no longer.
    if (person !== undefined && names.has(person.observed.name)) found.set(person.observed.name, person);
  }
  return found;
}

/** Who was deleted in the last thirty days, by the name they had; undefined where the application may not look. */
export async function readDeleted(tenant: Tenant, options: Options): Promise<ReadonlyMap<string, string> | undefined> {
  const path = "/directory/deletedItems/microsoft.graph.user?$select=id,userPrincipalName,deletedDateTime&$top=999";
  try {
    const gone = await readAll(tenant, path, options);
    return new Map(gone.flatMap((user) => nameBefore(user) ?? []));
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.code === "permission.missing") return undefined;
    throw thrown;
  }
}

/** A deleted user's name has its id before it, without hyphens, so that the name is free. */
function nameBefore(user: Loose): [string, string][] | undefined {
  const id = idOf(user).replaceAll("-", "");
  const written = textOf(user["userPrincipalName"]) ?? "";
  const name = normalMailAddress(written.startsWith(id) ? written.slice(id.length) : written);
  return name === undefined ? undefined : [[name, textOf(user["deletedDateTime"]) ?? ""]];
}

/** A filter is a map of property to pattern; a map takes the name and texts from other properties. */
export function scoped(person: Person, { filter, map }: Scope, about: string): Observed<"account"> | undefined {
  if (typeof filter === "string")
    throw new Fault({
      code: "filter.invalid",
      message: "A filter of a tenant is a map of property to pattern, not a text",
      spoils: "endpoint",
      about,
      remedy: "write it as {department: Sales*}",
    });
  const { observed } = person;
  const cell = (column: string): string =>
    column === "address"
      ? observed.name
      : (textOf(person.user[column]) ?? String((observed.fields as Loose)[column] ?? ""));
  if (!Object.entries(filter ?? {}).every(([column, glob]) => globMatcher(glob)(cell(column)))) return undefined;
  if (map === undefined) return observed;
  const { address, ...fields } = map;
  const name = address === undefined ? observed.name : normalMailAddress(cell(address));
  if (name === undefined) return undefined;
  const texts = Object.entries(fields).filter(([field]) => kindTable.account.fields[field]?.reads === "text");
  const taken = texts.map(([field, column]) => [field, cell(column)] as const).filter(([, value]) => value !== "");
  return { ...observed, name, fields: { ...observed.fields, ...Object.fromEntries(taken) } };
}
