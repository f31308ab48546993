import type { ItemStore } from "../contract/item-store.ts";
import type { JournalChange, Known } from "../contract/journal.ts";
import { asFault, type FaultRecord, interrupted, recordOf } from "../model/fault.ts";
import type { Edit, ItemRef, Receipt } from "../model/item.ts";
import { decisions } from "./decisions.ts";
import type { Effect } from "./effect.ts";
import { identities } from "./identity.ts";
import type { Pass } from "./pass.ts";

/** What was changed at the destination, in messages. */
export interface EditCounts {
  marked: number;
  moved: number;
  removed: number;
  failed: number;
}

type EditEffect = Extract<Effect, { do: "edit" }>;

/** Cleanly finished work is not cut off by a soft stop. */
const steady = new AbortController().signal;

export function refOf(row: Known): ItemRef | undefined {
  const { destination } = row;
  if (destination?.id === undefined) return undefined;
  return {
    place: destination.place,
    id: destination.id,
    fingerprint: destination.fingerprint ?? row.source?.fingerprint ?? "",
  };
}

async function run(store: ItemStore, edits: readonly Edit[]): Promise<ReadonlyMap<string, Receipt>> {
  if (edits.length === 0 || store.edit === undefined) return new Map();
  const receipts: Receipt[] = [];
  for (let start = 0; start < edits.length; start += store.batch.items) {
    receipts.push(...(await store.edit.run(edits.slice(start, start + store.batch.items), { signal: steady })));
  }
  return new Map(receipts.map((receipt) => [receipt.key, receipt]));
}

type Target = { readonly key: string; readonly place: string; readonly id: string; readonly revision?: string };

function target(row: Known): Target | undefined {
  const { destination } = row;
  if (destination?.id === undefined) return undefined;
  return {
    key: String(row.row),
    place: destination.place,
    id: destination.id,
    ...(destination.revision === undefined ? {} : { revision: destination.revision }),
  };
}

function reportFault(pass: Pass, row: Known, fault: FaultRecord, counts: EditCounts): void {
  counts.failed += 1;
  pass.request.emit({
    type: "item.pending",
    address: pass.request.address,
    place: row.destination?.place ?? "",
    id: row.destination?.id ?? "",
    fault,
  });
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
  const receipts = await run(pass.request.destination, edits);
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
  const receipts = await run(pass.request.destination, edits);
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

/** Only what the plan listed, where there is one, and only while the destination's message still has the pair's fingerprint. */
async function remove(
  pass: Pass,
  rows: readonly Known[],
  listed: ReadonlySet<string> | undefined,
  counts: EditCounts,
): Promise<void> {
  const { destination, journal, signal } = pass.request;
  const wanted = rows.filter((row) => listed === undefined || listed.has(refKey(refOf(row))));
  const confirmed = new Map<string, Known>();
  for await (const { row, identity } of identities(destination, wanted, "destination", signal)) {
    const known = row.destination?.fingerprint ?? row.source?.fingerprint;
    if (known === identity.fingerprint) confirmed.set(String(row.row), row);
  }
  const edits = [...confirmed.values()].flatMap((row): Edit[] => {
    const at = target(row);
    return at === undefined ? [] : [{ ...at, act: "remove" }];
  });
  const receipts = await run(destination, edits);
  const changes: JournalChange[] = [];
  for (const [key, row] of confirmed) {
    const receipt = receipts.get(key);
    if (receipt === undefined) continue;
    if ("fault" in receipt) reportFault(pass, row, receipt.fault, counts);
    else {
      counts.removed += 1;
      changes.push({ act: "forget", row: row.row });
    }
  }
  if (changes.length > 0) await journal.record(changes);
}

export function refKey(ref: ItemRef | undefined): string {
  return ref === undefined ? "" : JSON.stringify([ref.place, ref.id, ref.fingerprint]);
}

/** Carries out the table's decisions at the destination: marks, moves, and under `mirror` removals, each page before the next. */
export async function editDestination(pass: Pass, deletes: readonly ItemRef[] | undefined): Promise<EditCounts> {
  const counts: EditCounts = { marked: 0, moved: 0, removed: 0, failed: 0 };
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
      await remove(
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
  return counts;
}
