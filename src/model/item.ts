import type { Readable } from "node:stream";
import type { FaultRecord } from "./fault.ts";
import type { Json } from "./json.ts";

/** What a mailbox holds; calendars and address books will add theirs. */
export type ItemType = "message";

/** Special use (RFC 6154), and the inbox. */
export type Role = "inbox" | "sent" | "drafts" | "junk" | "trash" | "archive";

export type PlaceId = string;
export type FeedId = string;
/** An item's id inside its place: a UID, a file's stable name. Meaningless once the feed's epoch has changed. */
export type ItemId = string;

/** A place holds items: a folder, a label, a collection. */
export interface Place {
  readonly id: PlaceId;
  /** The name's parts, decoded, in Unicode NFC; `["INBOX"]` for the inbox. */
  readonly path: readonly string[];
  readonly role?: Role;
  readonly subscribed?: boolean;
  /** False for a name that only has children (`\Noselect`). */
  readonly selectable: boolean;
  /** True where it shows what is elsewhere too, or is somebody else's (`\All`, `\Flagged`, shared folders): left out unless the folder rules name it. */
  readonly optional?: true;
  /** Marks that can be kept here: every one, or these. */
  readonly marks: "any" | readonly string[];
  /** An id that outlives a rename (MAILBOXID, RFC 8474). */
  readonly objectId?: string;
  /** True when it is certain that nothing was ever removed from here (UIDNEXT - 1 = MESSAGES). */
  readonly neverRemoved: boolean;
  /** True where nobody can tell, for the system forgets what was removed: a first pass that knows none of its messages again copies all. */
  readonly forgets?: true;
}

export interface PlaceSpec {
  readonly path: readonly string[];
  readonly role?: Role;
}

/** What a store can call a place. */
export interface Naming {
  /** Characters that no part of a path may hold. */
  readonly illegal: string;
  /** True where names differing in case alone are one place. */
  readonly foldsCase: boolean;
  /** Octets of UTF-8 that a part of a path may have. */
  readonly maxPart: number;
}

/** Something that can be read from a cursor on: an IMAP folder, a whole Gmail mailbox. */
export interface Feed {
  readonly id: FeedId;
  readonly places: readonly PlaceId[];
  /** UIDVALIDITY and the like: another epoch makes every id and cursor void. */
  readonly epoch: string;
  /** Equal to the one of an earlier look only when nothing changed since, marks included; absent where that cannot be known. */
  readonly version?: string;
  readonly count: number;
  /** Where the feed stands now: a later `changes` with `until` says of each entry whether it came after. */
  readonly watermark: Json;
}

export type Cursor = Json;
export type Bookmark = Json;

/** An item without its body. */
export interface Entry {
  readonly place: PlaceId;
  readonly id: ItemId;
  /** Internal date, milliseconds since 1970 UTC. */
  readonly date: number;
  /** Octets of the body as `read` gives it. */
  readonly size: number;
  /** System flags in their RFC 3501 case, keywords as the store spells them; never `\Recent`. */
  readonly marks: readonly string[];
  /** An id of the content that is equal wherever the item is filed (EMAILID, X-GM-MSGID). */
  readonly objectId?: string;
  readonly revision?: string;
  /** True when it came after the watermark that was asked about: it waits for the next pass. */
  readonly late?: boolean;
}

/** A part of a reading. Every page of a whole reading says so: what none of them names is gone. */
export interface Page {
  readonly whole: boolean;
  readonly entries: readonly Entry[];
  readonly gone: readonly { readonly place: PlaceId; readonly id: ItemId }[];
  /** On the last page: where the next reading may start. Taken before reading, so that nobody's change is swallowed. */
  readonly next?: Cursor;
  /** Beside `next`, where the store tells: the feed's version as this reading found it, which may be a later one than the look's. */
  readonly version?: string;
}

/** The body in octets as the store holds it; a stream where it is larger than a batch. */
export type Body = Uint8Array | Readable;

/** A time of day somewhere, as calendars keep it. */
export interface ZonedTime {
  readonly dateTime: string;
  readonly timeZone: string;
}

/** What a flag says beside that it is set: from when, until when, and that it was done. */
export interface FlagDetail {
  readonly start?: ZonedTime;
  readonly due?: ZonedTime;
  readonly completed?: ZonedTime;
}

/**
 * An item read from a source; `fault` instead of a body where this one alone could not be read. `canonical` where it is known that every
 * line of the body ends with CRLF (RFC 2049, section 4) and that no octet is NUL; the pieces of such a stream belong to whoever reads it.
 * Whoever said so (`ReadOptions`) gives the body back by `release`: its memory is then used again, and nothing of it may be looked at any
 * more.
 */
export type ReadItem = Entry & { readonly flag?: FlagDetail } & (
    | { readonly body: Body; readonly canonical?: true; readonly release?: () => void }
    | { readonly fault: FaultRecord }
  );

/** An item in a form that its system alone reads, with the header block that its octets do not begin with; `size` is the entry's. */
export type NativeItem = Entry &
  ({ readonly header: Uint8Array; readonly body: Uint8Array } | { readonly fault: FaultRecord });

/** An item to be written. `key` names it in the receipt. */
export interface NewItem {
  readonly key: string;
  readonly place: PlaceId;
  readonly date: number;
  readonly marks: readonly string[];
  readonly size: number;
  readonly body: Body;
  readonly canonical?: true;
  readonly flag?: FlagDetail;
}

/** What became of one item or edit. `id` is absent where the store could not tell; `marks` are those it now shows. */
export type Receipt =
  | {
      readonly key: string;
      readonly id?: ItemId;
      readonly marks?: readonly string[];
      readonly objectId?: string;
      readonly revision?: string;
      readonly merged?: boolean;
    }
  | { readonly key: string; readonly fault: FaultRecord };

export type Edit = {
  readonly key: string;
  readonly place: PlaceId;
  readonly id: ItemId;
  readonly revision?: string;
} & (
  | { readonly act: "mark"; readonly add: readonly string[]; readonly remove: readonly string[] }
  | { readonly act: "move"; readonly to: PlaceId }
  | { readonly act: "remove" }
);

/** How an item is named in a plan: deletions are always listed. */
export interface ItemRef {
  readonly place: PlaceId;
  readonly id: ItemId;
  /** Hex. */
  readonly fingerprint: string;
}
