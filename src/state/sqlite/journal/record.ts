import type { Base, JournalChange, Known, Side, Sighting } from "../../../contract/journal.ts";
import { type Book, prefix } from "./book.ts";
import { keyIn, marksIn, sameMarks } from "./codec.ts";
import { sideColumns, valuesOf } from "./message.ts";
import { row } from "./rows.ts";
import { release, unknownCode, vanish } from "./vanish.ts";

type Act = JournalChange["act"];
type Of<A extends Act> = Extract<JournalChange, { readonly act: A }>;

/** Applies one change. A row that is not there is a bug of the caller, save for `forget`. */
export function apply(book: Book, change: JournalChange): void {
  (acts[change.act] as (book: Book, change: JournalChange) => void)(book, change);
}

const acts: { readonly [A in Act]: (book: Book, change: Of<A>) => void } = {
  /** What changed at the source since it was read to be sent is still to be brought over. */
  brought(book, { row, destination, source, base }) {
    const was = sendingOf(book, row);
    if (was.copied !== undefined) shedOff(book, row, "destination", was.copied);
    const [how, marks, shown, met] = baseValues(book, base);
    const open =
      !was.there || was.place !== met || !sameMarks(was.marks, marks) || differ(destination.marks, base.shown);
    const keys = [keyIn(source.fingerprint) ?? was.fingerprint, keyIn(source.loose) ?? was.loose];
    place(book, row, "destination", destination, [how, marks, shown, met, open ? 1 : 0, ...keys]);
  },

  adopt(book, { row, with: other, base }) {
    const was = found(book, row, "adopt");
    const { fingerprint, loose } = sourceOf(was);
    const fresh = single(book, other, "destination");
    shed(book, was, "destination");
    take(book, row, "destination", fresh);
    pair(book, row, base, true, fingerprint, loose);
  },

  rebind(book, { row, side, with: other }) {
    const was = found(book, row, "rebind");
    if (!was.base && was.pending?.code !== unknownCode) throw new Error(`Row ${row} is no pair (rebind)`);
    const fresh = single(book, other, side);
    shed(book, was, side);
    take(book, row, side, fresh);
    run(book, "UPDATE message SET changed = 1 WHERE row = ? AND how IS NOT NULL", book.base + row);
  },

  agree(book, { row, base, marks, revision }) {
    pairOf(book, row, "agree");
    const seen = marks === undefined ? null : marksIn(marks);
    const sql = `UPDATE message SET how = ?, marks = ?, shown = ?, met = ?, changed = 0, d_marks = coalesce(?, d_marks),
      d_revision = coalesce(?, d_revision) WHERE row = ?`;
    run(book, sql, ...baseValues(book, base), seen, revision ?? null, book.base + row);
  },

  moved(book, { row, destination }) {
    const was = pairOf(book, row, "moved");
    const { fingerprint, loose } = was.destination ?? {};
    const keys = { ...(fingerprint !== undefined && { fingerprint }), ...(loose !== undefined && { loose }) };
    place(book, row, "destination", { ...keys, ...destination });
  },

  gone(book, { row, side }) {
    if (!found(book, row, "gone")[side]) throw new Error(`Row ${row} was never seen at the ${side}`);
    const changed = book.connection.sql("SELECT changed FROM message WHERE row = ?").get(book.base + row) as [number];
    vanish(book, side, [book.base + row]);
    // It was told, so it is no news.
    run(book, "UPDATE message SET changed = ? WHERE row = ?", changed[0], book.base + row);
  },

  pending(book, { row, fault }) {
    found(book, row, "pending");
    const text = fault === undefined ? null : JSON.stringify(fault);
    const sql = "UPDATE message SET fault = ?, tries = CASE WHEN ? IS NULL THEN 0 ELSE tries + 1 END WHERE row = ?";
    run(book, sql, text, text, book.base + row);
    release(book, book.base + row);
  },

  part(book, { row }) {
    const was = found(book, row, "part");
    shed(book, was, "destination");
    const none = sideColumns("destination").map((name) => `${name} = NULL`);
    run(
      book,
      `UPDATE message SET ${none.join(", ")}, how = NULL, marks = NULL, shown = NULL, met = NULL, changed = 0,
        fault = NULL, tries = 0 WHERE row = ?`,
      book.base + row,
    );
    if (was.source?.there !== true) vanish(book, "source", [book.base + row]);
  },

  identify(book, { row, side, fingerprint, loose }) {
    found(book, row, "identify");
    const s = prefix[side];
    run(
      book,
      `UPDATE message SET ${s}_fingerprint = ?, ${s}_loose = ? WHERE row = ?`,
      keyIn(fingerprint),
      keyIn(loose),
      book.base + row,
    );
  },

  forget(book, { row }) {
    run(book, "DELETE FROM message WHERE row = ?", book.base + row);
  },

  settled(book, { row }) {
    found(book, row, "settled");
    run(book, "UPDATE message SET changed = 0 WHERE row = ?", book.base + row);
  },
};

function run(book: Book, sql: string, ...values: unknown[]): void {
  book.connection.sql(sql).run(...values);
}

function found(book: Book, number: number, act: string): Known {
  const known = row(book, number);
  if (!known) throw new Error(`The journal has no row ${number} (${act})`);
  return known;
}

function pairOf(book: Book, number: number, act: string): Known {
  const known = found(book, number, act);
  if (!known.base) throw new Error(`Row ${number} is no pair (${act})`);
  return known;
}

