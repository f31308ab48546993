import type { JournalChange, Known } from "../contract/journal.ts";
import { asFault, type FaultRecord, interrupted, recordOf } from "../model/fault.ts";
import type { Edit, ItemRef, Receipt } from "../model/item.ts";
import { decisions } from "./decisions.ts";
import { type EditCounts, refKey, runEdits, target, tellPending } from "./editing.ts";
import type { Effect } from "./effect.ts";
import type { Pass } from "./pass.ts";
import { removeListed } from "./remove.ts";

type EditEffect = Extract<Effect, { do: "edit" }>;

function reportFault(pass: Pass, row: Known, fault: FaultRecord, counts: EditCounts): void {
  counts.failed += 1;
  tellPending(pass, row, fault);
}

/**
 * Marks first, where the message still is. Returns the effects that a move must complete, with their rows as they are now; only then
 * are they agreed, so that a row whose move fails stays changed and comes again on the next pass.
 */
async function mark(pass: Pass, effects: readonly EditEffect[], counts: EditCounts): Promise<readonly EditEffect[]> {
  const marking = effects.filter((effect) => effect.merge.add.length + effect.merge.remove.length > 0);
  const edits = marking.flatMap((effect): Edit[] => {
    const at = target(effect.row);
    return at === undefined ? [] : [{ ...at, act: "mark", add: effect.merge.add, remove: effect.merge.remove }];
  });
  const receipts = await runEdits(pass.request.destination, edits);
  const changes: JournalChange[] = [];
  const marked = new Map<EditEffect, EditEffect | undefined>(marking.map((effect) => [effect, undefined]));
  for (const effect of marking) {
    const receipt = receipts.get(String(effect.row.row));
    if (receipt === undefined) continue;
    if ("fault" in receipt) {
      reportFault(pass, effect.row, receipt.fault, counts);
      continue;
    }
    counts.marked += 1;
    const after = marksAfter(effect, receipt);
    marked.set(effect, after);
    if (effect.to === undefined)
      changes.push({
        act: "agree",
        row: effect.row.row,
        base: after.base,
        marks: after.base.shown,
        ...revisionOf(receipt),
      });
  }
  if (changes.length > 0) await pass.request.journal.record(changes);
  return effects
    .flatMap((effect) => (marked.has(effect) ? (marked.get(effect) ?? []) : effect))
    .filter((effect) => effect.to !== undefined);
}

const revisionOf = (receipt: Receipt): { revision?: string } =>
  "fault" in receipt || receipt.revision === undefined ? {} : { revision: receipt.revision };

function marksAfter(effect: EditEffect, receipt: Exclude<Receipt, { fault: FaultRecord }>): EditEffect {
  const { row } = effect;
  const shown = receipt.marks ?? row.destination?.marks ?? [];
  const destination =
    row.destination === undefined ? {} : { destination: { ...row.destination, marks: shown, ...revisionOf(receipt) } };
  return { ...effect, row: { ...row, ...destination }, base: { ...effect.base, shown } };
}

async function move(pass: Pass, effects: readonly EditEffect[], counts: EditCounts): Promise<void> {
  const edits = effects.flatMap((effect): Edit[] => {
    const at = target(effect.row);
    return at === undefined || effect.to === undefined ? [] : [{ ...at, act: "move", to: effect.to }];
  });
  const receipts = await runEdits(pass.request.destination, edits);
  const changes: JournalChange[] = [];
  for (const { row, to, base } of effects) {
    const receipt = receipts.get(String(row.row));
    if (receipt === undefined || row.destination === undefined || to === undefined) continue;
    if ("fault" in receipt) {
      reportFault(pass, row, receipt.fault, counts);
      continue;
    }
    counts.moved += 1;
    const { id: _, revision: __, ...kept } = row.destination;
    const destination = {
      ...kept,
      place: to,
      ...(receipt.id === undefined ? {} : { id: receipt.id }),
      ...revisionOf(receipt),
    };
    changes.push({ act: "moved", row: row.row, destination }, { act: "agree", row: row.row, base });
  }
  if (changes.length > 0) await pass.request.journal.record(changes);
}

/** Carries out the table's decisions at the destination: marks, moves, and under `mirror` removals, each page before the next. */
export async function editDestination(
  pass: Pass,
  deletes: readonly ItemRef[] | undefined,
  counts: EditCounts,
): Promise<void> {
  const listed = deletes === undefined ? undefined : new Set(deletes.map(refKey));
  for await (const effects of decisions(pass)) {
    if (pass.request.signal.aborted) throw interrupted();
    const records = effects.flatMap((effect) => (effect.do === "record" ? [effect.change] : []));
    if (records.length > 0) await pass.request.journal.record(records);
    try {
      const moves = await mark(
        pass,
        effects.filter((effect) => effect.do === "edit"),
        counts,
      );
      await move(pass, moves, counts);
      await removeListed(
        pass,
        effects.flatMap((effect) => (effect.do === "remove" ? [effect.row] : [])),
        listed,
        counts,
      );
    } catch (thrown) {
      const fault = asFault(thrown, {
        code: "edit.failed",
        spoils: "place",
        retry: "later",
        about: pass.request.address,
      });
      if (fault.spoils !== "place" && fault.spoils !== "item") throw fault;
      counts.failed += effects.length;
      pass.request.emit({
        type: "finding",
        finding: {
          code: fault.code,
          severity: "warning",
          about: pass.request.address,
          message: recordOf(fault).message,
        },
      });
    }
  }
}
