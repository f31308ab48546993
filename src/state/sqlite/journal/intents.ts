import type { Intent, IntentItem } from "../../../contract/journal.ts";
import type { Bookmark } from "../../../model/item.ts";
import type { Book } from "./book.ts";
import { release } from "./vanish.ts";

type Packed = readonly [row: number, fingerprint: string, loose: string, size: number, date: number];

export function addIntent(book: Book, intent: Omit<Intent, "id" | "doubtful">): number {
  const items = intent.items.map(({ row, fingerprint, loose, size, date }): Packed => [
    row,
    fingerprint,
    loose,
    size,
    date,
  ]);
  const insert = "INSERT INTO intent (mailbox, place, bookmark, atomic, items) VALUES (?, ?, ?, ?, ?)";
  const list = JSON.stringify(items);
  const values = [book.mailbox, intent.place, JSON.stringify(intent.bookmark), intent.atomic ? 1 : 0, list];
  const id = Number(book.connection.sql(insert).run(...values).lastInsertRowid);
  book.connection.sql(`INSERT OR IGNORE INTO intent_row (row, intent) ${packedRows}`).run(book.base, id, list);
  return id;
}

/** The rowids of an intent's items, with the intent: takes the mailbox's base, the intent and the items' text. */
const packedRows = "SELECT CAST(? + (value ->> 0) AS INTEGER), CAST(? AS INTEGER) FROM json_each(?)";

export function intents(book: Book): Intent[] {
  const query = "SELECT id, place, bookmark, atomic, doubtful, items FROM intent WHERE mailbox = ? ORDER BY id";
  const found = book.connection.sql(query).all(book.mailbox) as [number, string, string, number, number, string][];
  return found.map(([id, place, bookmark, atomic, doubtful, items]) => ({
    id,
    place,
    bookmark: JSON.parse(bookmark) as Bookmark,
    atomic: atomic === 1,
    items: (JSON.parse(items) as Packed[]).map(unpacked),
    doubtful: doubtful === 1,
  }));
}

const unpacked = ([row, fingerprint, loose, size, date]: Packed): IntentItem => ({
  row,
  fingerprint,
  loose,
  size,
  date,
});

/** Closes an intent, or keeps it as doubtful. Rows that only it held, and that are nowhere any more, end. */
export function closeIntent(book: Book, id: number, doubtful: boolean): void {
  const { sql } = book.connection;
  if (doubtful) {
    sql("UPDATE intent SET doubtful = 1 WHERE id = ? AND mailbox = ?").run(id, book.mailbox);
    return;
  }
  const closed = sql("SELECT items FROM intent WHERE id = ? AND mailbox = ?").get(id, book.mailbox) as
    | [string]
    | undefined;
  if (!closed) return;
  sql("DELETE FROM intent WHERE id = ?").run(id);
  sql(`DELETE FROM intent_row WHERE (row, intent) IN (${packedRows})`).run(book.base, id, closed[0]);
  for (const [row] of JSON.parse(closed[0]) as Packed[]) release(book, book.base + row);
}
