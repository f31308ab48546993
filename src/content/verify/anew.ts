import type { Journal } from "../../contract/journal.ts";
import { rowsOf } from "../rows.ts";

/** What the journal says before the two sides are read: it explains absences, and proves nothing. */
export interface Memory {
  /** The last row: what comes after it no pass has seen. */
  readonly last: number;
  /** Pairs that an earlier pass saw deleted at the destination. */
  readonly deleted: ReadonlySet<number>;
}

export async function remember(journal: Journal): Promise<Memory> {
  const deleted = new Set<number>();
  let last = 0;
  for await (const { row, base, source, destination } of rowsOf(journal, { rows: "all" })) {
    last = Math.max(last, row);
    if (base !== undefined && source?.there === true && destination?.there !== true) deleted.add(row);
  }
  return { last, deleted };
}

/** A draft whose cursors and versions count for nothing: every folder is read as a whole. */
export function readAnew(journal: Journal): Journal {
  return {
    ...journal,
    feeds: async (side) => (await journal.feeds(side)).map(({ id, epoch, complete }) => ({ id, epoch, complete })),
    begin: (side, feed) => journal.begin(side, feed, true),
  };
}
