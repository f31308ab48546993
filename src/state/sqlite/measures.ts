import type { Measure } from "../../contract/state-store.ts";
import type { Scope } from "./lease.ts";

/** Measures kept of each pair of endpoints and each magnitude. */
const most = 50;

/** 0 for none, 1 below 10, 2 below 100, and so on. */
const magnitudeOf = (messages: number): number => String(messages).length - (messages === 0 ? 1 : 0);

/** Takes a measure in and forgets the oldest of its like that are too many; to be called in a transaction. */
export function keepMeasure({ connection, id }: Scope, measure: Measure): void {
  const { source, destination, messages, bytes, others, seconds } = measure;
  const like = [id, source, destination, magnitudeOf(messages)] as const;
  const insert =
    "INSERT INTO measure (migration, source, destination, magnitude, messages, bytes, others, seconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
  connection.sql(insert).run(...like, messages, bytes, others, seconds);
  const its = "migration = ? AND source = ? AND destination = ? AND magnitude = ?";
  const forget = `DELETE FROM measure WHERE ${its} AND id <= (SELECT id FROM measure WHERE ${its} ORDER BY id DESC LIMIT 1 OFFSET ${most})`;
  connection.sql(forget).run(...like, ...like);
}

type MeasureRow = readonly [string, string, number, number, number, number];

/** In the order in which they were made. */
export function measuresOf({ connection, id }: Scope): readonly Measure[] {
  const query =
    "SELECT source, destination, messages, bytes, others, seconds FROM measure WHERE migration = ? ORDER BY id";
  return (connection.sql(query).all(id) as MeasureRow[]).map(
    ([source, destination, messages, bytes, others, seconds]) => ({
      source,
      destination,
      messages,
      bytes,
      others,
      seconds,
    }),
  );
}
