import { normalMailAddress, normalSet, writeSize } from "../kind/normal.ts";
import { kindTable } from "../kind/table.ts";
import { isSayable } from "../manifest/sayable.ts";
import type { Value } from "../manifest/scalar.ts";
import { addressOf } from "../model/address.ts";
import { type Json, sameJson } from "../model/json.ts";
import type { Observed } from "../model/resource.ts";
import { type Entry, keyOrder } from "./holding.ts";

/** A field as a manifest says it, and in normal form; undefined where none can. */
type Said = { readonly value: Value; readonly normal: Json } | undefined;

const same = (value: Json): Said => ({ value: value as Value, normal: value });

const members = (value: Json): Said => {
  if (!Array.isArray(value)) return undefined;
  const names = value.map((each) => normalMailAddress(String(each)));
  const known = names.filter((each) => each !== undefined);
  // A set is whole or not written: what it lacks would be taken away.
  if (known.length < names.length) return undefined;
  const set = normalSet(known);
  return { value: set, normal: [...set] };
};

const forwarding = (value: Json): Said => {
  const { to = [], keepCopy = true } = value as { readonly to?: Json; readonly keepCopy?: boolean };
  const said = members(to);
  if (said === undefined) return undefined;
  return { value: { to: said.value, ...(keepCopy ? {} : { keepCopy }) }, normal: { to: said.normal, keepCopy } };
};

const recovery = (value: Json): Said => {
  const { email, mobile } = value as { readonly email?: string; readonly mobile?: string };
  // It is compared as it is written, and written in normal form.
  if (email !== undefined && normalMailAddress(email) !== email) return undefined;
  return same({ ...(email === undefined ? {} : { email }), ...(mobile === undefined ? {} : { mobile }) });
};

const forms: Readonly<Record<string, (value: Json) => Said>> = {
  members,
  owners: members,
  senders: members,
  fullAccess: members,
  sendAs: members,
  sendOnBehalf: members,
  forwarding,
  recovery,
  quota: (value) => (Number.isSafeInteger(value) ? { value: writeSize(value as number), normal: value } : undefined),
};

/** What is so where nothing is written. */
const defaults: Readonly<Record<string, Json>> = {
  enabled: true,
  hidden: false,
  displayName: "",
  givenName: "",
  familyName: "",
  class: "",
  owners: [],
  senders: [],
  forwarding: { to: [], keepCopy: true },
  mailbox: "user",
  fullAccess: [],
  sendAs: [],
  sendOnBehalf: [],
  recovery: {},
};

/** An account or a list as an entry. */
export function sayEntry(kind: "account" | "list", { name, fields, source }: Observed): Entry {
  const values: Record<string, Value> = {};
  const normals: Record<string, Json> = {};
  const unsaid: string[] = [];
  for (const field of keyOrder[kind]) {
    const seen = (fields as Readonly<Record<string, Json | undefined>>)[field];
    if (seen === undefined || !Object.hasOwn(kindTable[kind].fields, field)) continue;
    const said = sayField(kind, field, seen);
    if (said === undefined) unsaid.push(field);
    else {
      normals[field] = said.normal;
      if (!sameJson(said.normal, defaults[field])) values[field] = said.value;
    }
  }
  if (source !== undefined && !(source !== false && source.user === name)) {
    // The order of the documentation has it behind every field.
    if (isSayable(kind, "source", source)) values["source"] = source;
    else unsaid.push("source");
  }
  return { kind, name, address: addressOf(kind, name), values, fields: normals, unsaid };
}

function sayField(kind: "account" | "list", field: string, seen: Json): Said {
  const said = (forms[field] ?? same)(seen);
  return said !== undefined && isSayable(kind, field, said.value) ? said : undefined;
}

/** How a field's normal form is written, defaults as well. */
export const valueOf = (field: string, normal: Json): Value =>
  (forms[field] ?? same)(normal)?.value ?? (normal as Value);

/** An alias as an entry; undefined where its target is no address. */
export function sayAlias({ name, fields }: Observed): Entry | undefined {
  const target = normalMailAddress((fields as { readonly target?: string }).target ?? "");
  if (target === undefined) return undefined;
  return { kind: "alias", name, address: addressOf("alias", name), values: { target }, fields: { target }, unsaid: [] };
}
