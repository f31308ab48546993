import type { Side } from "../../../contract/journal.ts";
import type { Entry, Feed, Page } from "../../../model/item.ts";
import { type Book, prefix } from "./book.ts";
import { marksIn, sameMarks } from "./codec.ts";
import { claim, findFeed, type KnownFeed, placesOfFeed, reopen } from "./feeds.ts";
import type { Reading, Seen } from "./seen.ts";
import { vanish, voidRows } from "./vanish.ts";

/** Takes a page in. Throws where `begin` was not called in this process: what an earlier one read is not known to be complete. */
export function fold(book: Book, side: Side, feed: Feed, page: Page): void {
  const known = findFeed(book, side, feed.id);
  const reading = known && book.readings.get(known.number);
  if (!known || !reading || known.epoch !== feed.epoch)
    throw new Error(`A page of ${feed.id} without the beginning of its reading`);
  enter(book, known, reading, page.whole);
  const placed = placer(book, side, known);
  takeEntries(book, side, page.entries, placed, reading.seen);
  vanish(
    book,
    side,
    page.gone.flatMap(({ place, id }) => find(book, side, placed(place), id)),
  );
  if (page.next === undefined) return;
  if (reading.whole) sweep(book, side, known.number, reading.seen);
  finish(book, known, feed, page.next);
}

/** The first page tells whether a reading is a whole one; one from a cursor may be, where the store says so. */
function enter(book: Book, feed: KnownFeed, reading: Reading, whole: boolean): void {
  if (whole !== (reading.whole ?? whole) || (!whole && !feed.complete)) {
    throw new Error(`A page of ${feed.id} whose reading is a whole one, or none, against what its other pages say`);
  }
  if (whole && feed.complete) reopen(book, feed.number);
  reading.whole = whole;
}

type Placer = (place: string) => number;

function placer(book: Book, side: Side, feed: KnownFeed): Placer {
  const numbers = new Map<string, number>();
  return (place) => {
    const known = numbers.get(place);
    if (known !== undefined) return known;
    const number = claim(book, side, place, feed);
    numbers.set(place, number);
    return number;
  };
}

const findQuery = { source: findIn("s"), destination: findIn("d") };
function findIn(s: string): string {
  return `SELECT row, ${s}_there, ${s}_date, ${s}_size, ${s}_marks, ${s}_object, ${s}_revision, how, ${s}_seen FROM message
    WHERE ${s}_place = ? AND ${s}_id = ?`;
}

type Found = readonly [
  row: number,
  there: number,
  date: number,
  size: number,
  marks: string,
  object: string | null,
  revision: string | null,
  how: string | null,
  seen: number,
];

/** Several where a server merged equal messages: their sources share one destination. */
function find(book: Book, side: Side, place: number, id: string): number[] {
  return (book.connection.sql(findQuery[side]).all(place, id) as Found[]).map(([row]) => row);
}

function takeEntries(book: Book, side: Side, entries: readonly Entry[], placed: Placer, seen: Seen): void {
  const { sql } = book.connection;
  const s = prefix[side];
  const query = sql(findQuery[side]);
  const insert = sql(
    `INSERT INTO message (row, ${s}_place, ${s}_id, ${s}_there, ${s}_date, ${s}_size, ${s}_marks, ${s}_object, ${s}_revision, ${s}_seen)
     VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, 1)`,
  );
  const update = sql(
    `UPDATE message SET ${s}_there = 1, ${s}_date = ?, ${s}_size = ?, ${s}_marks = ?, ${s}_object = coalesce(?, ${s}_object),
       ${s}_revision = ?, ${s}_seen = 1, changed = max(changed, ?) WHERE row = ?`,
  );
  for (const entry of entries) {
    const place = placed(entry.place);
    const { id, date, size, objectId = null, revision = null } = entry;
    const marks = marksIn(entry.marks);
    const same = sameMessage(book, side, query.all(place, id) as Found[], entry);
    if (same.length === 0) {
      const row = book.next();
      insert.run(row, place, id, date, size, marks, objectId, revision);
      seen.add(row - book.base);
    }
    for (const was of same) {
      seen.add(was[0] - book.base);
      const changed = differs(was, marks, revision);
      if (!changed && (objectId === null || objectId === was[5]) && revision === was[6] && was[8] === 1) continue;
      update.run(date, size, marks, objectId, revision, changed && was[7] !== null ? 1 : 0, was[0]);
    }
  }
}

/**
 * An id that comes with another date or size than a reading showed before is another message's now. What was only assumed from our own
 * write proves nothing: a store may round dates, or count octets its own way.
 */
function sameMessage(book: Book, side: Side, found: readonly Found[], entry: Entry): readonly Found[] {
  const other = ([, , date, size, , , , , seen]: Found): boolean =>
    seen === 1 && (date !== entry.date || size !== entry.size);
  if (!found.some(other)) return found;
  voidRows(
    book,
    side,
    found.filter(other).map(([row]) => row),
  );
  return found.filter((was) => !other(was));
}

/** A revision that was not known before is no change: it is what our own write came to. */
function differs([, there, , , marks, , was]: Found, now: string, revision: string | null): boolean {
  return there !== 1 || (was !== null && revision !== null && was !== revision) || !sameMarks(marks, now);
}

const sweepChunk = 5000;

/** After a whole reading: what it did not name is no longer there. Rows without an id cannot be named, and stay as they are. */
function sweep(book: Book, side: Side, feed: number, seen: Seen): void {
  const s = prefix[side];
  const chunk = book.connection.sql(
    `SELECT ${s}_id, row FROM message WHERE ${s}_place = ? AND (${s}_id, row) > (?, ?) ORDER BY ${s}_id, row LIMIT ${sweepChunk}`,
  );
  const there = book.connection.sql(`SELECT 1 FROM message WHERE row = ? AND ${s}_there = 1`);
  for (const place of placesOfFeed(book, feed)) {
    let last: [string, number] = ["", 0];
    for (;;) {
      const rows = chunk.all(place, ...last) as [string, number][];
      const unseen = rows
        .map(([, row]) => row)
        .filter((row) => !seen.has(row - book.base) && there.get(row) !== undefined);
      vanish(book, side, unseen);
      if (rows.length < sweepChunk) break;
      last = rows.at(-1) ?? last;
    }
  }
}

function finish(book: Book, known: KnownFeed, feed: Feed, next: unknown): void {
  const cursor = JSON.stringify(next);
  const version = feed.version ?? null;
  book.connection
    .sql(
      `UPDATE feed SET complete = 1, version = ?, cursor = ?
       WHERE id = ? AND (complete = 0 OR version IS NOT ? OR cursor IS NOT ?)`,
    )
    .run(version, cursor, known.number, version, cursor);
  book.readings.delete(known.number);
}
