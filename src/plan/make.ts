import type { Clock, Endpoint, Handler } from "../contract/endpoint.ts";
import type { LedgerRecord, StateStore } from "../contract/state-store.ts";
import { contentOrder } from "../content/turn.ts";
import { exposedSecrets } from "../manifest/exposed.ts";
import type { Manifest } from "../manifest/load.ts";
import { type Address, type DirectoryKind, isAddress, kindOf } from "../model/address.ts";
import type { Emit } from "../model/event.ts";
import { systemOf } from "../manifest/endpoint.ts";
import { Fault, interrupted } from "../model/fault.ts";
import type { Finding } from "../model/finding.ts";
import type { Forecast, Limit, Plan, Selection, Step } from "../model/plan.ts";
import type { MailboxResource, Resource } from "../model/resource.ts";
import { type Allow, allowNothing, type Counted } from "./allow.ts";
import { compareDirectory, type DirectoryDiff } from "./directory.ts";
import { expand, type Expanded } from "./expand.ts";
import { type Allowance, forecast } from "./forecast.ts";
import { disabledByLine, guard, type GuardInput } from "./guard.ts";
import { createHashes } from "./hashes.ts";
import { planId } from "./hash.ts";
import type { DirectoryInput, RowSet } from "./input.ts";
import { surveyMailboxes } from "./mailboxes.ts";
import { type ObserveContext, observeWanted, type View } from "./observe.ts";
import { order } from "./order.ts";
import { passwordFindings } from "./passwords.ts";
import { protectedNames } from "./identity.ts";
import { sightings } from "./sight.ts";
import { verifiedElsewhere, verifiedFindings } from "./verified.ts";
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
  /** Another Migration of the same state, whose resources are taken over where they are wanted here. */
  readonly takeOver?: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** Mailboxes that are looked at at one time; 8 by default. */
  readonly concurrency?: number;
  /** Mailboxes that an apply would work on at one time, for the forecast; 8 by default. */
  readonly parallel?: number;
  /** The manifests with their rows, where they were read already. */
  readonly expanded?: Expanded;
}

/** What whoever applies a plan is to remember beside its steps. */
export interface Noted {
  readonly sightings: readonly LedgerRecord[];
  /** Resources that are taken over from another Migration of the same state. */
  readonly takeOver?: { readonly migration: string; readonly addresses: readonly Address[] };
}

export interface Planned {
  readonly plan: Plan;
  /** What the state is to remember: made when it is asked for, for most plans are looked at, and not applied. */
  noted(): Noted;
}

/** The plan alone; see `planAll`. */
export async function makePlan(request: PlanRequest): Promise<Plan> {
  return (await planAll(request)).plan;
}

/** What is to be remembered where the plan was made before, and saved: the directory is read once more. */
export async function noteAll(request: Omit<PlanRequest, "clock">): Promise<Noted> {
  const { manifest } = request;
  const { directory } = (manifest.migration ?? noMigration()).destination;
  const expanded = request.expanded ?? (await expand(manifest, request));
  return notedIn(await inputOf(directory, expanded, request), request);
}

/**
 * Compares what the manifests say with what is there, and writes nothing. What cannot be read is `unread`, and everything else goes
 * on. Throws `plan.noMigration`, `order.cycle`, `manifest.invalid` for rows that leave a name undeclared, and `run.interrupted`.
 */
export async function planAll(request: PlanRequest): Promise<Planned> {
  const { manifest, clock, signal, selection = selectEverything, recopy = false } = request;
  const migration = manifest.migration ?? noMigration();
  const createdAt = new Date(clock.now()).toISOString();
  const expanded = request.expanded ?? (await expand(manifest, request));
  const resources = [...expanded.resources.values()];
  const selector = createSelector(selection, expanded.resources);
  const input = await inputOf(migration.destination.directory, expanded, request);
  const directory = input === undefined ? namesOnly(resources) : compareDirectory(input);
  const drafts = directory.drafts.filter(({ address }) => selector.takes(address, "directory"));
  const passwords = input === undefined ? [] : await passwordsOf(input, drafts, expanded, request);
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
  for (const address of input === undefined ? [] : protectedNames(input)) kept.add(address);
  const verified = await verifiedElsewhere(selected.steps, manifest, request.state);
  const findings = [
    ...manifest.warnings,
    ...(await stateFindings(request.state)),
    ...(await exposedSecrets(manifest.endpoints.values(), resources)),
    ...expanded.findings,
    ...directory.findings,
    ...passwords,
    ...verifiedFindings(verified),
    ...content.findings,
    ...selector.idle([...expanded.resources.keys(), ...ordered.map(({ address }) => address)]),
    ...selected.findings,
  ];
  const time = await forecastFor(selected.steps, expanded.resources, request);
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
      ...limitsOf(migration.safety),
      totals: totalsOf(input?.views ?? new Map(), content.messages),
      protected: kept,
      written: disabledByLine(manifest.resources),
      prunedAside: selection.target.length > 0 ? directory.pruned : new Set(),
      verified: new Set(verified.keys()),
      allow: request.allow ?? allowNothing,
    }),
    unread: [...expanded.unread, ...directory.unread, ...content.unread].filter(({ address }) =>
      isTaken(address, selector),
    ),
    ...(time === undefined ? {} : { forecast: time }),
  };
  return { plan: { ...plan, id: planId(plan) }, noted: () => notedIn(input, request) };
}

