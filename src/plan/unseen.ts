import type { Handler, PlannedChange } from "../contract/endpoint.ts";
import type { LedgerRecord } from "../contract/state-store.ts";
import { kindTable } from "../kind/table.ts";
import type { Address, DirectoryKind } from "../model/address.ts";
import type { Finding } from "../model/finding.ts";
import type { DirectoryResource, FieldChange, Observed } from "../model/resource.ts";
import { fieldChanges } from "./diff.ts";
import type { Draft } from "./draft.ts";
import { wantOf, wasOf } from "./want.ts";

interface Around {
  readonly handler: Handler<DirectoryKind>;
  readonly was: Observed | undefined;
  readonly record: LedgerRecord | undefined;
  readonly endpoint: string;
}

interface Asking {
  readonly drafts: readonly Draft[];
  /** Fields that a person was asked for before. */
  readonly taken: readonly string[];
}

const nothing: Asking = { drafts: [], taken: [] };

/** Fields that the endpoint does not show: whoever has not been asked for them as they are written is asked now. */
export function askedByHand(want: DirectoryResource, { handler, was, record, endpoint }: Around): Asking {
  const { unseen } = handler;
  if (unseen === undefined) return nothing;
  const written = Object.entries(want.fields).filter(
    ([field, value]) => unseen.fields.has(field) && value !== undefined,
  );
  if (written.length === 0) return nothing;
  const left = was === undefined || record?.endpoint !== endpoint ? {} : (record.applied ?? {});
  const changes = fieldChanges(want.kind, want.fields, left, unseen.fields);
  const lines = changes.length === 0 ? [] : unseen.lines(changeOf(want, was, changes));
  const open = new Set(lines.length === 0 ? [] : changes.map(({ field }) => field));
  return {
    drafts: lines.length === 0 ? [] : [manual(endpoint, want.address, lines, changes)],
    taken: written.flatMap(([field]) => (open.has(field) ? [] : [field])),
  };
}

const changeOf = (want: DirectoryResource, was: Observed | undefined, fields: readonly FieldChange[]): PlannedChange =>
  was === undefined
    ? { act: "create", want: wantOf(want) }
    : { act: "update", want: wantOf(want), was: wasOf(was), fields };

const manual = (
  endpoint: string,
  address: Address,
  instructions: readonly string[],
  expect: readonly FieldChange[],
): Draft => ({
  address,
  at: [endpoint],
  phase: "directory",
  change: { act: "manual", instructions, expect, unseen: true },
  precondition: { none: true },
});

/** What stands as it was asked for, as far as anybody knows: one finding a kind. */
export function takenFindings(
  endpoint: string,
  taken: readonly { readonly address: Address; readonly kind: DirectoryKind; readonly field: string }[],
): readonly Finding[] {
  return [...Map.groupBy(taken, ({ kind }) => kind)].map(([kind, all]) => {
    const fields = [...new Set(all.map(({ field }) => field))].toSorted();
    const addresses = [...new Set(all.map(({ address }) => address))];
    return {
      code: "field.unseen",
      severity: "info",
      about: endpoint,
      message: `${endpoint} does not show ${fields.join(", ")} of ${kindTable[kind].many}: taken to be as a person was asked to set it`,
      detail: { kind, fields, addresses },
    };
  });
}
