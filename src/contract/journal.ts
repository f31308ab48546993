import type { FaultRecord } from "../model/fault.ts";
import type { Bookmark, Cursor, Feed, FeedId, ItemId, Page, Place, PlaceId } from "../model/item.ts";

export type Side = "source" | "destination";

/** How far a feed was read. `complete` is false while a whole reading is under way. */
export interface FeedRecord {
  readonly id: FeedId;
  readonly epoch: string;
  readonly complete: boolean;
  readonly version?: string;
  readonly cursor?: Cursor;
}

/** One side of a message as last seen. `there` is false once a complete reading no longer showed it. */
export interface Sighting {
  readonly place: PlaceId;
  /** Absent once its epoch is over. */
  readonly id?: ItemId;
  readonly there: boolean;
  readonly date: number;
  readonly size: number;
  readonly marks: readonly string[];
  readonly objectId?: string;
  readonly revision?: string;
  /** 128 bits, hex: Message-ID, Date, From, To, Subject. */
  readonly fingerprint?: string;
  /** The second key, without Message-ID. */
  readonly loose?: string;
}

/** What was agreed between the sides when they last met. */
export interface Base {
  readonly how: "brought" | "adopted";
  readonly marks: readonly string[];
  /** Marks the destination showed after our last write. */
  readonly shown: readonly string[];
  /** The source's place when they last met: another one now means that the message was moved at the source. */
  readonly from: PlaceId;
}

/** A message: what either side holds of it. With a base the two are a pair; without one the message was seen on one side only. */
export interface Known {
  readonly row: number;
  readonly source?: Sighting;
  readonly destination?: Sighting;
  readonly base?: Base;
  /** Why it waits: refused, unread, or unknown (`item.unknown`). */
  readonly pending?: FaultRecord & { readonly tries: number };
}

/** A batch about to leave. Committed before it does, closed when its outcome is known. */
export interface Intent {
  readonly id: number;
  readonly place: PlaceId;
  readonly bookmark: Bookmark;
  readonly atomic: boolean;
  readonly items: readonly IntentItem[];
  /** True once its items were written again because none was found: a late copy may still come. */
  readonly doubtful: boolean;
}

export interface IntentItem {
  readonly row: number;
  readonly fingerprint: string;
  readonly loose: string;
  readonly size: number;
  readonly date: number;
}

/** A destination folder that a source folder goes to. */
export interface PlaceRecord {
  readonly source: PlaceId;
  /** The source's path. */
  readonly path: readonly string[];
  /** Absent while the rules exclude it. */
  readonly destination?: PlaceId;
  /** True where we created it. */
  readonly made: boolean;
  readonly objectId?: string;
  /** The source's place is taken only while the rules name it. */
  readonly optional?: true;
  /** Marks that the destination could keep. */
  readonly marks?: Place["marks"];
  /** The subscription that was agreed. */
  readonly subscribed?: boolean;
  /** True until it was read for the first time: what its destination lacks may have been deleted before the state began. */
  readonly unproven?: boolean;
}

export type JournalChange =
  /** The row's message was written: it is a pair now. Without an id the copy is found by the next reading. */
  | {
      readonly act: "brought";
      readonly row: number;
      readonly destination: Sighting;
      readonly source: Pick<Sighting, "fingerprint" | "loose">;
      readonly base: Base;
    }
  /** A source row and a destination row are one message. The destination row ends. */
  | { readonly act: "adopt"; readonly row: number; readonly with: number; readonly base: Base }
  /** A lost side of a pair, or of an unknown row, is the fresh row `with`, which ends. */
  | { readonly act: "rebind"; readonly row: number; readonly side: Side; readonly with: number }
  | {
      readonly act: "agree";
      readonly row: number;
      readonly base: Base;
      readonly marks?: readonly string[];
      readonly revision?: string;
    }
  /** The destination's copy was moved by us. Without an id the next reading finds it. */
  | { readonly act: "moved"; readonly row: number; readonly destination: Sighting }
  /** The destination's copy is gone: deleted by its user, or removed by us. */
  | { readonly act: "gone"; readonly row: number; readonly side: Side }
  | { readonly act: "pending"; readonly row: number; readonly fault: FaultRecord | undefined }
  /** A pair becomes a fresh source message again, to be copied anew. */
  | { readonly act: "part"; readonly row: number }
  | {
      readonly act: "identify";
      readonly row: number;
      readonly side: Side;
      readonly fingerprint: string;
      readonly loose: string;
    }
  | { readonly act: "forget"; readonly row: number }
  /** Looked at, and nothing to do. */
  | { readonly act: "settled"; readonly row: number };

