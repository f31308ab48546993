import type { BatchLimits } from "../contract/item-store.ts";
import type { Known } from "../contract/journal.ts";

/** Messages that travel together. */
export interface Batch {
  readonly rows: readonly Known[];
  /** Octets of their bodies, as the source counts them. */
  readonly bytes: number;
}

/** Cuts batches within the limits, in order; a message above the limit of bytes goes alone. */
export async function* cutBatches(rows: AsyncIterable<Known>, limits: BatchLimits): AsyncIterable<Batch> {
  let held: Known[] = [];
  let bytes = 0;
  for await (const row of rows) {
    const size = row.source?.size ?? 0;
    if (held.length > 0 && (held.length >= limits.items || bytes + size > limits.bytes)) {
      yield { rows: held, bytes };
      held = [];
      bytes = 0;
    }
    held.push(row);
    bytes += size;
  }
  if (held.length > 0) yield { rows: held, bytes };
}

export function halve(rows: readonly Known[]): readonly (readonly Known[])[] {
  const middle = Math.ceil(rows.length / 2);
  return rows.length < 2 ? [rows] : [rows.slice(0, middle), rows.slice(middle)];
}
