import type {
  Bookmark,
  Cursor,
  Edit,
  Entry,
  Feed,
  ItemId,
  Naming,
  NativeItem,
  NewItem,
  Page,
  Place,
  PlaceId,
  PlaceSpec,
  ReadItem,
  Receipt,
} from "../model/item.ts";
import type { Json } from "../model/json.ts";
import type { Options } from "./options.ts";

/** How much one `write` takes. */
export interface BatchLimits {
  readonly items: number;
  readonly bytes: number;
  /** Octets up to which a body that comes alone is given whole to whoever gives it back (`read`); absent where that is `bytes`. */
  readonly whole?: number;
  /** Writes that may be under way at once for one place. */
  readonly inFlight: number;
  /** Places that may be read, or written to, at once; absent for one. */
  readonly places?: number;
  /** Present where the next place may be begun beside these, while the last writes to one are under way. */
  readonly ahead?: true;
  /** True where a batch is written as a whole or not at all (MULTIAPPEND, RFC 3502): it refuses several by throwing, one by its receipt. */
  readonly atomic: boolean;
}

/** What still fits, as far as a system tells: octets of one item; octets and items in all. */
export interface Room {
  readonly item?: number;
  readonly bytes?: number;
  readonly items?: number;
}

export interface Look {
  readonly places: readonly Place[];
  readonly feeds: readonly Feed[];
  readonly naming: Naming;
  /** Marks that a place made now could keep. */
  readonly marks: Place["marks"];
  /** At a destination, for whoever asked: absent where nothing limits it, or nobody tells. */
  readonly room?: Room;
}

export interface LookOptions extends Options {
  /** True for whoever wants to know what still fits, which may cost a request more. */
  readonly room?: true;
}

export interface ReadOptions extends Options {
  /** Octets as `changes` told them: a store need not ask again. */
  readonly sizes?: ReadonlyMap<ItemId, number>;
  /** True for whoever gives every body back by its `release`, and has room for one of `batch.whole`. */
  readonly returns?: true;
}

/** Items as their system keeps them: with all that is in no message's octets, and legible to the same system alone. */
export interface NativeItems {
  /** Stores of one form understand each other. */
  readonly form: string;
  /** As `read` does, in this form. */
  read(place: PlaceId, ids: readonly ItemId[], options: Options): AsyncIterable<NativeItem>;
  /** As `write` does, of what a store of this form gave; the marks that are asked for are in it already. */
  write(items: readonly NewItem[], options: Options): Promise<readonly Receipt[]>;
}

/**
 * The items of one owner at one endpoint.
 *
 * Laws, which the contract suite holds every store to:
 * - Reading changes nothing, not even `\Seen`.
 * - `changes` without a cursor is a whole reading; ending normally means complete. From a cursor it names at least what
 *   was added, re-marked or removed since; an expired cursor throws `cursor.expired`. A cursor is taken before reading.
 * - An id names the same octets as long as the epoch stands.
 * - `write` gives one receipt an item, by key, in any order; it is durable when it returns; throwing means that the outcome is
 *   unknown, as is that of an item without a receipt, and `since` with a bookmark taken before tells it.
 * - Nothing is ever removed but by `edit` with `remove`, and only the item named.
 */
export interface ItemStore {
  readonly batch: BatchLimits;
  /** Present where it keeps what a flag says beside that it is set (`NewItem.flag`). */
  readonly flags?: true;
  /**
   * Present where items travel in this form, and in no other: both sides must have it. What `headers` gives is then what the system says
   * of an item, and `read` shows it as octets as well as the system can: what is shown alike is alike, what is not may be all the same.
   */
  readonly native?: NativeItems;
  /**
   * Present where messages are not kept as they are written: what they lose, as a noun. What `read` then shows of one proves as little as
   * beside `native`.
   */
  readonly loses?: string;
  /** Present where the last page of `changes` says the feed's version (`Page.version`): how a place stands is known without a look at all. */
  readonly tellsVersion?: true;
  /** True for what stands for a mailbox that is yet to be made: it takes every form. */
  readonly vacant?: true;
  /** Throws `look.empty` where an account that must have folders shows none. */
  look(options: LookOptions): Promise<Look>;
  /** With `until` (a feed's earlier watermark) what came after it is named all the same, as `late`: leaving it out would read as gone. */
  changes(feed: Feed, since: Cursor | undefined, options: Options & { readonly until?: Json }): AsyncIterable<Page>;
  /** Header blocks, blank line excluded or included; ids that are gone are left out. */
  headers(
    place: PlaceId,
    ids: readonly ItemId[],
    options: Options,
  ): AsyncIterable<{ readonly id: ItemId; readonly header: Uint8Array }>;
  /**
   * Bodies, in any order; ids that are gone are left out. Taking the next item discards a stream not yet read.
   */
  read(place: PlaceId, ids: readonly ItemId[], options: ReadOptions): AsyncIterable<ReadItem>;
  /** Where the place stands, kept in an intent before a write. */
  bookmark(place: PlaceId, options: Options): Promise<Bookmark>;
  /** One batch, all for one place, within `batch`; an item above `batch.bytes` comes alone. Keeps no octets of it once it has ended. */
  write(items: readonly NewItem[], options: Options): Promise<readonly Receipt[]>;
  /** What came into the place after the bookmark. */
  since(place: PlaceId, bookmark: Bookmark, options: Options): AsyncIterable<Entry>;
  /** Present where items can be changed; `acts` says how. A conflict is a receipt with fault `item.conflict`. */
  readonly edit?: {
    readonly acts: ReadonlySet<Edit["act"]>;
    run(edits: readonly Edit[], options: Options): Promise<readonly Receipt[]>;
  };
  readonly place: {
    create(spec: PlaceSpec, options: Options): Promise<Place>;
    rename?(place: PlaceId, spec: PlaceSpec, options: Options): Promise<Place>;
    subscribe?(place: PlaceId, on: boolean, options: Options): Promise<void>;
  };
  /**
   * Present where the server can tell of changes (IDLE, RFC 2177; NOTIFY, RFC 5465). Yields once when it listens, and then whenever
   * something may have changed; several changes may be one, and what changes while nobody asks for the next is told then. So whatever
   * is not told was there before the first yield: a look after it finds it. Ends when the signal fires; a throw ends the watch alone.
   * The store is asked for nothing else meanwhile, and holds its connection until it is closed.
   */
  watch?(options: Options): AsyncIterable<void>;
  close(): Promise<void>;
}
