import type { DirectoryChange } from "../../../contract/endpoint.ts";
import { sameField } from "../../../kind/field.ts";
import { normalSet } from "../../../kind/normal.ts";
import { kindTable } from "../../../kind/table.ts";
import type { DirectoryKind } from "../../../model/address.ts";
import type { Json } from "../../../model/json.ts";
import type { Observed } from "../../../model/resource.ts";

/** What is to be done for a change. */
export type Verdict = "write" | "done" | { readonly conflict: string };

export interface There {
  /** Under the name that it is to have, and that it had. */
  readonly now: Observed | undefined;
  readonly before: Observed | undefined;
}

type Fields = Readonly<Record<string, Json | undefined>>;

export function judge(change: DirectoryChange, { now, before }: There, held: Held): Verdict {
  if (change.act === "create") {
    const { name, fields } = change.want;
    if (now !== undefined)
      return holds(now, fields, held) ? "done" : { conflict: `${name} is there by now, and differs` };
    return "revision" in change.precondition ? { conflict: `${name} is no longer there` } : "write";
  }
  if (change.act === "delete") {
    if (before === undefined) return "done";
    return meets(before, change) ? "write" : { conflict: `${change.was.name} was changed since` };
  }
  return judgeUpdate(change, { now, before }, held);
}

/** A password cannot be read back, so an update that brings one is always written. */
function judgeUpdate(change: Extract<DirectoryChange, { act: "update" }>, { now, before }: There, held: Held): Verdict {
  const { want, was, password } = change;
  const renames = want.name !== was.name;
  const done = (there: Observed): boolean => password === undefined && holds(there, wantedOf(change), held);
  if (before === undefined)
    return renames && now !== undefined && done(now) ? "done" : { conflict: `${was.name} is no longer there` };
  if (renames && now !== undefined) return { conflict: `${want.name} is there already` };
  if (!renames && done(before)) return "done";
  return meets(before, change) ? "write" : { conflict: `${was.name} was changed since` };
}

/** The fields that a change writes. */
export const wantedOf = (change: Exclude<DirectoryChange, { act: "delete" }>): Fields =>
  change.act === "create"
    ? (change.want.fields as Fields)
    : Object.fromEntries(change.fields.map(({ field, to }) => [field, to]));

const meets = ({ revision }: Observed, { precondition }: DirectoryChange): boolean =>
  !("absent" in precondition) && (!("revision" in precondition) || revision === precondition.revision);

/** What a kind holds here, and of which fields some parts alone. */
export interface Held {
  readonly fields: ReadonlySet<string>;
  readonly parts?: Readonly<Record<string, readonly string[]>>;
}

/** Whether a thing shows these values, as far as it can. */
export function holds({ kind, fields: there }: Observed, wanted: object, { fields, parts }: Held): boolean {
  return Object.entries(wanted as Fields).every(([field, value]) => {
    if (!fields.has(field)) return true;
    const plain = (one: Json | undefined): Json | undefined => plainOf(kind, field, one, parts?.[field]);
    return sameField(plain(value), plain((there as Fields)[field]));
  });
}

/** Sets sorted; of a record the parts that are held, and nothing where none is. */
function plainOf(
  kind: DirectoryKind,
  field: string,
  value: Json | undefined,
  parts?: readonly string[],
): Json | undefined {
  if (kindTable[kind].fields[field]?.reads === "set") return normalSet((value ?? []) as readonly string[]);
  if (parts === undefined || value === undefined) return value;
  const kept = Object.entries(value as Record<string, Json>).filter(([part]) => parts.includes(part));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
