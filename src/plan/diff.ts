import { sameField } from "../kind/field.ts";
import { normalMailAddress, normalSet } from "../kind/normal.ts";
import { kindTable } from "../kind/table.ts";
import type { DirectoryKind } from "../model/address.ts";
import type { Json } from "../model/json.ts";
import type { FieldChange } from "../model/resource.ts";

type Values = Readonly<Record<string, Json | undefined>>;

/**
 * What must change so that `has` shows what `want` says: fields that are not written, or that the endpoint cannot hold, take no part.
 * In the order in which the kind shows its fields.
 */
export function fieldChanges(
  kind: DirectoryKind,
  want: object,
  has: object,
  holds: ReadonlySet<string>,
): readonly FieldChange[] {
  return Object.keys(kindTable[kind].fields).flatMap((field) => {
    const to = (want as Values)[field];
    const from = (has as Values)[field];
    if (to === undefined || !holds.has(field) || same(kind, field, to, from)) return [];
    return [{ field, ...(from === undefined ? {} : { from }), to }];
  });
}

/** Written fields that the endpoint has no place for. */
export function unsupportedFields(kind: DirectoryKind, want: object, holds: ReadonlySet<string>): readonly string[] {
  return Object.keys(kindTable[kind].fields).filter(
    (field) => (want as Values)[field] !== undefined && !holds.has(field),
  );
}

function same(kind: DirectoryKind, field: string, to: Json, from: Json | undefined): boolean {
  if (sameField(to, from)) return true;
  if (from === undefined) return false;
  const normal =
    normals[`${kind}.${field}`] ?? (kindTable[kind].fields[field]?.reads === "set" ? addresses : undefined);
  return normal !== undefined && sameField(normal(to), normal(from));
}

const address = (value: Json): Json =>
  typeof value === "string" ? (normalMailAddress(value) ?? value.toLowerCase()) : value;
const addresses = (value: Json): Json =>
  Array.isArray(value) ? normalSet(value.map((part) => String(address(part as Json)))) : value;

/** Fields that name addresses and are no sets; endpoints should give them in normal form, and not all do. */
const normals: Readonly<Record<string, (value: Json) => Json>> = {
  "alias.target": address,
  "account.forwarding": (value) => {
    if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
    const { to, ...rest } = value as { readonly [key: string]: Json };
    return to === undefined ? rest : { ...rest, to: addresses(to) };
  },
};
