import type { Clock, Endpoint } from "../contract/endpoint.ts";
import type { StateStore } from "../contract/state-store.ts";
import { createBudgets } from "../endpoint/budgets.ts";
import { systemClock } from "../endpoint/clock.ts";
import { openEndpoint } from "../endpoint/index.ts";
import { type ResolveSecret, secretResolver } from "../manifest/secret.ts";
import type { Emit } from "../model/event.ts";
import { Fault } from "../model/fault.ts";
import type { ExitFacts } from "./exit.ts";
import type { StateFlags } from "./flags.ts";
import { keepHeapSmall } from "./heap.ts";
import { type MigrationManifest, readMigration } from "./manifests.ts";
import type { Surroundings } from "./runner.ts";
import { catchSignals, type StopControl } from "./stops.ts";
import type { Terminal } from "./terminal.ts";

/** Everything that a command works with: opened when it is first asked for, closed when the command ends, whatever its end. */
export interface Session {
  readonly terminal: Terminal;
  readonly manifests: MigrationManifest;
  readonly stops: StopControl;
  readonly clock: Clock;
  readonly secret: ResolveSecret;
  /** The state's file. */
  readonly statePath: string;
  /** Where events go; a command that shows progress sets it before it opens anything. */
  emit: Emit;
  /** Names of the endpoints that the Migration, its mailboxes and its rows name, each once. */
  endpointsInUse(): readonly string[];
  connect(endpoint: string): Promise<Endpoint>;
  /** The state to write to, made where there is none. */
  state(): Promise<StateStore>;
  /** The state to read from; one that is not there is empty, and is not made. */
  readState(): Promise<StateStore>;
  /** Closed with the session, the last first. */
  keep<T extends { close(): Promise<void> }>(thing: T): T;
}

/** Reads the manifests, does the work, and closes all that was opened. A fault of the closing is told where the work had none. */
export async function withSession(
  flags: StateFlags,
  { terminal }: Surroundings,
  work: (session: Session) => Promise<ExitFacts>,
): Promise<ExitFacts> {
  const stops = catchSignals((text) => terminal.err(text));
  const open: { close(): Promise<void> }[] = [];
  try {
    const manifests = await readMigration(flags);
    if (manifests.resources.some((resource) => resource.kind === "mailbox")) keepHeapSmall();
    const facts = await work(createSession(manifests, flags, { terminal, stops, open }));
    await closeAll(open);
    return facts;
  } catch (thrown) {
    await closeAll(open).catch(() => undefined);
    throw reasonOf(thrown, stops);
  } finally {
    stops.release();
  }
}

/** What was interrupted was so for a reason: a signal, the time, a lost lease. */
function reasonOf(thrown: unknown, { soft }: StopControl): unknown {
  const stopped = thrown instanceof Fault && thrown.code === "run.interrupted" && soft.reason instanceof Fault;
  return stopped ? soft.reason : thrown;
}

interface Around {
  readonly terminal: Terminal;
  readonly stops: StopControl;
  readonly open: { close(): Promise<void> }[];
}

function createSession(manifests: MigrationManifest, flags: StateFlags, { terminal, stops, open }: Around): Session {
  const resolve = secretResolver({ environment: process.env, signal: stops.hard });
  const endpoints = new Map<string, Promise<Endpoint>>();
  const budgets = createBudgets(manifests.endpoints.values(), systemClock);
  const statePath = statePathOf(manifests, flags);
  let state: Promise<StateStore> | undefined;
  const session: Session = {
    terminal,
    manifests,
    stops,
    clock: systemClock,
    statePath,
    emit: () => undefined,
    async secret(ref) {
      const value = await resolve(ref);
      terminal.hide(value);
      return value;
    },
    endpointsInUse: () => endpointNames(manifests),
    connect(name) {
      const known = endpoints.get(name) ?? begin(name);
      endpoints.set(name, known);
      return known.catch((thrown: unknown) => {
        if (canWait(thrown) && endpoints.get(name) === known) endpoints.delete(name);
        throw thrown;
      });
    },
    state() {
      state ??= openStateAt(statePath, manifests.migration.name, false).then(session.keep);
      return state;
    },
    readState: async () => session.keep(await openStateAt(statePath, manifests.migration.name, true)),
    keep(thing) {
      open.push(thing);
      return thing;
    },
  };

  async function begin(name: string): Promise<Endpoint> {
    const declared = manifests.endpoints.get(name);
    if (declared === undefined) {
      throw new Fault({
        code: "endpoint.undeclared",
        message: "The manifests declare no such endpoint",
        about: name,
        spoils: "endpoint",
        remedy: "declare it with kind: Endpoint",
      });
    }
    const emit: Emit = (event) => session.emit(event);
    const { secret, clock } = session;
    return session.keep(await openEndpoint(name, declared.spec, { secret, clock, signal: stops.hard, emit, budgets }));
  }
  return session;
}

/** An endpoint that may be there after a wait is opened anew; any other stays as it was found. */
const canWait = (thrown: unknown): boolean => thrown instanceof Fault && typeof thrown.retry === "object";

async function closeAll(open: { close(): Promise<void> }[]): Promise<void> {
  const faults: unknown[] = [];
  for (let last = open.pop(); last !== undefined; last = open.pop()) {
    await last.close().catch((thrown: unknown) => faults.push(thrown));
  }
  if (faults.length > 0) throw faults[0];
}

function statePathOf({ migration }: MigrationManifest, { state }: StateFlags): string {
  if (state !== undefined) return state;
  if ("sqlite" in migration.state) return migration.state.sqlite;
  throw new Fault({
    code: "state.unavailable",
    message: "A state in PostgreSQL cannot be opened by this version",
    about: migration.name,
    spoils: "run",
    remedy: "name a file with state: {sqlite: …}",
  });
}

/** Loaded when it is needed: a command that only reads manifests does without the database. */
async function openStateAt(path: string, migration: string, readonly: boolean): Promise<StateStore> {
  const { openState } = await import("../state/sqlite/open.ts");
  return openState({ path, migration, clock: systemClock, readonly });
}

function endpointNames({ migration, resources, froms }: MigrationManifest): readonly string[] {
  const ends = [migration.source, migration.destination].flatMap(({ directory, mail }) => [directory, mail]);
  const sides = resources.flatMap((each) =>
    each.kind === "mailbox" ? [each.source.endpoint, each.destination.endpoint] : [],
  );
  const names = [...ends, ...sides, ...froms.map(({ endpoint }) => endpoint)];
  return [...new Set(names.filter((name) => name !== undefined))];
}
