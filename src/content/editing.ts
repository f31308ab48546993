import type { ItemStore } from "../contract/item-store.ts";
import type { Known } from "../contract/journal.ts";
import type { FaultRecord } from "../model/fault.ts";
import type { Edit, ItemRef, Receipt } from "../model/item.ts";
import type { Pass } from "./pass.ts";

/** What was changed at the destination, in messages. */
export interface EditCounts {
  marked: number;
  moved: number;
  removed: number;
  /** Marks and moves that failed. */
  failed: number;
  /** Removals that failed, or wait. */
  unremoved: number;
}

export function createEditCounts(): EditCounts {
  return { marked: 0, moved: 0, removed: 0, failed: 0, unremoved: 0 };
}

/** What is under way is finished: a soft stop does not cut it off. */
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

/** Runs edits in the destination's batches; receipts by key. */
export async function runEdits(store: ItemStore, edits: readonly Edit[]): Promise<ReadonlyMap<string, Receipt>> {
  if (edits.length === 0 || store.edit === undefined) return new Map();
  const receipts: Receipt[] = [];
  for (let start = 0; start < edits.length; start += store.batch.items) {
    receipts.push(...(await store.edit.run(edits.slice(start, start + store.batch.items), { signal: steady })));
  }
  return new Map(receipts.map((receipt) => [receipt.key, receipt]));
}

/** Where an edit is to be made; its key is the row. */
type Target = { readonly key: string; readonly place: string; readonly id: string; readonly revision?: string };

export function target(row: Known): Target | undefined {
  const { destination } = row;
  if (destination?.id === undefined) return undefined;
  return {
    key: String(row.row),
    place: destination.place,
    id: destination.id,
    ...(destination.revision === undefined ? {} : { revision: destination.revision }),
  };
}

export function refKey(ref: ItemRef | undefined): string {
  return ref === undefined ? "" : JSON.stringify([ref.place, ref.id, ref.fingerprint]);
}

/** Tells that something about a message waits for the next pass. */
export function tellPending(pass: Pass, row: Known, fault: FaultRecord): void {
  pass.request.emit({
    type: "item.pending",
    address: pass.request.address,
    place: row.destination?.place ?? "",
    id: row.destination?.id ?? "",
    fault,
  });
}
