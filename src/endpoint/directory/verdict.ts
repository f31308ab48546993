import type { DirectoryChange } from "../../contract/endpoint.ts";
import { normalSet } from "../../kind/normal.ts";
import { sameField } from "../../kind/field.ts";
import { kindTable } from "../../kind/table.ts";
import type { DirectoryKind } from "../../model/address.ts";
import type { Json } from "../../model/json.ts";
import type { Observed } from "../../model/resource.ts";
import { type Act, type Fields, wantedBy } from "./change.ts";

/** What is to be done for a change: write it, nothing for it is done already, or nothing for things are not as it takes them to be. */
type Verdict = "write" | "done" | { readonly conflict: string };

type Find = (name: string) => Observed | undefined;

/** What a directory has a place for: fields, and of some of them certain parts alone. */
export interface Held {
  readonly fields: ReadonlySet<string>;
  readonly parts?: Readonly<Record<string, readonly string[]>>;
}

/** Judges a change by what is there now. */
export function judge(change: DirectoryChange, find: Find, held: Held): Verdict {
  if (change.act === "create") return judgeCreate(change, find, held);
  if (change.act === "delete") return judgeDelete(change, find);
  return judgeUpdate(change, find, held);
}

const conflict = (text: string): Verdict => ({ conflict: text });

function judgeCreate({ want, precondition }: Act<"create">, find: Find, held: Held): Verdict {
  const there = find(want.name);
  if (there !== undefined)
    return holds(there, want.fields as Fields, held) ? "done" : conflict(`${want.name} is there by now, and differs`);
  return "revision" in precondition ? conflict(`${want.name} is no longer there`) : "write";
}

function judgeDelete({ was, precondition }: Act<"delete">, find: Find): Verdict {
  const there = find(was.name);
  if (there === undefined) return "done";
  return meets(there, precondition) ? "write" : conflict(`${was.name} was changed since`);
}

/** A password cannot be read back, so an update that brings one is always written. */
function judgeUpdate(change: Act<"update">, find: Find, held: Held): Verdict {
  const { want, was, precondition, password } = change;
  const to = wantedBy(change);
  const there = find(was.name);
  const renames = want.name !== was.name;
  const target = renames ? find(want.name) : there;
  if (there === undefined) {
    const done = renames && target !== undefined && holds(target, to, held) && password === undefined;
    return done ? "done" : conflict(`${was.name} is no longer there`);
  }
  if (renames && target !== undefined) return conflict(`${want.name} is there already`);
  if (!renames && password === undefined && holds(there, to, held)) return "done";
  return meets(there, precondition) ? "write" : conflict(`${was.name} was changed since`);
}

function meets(there: Observed, precondition: DirectoryChange["precondition"]): boolean {
  if ("absent" in precondition) return false;
  return !("revision" in precondition) || there.revision === precondition.revision;
}

/** Whether a thing shows these values, as far as the directory can. */
export function holds({ kind, fields: there }: Observed, wanted: Fields, { fields, parts }: Held): boolean {
  const plainly = (field: string, value: Json | undefined): Json | undefined =>
    plain(kind, field, value, parts?.[field]);
  return Object.entries(wanted).every(
    ([field, value]) =>
      !fields.has(field) || sameField(plainly(field, value), plainly(field, (there as Fields)[field])),
  );
}

/** Sets sorted. Of a record the parts that are held. */
function plain(
  kind: DirectoryKind,
  field: string,
  value: Json | undefined,
  parts: readonly string[] | undefined,
): Json | undefined {
  if (value === undefined) return value;
  if (kindTable[kind].fields[field]?.reads === "set") return normalSet(value as readonly string[]);
  if (parts !== undefined) {
    return Object.fromEntries(Object.entries(value as Record<string, Json>).filter(([part]) => parts.includes(part)));
  }
  if (field !== "forwarding") return value;
  const { to, keepCopy } = value as { readonly to: readonly string[]; readonly keepCopy: boolean };
  return { to: normalSet(to), keepCopy };
}
