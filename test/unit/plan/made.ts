/** Plans and their parts for tests, small and whole. */
import type { Address, DirectoryKind } from "../../../src/model/address.ts";
import type { Change, Forecast, Plan, Step, SyncCounts, Want } from "../../../src/model/plan.ts";
import type { FieldChange, Observed } from "../../../src/model/resource.ts";
import type { Draft } from "../../../src/plan/draft.ts";
import { planId, stepId } from "../../../src/plan/hash.ts";

const split = (address: Address): { kind: DirectoryKind; name: string } => {
  const [kind = "", ...name] = address.split("/");
  return { kind: kind as DirectoryKind, name: name.join("/") };
};

export const want = (address: Address, fields: object = {}): Want =>
  ({ ...split(address), address, labels: {}, fields }) as Want;
export const was = (address: Address, fields: object = {}): Observed => ({ ...split(address), fields }) as Observed;

export function draft(address: Address, change: Change, rest: Partial<Draft> = {}): Draft {
  return { address, at: ["new"], phase: "directory", change, precondition: { none: true }, ...rest };
}

export const create = (address: Address, fields: object = {}): Draft =>
  draft(address, { act: "create", want: want(address, fields) }, { precondition: { absent: true } });

export const update = (address: Address, fields: readonly FieldChange[], seen: Observed, wanted: object = {}): Draft =>
  draft(address, {
    act: "update",
    want: want(address, wanted),
    was: seen,
    fields,
    ...(seen.name === split(address).name ? {} : { renamed: split(address).name }),
  });

export const remove = (address: Address, fields: object = {}, rest: Partial<Observed> = {}): Draft =>
  draft(
    address,
    { act: "delete", was: { ...was(address, fields), ...rest } },
    address.startsWith("account/") ? { irreversible: true } : {},
  );

const noCounts: SyncCounts = {
  copy: 0,
  copyBytes: 0,
  folders: 0,
  adopt: 0,
  present: 0,
  marks: 0,
  move: 0,
  delete: 0,
  places: 0,
  deletedByUser: 0,
  unknown: 0,
  pending: 0,
  skipped: {},
};

export const sync = (name: string, counts: Partial<SyncCounts> = {}, source = "old"): Draft =>
  draft(
    `mailbox/${name}`,
    {
      act: "sync",
      want: { source: { endpoint: source, user: name }, destination: { endpoint: "new", user: name }, mode: "copy" },
      counts: { ...noCounts, ...counts },
      scope: { watermarks: {} },
      deletes: [],
    },
    { at: [source, "new"], phase: "content" },
  );

export const step = (from: Draft, after: readonly string[] = []): Step => ({ ...from, id: stepId(from), after });

export function planOf(steps: readonly Step[], rest: Partial<Plan> = {}): Plan {
  const plan = {
    format: 1 as const,
    migration: "example",
    digest: "d1",
    createdAt: "2026-11-20T14:02:11.000Z",
    route: { source: ["old-mail"], destination: ["new-mail"] },
    selection: { target: [], exclude: [], label: [], wave: [], phase: [] },
    recopy: false,
    steps,
    findings: [],
    guards: { limit: { percent: 5, count: 20 }, counts: [], refusals: [], protectedTouched: 0 },
    unread: [],
    ...rest,
  };
  return { ...plan, id: planId(plan) };
}

/** A forecast with every part that one may have. */
export const madeForecast: Forecast = {
  parallel: 8,
  whole: { basis: "limits", seconds: 7800.25 },
  waves: [
    { wave: 1, mailboxes: 2, estimate: { basis: "measured", seconds: 7800.25 } },
    { mailboxes: 1, estimate: { basis: "unknown" } },
  ],
  mailboxes: [
    { address: "mailbox/ana@x.example", estimate: { basis: "measured", seconds: 7800.25 } },
    {
      address: "mailbox/bo@x.example",
      estimate: { basis: "measured", seconds: 99 },
      held: { endpoint: "new", of: "messages", perSecond: 0.5 },
    },
    { address: "mailbox/cy@x.example", estimate: { basis: "unknown" } },
  ],
  rates: [
    { source: "old", destination: "new", passes: 3, perPass: 1, perMessage: 0.1, perOctet: 1e-7, perOther: 0 },
    { source: "older", destination: "new", passes: 1, perPass: 1, perOctet: 0, perOther: 0 },
  ],
};
