import { createHash } from "node:crypto";
import type { Journal, Known } from "../contract/journal.ts";
import type { FaultRecord } from "../model/fault.ts";
import { canonical, type Json } from "../model/json.ts";
import type { SyncScope } from "../model/plan.ts";

/** Why a message waits without having been refused. All are kept as pending rows of the journal. */
export const unknownItem: FaultRecord = {
  code: "item.unknown",
  message: "Deleted by its user at the destination, or never copied",
  spoils: "item",
  remedy: "apply with --recopy to copy it",
};

/** It may be one that was only moved, or is there already. */
export const doubtfulItem: FaultRecord = {
  code: "item.doubtful",
  message: "It may be there already, or only have moved: a message like it could not be read to be compared",
  spoils: "item",
  remedy: "run again: it is compared anew",
};

/** `about` says which plan it came after: the next one takes it. */
export const lateItem: FaultRecord = {
  code: "item.late",
  message: "Came after the plan",
  spoils: "item",
  remedy: "plan and apply again",
};

/** So that the same plan, applied again or after a pass that broke off, still leaves them for the next one. */
export async function keepLate(journal: Journal, rows: readonly Known[], scope: SyncScope): Promise<void> {
  const fresh = rows.filter((row) => row.pending?.code !== lateItem.code);
  if (fresh.length === 0) return;
  const fault = { ...lateItem, about: scopeKey(scope) };
  await journal.record(fresh.map((row) => ({ act: "pending", row: row.row, fault })));
}

/** Tells one plan's bounds from another's. */
export function scopeKey(scope: SyncScope): string {
  return createHash("sha256")
    .update(canonical(scope as unknown as Json))
    .digest("hex")
    .slice(0, 16);
}
