import type { Buffer } from "node:buffer";
import type { RawEntry } from "./decode.ts";

type Attribute = RawEntry["attributes"][number];

/** Some values of an attribute that has more: `member;range=0-1499` (MS-ADTS 3.1.1.3.1.3.3). */
interface Beginning {
  readonly attribute: string;
  readonly values: readonly Buffer[];
  /** Where the rest begins; undefined where there is none. */
  readonly next: number | undefined;
}

const ranged = /^(.*);range=(\d+)-(\d+|\*)$/i;

/** Attributes of which an entry has a part alone, or has the last part under such a name. */
export const beginningsIn = ({ attributes }: RawEntry): readonly Beginning[] =>
  attributes.flatMap(({ type, values }) => {
    const [, attribute, first = "", last = ""] = ranged.exec(type) ?? [];
    if (attribute === undefined) return [];
    return [{ attribute, values, next: last === "*" ? undefined : Number(first) + values.length }];
  });

/** A slice that a search for `attribute;range=FROM-*` gave; undefined where there is none. */
export function sliceOf(entry: RawEntry, attribute: string): Beginning | undefined {
  return beginningsIn(entry).find((each) => each.attribute.toLowerCase() === attribute.toLowerCase());
}

/** The entry with whole attributes in place of parts; Windows gives an empty one beside the part. */
export function withWhole(entry: RawEntry, whole: readonly Attribute[]): RawEntry {
  const names = new Set(whole.map(({ type }) => type.toLowerCase()));
  return {
    dn: entry.dn,
    attributes: [...entry.attributes.filter(({ type }) => !names.has(nameOf(type))), ...whole],
  };
}

const nameOf = (type: string): string => (ranged.exec(type)?.[1] ?? type).toLowerCase();
