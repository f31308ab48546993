import { beginningsIn, sliceOf, withWhole } from "./ranges.ts";
import type { RawEntry } from "./decode.ts";

/** The entry did not hold still while it was read in parts. */
export class Unsteady extends Error {}

/** Asks for attributes of the entry; undefined where it is gone. */
type Look = (attributes: readonly string[]) => Promise<RawEntry | undefined>;

/** Tells whether an entry was changed (MS-ADTS 3.1.1.1.9); the parts of a set are no snapshot. */
const stamp = "uSNChanged";
/** Readings of an entry that changes meanwhile. */
const most = 3;

/** Whether the server gave the first values of an attribute alone. */
export const isPartial = ({ attributes }: RawEntry): boolean =>
  attributes.some(({ type }) => type.includes(";") && /;range=/i.test(type));

/**
 * The entry with every attribute whole: where a server gives the first values alone, the rest is asked for in turn, until the part
 * that says that it is the last. Throws Unsteady.
 */
export async function completed(entry: RawEntry, look: Look): Promise<RawEntry> {
  const parts = beginningsIn(entry).filter(({ attribute }) => attribute !== "");
  if (parts.length === 0) return entry;
  const whole = [];
  for (const { attribute } of parts) whole.push({ type: attribute, values: await valuesOf(attribute, look) });
  return withWhole(entry, whole);
}

async function valuesOf(attribute: string, look: Look): Promise<RawEntry["attributes"][number]["values"]> {
  for (let tries = 0; tries < most; tries += 1) {
    const values = await steadily(attribute, look);
    if (values !== undefined) return values;
  }
  throw new Unsteady(attribute);
}

/** Undefined where the entry was changed between the first part and the last. */
async function steadily(attribute: string, look: Look) {
  const values = [];
  let stamped: string | undefined;
  for (let next: number | undefined = 0; next !== undefined;) {
    const entry = await look([`${attribute};range=${next}-*`, stamp]);
    if (entry === undefined) throw new Unsteady(attribute);
    const now = String(entry.attributes.find(({ type }) => type.toLowerCase() === stamp.toLowerCase())?.values[0]);
    stamped ??= now;
    const slice = sliceOf(entry, attribute);
    if (now !== stamped || slice === undefined || (slice.values.length === 0 && slice.next !== undefined))
      return undefined;
    values.push(...slice.values);
    next = slice.next;
  }
  return values;
}
