import type { Base, Known, Side, Sighting } from "../../../contract/journal.ts";
import type { FaultRecord } from "../../../model/fault.ts";
import { type Book, prefix } from "./book.ts";
import { keyIn, keyOut, marksIn, marksOut } from "./codec.ts";

const sideNames = [
  "place",
  "id",
  "there",
  "date",
  "size",
  "marks",
  "object",
  "revision",
  "fingerprint",
  "loose",
] as const;

/** The columns of one side, as SQL names them. `seen` tells that a reading showed date and size: we did not only write them. */
export const sideColumns = (side: Side): readonly string[] =>
  [...sideNames, "seen"].map((name) => `${prefix[side]}_${name}`);

/** What `knownOf` reads, in its order. */
export const columns = [
  "row",
  ...sideNames.map((name) => `s_${name}`),
  ...sideNames.map((name) => `d_${name}`),
  "how",
  "marks",
  "shown",
  "met",
  "fault",
  "tries",
].join(", ");

type SideValues = readonly [
  place: number | null,
  id: string | null,
  there: number,
  date: number,
  size: number,
  marks: string,
  object: string | null,
  revision: string | null,
  fingerprint: Buffer | null,
  loose: Buffer | null,
];

export type Raw = readonly unknown[];

export function knownOf(book: Book, raw: Raw): Known {
  const source = sightingOf(book, raw.slice(1, 11) as unknown as SideValues);
  const destination = sightingOf(book, raw.slice(11, 21) as unknown as SideValues);
  const [how, marks, shown, met, fault, tries] = raw.slice(21) as [
    Base["how"] | null,
    string,
    string,
    number,
    string | null,
    number,
  ];
  return {
    row: (raw[0] as number) - book.base,
    ...(source && { source }),
    ...(destination && { destination }),
    ...(how !== null && { base: { how, marks: marksOut(marks), shown: marksOut(shown), from: book.places.name(met) } }),
    ...(fault !== null && { pending: { ...(JSON.parse(fault) as FaultRecord), tries } }),
  };
}

function sightingOf(book: Book, values: SideValues): Sighting | undefined {
  const [place, id, there, date, size, marks, objectId, revision, fingerprint, loose] = values;
  if (place === null) return undefined;
  return {
    place: book.places.name(place),
    ...(id !== null && { id }),
    there: there === 1,
    date,
    size,
    marks: marksOut(marks),
    ...(objectId !== null && { objectId }),
    ...(revision !== null && { revision }),
    ...(fingerprint !== null && { fingerprint: keyOut(fingerprint) as string }),
    ...(loose !== null && { loose: keyOut(loose) as string }),
  };
}

/** The values of a sighting that no reading has shown yet, in the order of `sideColumns`. */
export function valuesOf(book: Book, side: Side, seen: Sighting): unknown[] {
  return [
    book.places.number(side, seen.place),
    seen.id ?? null,
    seen.there ? 1 : 0,
    seen.date,
    seen.size,
    marksIn(seen.marks),
    seen.objectId ?? null,
    seen.revision ?? null,
    keyIn(seen.fingerprint),
    keyIn(seen.loose),
    0,
  ];
}
