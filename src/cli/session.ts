import type { Clock, Endpoint } from "../contract/endpoint.ts";
import type { StateStore } from "../contract/state-store.ts";
import { systemClock } from "../endpoint/clock.ts";
import type { ResolveSecret } from "../manifest/secret.ts";
import type { Emit } from "../model/event.ts";
import { Fault } from "../model/fault.ts";
import { closeAll, createConnections, reasonOf } from "./connections.ts";
import type { ExitFacts } from "./exit.ts";
import type { StateFlags } from "./flags.ts";
import { keepHeapNear, keepHeapSmall } from "./heap.ts";
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
    keepHeapNear();
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

interface Around {
  readonly terminal: Terminal;
  readonly stops: StopControl;
  readonly open: { close(): Promise<void> }[];
}

function createSession(manifests: MigrationManifest, flags: StateFlags, { terminal, stops, open }: Around): Session {
  const statePath = statePathOf(manifests, flags);
  let state: Promise<StateStore> | undefined;
  const session: Session = {
    terminal,
    manifests,
    stops,
    clock: systemClock,
    statePath,
    emit: () => undefined,
    secret: (ref) => connections.secret(ref),
    endpointsInUse: () => endpointNames(manifests),
    connect: (name) => connections.connect(name),
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

  const connections = createConnections(manifests, {
    terminal,
    clock: systemClock,
    signal: stops.hard,
    emit: (event) => session.emit(event),
    keep: session.keep,
  });
  return session;
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
