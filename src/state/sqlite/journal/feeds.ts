import type { FeedRecord, Side } from "../../../contract/journal.ts";
import type { Cursor, Feed, FeedId, PlaceId } from "../../../model/item.ts";
import type { Book } from "./book.ts";
import { seenRows } from "./seen.ts";
import { voidPlaces } from "./vanish.ts";

type FeedRow = readonly [
  id: number,
  name: string,
  epoch: string,
  complete: number,
  version: string | null,
  cursor: string | null,
];
const fields = "id, name, epoch, complete, version, cursor";

export function feeds(book: Book, side: Side): FeedRecord[] {
  const query = `SELECT ${fields} FROM feed WHERE mailbox = ? AND side = ? ORDER BY name`;
  return (book.connection.sql(query).all(book.mailbox, side) as FeedRow[]).map(recordOf);
}

function recordOf([, name, epoch, complete, version, cursor]: FeedRow): FeedRecord {
  return {
    id: name,
    epoch,
    complete: complete === 1,
    ...(version !== null && { version }),
    ...(cursor !== null && { cursor: JSON.parse(cursor) as Cursor }),
  };
}

/** A feed with its number. */
export type KnownFeed = FeedRecord & { readonly number: number };

export function findFeed(book: Book, side: Side, name: FeedId): KnownFeed | undefined {
  const query = `SELECT ${fields} FROM feed WHERE mailbox = ? AND side = ? AND name = ?`;
  const found = book.connection.sql(query).get(book.mailbox, side, name) as FeedRow | undefined;
  return found && { ...recordOf(found), number: found[0] };
}

/** Begins a reading that changes nothing here yet; undefined where it does. */
export function goOn(book: Book, side: Side, feed: Feed): { readonly cursor: Cursor | undefined } | undefined {
  const known = findFeed(book, side, feed.id);
  if (known?.epoch !== feed.epoch || !feed.places.every((place) => isOf(book, side, place, known))) return undefined;
  book.readings.set(known.number, { whole: undefined, seen: seenRows() });
  return { cursor: known.complete ? known.cursor : undefined };
}

function isOf({ places, connection }: Book, side: Side, place: PlaceId, feed: KnownFeed): boolean {
  const number = places.find(side, place);
  if (number === undefined) return false;
  return (connection.sql("SELECT feed FROM place WHERE id = ?").get(number) as [number | null])[0] === feed.number;
}

export function begin(book: Book, side: Side, feed: Feed, whole: boolean): Cursor | undefined {
  const known = findFeed(book, side, feed.id) ?? addFeed(book, side, feed);
  for (const place of feed.places) claim(book, side, place, known);
  book.readings.set(known.number, { whole: undefined, seen: seenRows() });
  if (known.epoch === feed.epoch && !whole) return known.complete ? known.cursor : undefined;
  if (known.epoch !== feed.epoch) {
    voidPlaces(book, side, placesOfFeed(book, known.number));
    book.connection.sql("UPDATE feed SET epoch = ? WHERE id = ?").run(feed.epoch, known.number);
  }
  reopen(book, known.number);
  return undefined;
}

function addFeed(book: Book, side: Side, feed: Feed): KnownFeed {
  const insert = "INSERT INTO feed (mailbox, side, name, epoch, complete) VALUES (?, ?, ?, ?, 0)";
  const number = Number(book.connection.sql(insert).run(book.mailbox, side, feed.id, feed.epoch).lastInsertRowid);
  return { id: feed.id, epoch: feed.epoch, complete: false, number };
}

/** A whole reading is under way: nothing is known of the feed until it is complete. */
export function reopen(book: Book, feed: number): void {
  book.connection.sql("UPDATE feed SET complete = 0, version = NULL, cursor = NULL WHERE id = ?").run(feed);
}

/**
 * A place belongs to one feed, and its rows with it. One that comes over from a feed of another epoch brings ids that
 * mean nothing here.
 */
export function claim(book: Book, side: Side, place: PlaceId, feed: KnownFeed): number {
  const { sql } = book.connection;
  const number = book.places.number(side, place);
  const [owner] = sql("SELECT feed FROM place WHERE id = ?").get(number) as [number | null];
  if (owner === feed.number) return number;
  const before =
    owner === null ? undefined : (sql("SELECT epoch FROM feed WHERE id = ?").get(owner) as [string] | undefined);
  sql("UPDATE place SET feed = ? WHERE id = ?").run(feed.number, number);
  if (before && before[0] !== feed.epoch) voidPlaces(book, side, [number]);
  return number;
}

/** The numbers of the places that a feed holds. */
export function placesOfFeed(book: Book, feed: number): number[] {
  return (book.connection.sql("SELECT id FROM place WHERE feed = ?").all(feed) as [number][]).map(([id]) => id);
}

export function drop(book: Book, side: Side, name: FeedId): void {
  const known = findFeed(book, side, name);
  if (!known) return;
  voidPlaces(book, side, placesOfFeed(book, known.number));
  book.readings.delete(known.number);
  book.connection.sql("UPDATE place SET feed = NULL WHERE feed = ?").run(known.number);
  book.connection.sql("DELETE FROM feed WHERE id = ?").run(known.number);
}
