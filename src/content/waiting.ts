import { createHash } from "node:crypto";
import type { FaultRecord } from "../model/fault.ts";
import { canonical, type Json } from "../model/json.ts";
import type { SyncScope } from "../model/plan.ts";

/** Why a message waits without having been refused. Both are kept as pending rows of the journal. */
export const unknownItem: FaultRecord = {
  code: "item.unknown",
  message: "Deleted by its user at the destination, or never copied",
  spoils: "item",
  remedy: "apply with --recopy to copy it",
};

/** `about` says which plan it came after: the next one takes it. */
export const lateItem: FaultRecord = {
  code: "item.late",
  message: "Came after the plan",
  spoils: "item",
  remedy: "plan and apply again",
};

/** Tells one plan's bounds from another's. */
export function scopeKey(scope: SyncScope): string {
  return createHash("sha256")
    .update(canonical(scope as unknown as Json))
    .digest("hex")
    .slice(0, 16);
}
