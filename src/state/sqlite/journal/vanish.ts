import type { Side } from "../../../contract/journal.ts";
import { type Book, prefix } from "./book.ts";

/** A message without a base that was deleted by its user, or never copied: it is known again when it comes under another id. */
export const unknownCode = "item.unknown";

/** A message that nothing holds: nothing was agreed about it, no open intent names it, and it is not unknown. */
const free = `how IS NULL AND fault ->> 'code' IS NOT '${unknownCode}'
  AND NOT EXISTS (SELECT 1 FROM intent_row WHERE intent_row.row = message.row)`;

/**
 * Takes note that a side's messages are no longer there. A pair is changed by it; a message without a base ends, unless something
 * holds it.
 */
export function vanish(book: Book, side: Side, rowids: readonly number[]): void {
  if (rowids.length === 0) return;
  const { sql } = book.connection;
  const s = prefix[side];
  const lose = sql(
    `UPDATE message SET ${s}_there = 0, changed = 1 WHERE row = ? AND how IS NOT NULL AND ${s}_there = 1`,
  );
  const end = sql(`DELETE FROM message WHERE row = ? AND ${free}`);
  const keep = sql(`UPDATE message SET ${s}_there = 0 WHERE row = ? AND how IS NULL`);
  for (const rowid of rowids) {
    if (lose.run(rowid).changes === 0 && end.run(rowid).changes === 0) keep.run(rowid);
  }
}

/** The same for all rows of these places, whose ids mean nothing any more; a pair that was gone before is looked at again too. */
export function voidPlaces(book: Book, side: Side, places: readonly number[]): void {
  voidWhere(book, side, `${prefix[side]}_place`, places);
}

/** The same for rows whose id names another message now. */
export function voidRows(book: Book, side: Side, rowids: readonly number[]): void {
  if (rowids.length > 0) voidWhere(book, side, "row", rowids);
}

function voidWhere(book: Book, side: Side, column: string, values: readonly number[]): void {
  const { sql } = book.connection;
  const s = prefix[side];
  const here = `${column} IN (SELECT value FROM json_each(?))`;
  const list = JSON.stringify(values);
  sql(`UPDATE message SET ${s}_id = NULL, ${s}_there = 0, changed = 1 WHERE ${here} AND how IS NOT NULL`).run(list);
  sql(`DELETE FROM message WHERE ${here} AND ${free}`).run(list);
  sql(`UPDATE message SET ${s}_id = NULL, ${s}_there = 0 WHERE ${here} AND how IS NULL`).run(list);
}

/** Ends a message that is nowhere any more, where nothing holds it now. */
export function release(book: Book, rowid: number): void {
  const end = `DELETE FROM message WHERE row = ? AND s_there IS NOT 1 AND d_there IS NOT 1 AND ${free}`;
  book.connection.sql(end).run(rowid);
}
