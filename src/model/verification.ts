import type { Address } from "./address.ts";

/** What of a source message is at the destination. `there` and `moved` are proved; every other says why it is not. */
export const standings = [
  "there",
  /** In another folder than it was brought to: its user moved it. */
  "moved",
  /** Absent, and an earlier pass saw that its user had deleted it. */
  "deleted",
  /** Left out by declaration. */
  "skipped",
  /** Absent, and nothing explains it. */
  "missing",
  /** There after the last pass, and gone since: deleted by its user, or lost. A pass takes it for the former, and nothing tells. */
  "vanished",
  /** The source got it after the last pass. */
  "newer",
  /** Refused by a pass, with a reason. */
  "pending",
  /** Deleted by its user, or never copied: the state does not tell. */
  "unknown",
  /** Its pair is another message. */
  "altered",
  /** Its pair's body differs by octets. */
  "bodyDiffers",
  /** One of the two could not be read. */
  "unreadable",
] as const;
export type Standing = (typeof standings)[number];

/** What each says to a reader. */
export const meanings: Readonly<Record<Standing, string>> = {
  there: "there",
  moved: "moved by its user to another folder",
  deleted: "deleted by its user",
  skipped: "left out by declaration",
  missing: "missing",
  vanished: "gone since the last pass: deleted by its user, or lost",
  newer: "came to the source after the last pass",
  pending: "refused",
  unknown: "deleted by its user, or never copied",
  altered: "another message in its place",
  bodyDiffers: "body differs",
  unreadable: "could not be read",
};

/** What does not stand against a proof: what is there, what its user took away, what is declared left behind. */
const settled: ReadonlySet<Standing> = new Set(["there", "moved", "deleted", "vanished", "skipped"]);

export const isSettled = (standing: Standing): boolean => settled.has(standing);

/** A message by what may be told of it: neither subject nor body. */
export interface NamedMessage {
  readonly standing: Standing;
  /** The source's folder, and the destination's that it belongs to. */
  readonly from: string;
  readonly folder: string;
  /** ISO 8601, the internal date at the source. */
  readonly date: string;
  readonly size: number;
  readonly messageId?: string;
  readonly reason?: string;
}

export interface Differences {
  /** Flags or keywords; `due` are those that a pass would bring. */
  marks: number;
  due: number;
  /** Internal dates, to the second. */
  dates: number;
  /** Octets that are shown, where the systems may keep lines differently. */
  sizes: number;
  /** Header lines that a server rewrote or added, the message being the same. */
  headers: number;
  /** Empty lines at the end of a body. */
  lineEnds: number;
}

export interface MailboxVerification {
  readonly address: Address;
  /** True where bodies were read and hashed. */
  readonly content: boolean;
  /** True where what its user deleted counts as missing. */
  readonly strict: boolean;
  readonly counts: Readonly<Record<Standing, number>>;
  readonly differences: Readonly<Differences>;
  /** Destination folders that are not there. */
  readonly foldersMissing: readonly string[];
  /** What could not be read: about it nothing is said. */
  readonly unread: readonly { readonly what: string; readonly code: string; readonly message: string }[];
  /** Messages that are not settled, and then those that are explained; as many as were asked for. */
  readonly named: readonly NamedMessage[];
  /** How many more there are of these. */
  readonly unnamed: number;
}

/** Absences that a proof takes for its user's doing, save a strict one: a loss at the destination looks the same. */
export const isDeletion = (standing: Standing): boolean => standing === "deleted" || standing === "vanished";

/** True where every message that should be there is there, or explained by its user or a declaration. */
export function isProved({ counts, unread, foldersMissing, strict }: MailboxVerification): boolean {
  return (
    unread.length === 0 &&
    foldersMissing.length === 0 &&
    standings.every((each) => counts[each] === 0 || (isSettled(each) && !(strict && isDeletion(each))))
  );
}