/** What a copy needs to know of the row that was sent; every message of a first pass comes by here. */
interface Sending {
  readonly there: boolean;
  readonly place: number;
  /** As they stand in the column. */
  readonly marks: string;
  readonly fingerprint: Buffer | null;
  readonly loose: Buffer | null;
  /** Where its copy is already. */
  readonly copied: string | undefined;
}

const sendingSql =
  "SELECT s_there, s_place, s_marks, s_fingerprint, s_loose, d_there, d_id, d_place FROM message WHERE row = ?";

function sendingOf(book: Book, number: number): Sending {
  const raw = book.connection.sql(sendingSql).get(book.base + number) as
    | readonly [number, number | null, string, Buffer | null, Buffer | null, number, string | null, number]
    | undefined;
  if (!raw) throw new Error(`The journal has no row ${number} (brought)`);
  const [there, place, marks, fingerprint, loose, copyThere, copy, copyPlace] = raw;
  if (place === null) throw new Error(`Row ${number} was not seen at the source: it cannot be a pair`);
  const copied = copyThere === 1 && copy !== null ? book.places.name(copyPlace) : undefined;
  return { there: there === 1, place, marks, fingerprint, loose, copied };
}

/** A row that was seen on this side alone. */
function single<S extends Side>(book: Book, number: number, side: S): Known & { readonly [K in S]: Sighting } {
  const known = found(book, number, "with");
  if (known.base || !known[side]) throw new Error(`Row ${number} was not seen at the ${side} alone`);
  return known as Known & { readonly [K in S]: Sighting };
}

const bySide = <T>(make: (s: string, side: Side) => T): Record<Side, T> => ({
  source: make(prefix.source, "source"),
  destination: make(prefix.destination, "destination"),
});

const shedSql = bySide((_, side) => {
  const names = sideColumns(side).join(", ");
  return `INSERT INTO message (row, ${names}) SELECT ?, ${names} FROM message WHERE row = ?`;
});

/** What is there and would be overwritten becomes a row of its own: nothing that was seen is lost from sight. */
function shed(book: Book, known: Known, side: Side): void {
  const seen = known[side];
  if (seen?.there === true && seen.id !== undefined) shedOff(book, known.row, side, seen.place);
}

function shedOff(book: Book, row: number, side: Side, seen: string): void {
  const rowid = book.next();
  run(book, shedSql[side], rowid, book.base + row);
  touch(book, side, rowid - book.base, seen);
}

const pairing =
  "how = ?, marks = ?, shown = ?, met = ?, changed = ?, fault = NULL, tries = 0, s_fingerprint = ?, s_loose = ?";
const placed = (side: Side): string => `${sideColumns(side).join(" = ?, ")} = ?`;
const placeSql = bySide((_, side) => `UPDATE message SET ${placed(side)} WHERE row = ?`);
/** A message that was brought is seen and paired at once: every row has many indexes, and each change of it costs them all. */
const placePairSql = bySide((_, side) => `UPDATE message SET ${placed(side)}, ${pairing} WHERE row = ?`);
const twinSql = bySide((s) => `DELETE FROM message WHERE ${s}_place = ? AND ${s}_id = ? AND how IS NULL AND row <> ?`);

/** Sets what is seen on a side, with what makes it a pair. A row that had seen the same message before its write was recorded ends. */
function place(book: Book, number: number, side: Side, seen: Sighting, paired: readonly unknown[] = []): void {
  const values = valuesOf(book, side, seen);
  const rowid = book.base + number;
  run(book, (paired.length === 0 ? placeSql : placePairSql)[side], ...values, ...paired, rowid);
  if (seen.id !== undefined) run(book, twinSql[side], values[0], seen.id, rowid);
  touch(book, side, number, seen.place);
}

const takeSql = bySide((_, side) => {
  const key = /_(fingerprint|loose)$/u;
  const sets = sideColumns(side).map(
    (name) => `${name} = ${key.test(name) ? `coalesce(o.${name}, m.${name})` : `o.${name}`}`,
  );
  return `UPDATE message AS m SET ${sets.join(", ")} FROM message AS o WHERE m.row = ? AND o.row = ?`;
});

/** Takes a side over from another row, which ends. */
function take(book: Book, number: number, side: Side, other: Known): void {
  run(book, takeSql[side], book.base + number, book.base + other.row);
  run(book, "DELETE FROM message WHERE row = ?", book.base + other.row);
  touch(book, side, number, other[side]?.place ?? "");
}

const pairSql = `UPDATE message SET ${pairing} WHERE row = ?`;

/** Makes the row a pair, with the source's keys. */
function pair(book: Book, row: number, base: Base, changed: boolean, fingerprint?: string, loose?: string): void {
  const values = [...baseValues(book, base), changed ? 1 : 0, keyIn(fingerprint), keyIn(loose)];
  run(book, pairSql, ...values, book.base + row);
}

function baseValues(
  book: Book,
  { how, marks, shown, from }: Base,
): [how: string, marks: string, shown: string, met: number] {
  return [how, marksIn(marks), marksIn(shown), book.places.number("source", from)];
}

const differ = (a: readonly string[], b: readonly string[]): boolean => a !== b && !sameMarks(marksIn(a), marksIn(b));

function sourceOf(known: Known): Sighting {
  if (known.source) return known.source;
  throw new Error(`Row ${known.row} was not seen at the source: it cannot be a pair`);
}

/** A reading that began before knows nothing of what was recorded since, and must not call it gone. */
function touch(book: Book, side: Side, number: number, seen: string): void {
  if (book.readings.size === 0) return;
  const [feed] = book.connection.sql("SELECT feed FROM place WHERE id = ?").get(book.places.number(side, seen)) as [
    number | null,
  ];
  if (feed !== null) book.readings.get(feed)?.seen.add(number);
}
