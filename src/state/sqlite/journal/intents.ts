import type { Intent, IntentItem } from "../../../contract/journal.ts";
import type { Bookmark } from "../../../model/item.ts";
import type { Book } from "./book.ts";

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
  const values = [
    book.mailbox,
    intent.place,
    JSON.stringify(intent.bookmark),
    intent.atomic ? 1 : 0,
    JSON.stringify(items),
  ];
  return Number(book.connection.sql(insert).run(...values).lastInsertRowid);
}

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

/** Numbers of the rows that an open intent names: they stay until it is closed. */
export function namedRows(book: Book): Set<number> {
  return new Set(intents(book).flatMap(({ items }) => items.map(({ row }) => row)));
}

/** Closes an intent, or keeps it as doubtful. Rows that only it held, and that are nowhere any more, end. */
export function closeIntent(book: Book, id: number, doubtful: boolean): void {
  if (doubtful) {
    book.connection.sql("UPDATE intent SET doubtful = 1 WHERE id = ? AND mailbox = ?").run(id, book.mailbox);
    return;
  }
  const closed = intents(book).find((intent) => intent.id === id);
  if (!closed) return;
  book.connection.sql("DELETE FROM intent WHERE id = ?").run(id);
  const named = namedRows(book);
  const end = book.connection.sql(
    "DELETE FROM message WHERE row = ? AND how IS NULL AND s_there IS NOT 1 AND d_there IS NOT 1",
  );
  for (const { row } of closed.items) if (!named.has(row)) end.run(book.base + row);
}
