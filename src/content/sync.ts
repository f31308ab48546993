import type { Tally } from "../model/event.ts";
import { Fault, spoiling } from "../model/fault.ts";
import type { Finding } from "../model/finding.ts";
import type { ItemRef } from "../model/item.ts";
import type { SyncScope } from "../model/plan.ts";
import type { ByteBudget } from "./bytes.ts";
import { createCounts } from "./copyable.ts";
import { sweepDoubts } from "./doubts.ts";
import { editDestination } from "./edit.ts";
import { createEditCounts } from "./editing.ts";
import { preparePass } from "./pass.ts";
import type { SyncRequest } from "./request.ts";
import { takeStock } from "./stock.ts";
import { findingsOf, unkeptFindings } from "./survey.ts";
import { tallyOf } from "./tally.ts";
import { transfer } from "./transfer.ts";

/** How a pass ended. `fault` is what spoiled the rest of the mailbox, or its endpoint, where something did. */
export interface SyncResult {
  readonly tally: Tally;
  readonly findings: readonly Finding[];
  readonly fault?: Fault;
}

/** What nobody took up on the way spoils the mailbox: where a line broke between two messages, none of them is at fault, and a pass helps. */
function reaching(thrown: unknown): unknown {
  const small = thrown instanceof Fault && (thrown.spoils === "item" || thrown.spoils === "place");
  return small ? spoiling(thrown, "mailbox") : thrown;
}

/** Runs the steps that may spoil the mailbox or an endpoint; an interruption and what spoils the run are thrown. */
async function spoilt(work: () => Promise<void>): Promise<Fault | undefined> {
  try {
    await work();
    return undefined;
  } catch (thrown) {
    const fault = reaching(thrown);
    if (fault instanceof Fault && fault.spoils !== "run") return fault;
    throw fault;
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
  const pass = await preparePass(request, request.scope).catch((thrown: unknown) => {
    throw reaching(thrown);
  });
  const edits = createEditCounts();
  const carried = createCounts();
  const fault = await spoilt(async () => {
    await editDestination(pass, request.deletes, edits);
    await transfer(pass, request.bytes, carried);
    await sweepDoubts(request, pass.hashes, pass.doubts);
  });
  if (fault === undefined && carried.copied + edits.marked + edits.moved + edits.removed > 0) await takeStock(request);
  const tally = await tallyOf(pass, edits, carried);
  return {
    tally,
    findings: [...findingsOf(pass), ...unkeptFindings(pass, carried)],
    ...(fault === undefined ? {} : { fault }),
  };
}