async function forecastFor(
  steps: readonly Step[],
  resources: Expanded["resources"],
  { state, connect, parallel = 8 }: PlanRequest,
): Promise<Forecast | undefined> {
  const names = new Set(steps.flatMap(({ at, change }) => (change.act === "sync" ? at : [])));
  const allowances = new Map<string, Allowance>();
  for (const name of names) {
    const { rates, shares = name, connections } = await connect(name);
    if (rates !== undefined)
      allowances.set(name, { key: shares, rates, ...(connections === undefined ? {} : { connections }) });
  }
  return forecast({
    steps,
    order: contentOrder(resources),
    waveOf: (address) => resources.get(address)?.wave,
    measures: names.size === 0 ? [] : await state.runs.measures(),
    allowances,
    parallel,
  });
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

/** What is remembered: by this Migration, by one that it takes over, and by others that manage the same system. */
async function knownOf(
  { state, takeOver }: Pick<PlanRequest, "state" | "takeOver">,
  system: string | undefined,
): Promise<Pick<DirectoryInput, "ledger" | "owners">> {
  const ledger = new Map((await state.ledger.all()).map((record) => [record.address, record]));
  const owners = new Map<Address, string>();
  const claims = system === undefined ? [] : await state.ledger.others();
  for (const { migration, record } of claims.filter((claim) => claim.record.system === system)) {
    if (migration !== takeOver) owners.set(record.address, migration);
    else ledger.set(record.address, { ...record, ...ledger.get(record.address) });
  }
  return { ledger, owners };
}

/** Taken over is what is wanted here, and known to both now. */
function notedIn(input: DirectoryInput | undefined, { takeOver: migration }: Pick<PlanRequest, "takeOver">): Noted {
  if (input === undefined) return { sightings: [] };
  const addresses = input.wants.map(({ address }) => address).filter((address) => input.ledger.has(address));
  return { sightings: sightings(input), ...(migration === undefined ? {} : { takeOver: { migration, addresses } }) };
}

/** What is compared, where there is a directory. */
async function inputOf(
  endpoint: string | undefined,
  { resources, incomplete }: Expanded,
  request: ObserveContext & Pick<PlanRequest, "manifest" | "state" | "takeOver">,
): Promise<DirectoryInput | undefined> {
  if (endpoint === undefined) return undefined;
  const wants = [...resources.values()].filter((resource) => resource.kind !== "mailbox");
  const { froms, endpoints } = request.manifest;
  const system = systemOf(endpoints.get(endpoint)?.spec);
  const known = await knownOf(request, system);
  const views = await observeWanted(endpoint, wants, froms.length > 0, request);
  const sets = froms.map((from) => [`${from.kind} ${from.domain}`, setOfRows(from)] as const);
  const which = system === undefined ? {} : { system };
  return { endpoint, wants, views, incomplete, sets: new Map(sets), ...which, ...known };
}

function passwordsOf(
  { endpoint, views }: DirectoryInput,
  drafts: DirectoryDiff["drafts"],
  { resources }: Expanded,
  { manifest, connect, signal }: PlanRequest,
): Promise<readonly Finding[]> {
  const view = views.get("account");
  const handler = view !== undefined && "handler" in view ? (view.handler as Handler<"account">) : undefined;
  const hashes = createHashes({ manifest, resources, connect, signal });
  return passwordFindings(drafts, { endpoint, handler, resources, hashes, signal });
}

const setOfRows = ({ kind, domain, endpoint = "", leavers }: Manifest["froms"][number]): RowSet => ({
  kind,
  domain,
  endpoint,
  ...(leavers === undefined ? {} : { leavers }),
});

function namesOnly(resources: readonly Resource[]): DirectoryDiff {
  const some = resources.some(({ kind }) => kind !== "domain" && kind !== "mailbox");
  const none = { drafts: [], unread: [], pruned: new Set<Address>(), renamed: new Map<Address, string>() };
  return { ...none, findings: some ? [onlyNames] : [] };
}

function limitsOf({
  maxDeletes,
  maxDisables,
}: NonNullable<Manifest["migration"]>["safety"]): Pick<GuardInput, "limit" | "limits"> {
  const { kinds = {}, percent, count } = maxDeletes;
  const own = Object.entries(kinds) as [Counted, Limit][];
  return { limit: { percent, count }, limits: new Map<Counted, Limit>([...own, ["disable", maxDisables]]) };
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
  totals.set("disable", totals.get("account") ?? 0);
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
