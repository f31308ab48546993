import type { Side } from "../../../contract/journal.ts";
import { type Book, prefix } from "./book.ts";
import { namedRows } from "./intents.ts";

/**
 * Takes note that a side's messages are no longer there. A pair is changed by it; a message without a base ends, for
 * nothing was agreed about it, unless an open intent names it.
 */
export function vanish(book: Book, side: Side, rowids: readonly number[]): void {
  if (rowids.length === 0) return;
  const { sql } = book.connection;
  const s = prefix[side];
  const lose = sql(
    `UPDATE message SET ${s}_there = 0, changed = 1 WHERE row = ? AND how IS NOT NULL AND ${s}_there = 1`,
  );
  const keep = sql(`UPDATE message SET ${s}_there = 0 WHERE row = ? AND how IS NULL`);
  const end = sql("DELETE FROM message WHERE row = ? AND how IS NULL");
  const named = namedRows(book);
  for (const rowid of rowids) {
    if (lose.run(rowid).changes > 0) continue;
    (named.has(rowid - book.base) ? keep : end).run(rowid);
  }
}

/** The same for all rows of these places, whose ids mean nothing any more; a pair that was gone before is looked at again too. */
export function voidPlaces(book: Book, side: Side, places: readonly number[]): void {
  const { sql } = book.connection;
  const s = prefix[side];
  const here = `${s}_place IN (SELECT value FROM json_each(?))`;
  const list = JSON.stringify(places);
  sql(`UPDATE message SET ${s}_id = NULL, ${s}_there = 0, changed = 1 WHERE ${here} AND how IS NOT NULL`).run(list);
  const named = JSON.stringify([...namedRows(book)].map((row) => book.base + row));
  sql(`DELETE FROM message WHERE ${here} AND how IS NULL AND row NOT IN (SELECT value FROM json_each(?))`).run(
    list,
    named,
  );
  sql(`UPDATE message SET ${s}_id = NULL, ${s}_there = 0 WHERE ${here} AND how IS NULL`).run(list);
}