/**
 * Which rows: `fresh` are seen on that side alone and there; `absent` are pairs, and unknown rows
 * seen on that side, whose side is not there or has no id, settled or not;
 * `changed` are pairs with a side that changed, came back or is no longer there since they were last settled, and pairs just made by
 * `adopt` or `rebind`; `pending` wait with a reason; `deleted` are pairs there at the source and gone at the destination.
 */
export type Which =
  | { readonly rows: "fresh"; readonly side: Side; readonly place?: PlaceId }
  | { readonly rows: "absent"; readonly side: Side }
  | { readonly rows: "changed" }
  | { readonly rows: "pending" }
  | { readonly rows: "deleted" }
  | { readonly rows: "all" };

export interface JournalCounts {
  /** Pairs there on both sides. */
  readonly paired: number;
  /** Of these: adopted. */
  readonly adopted: number;
  /** There at the source only, without a base; pending ones included. */
  readonly fresh: number;
  readonly pending: number;
  /** There at the source, gone at the destination. */
  readonly deletedByUser: number;
  /** There at the destination only. */
  readonly foreign: number;
}

/**
 * The memory of one mailbox. Every method is one transaction. Except on a draft `intend` is durable when it returns, and all before it;
 * of the rest a power cut may take the newest, which is what a crash before them would leave: an intent that is open, a reading to repeat.
 * Rows are numbered in the order in which the messages were first seen.
 */
export interface Journal {
  feeds(side: Side): Promise<readonly FeedRecord[]>;
  /**
   * Begins or goes on with a reading, and returns the cursor to read from; undefined asks for a whole reading. Another epoch voids the
   * ids of the feed's rows, marks them not there and changed, and drops the cursor. `whole` drops the cursor alone (it expired).
   */
  begin(side: Side, feed: Feed, whole?: boolean): Promise<Cursor | undefined>;
  /**
   * Takes a page in: new entries become fresh rows; known ones (by place and id) get their marks; a difference makes
   * the row changed; `gone` ones are no longer there. An id that comes with another date or size than a reading showed before is
   * another message: the one before is no longer there and has no id, and a fresh row begins. What was recorded from our own write
   * alone is corrected, and that is no change. A row without a base that is no longer there ends, unless an open intent names it or it
   * is unknown. On the last page (`next` is there) cursor, version and completeness are kept,
   * and after a whole reading what it did not name is no longer there.
   */
  fold(side: Side, feed: Feed, page: Page): Promise<void>;
  /** Forgets a feed whose folder is gone: its rows are no longer there. */
  drop(side: Side, feed: FeedId): Promise<void>;
  /** Up to `limit` rows beyond row number `after`, by number. */
  rows(which: Which, after: number, limit: number): Promise<readonly Known[]>;
  /** The place, and the feed of the same id, are called `to` from now on: rows, feed and place records go with it. */
  rename(side: Side, from: PlaceId, to: PlaceId): Promise<void>;
  /** Rows by their identity: by fingerprint all, settled ones and deleted pairs included; by the second key those that are no pairs. */
  alike(side: Side, key: "fingerprint" | "loose", value: string): Promise<readonly Known[]>;
  row(row: number): Promise<Known | undefined>;
  /** The row that holds this id on this side. */
  find(side: Side, place: PlaceId, id: ItemId): Promise<Known | undefined>;
  /** Applies all changes at once, and closes the intent; `doubtful` keeps it open, for a copy may yet come. */
  record(
    changes: readonly JournalChange[],
    closes?: { readonly intent: number; readonly doubtful?: boolean },
  ): Promise<void>;
  intend(intent: Omit<Intent, "id" | "doubtful">): Promise<number>;
  intents(): Promise<readonly Intent[]>;
  places(): Promise<readonly PlaceRecord[]>;
  /** Keeps all of these, at once. */
  setPlaces(places: readonly PlaceRecord[]): Promise<void>;
  dropPlace(source: PlaceId): Promise<void>;
  counts(): Promise<JournalCounts>;
}
