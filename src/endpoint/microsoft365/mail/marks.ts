import type { FlagDetail, ZonedTime } from "../../../model/item.ts";
import { listOf, type Loose, looseOf, textOf } from "../answer.ts";

/** MAPI properties of a message that Graph has no word for: its size, and what was last done with it (MS-OXPROPS). */
const size = "Integer 0xe08";
const lastVerb = "Integer 0x1081";

const basic = "id,parentFolderId,receivedDateTime,createdDateTime,isRead,isDraft,flag,categories";

const listing = (select: string): string =>
  [`$select=${select}`, `$expand=singleValueExtendedProperties($filter=id eq '${size}' or id eq '${lastVerb}')`]
    .map((part) => part.replaceAll(" ", "%20"))
    .join("&");

/** What is asked of each message of a listing. */
export const listed = listing(basic);

/** And what it says of its header. */
export const headed = listing(`${basic},internetMessageId,subject,from,toRecipients,sentDateTime`);

/** How a message is told to others. */
export interface Telling {
  keywordOf(category: string): string;
  sizeOf(octets: number): number;
}

function extended(message: Loose, id: string): number | undefined {
  const found = listOf(message["singleValueExtendedProperties"]).find(
    (each) => textOf(each["id"])?.toLowerCase() === id.toLowerCase(),
  );
  const value = Number(textOf(found?.["value"]) ?? Number.NaN);
  return Number.isNaN(value) ? undefined : value;
}

/** What a message's flag says beside that it is set; undefined where it says nothing more. */
export function flagOf(message: Loose): FlagDetail | undefined {
  const flag = looseOf(message["flag"]);
  const [start, due, completed] = ["startDateTime", "dueDateTime", "completedDateTime"].map((name) =>
    timeOf(flag[name]),
  );
  const done = textOf(flag["flagStatus"]) === "complete";
  const detail = {
    ...(start !== undefined && { start }),
    ...(due !== undefined && { due }),
    ...(done && completed !== undefined && { completed }),
  };
  return Object.keys(detail).length === 0 ? undefined : detail;
}

/** As Graph takes it: no day that a flag is due without one that it starts (followupFlag). */
export function followUpOf({ start, due, completed }: FlagDetail): Loose {
  const starts = start ?? due;
  return {
    flagStatus: completed === undefined ? "flagged" : "complete",
    ...(starts !== undefined && { startDateTime: starts }),
    ...(due !== undefined && { dueDateTime: due }),
    ...(completed !== undefined && { completedDateTime: completed }),
  };
}

function timeOf(value: unknown): ZonedTime | undefined {
  const [dateTime, timeZone] = [textOf(looseOf(value)["dateTime"]), textOf(looseOf(value)["timeZone"])];
  return dateTime === undefined || timeZone === undefined ? undefined : { dateTime, timeZone };
}

/** PidTagLastVerbExecuted: 102 and 103 are replies, 104 is a forward (MS-OXOMSG, 2.2.1.4). */
const verbs: Readonly<Record<number, string>> = { 102: "\\Answered", 103: "\\Answered", 104: "$Forwarded" };

/** A keyword is an atom (RFC 3501, 9), and Dovecot takes fifty characters of it; a category may be any text. */
const keywordOf = (category: string): string => category.replaceAll(/[^\x21-\x7e]|[(){%*"\\\]]/gu, "_").slice(0, 50);

/** To systems with keywords. */
export const plainly: Telling = { keywordOf, sizeOf: rounded };

/** To another mailbox of the same system: as it is. */
export const exactly: Telling = { keywordOf: (category) => category, sizeOf: (octets) => octets };

/** Whether a mark is a category's: not a flag of IMAP's own, nor what was last done with the message. */
export const isCategory = (mark: string): boolean => !mark.startsWith("\\") && mark.toLowerCase() !== "$forwarded";

export const categoriesOf = (message: Loose): readonly string[] =>
  Array.isArray(message["categories"]) ? message["categories"].flatMap((each: unknown) => textOf(each) ?? []) : [];

/** The marks of a message, categories as keywords among them. */
export function marksOf(message: Loose, telling = plainly): readonly string[] {
  const verb = verbs[extended(message, lastVerb) ?? 0];
  return [
    ...(message["isRead"] === true ? ["\\Seen"] : []),
    ...(textOf(looseOf(message["flag"])["flagStatus"]) === "flagged" ? ["\\Flagged"] : []),
    ...(message["isDraft"] === true ? ["\\Draft"] : []),
    ...(verb === undefined ? [] : [verb]),
    ...new Set(categoriesOf(message).map(telling.keywordOf)),
  ];
}

/**
 * Octets, about: Exchange counts its own way of keeping a message, which a category more makes larger. It is rounded up to a quarter of
 * a power of two, so that the same message is seldom of another size.
 */
function rounded(octets: number): number {
  return Math.ceil(2 ** (Math.ceil(Math.log2(octets) * 4) / 4));
}

export function sizeOf(message: Loose, telling = plainly): number {
  const octets = extended(message, size) ?? 0;
  return octets <= 0 ? 0 : telling.sizeOf(octets);
}

/** When it came, milliseconds since 1970; a draft came when it was made. */
export function dateOf(message: Loose): number {
  const at = Date.parse(textOf(message["receivedDateTime"]) ?? textOf(message["createdDateTime"]) ?? "");
  return Number.isNaN(at) ? 0 : at;
}
