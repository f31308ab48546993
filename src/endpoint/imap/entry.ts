import type { Entry, PlaceId } from "../../model/item.ts";
import type { Abilities } from "./abilities.ts";
import type { Selected } from "./select.ts";
import { parseDateTime } from "./wire/command.ts";
import { attributesOf, listOf, type Response, textOf, type Value } from "./wire/response.ts";

const systemFlags = new Map(
  ["\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft"].map((flag) => [flag.toLowerCase(), flag]),
);

const ordinary = new Set(systemFlags.values());

/** Flags as marks: system flags in their own case, keywords as they are, `\Recent` never. */
export function marksOf(value: Value | undefined): readonly string[] {
  const marks: string[] = [];
  for (const each of listOf(value)) {
    const said = textOf(each) ?? "";
    // Most messages have none but these, spelt so.
    const mark = ordinary.has(said) ? said : (systemFlags.get(said.toLowerCase()) ?? said);
    if (mark !== "" && mark.toLowerCase() !== "\\recent" && !marks.includes(mark)) marks.push(mark);
  }
  return marks;
}

/** What is asked of every message to know it: no bodies, and never ENVELOPE, which costs a third more. */
export function entryItems({ objectId, gmail }: Abilities, { modseq }: Pick<Selected, "modseq">): string {
  const more = [objectId && "EMAILID", gmail && "X-GM-MSGID", modseq > 0n && "MODSEQ"].filter((each) => each !== false);
  return ["UID FLAGS INTERNALDATE RFC822.SIZE", ...more].join(" ");
}

interface Fetched {
  readonly uid: number;
  readonly attributes: ReadonlyMap<string, Value>;
}

/** The attributes of a FETCH response with their UID; undefined for other responses, and for news without a UID. */
export function fetched(response: Response): Fetched | undefined {
  if (response.name !== "FETCH") return undefined;
  const attributes = attributesOf(response.values[0]);
  const uid = Number(textOf(attributes.get("UID")) ?? Number.NaN);
  return Number.isSafeInteger(uid) && uid > 0 ? { uid, attributes } : undefined;
}

/** An entry, where the response holds all that makes one: a server also sends flags alone, unasked. */
export function entryOf(place: PlaceId, response: Response): (Entry & { readonly uid: number }) | undefined {
  const one = fetched(response);
  return one === undefined ? undefined : entryFrom(place, one);
}

/** The same of attributes. */
export function entryFrom(
  place: PlaceId,
  { uid, attributes }: Fetched,
): (Entry & { readonly uid: number }) | undefined {
  const size = textOf(attributes.get("RFC822.SIZE"));
  const date = textOf(attributes.get("INTERNALDATE"));
  if (size === undefined || date === undefined) return undefined;
  const modseq = textOf(listOf(attributes.get("MODSEQ"))[0]);
  const objectId = textOf(listOf(attributes.get("EMAILID"))[0]) ?? textOf(attributes.get("X-GM-MSGID"));
  return {
    uid,
    place,
    id: String(uid),
    date: parseDateTime(date),
    size: Number(size),
    marks: marksOf(attributes.get("FLAGS")),
    ...(objectId === undefined ? {} : { objectId }),
    ...(modseq === undefined ? {} : { revision: modseq }),
  };
}
