import type { LedgerRecord } from "../contract/state-store.ts";
import { type Address, addressOf } from "../model/address.ts";
import type { DirectoryDrift, ResourceDrift } from "../model/drift.ts";
import type { DirectoryResource, FieldChange, Observed } from "../model/resource.ts";
import { fieldChanges } from "./diff.ts";
import type { DirectoryInput } from "./input.ts";
import type { View } from "./observe.ts";

/** What is wanted, what is there, and what is remembered. */
type Compared = Pick<DirectoryInput, "endpoint" | "wants" | "views" | "ledger">;

type Seen = Extract<View, { seen: unknown }>;

interface Gathering {
  readonly resources: ResourceDrift[];
  readonly untold: Address[];
  readonly unapplied: Address[];
  readonly unread: { readonly address: string; readonly code: string; readonly message: string }[];
}

/**
 * What is there, set against what the last apply left: that alone tells somebody else's change from a manifest that was edited since.
 * What the manifests say by now as well is no drift. Pure.
 */
export function directoryDrift(input: Compared): DirectoryDrift {
  const out: Gathering = { resources: [], untold: [], unapplied: [], unread: [] };
  for (const want of input.wants) {
    const view = input.views.get(want.kind);
    if (view === undefined || "missing" in view) continue;
    if ("fault" in view) out.unread.push({ address: want.address, code: view.fault.code, message: view.fault.message });
    else driftOf(want, view, input, out);
  }
  return { ...out, unmanaged: unmanaged(input, out.resources) };
}

function driftOf(want: DirectoryResource, view: Seen, { endpoint, ledger }: Compared, out: Gathering): void {
  const there = view.seen.get(want.name);
  const record = ledger.get(want.address);
  const applied = record?.endpoint === endpoint ? record.applied : undefined;
  if (want.absent === true) {
    if (there !== undefined) out.unapplied.push(want.address);
  } else if (record === undefined || applied === undefined) {
    if (there === undefined) out.unapplied.push(want.address);
    else if (fieldChanges(want.kind, want.fields, there.fields, view.handler.fields).length > 0)
      out.untold.push(want.address);
  } else compareWithApplied(want, there ?? renamed(want, record, view), { record, applied, view }, out);
}

interface Left {
  readonly record: LedgerRecord;
  readonly applied: NonNullable<LedgerRecord["applied"]>;
  readonly view: Seen;
}

/** The same thing by the endpoint's own id, under another name. */
function renamed(want: DirectoryResource, { id }: LedgerRecord, { seen }: Seen): Observed | undefined {
  if (id === undefined) return undefined;
  return [...seen.values()].find((each) => each.id === id && each.name !== want.name);
}

function compareWithApplied(want: DirectoryResource, there: Observed | undefined, left: Left, out: Gathering): void {
  const { record, applied, view } = left;
  const { address, kind } = want;
  const holds = view.handler.fields;
  const edits = new Set(fieldChanges(kind, want.fields, applied, holds).map(({ field }) => field));
  if (there === undefined) {
    out.resources.push({ address, what: "deleted", fields: [], edited: [...edits] });
    return;
  }
  const differs = new Set(fieldChanges(kind, want.fields, there.fields, holds).map(({ field }) => field));
  const fields = fieldChanges(kind, applied, there.fields, holds)
    .filter(({ field }) => differs.has(field))
    .map(turned);
  const other = there.name !== want.name;
  const made = record.id !== undefined && there.id !== undefined && record.id !== there.id;
  const what = other ? "renamed" : made ? "replaced" : "changed";
  const edited = fields.map(({ field }) => field).filter((field) => edits.has(field));
  if (what !== "changed" || fields.length > 0)
    out.resources.push({ address, what, fields, edited, ...(other ? { to: there.name } : {}) });
  if ([...edits].some((field) => differs.has(field) && !edited.includes(field))) out.unapplied.push(address);
}

/** `fieldChanges` tells the way to what was applied; drift is the way from there. */
const turned = ({ field, from, to }: FieldChange): FieldChange => ({
  field,
  ...(to === undefined ? {} : { from: to }),
  ...(from === undefined ? {} : { to: from }),
});

/** In the domains that are declared. What is only called otherwise by now is not new. */
function unmanaged({ wants, views }: Compared, drifted: readonly ResourceDrift[]): readonly Address[] {
  const declared = new Set(wants.map(({ address }) => address));
  const moved = new Set(
    drifted.flatMap(({ address, to }) => (to === undefined ? [] : [`${address.split("/")[0]}/${to}`])),
  );
  const domains = new Set(wants.flatMap(({ kind, name }) => (kind === "domain" ? [name] : [])));
  return [...views.values()]
    .flatMap((view) => ("seen" in view ? [...view.seen.values()] : []))
    .filter(({ kind, name }) => kind !== "domain" && domains.has(name.slice(name.lastIndexOf("@") + 1)))
    .map(({ kind, name }) => addressOf(kind, name))
    .filter((address) => !declared.has(address) && !moved.has(address))
    .toSorted();
}
