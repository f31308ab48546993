import type { Clock, Endpoint } from "../contract/endpoint.ts";
import type { StateStore } from "../contract/state-store.ts";
import type { Manifest } from "../manifest/load.ts";
import { type Address, type DirectoryKind, directoryKinds, isAddress, kindOf } from "../model/address.ts";
import type { Emit } from "../model/event.ts";
import { Fault, interrupted } from "../model/fault.ts";
import type { Finding } from "../model/finding.ts";
import type { Plan, Selection } from "../model/plan.ts";
import type { DirectoryResource, MailboxResource, Resource } from "../model/resource.ts";
import { type Allow, allowNothing, type Counted } from "./allow.ts";
import { compareDirectory, type DirectoryDiff } from "./directory.ts";
import { expand, type Expanded } from "./expand.ts";
import { guard } from "./guard.ts";
import { planId } from "./hash.ts";
import { surveyMailboxes } from "./mailboxes.ts";
import { observe, type View } from "./observe.ts";
import { order } from "./order.ts";
import { createSelector, selectEverything, selectSteps, type Selector } from "./select.ts";

export interface PlanRequest {
  readonly manifest: Manifest;
  /** An endpoint by its name in the manifests; whoever gives it closes it. */
  readonly connect: (endpoint: string) => Promise<Endpoint>;
  /** Only read; may be empty. */
  readonly state: StateStore;
  readonly selection?: Selection;
  readonly recopy?: boolean;
  readonly allow?: Allow;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** Mailboxes that are looked at at one time; 8 by default. */
  readonly concurrency?: number;
  /** The manifests with their rows, where they were read already. */
  readonly expanded?: Expanded;
}

/**
 * Compares what the manifests say with what is there, and writes nothing. What cannot be read is `unread`, and everything else goes
 * on. Throws `plan.noMigration`, `order.cycle`, `manifest.invalid` for rows that leave a name undeclared, and `run.interrupted`.
 */
export async function makePlan(request: PlanRequest): Promise<Plan> {
  const { manifest, clock, signal, selection = selectEverything, recopy = false } = request;
  const migration = manifest.migration ?? noMigration();
  const createdAt = new Date(clock.now()).toISOString();
  const expanded = request.expanded ?? (await expand(manifest, request));
  const resources = [...expanded.resources.values()];
  const selector = createSelector(selection, expanded.resources);
  const ledger = new Map((await request.state.ledger.all()).map((record) => [record.address, record]));
  const wants = resources.filter((resource) => resource.kind !== "mailbox");
  const views = await lookAt(migration.destination.directory, wants, request);
  const directory = compare(migration.destination.directory, wants, views, { ledger, incomplete: expanded.incomplete });
  const mailboxes = resources.filter(
    (resource): resource is MailboxResource =>
      resource.kind === "mailbox" && selector.takes(resource.address, "content"),
  );
  const created = new Set(
    directory.drafts.filter(({ change }) => change.act === "create").map(({ address }) => address),
  );
  const content = await surveyMailboxes(mailboxes, {
    ...request,
    recopy,
    concurrency: request.concurrency ?? 8,
    created,
    renamed: directory.renamed,
  });
  if (signal.aborted) throw interrupted();
  const ordered = order([...directory.drafts, ...content.drafts], (address) => expanded.resources.get(address)?.origin);
  const selected = selectSteps(ordered, selector);
  const kept = new Set(resources.flatMap((resource) => (isProtected(resource) ? [resource.address] : [])));
  for (const record of ledger.values()) if (record.protect === true) kept.add(record.address);
  const findings = [
    ...manifest.warnings,
    ...(await stateFindings(request.state)),
    ...expanded.findings,
    ...directory.findings,
    ...content.findings,
    ...selector.idle([...expanded.resources.keys(), ...ordered.map(({ address }) => address)]),
    ...selected.findings,
  ];
  const plan: Omit<Plan, "id"> = {
    format: 1,
    migration: migration.name,
    digest: manifest.digest,
    createdAt,
    route: { source: endsOf(migration.source), destination: endsOf(migration.destination) },
    selection,
    recopy,
    steps: selected.steps,
    findings: findings.filter(({ about }) => isTaken(about, selector)),
    guards: guard({
      steps: selected.steps,
      limit: migration.safety.maxDeletes,
      totals: totalsOf(views, content.messages),
      protected: kept,
      prunedAside: selection.target.length > 0 ? directory.pruned : new Set(),
      allow: request.allow ?? allowNothing,
    }),
    unread: [...expanded.unread, ...directory.unread, ...content.unread].filter(({ address }) =>
      isTaken(address, selector),
    ),
  };
  return { ...plan, id: planId(plan) };
}

