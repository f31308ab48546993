import type { Tally } from "../model/event.ts";
import { Fault } from "../model/fault.ts";
import type { Finding } from "../model/finding.ts";
import type { ItemRef } from "../model/item.ts";
import type { SyncScope } from "../model/plan.ts";
import type { ByteBudget } from "./bytes.ts";
import { editDestination, type EditCounts } from "./edit.ts";
import { type Pass, preparePass } from "./pass.ts";
import type { SyncRequest } from "./request.ts";
import { sweepDoubts } from "./settle.ts";
import { countUnknown, findingsOf } from "./survey.ts";
import { createTransfer, type TransferCounts } from "./transfer.ts";

/** How a pass ended. `fault` is what spoiled the rest of the mailbox, where something did. */
export interface SyncResult {
  readonly tally: Tally;
  readonly findings: readonly Finding[];
  readonly fault?: Fault;
}

async function tallyOf(pass: Pass, edits: EditCounts, carried: TransferCounts): Promise<Tally> {
  const counts = await pass.request.journal.counts();
  const unknown = await countUnknown(pass);
  const skipped = Object.values(carried.skipped).reduce((sum, count) => sum + count, 0);
  const explained = skipped + carried.outside + carried.late + unknown;
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
    pending: Math.max(0, counts.fresh - explained) + edits.failed,
    unknown,
    outside: carried.outside,
    late: carried.late,
  };
}

/** Runs the steps that may spoil the mailbox; an interruption and what spoils more than the mailbox are thrown. */
async function spoilt(work: () => Promise<void>): Promise<Fault | undefined> {
  try {
    await work();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.spoils === "mailbox") return thrown;
    throw thrown;
  }
}

/**
 * One pass over one mailbox: bulk and delta alike. `scope` and `deletes` bound it to what a plan showed. Ends in the middle with
 * `run.interrupted` when the signal fires, with nothing lost: the next pass resumes.
 */
export async function sync(
  request: SyncRequest & {
    readonly scope?: SyncScope;
    readonly deletes?: readonly ItemRef[];
    readonly bytes: ByteBudget;
  },
): Promise<SyncResult> {
  const pass = await preparePass(request, request.scope);
  let edits: EditCounts = { marked: 0, moved: 0, removed: 0, failed: 0 };
  let carried: TransferCounts = { copied: 0, copiedBytes: 0, skipped: {}, outside: 0, late: 0 };
  const fault = await spoilt(async () => {
    edits = await editDestination(pass, request.deletes);
    const transfer = createTransfer(pass, request.bytes);
    carried = transfer.counts;
    await transfer.run();
    await sweepDoubts(request, pass.hashes, pass.doubts);
  });
  const tally = await tallyOf(pass, edits, carried);
  request.emit({ type: "sync.done", address: request.address, tally });
  return { tally, findings: findingsOf(pass), ...(fault === undefined ? {} : { fault }) };
}
