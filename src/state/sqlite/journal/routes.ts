import type { PlaceRecord, Side } from "../../../contract/journal.ts";
import type { PlaceId } from "../../../model/item.ts";
import { type Book, prefix } from "./book.ts";
import { drop, findFeed } from "./feeds.ts";
import { voidPlaces } from "./vanish.ts";

export function places(book: Book): PlaceRecord[] {
  const query = "SELECT record FROM route WHERE mailbox = ? ORDER BY source";
  return (book.connection.sql(query).all(book.mailbox) as [string][]).map(
    ([record]) => JSON.parse(record) as PlaceRecord,
  );
}

export function setPlace(book: Book, place: PlaceRecord): void {
  const sql =
    "INSERT INTO route (mailbox, source, record) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET record = excluded.record";
  book.connection.sql(sql).run(book.mailbox, place.source, JSON.stringify(place));
}

export function dropPlace(book: Book, source: PlaceId): void {
  book.connection.sql("DELETE FROM route WHERE mailbox = ? AND source = ?").run(book.mailbox, source);
}

/** Gives a place and its feed another name. One that had the name before is no longer there; what is known of it stays. */
export function rename(book: Book, side: Side, from: PlaceId, to: PlaceId): void {
  if (from === to) return;
  const number = book.places.find(side, from);
  if (number !== undefined) {
    drop(book, side, to);
    renamePlace(book, side, number, to);
  }
  const feed = findFeed(book, side, from);
  if (feed) book.connection.sql("UPDATE feed SET name = ? WHERE id = ?").run(to, feed.number);
  if (side === "destination") {
    book.connection.sql("UPDATE intent SET place = ? WHERE mailbox = ? AND place = ?").run(to, book.mailbox, from);
  }
  for (const record of places(book).filter((each) => each[side] === from)) {
    dropPlace(book, record.source);
    setPlace(book, { ...record, [side]: to });
  }
}

function renamePlace(book: Book, side: Side, number: number, to: PlaceId): void {
  const taken = book.places.find(side, to);
  if (taken !== undefined) mergePlace(book, side, taken, number);
  book.connection.sql("UPDATE place SET name = ? WHERE id = ?").run(to, number);
  book.places.reset();
}

/** What was seen in a place that gave up its name stays known, without ids, under the place that has the name now. */
function mergePlace(book: Book, side: Side, taken: number, number: number): void {
  const { sql } = book.connection;
  const s = prefix[side];
  voidPlaces(book, side, [taken]);
  sql(`UPDATE message SET ${s}_place = ? WHERE ${s}_place = ?`).run(number, taken);
  if (side === "source")
    sql("UPDATE message SET met = ? WHERE met = ? AND row > ? AND row <= ?").run(number, taken, book.base, book.top);
  sql("DELETE FROM place WHERE id = ?").run(taken);
}