function noMigration(): never {
  throw new Fault({
    code: "plan.noMigration",
    message: "The manifests hold no Migration, so there is nothing to plan from or to",
    spoils: "run",
    remedy: "add a document of kind Migration, or name its folder with -f as well",
  });
}

const isProtected = (resource: Resource): boolean => resource.kind !== "mailbox" && resource.protect === true;

const endsOf = ({ directory, mail }: { readonly directory?: string; readonly mail?: string }): readonly string[] => [
  ...new Set([directory, mail].filter((name) => name !== undefined)),
];

/** What is about something that was not selected is left out; what is about no address stays. */
function isTaken(about: string, selector: Selector): boolean {
  if (!isAddress(about) || about.includes("*")) return true;
  return selector.takes(about, kindOf(about) === "mailbox" ? "content" : "directory");
}

const named = ["account", "list", "alias"] as const;

/** Reads the kinds that are wanted or pruned; of those that share a space of names all, for none may take another's. */
async function lookAt(
  endpoint: string | undefined,
  wants: readonly DirectoryResource[],
  request: PlanRequest,
): Promise<ReadonlyMap<DirectoryKind, View>> {
  if (endpoint === undefined || wants.length === 0) return new Map();
  const wanted = new Set(wants.map((want) => want.kind));
  const prunes = wants.some((want) => (want.prune ?? []).length > 0);
  const shared = prunes || named.some((kind) => wanted.has(kind));
  const kinds = directoryKinds.filter((kind) => (kind === "domain" ? wanted.has(kind) : shared));
  return observe(endpoint, kinds, request);
}

type Known = Pick<Parameters<typeof compareDirectory>[0], "ledger" | "incomplete">;

function compare(
  endpoint: string | undefined,
  wants: readonly DirectoryResource[],
  views: ReadonlyMap<DirectoryKind, View>,
  known: Known,
): DirectoryDiff {
  if (endpoint !== undefined) return compareDirectory({ endpoint, wants, views, ...known });
  const some = wants.some((want) => want.kind !== "domain");
  const none = { drafts: [], unread: [], pruned: new Set<Address>(), renamed: new Map<Address, string>() };
  return { ...none, findings: some ? [onlyNames] : [] };
}

const onlyNames: Finding = {
  code: "directory.none",
  severity: "info",
  about: "Migration",
  message: "Accounts only name mailboxes: there is no destination.directory, so no account, list or alias is managed",
};

function totalsOf(views: ReadonlyMap<DirectoryKind, View>, messages: number): ReadonlyMap<Counted, number> {
  const totals = new Map<Counted, number>([["mailbox", messages]]);
  for (const [kind, view] of views) if ("seen" in view) totals.set(kind, view.seen.size);
  const lists = views.get("list");
  if (lists === undefined || !("seen" in lists)) return totals;
  const sizes = [...lists.seen.values()].map(({ fields }) =>
    Object.values(fields).reduce((sum: number, value: unknown) => sum + (Array.isArray(value) ? value.length : 0), 0),
  );
  return totals.set(
    "member",
    sizes.reduce((sum, size) => sum + size, 0),
  );
}

/** What a reader should know of the state: a run that is under way changes what was just read. */
async function stateFindings(state: StateStore): Promise<readonly Finding[]> {
  const holder = await state.holder();
  const running: Finding[] =
    holder === undefined || holder.alive === false
      ? []
      : [
          {
            code: "run.underway",
            severity: "warning",
            about: holder.scope,
            message: `${holder.holder.command} is running as ${holder.holder.user} on ${holder.holder.host} (pid ${holder.holder.pid}): what is there may change while it is read`,
            remedy: "plan again when it has ended",
          },
        ];
  const fresh: Finding = {
    code: "state.new",
    severity: "info",
    about: "state",
    message:
      "Nothing is remembered of earlier runs: what is there already is taken over by its address and its content",
  };
  return (await state.runs.list(1)).length === 0 ? [...running, fresh] : running;
}
