import type { Scope } from "../../../contract/endpoint.ts";
import { kindTable } from "../../../kind/table.ts";
import { globMatcher } from "../../../model/address.ts";
import type { Json } from "../../../model/json.ts";
import type { Observed } from "../../../model/resource.ts";

/** A cell is an attribute, a field, or the `address`. */
function cellOf({ name, fields, attributes }: Observed, column: string): string {
  const value = column === "address" ? name : (attributes?.[column] ?? (fields as Record<string, Json>)[column]);
  return value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
}

/** Whether a map of patterns lets a thing through; a text is Google's to judge. */
export function filterOf(filter: Scope["filter"] = {}): (observed: Observed) => boolean {
  if (typeof filter === "string") return () => true;
  const tests = Object.entries(filter).map(([column, glob]) => ({ column, fits: globMatcher(glob) }));
  return (observed) => tests.every(({ column, fits }) => fits(cellOf(observed, column)));
}

/** Takes the name, and fields that are texts, from other cells: a field whose cell is empty is not there. */
export function mapped<O extends Observed>(observed: O, map: Scope["map"]): O {
  if (map === undefined) return observed;
  const { address, ...columns } = map;
  const forms = kindTable[observed.kind].fields;
  const fields: Record<string, unknown> = { ...observed.fields };
  for (const [field, column] of Object.entries(columns)) {
    if (forms[field]?.reads !== "text") continue;
    const cell = cellOf(observed, column);
    if (cell === "") delete fields[field];
    else fields[field] = cell;
  }
  const named = address === undefined ? undefined : kindTable[observed.kind].name(cellOf(observed, address));
  return { ...observed, name: named ?? observed.name, fields };
}
