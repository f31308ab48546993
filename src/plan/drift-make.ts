import type { Clock } from "../contract/endpoint.ts";
import type { StateStore } from "../contract/state-store.ts";
import type { Migration } from "../manifest/migration.ts";
import { type Address, directoryKinds, isAddress } from "../model/address.ts";
import type { Drift, DirectoryDrift } from "../model/drift.ts";
import { interrupted } from "../model/fault.ts";
import type { Finding } from "../model/finding.ts";
import type { Selection } from "../model/plan.ts";
import type { MailboxResource } from "../model/resource.ts";
import { directoryDrift } from "./drift.ts";
import { driftOfMailboxes } from "./drift-mailboxes.ts";
import type { Expanded } from "./expand.ts";
import { observe, type ObserveContext } from "./observe.ts";
import { createSelector, type Selector } from "./select.ts";

export interface DriftRequest extends ObserveContext {
  readonly migration: Migration;
  readonly expanded: Expanded;
  /** Only read. */
  readonly state: StateStore;
  readonly selection: Selection;
  readonly clock: Clock;
  readonly list?: Address;
}

const concurrency = 8;

/** What changed at the destination since the last apply. Opens the destination alone, and writes nothing. Throws `run.interrupted`. */
export async function makeDrift(request: DriftRequest): Promise<Drift> {
  const { migration, expanded, state, selection, signal } = request;
  const selector = createSelector(selection, expanded.resources);
  const directory = await directoryOf(request, selector);
  const mailboxes = [...expanded.resources.values()].filter(
    (resource): resource is MailboxResource =>
      resource.kind === "mailbox" && selector.takes(resource.address, "content"),
  );
  const content = await driftOfMailboxes(mailboxes, { ...request, concurrency });
  if (signal.aborted) throw interrupted();
  const fresh = (await state.runs.list(1)).length === 0 && (await state.ledger.all()).length === 0;
  return {
    ...directory,
    migration: migration.name,
    destination: migration.destination,
    mailboxes: content.mailboxes,
    unread: [
      ...expanded.unread.filter(({ address }) => isTaken(address, selector)),
      ...directory.unread,
      ...content.unread,
    ],
    findings: [
      ...(fresh ? [nothingApplied] : []),
      ...selector.idle([...expanded.resources.keys(), ...directory.unmanaged]),
      ...content.unknown.map(neverPassed),
      ...content.mailboxes.flatMap(({ findings }) => findings),
    ],
  };
}

const isTaken = (address: string, selector: Selector): boolean =>
  !isAddress(address) || address.includes("*") || selector.takes(address, "directory");

const empty: DirectoryDrift = { resources: [], untold: [], unapplied: [], unmanaged: [], unread: [] };

async function directoryOf(request: DriftRequest, selector: Selector): Promise<DirectoryDrift> {
  const endpoint = request.migration.destination.directory;
  const all = [...request.expanded.resources.values()].filter((resource) => resource.kind !== "mailbox");
  if (endpoint === undefined || all.length === 0) return empty;
  const kinds = directoryKinds.filter((kind) => kind !== "domain" || all.some((each) => each.kind === kind));
  const views = await observe(endpoint, kinds, all, request);
  const ledger = new Map((await request.state.ledger.all()).map((record) => [record.address, record]));
  const found = directoryDrift({ endpoint, wants: all, views, ledger });
  const takes = (address: Address): boolean => selector.takes(address, "directory");
  return {
    resources: found.resources.filter(({ address }) => takes(address)),
    untold: found.untold.filter(takes),
    unapplied: found.unapplied.filter(takes),
    unmanaged: found.unmanaged.filter(takes),
    unread: found.unread.filter(({ address }) => takes(address as Address)),
  };
}

const nothingApplied: Finding = {
  code: "state.new",
  severity: "warning",
  about: "state",
  message: "Nothing was applied yet, so nothing tells what changed since",
  remedy: "apply first; `reconcile plan` shows what differs from the manifests",
};

const neverPassed = (about: Address): Finding => ({
  code: "drift.unpassed",
  severity: "info",
  about,
  message: "No pass was made over it yet: nothing is known to have changed",
});
