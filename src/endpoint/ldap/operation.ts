import { Attribute, type BerWriter, Change, Control } from "ldapts";
import type { DirectoryChange } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import type { Directory } from "./directory.ts";
import type { Entry } from "./entry.ts";
import { resultFault } from "./faults.ts";
import { equal } from "./filter.ts";
import type { Values } from "./form.ts";
import type { Schema } from "./schema.ts";
import type { Request } from "./wire/line.ts";
import { aboutOf } from "./writing.ts";

/** Results that say that the entry is not what it was taken for: RFC 4528, and values that came or went meanwhile. */
const changed = new Map([
  [122, "it was changed since"],
  [16, "a value that was there is no longer there"],
  [20, "a value that was not there is there by now"],
]);

/** Sends one write. Throws its fault, which spoils the item unless the code says more. */
export async function send(
  { session }: Directory,
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
  const since = changed.get(result.code);
  if (since !== undefined) return { conflict: `${dn}: ${since}` };
  throw resultFault(result, { what, dn, about: aboutOf(change), spoils: "item", secrets });
}

/** Assertion (RFC 4528): the server compares and writes in one act. */
const assertion = "1.3.6.1.1.12";

class Assertion extends Control {
  private readonly filter: ReturnType<typeof equal>;

  constructor(attribute: string, value: string) {
    super(assertion, { critical: true });
    this.filter = equal(attribute, value);
  }

  protected override writeControl(writer: BerWriter): void {
    writer.startSequence(0x04);
    this.filter.write(writer);
    writer.endSequence();
  }
}

/** What the server stamps an entry with at every change; OpenLDAP's, and those of its like. */
export const stamp = "entryCSN";

/** The control by which a write is done only where the entry is still the one that was read; none where it cannot be asked for. */
export async function unchanged({ session }: Directory, entry: Entry, options: Options): Promise<Control[]> {
  const value = entry.text(stamp);
  const { controls } = await session.root(options);
  return value !== undefined && controls.has(assertion) ? [new Assertion(stamp, value)] : [];
}

export const attribute = (type: string, values: readonly string[]): Attribute =>
  new Attribute({ type, values: [...values] });

export const modification = (
  operation: "add" | "delete" | "replace",
  type: string,
  values: readonly string[],
): Change => new Change({ operation, modification: attribute(type, values) });

/** What must be replaced so that the entry has these values; what it has already is left alone. */
export function differences(entry: Entry, values: Values): Change[] {
  return Object.entries(values).flatMap(([type, wanted]) => {
    const there = entry.texts(type);
    const same = there.length === wanted.length && wanted.every((value) => there.includes(value));
    return same ? [] : [modification("replace", type, wanted)];
  });
}

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
    if (schema.attribute(each) === undefined || schema.allows(all, each)) continue;
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
