import type { LedgerRecord } from "../contract/state-store.ts";
import type { Finding } from "../model/finding.ts";
import type { FieldChange, Observed } from "../model/resource.ts";
import { fieldChanges } from "./diff.ts";
import type { Draft } from "./draft.ts";

interface Left {
  readonly was: Observed;
  readonly record: LedgerRecord | undefined;
  readonly endpoint: string;
  readonly holds: ReadonlySet<string>;
}

/** Changes with what the last apply left, where that is not there any more: somebody else's work would be written over. */
export function overridden(
  changes: readonly FieldChange[],
  { was, record, endpoint, holds }: Left,
): readonly FieldChange[] {
  const applied = record?.endpoint === endpoint ? (record.applied ?? {}) : {};
  const drifted = new Set(fieldChanges(was.kind, applied, was.fields, holds).map(({ field }) => field));
  return changes.map((change) => {
    const left = applied[change.field];
    return drifted.has(change.field) && left !== undefined ? { ...change, applied: left } : change;
  });
}

/** One for all: apply would undo what somebody did there. */
export function overriddenFindings(drafts: readonly Draft[], endpoint: string): readonly Finding[] {
  const addresses = drafts.flatMap(({ address, change }) =>
    change.act === "update" && change.fields.some(({ applied }) => applied !== undefined) ? [address] : [],
  );
  const [only, more] = addresses;
  if (only === undefined) return [];
  return [
    {
      code: "field.overridden",
      severity: "warning",
      about: more === undefined ? only : endpoint,
      message: `Changed at ${endpoint} by another hand since the last apply, and written over by this plan`,
      remedy: "if that hand is right, take it into the manifests: reconcile drift --update-manifests",
      ...(more === undefined ? {} : { detail: { addresses } }),
    },
  ];
}
