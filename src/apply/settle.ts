import type { DirectoryChange, Handler } from "../contract/endpoint.ts";
import type { Options } from "../contract/options.ts";
import type { Asked } from "../kind/asked.ts";
import { sameField } from "../kind/field.ts";
import { kindTable } from "../kind/table.ts";
import type { DirectoryKind } from "../model/address.ts";
import type { Json } from "../model/json.ts";
import type { Observed } from "../model/resource.ts";

type Values = Readonly<Record<string, Json | undefined>>;

/** What is there now of these names, and perhaps more, by its name in normal form. */
export async function readNamed<K extends DirectoryKind>(
  handler: Handler<K>,
  names: ReadonlySet<string>,
  asked: Asked,
  options: Options,
): Promise<ReadonlyMap<string, Observed<K>>> {
  const found = new Map<string, Observed<K>>();
  for await (const observed of handler.read({ names, asked }, options)) {
    found.set(kindTable[observed.kind].name(observed.name) ?? observed.name, observed);
  }
  return found;
}

/**
 * Whether a change whose outcome was lost has been made, by what is there now. A password cannot be read back: a new account's
 * is written in the same act as the account, another is written again.
 */
export function isMade(
  change: DirectoryChange,
  found: ReadonlyMap<string, Observed>,
  fields: ReadonlySet<string>,
): boolean {
  if (change.act === "delete") return !found.has(change.was.name);
  const there = found.get(change.want.name);
  if (there === undefined || (change.act === "update" && change.password !== undefined)) return false;
  if (change.act === "update" && change.renamed !== undefined && found.has(change.was.name)) return false;
  const want = change.want.fields as Values;
  const has = there.fields as Values;
  const compared = Object.keys(kindTable[change.want.kind].fields).filter((field) => fields.has(field));
  return compared.every((field) => want[field] === undefined || sameField(want[field], has[field]));
}
