import type { Entry, PlaceId } from "../../model/item.ts";
import type { Abilities } from "./abilities.ts";
import type { Selected } from "./select.ts";
import { parseDateTime } from "./wire/command.ts";
import { attributesOf, listOf, type Response, textOf, type Value } from "./wire/response.ts";

const systemFlags = new Map(
  ["\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft"].map((flag) => [flag.toLowerCase(), flag]),
);

/** Flags as marks: system flags in their own case, keywords as they are, `\Recent` never. */
export function marksOf(value: Value | undefined): readonly string[] {
  const marks = listOf(value).flatMap((each) => textOf(each) ?? []);
  return [...new Set(marks.map((mark) => systemFlags.get(mark.toLowerCase()) ?? mark))].filter(
    (mark) => mark.toLowerCase() !== "\\recent",
  );
}

/** What is asked of every message to know it: no bodies, and never ENVELOPE, which costs a third more. */
export function entryItems({ objectId, gmail }: Abilities, { modseq }: Selected): string {
  const more = [objectId && "EMAILID", gmail && "X-GM-MSGID", modseq > 0n && "MODSEQ"].filter((each) => each !== false);
  return ["UID FLAGS INTERNALDATE RFC822.SIZE", ...more].join(" ");
}

/** The attributes of a FETCH response with their UID; undefined for other responses, and for news without a UID. */
export function fetched(
  response: Response,
): { readonly uid: number; readonly attributes: ReadonlyMap<string, Value> } | undefined {
  if (response.name !== "FETCH") return undefined;
  const attributes = attributesOf(response.values[0]);
  const uid = Number(textOf(attributes.get("UID")) ?? Number.NaN);
  return Number.isSafeInteger(uid) && uid > 0 ? { uid, attributes } : undefined;
}

/** An entry, where the response holds all that makes one: a server also sends flags alone, unasked. */
export function entryOf(place: PlaceId, response: Response): (Entry & { readonly uid: number }) | undefined {
  const one = fetched(response);
  const size = textOf(one?.attributes.get("RFC822.SIZE"));
  const date = textOf(one?.attributes.get("INTERNALDATE"));
  if (one === undefined || size === undefined || date === undefined) return undefined;
  const { uid, attributes } = one;
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
