import type { Which } from "../contract/journal.ts";
import type { Tally } from "../model/event.ts";
import type { TransferCounts } from "./copyable.ts";
import type { EditCounts } from "./editing.ts";
import type { Pass } from "./pass.ts";
import { pagesOf, rowsOf } from "./rows.ts";
import { unknownItem } from "./waiting.ts";

/** Messages that are "deleted by their user, or never copied". */
export async function countUnknown({ request, managed }: Pass): Promise<number> {
  let unknown = 0;
  for await (const row of rowsOf(request.journal, { rows: "pending" })) {
    if (row.pending?.code === unknownItem.code && row.source?.there === true && managed.has(row.source.place))
      unknown += 1;
  }
  return unknown;
}

/** Messages that are at the source alone, in folders that the rules let through. */
async function countFresh({ request, looks, managed }: Pass, all: number): Promise<number> {
  let hidden = 0;
  for (const { id } of looks.source.places) {
    const which: Which = { rows: "fresh", side: "source", place: id };
    if (!managed.has(id)) for await (const page of pagesOf(request.journal, which)) hidden += page.length;
  }
  return all - hidden;
}

/** Accounts for every message of the source that is managed: each is in one number, save that marks are counted beside. */
export async function tallyOf(pass: Pass, edits: EditCounts, carried: TransferCounts): Promise<Tally> {
  const counts = await pass.request.journal.counts();
  const unknown = await countUnknown(pass);
  const skipped = Object.values(carried.skipped).reduce((sum, count) => sum + count, 0);
  const waiting = (await countFresh(pass, counts.fresh)) - skipped - carried.outside - carried.late - unknown;
  return {
    copied: carried.copied,
    copiedBytes: carried.copiedBytes,
    adopted: pass.adopted,
    present: Math.max(0, counts.paired - carried.copied - pass.adopted - edits.moved - edits.failed),
    marked: edits.marked,
    moved: edits.moved,
    removed: edits.removed,
    deletedByUser: counts.deletedByUser,
    skipped,
    pending: Math.max(0, waiting) + edits.failed + edits.unremoved,
    unknown,
    outside: carried.outside,
    late: carried.late,
  };
}
