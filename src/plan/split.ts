import { kindTable } from "../kind/table.ts";
import { kindOf } from "../model/address.ts";
import type { Json } from "../model/json.ts";
import type { Want } from "../model/plan.ts";
import type { Observed } from "../model/resource.ts";
import { fieldChanges } from "./diff.ts";
import type { Draft } from "./draft.ts";

const sets = Object.entries(kindTable.list.fields).flatMap(([field, form]) => (form.reads === "set" ? [field] : []));

/** Lists that come to be, or get another name: the only steps whose references can wait. */
export function isSplittable(draft: Draft | undefined): boolean {
  if (draft === undefined || kindOf(draft.address) !== "list") return false;
  return draft.change.act === "create" || (draft.change.act === "update" && draft.change.renamed !== undefined);
}

/** A step that leaves the named lists out of its sets, and one that puts them in. */
export function splitList(draft: Draft, lists: ReadonlySet<string>): readonly Draft[] {
  const { change } = draft;
  if (change.act !== "create" && change.act !== "update") return [draft];
  const less = { ...change.want, fields: without(change.want.fields, lists) } as Want;
  const rest = fieldChanges("list", change.want.fields, less.fields, new Set(sets));
  if (rest.length === 0) return [draft];
  const first: Draft =
    change.act === "create"
      ? { ...draft, change: { ...change, want: less } }
      : { ...draft, change: { ...change, want: less, fields: partial(change, less) } };
  const was = { kind: "list", name: change.want.name, fields: shown(change, less) } as Observed;
  const second: Draft = {
    ...draft,
    change: { act: "update", want: change.want, was, fields: rest },
    precondition: { none: true },
  };
  return [first, second];
}

type Update = Extract<Draft["change"], { act: "update" }>;

const partial = (change: Update, less: Want): Update["fields"] =>
  fieldChanges("list", less.fields, change.was.fields, new Set(change.fields.map(({ field }) => field)));

/** What the list shows after the first step. */
const shown = (change: Draft["change"], less: Want): object =>
  change.act === "update" ? { ...change.was.fields, ...less.fields } : less.fields;

function without(fields: object, lists: ReadonlySet<string>): object {
  const values = Object.entries(fields as Record<string, Json>).map(([field, value]) => [
    field,
    sets.includes(field) && Array.isArray(value) ? value.filter((name) => !lists.has(String(name))) : value,
  ]);
  return Object.fromEntries(values) as object;
}
