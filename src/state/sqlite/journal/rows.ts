import type { JournalCounts, Known, Side, Which } from "../../../contract/journal.ts";
import type { ItemId, PlaceId } from "../../../model/item.ts";
import { type Book, prefix } from "./book.ts";
import { keyIn } from "./codec.ts";
import { columns, knownOf, type Raw } from "./message.ts";
import { unknownCode } from "./vanish.ts";

interface List {
  readonly index: string;
  /** Names every condition of its partial index. */
  readonly where: string;
}

const fresh = (s: string): List => ({ index: `message_${s}_fresh`, where: `how IS NULL AND ${s}_there = 1` });
const absent = (s: string): List => ({
  index: `message_${s}_absent`,
  where: `(how IS NOT NULL OR ${s}_place IS NOT NULL AND fault ->> 'code' = '${unknownCode}') AND (${s}_there = 0 OR ${s}_id IS NULL)`,
});
const pending: List = { index: "message_pending", where: "fault IS NOT NULL" };
const deleted: List = { index: "message_deleted", where: "how IS NOT NULL AND s_there = 1 AND d_there = 0" };
const paired = "how IS NOT NULL AND s_there = 1 AND d_there = 1";

function listOf(which: Exclude<Which, { readonly rows: "all" }>): List {
  switch (which.rows) {
    case "fresh":
      return fresh(prefix[which.side]);
    case "absent":
      return absent(prefix[which.side]);
    case "changed":
      return { index: "message_changed", where: "changed = 1" };
    case "pending":
      return pending;
    case "deleted":
      return deleted;
  }
}

/** The query behind `rows`: one index, from `after` on. */
export function queryOf(which: Which): string {
  const range = "row > ? AND row <= ? ORDER BY row LIMIT ?";
  if (which.rows === "all") return `SELECT ${columns} FROM message WHERE ${range}`;
  const { index, where } = listOf(which);
  if (which.rows !== "fresh" || which.place === undefined) {
    return `SELECT ${columns} FROM message INDEXED BY ${index} WHERE ${where} AND ${range}`;
  }
  return `SELECT ${columns} FROM message INDEXED BY ${index}_place WHERE ${where} AND ${prefix[which.side]}_place = ? AND ${range}`;
}

export function rows(book: Book, which: Which, after: number, limit: number): Known[] {
  const range = [book.base + Math.max(after, 0), book.top, limit];
  const statement = book.connection.sql(queryOf(which));
  if (which.rows !== "fresh" || which.place === undefined) return known(book, statement.all(...range));
  const place = book.places.find(which.side, which.place);
  return place === undefined ? [] : known(book, statement.all(place, ...range));
}

export function row(book: Book, number: number): Known | undefined {
  const raw = book.connection.sql(`SELECT ${columns} FROM message WHERE row = ?`).get(book.base + number);
  return raw === undefined ? undefined : knownOf(book, raw as Raw);
}

/** The pair, where a fresh row of the same message was left beside it. */
export function find(book: Book, side: Side, place: PlaceId, id: ItemId): Known | undefined {
  const s = prefix[side];
  const query = `SELECT ${columns} FROM message WHERE ${s}_place = ? AND ${s}_id = ? ORDER BY how IS NULL, row LIMIT 1`;
  const number = book.places.find(side, place);
  const raw = number === undefined ? undefined : book.connection.sql(query).get(number, id);
  return raw === undefined ? undefined : knownOf(book, raw as Raw);
}

const alikeQuery = (index: string, where: string): string =>
  `SELECT ${columns} FROM message INDEXED BY message_${index} WHERE ${where} AND row > ? AND row <= ?`;
const looseQuery = (s: string): string => alikeQuery(`${s}_loose`, `${s}_loose = ? AND how IS NULL`);

/** The destination's fingerprint has an index only where it is not the source's too. */
const alikes: Record<"fingerprint" | "loose", Record<Side, readonly string[]>> = {
  fingerprint: {
    source: [alikeQuery("s_fingerprint", "s_fingerprint = ?")],
    destination: [
      alikeQuery(
        "d_fingerprint",
        "d_fingerprint = ? AND d_fingerprint IS NOT s_fingerprint AND d_fingerprint IS NOT NULL",
      ),
      alikeQuery("s_fingerprint", "s_fingerprint = ? AND d_fingerprint IS s_fingerprint"),
    ],
  },
  loose: { source: [looseQuery("s")], destination: [looseQuery("d")] },
};

export function alike(book: Book, side: Side, key: "fingerprint" | "loose", value: string): Known[] {
  const octets = keyIn(value);
  const found = alikes[key][side].flatMap((query) => book.connection.sql(query).all(octets, book.base, book.top));
  return known(book, found).toSorted((a, b) => a.row - b.row);
}

const known = (book: Book, found: unknown[]): Known[] => found.map((raw) => knownOf(book, raw as Raw));

export function counts(book: Book): JournalCounts {
  const count = (index: string, where: string): number => {
    const query = `SELECT count(*) FROM message INDEXED BY ${index} WHERE ${where} AND row > ? AND row <= ?`;
    return (book.connection.sql(query).get(book.base, book.top) as [number])[0];
  };
  const listed = ({ index, where }: List) => count(index, where);
  const adopted = count("message_paired", `${paired} AND how = 'adopted'`);
  return {
    paired: adopted + count("message_paired", `${paired} AND how = 'brought'`),
    adopted,
    fresh: listed(fresh("s")),
    pending: listed(pending),
    deletedByUser: listed(deleted),
    foreign: listed(fresh("d")),
  };
}
