import { Attribute, Change, ModifyRequest } from "ldapts";
import type { DirectoryChange } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import type { Directory } from "./directory.ts";
import type { Entry } from "./entry.ts";
import { resultFault } from "./faults.ts";
import type { Flavour } from "./flavour/flavour.ts";
import type { Values } from "./form.ts";
import type { Schema } from "./schema.ts";
import type { Result } from "./wire/decode.ts";
import type { Request } from "./wire/line.ts";
import { aboutOf } from "../directory/change.ts";

/** Results that say that the entry is not what it was taken for: values that came or went meanwhile. */
const changed = new Map([
  [16, "a value that was there is no longer there"],
  [20, "a value that was not there is there by now"],
]);

/** Active Directory's own words for 16 and 20 of a group's members (MS-ADTS 3.1.1.5.3.6; codes of Windows, MS-ERREF 2.2). */
const memberCodes = new Map([
  ["00000561", "a member that was in it is no longer"],
  ["00000562", "a member that was not in it is by now"],
]);

const memberChanged = ({ words }: Pick<Result, "words">): string | undefined =>
  memberCodes.get(/^\s*([0-9A-F]{8}):/i.exec(words)?.[1] ?? "");

/** Sends one write. Throws its fault, which spoils the item unless the code says more. */
export async function send(
  { session, flavour }: Directory,
  request: Request,
  {
    change,
    dn,
    what,
    secrets = [],
  }: {
    readonly change: DirectoryChange;
    readonly dn: string;
    readonly what: string;
    readonly secrets?: readonly string[];
  },
  options: Options,
): Promise<{ readonly conflict: string } | undefined> {
  const result = await session.ask(request, options);
  if (result.code === 0) return undefined;
  const since = changed.get(result.code) ?? (request instanceof ModifyRequest ? memberChanged(result) : undefined);
  if (since !== undefined) return { conflict: `${dn}: ${since}` };
  const hashed = secrets.length > 0 && flavour.password === undefined;
  throw resultFault(result, { what, dn, about: aboutOf(change), spoils: "item", secrets, hashed });
}

export const attribute = (type: string, values: readonly string[]): Attribute =>
  new Attribute({ type, values: [...values] });

export const modification = (
  operation: "add" | "delete" | "replace",
  type: string,
  values: readonly string[],
): Change => new Change({ operation, modification: attribute(type, values) });

/**
 * What must be changed so that the entry has these values; what it has already is left alone. The values that go are named, so that
 * the server refuses where they are others by now. An assertion (RFC 4528) would say the same, but OpenLDAP's memberof overlay takes
 * it over into its own writes to other entries, where it fails.
 */
export function differences(
  entry: Entry,
  values: Values,
  { oneByOne }: Pick<Flavour, "oneByOne">,
  schema: Schema | undefined,
): Change[] {
  return Object.entries(values).flatMap(([type, wanted]) => {
    const there = entry.texts(type);
    const [gone, come] = [without(there, wanted), without([...new Set(wanted)], there)];
    if (gone.length === 0 && come.length === 0) return [];
    const told = schema?.attribute(type)?.comparable === true && entry.octets(type).length === there.length;
    if (oneByOne !== true && !told) return [modification("replace", type, wanted)];
    return [
      ...(gone.length === 0 ? [] : [modification("delete", type, gone)]),
      ...(come.length === 0 ? [] : [modification("add", type, come)]),
    ];
  });
}

const without = (all: readonly string[], others: readonly string[]): readonly string[] =>
  all.filter((each) => !others.includes(each));

/** Classes that an entry of `classes` must have besides to hold these attributes; none where the schema is not known. */
export function missingClasses(
  schema: Schema | undefined,
  classes: readonly string[],
  attributes: readonly string[],
  preferred: readonly string[],
): readonly string[] {
  if (schema === undefined) return [];
  const all = [...classes];
  for (const each of attributes) {
    const type = schema.attribute(each);
    if (type === undefined || type.operational || schema.allows(all, each)) continue;
    const fitting = schema.auxiliaries(each);
    const rank = (name: string): number => {
      const at = preferred.findIndex((one) => one.toLowerCase() === name.toLowerCase());
      return at === -1 ? preferred.length : at;
    };
    const [best] = fitting.toSorted((a, b) => rank(a) - rank(b));
    if (best !== undefined) all.push(best);
  }
  return all.slice(classes.length);
}
