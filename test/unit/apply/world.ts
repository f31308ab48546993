import { applyPlan } from "../../../src/apply/apply.ts";
import type { ApplyRequest, ApplyResult } from "../../../src/apply/request.ts";
import { createByteBudget } from "../../../src/content/bytes.ts";
import type { Clock, Endpoint } from "../../../src/contract/endpoint.ts";
import type { StateStore } from "../../../src/contract/state-store.ts";
import { createMemoryDirectory } from "../../../src/endpoint/memory/directory.ts";
import { createMemoryEndpoint } from "../../../src/endpoint/memory/index.ts";
import { createMemoryItems } from "../../../src/endpoint/memory/items.ts";
import type { DirectoryKind } from "../../../src/model/address.ts";
import { addressOf } from "../../../src/model/address.ts";
import type { Event } from "../../../src/model/event.ts";
import { interrupted } from "../../../src/model/fault.ts";
import type { Plan, Step, Want } from "../../../src/model/plan.ts";
import type { Observed } from "../../../src/model/resource.ts";
import { openState } from "../../../src/state/sqlite/open.ts";

/** Time that passes only by waiting. */
export function testClock(): Clock & { readonly waited: number[] } {
  let now = Date.UTC(2026, 0, 1);
  const waited: number[] = [];
  return {
    waited,
    now: () => now,
    async wait(ms, signal) {
      if (signal.aborted) throw interrupted();
      waited.push(ms);
      now += ms;
    },
  };
}

const domain = { kind: "domain", name: "example.com", fields: {} } as Observed;

export function memoryEndpoint(name: string, held: readonly Observed[] = []): Endpoint {
  return createMemoryEndpoint(name, createMemoryDirectory([domain, ...held]), createMemoryItems());
}

export function want<K extends DirectoryKind>(kind: K, name: string, fields: object = {}): Want<K> {
  return { kind, name, address: addressOf(kind, name), labels: {}, fields } as Want<K>;
}

export function creation(wanted: Want, ...after: readonly string[]): Step {
  const { address } = wanted;
  const change = { act: "create", want: wanted } as const;
  return { id: `+${address}`, address, at: ["new"], phase: "directory", change, after, precondition: { absent: true } };
}

export function planOf(steps: readonly Step[]): Plan {
  return {
    format: 1,
    id: "0123456789abcdef",
    migration: "test",
    digest: "0",
    createdAt: "2026-01-01T00:00:00.000Z",
    route: { source: [], destination: ["new"] },
    selection: { target: [], exclude: [], label: [], wave: [], phase: [] },
    recopy: false,
    steps,
    findings: [],
    guards: { limit: { percent: 5, count: 20 }, counts: [], refusals: [], protectedTouched: 0 },
    unread: [],
  };
}

export interface Applied extends ApplyResult {
  readonly events: readonly Event[];
  readonly state: StateStore;
  readonly run: number;
  /** `address state` of every step, in the order of their ends. */
  readonly told: readonly string[];
}

/** Applies steps to endpoints by name with a state in memory; the caller closes the state. */
export async function applied(
  steps: readonly Step[],
  endpoints: Readonly<Record<string, Endpoint | Error>>,
  rest: Partial<ApplyRequest> = {},
): Promise<Applied> {
  const clock = rest.clock ?? testClock();
  const state = await openState({ path: ":memory:", migration: "test", clock });
  const lease = await state.acquire({ host: "h", pid: process.pid, started: "", user: "u", command: "test" });
  const run = await state.runs.begin(lease, { command: "test", begun: clock.now() });
  const events: Event[] = [];
  const result = await applyPlan({
    plan: planOf(steps),
    resources: new Map(),
    async connect(name) {
      const endpoint = endpoints[name];
      if (endpoint === undefined || endpoint instanceof Error) throw endpoint ?? new Error(`no endpoint ${name}`);
      return endpoint;
    },
    secret: async () => "of no use",
    state,
    lease,
    run,
    bytes: createByteBudget(1 << 20),
    parallel: 4,
    emit: (event) => events.push(event),
    stops: { soft: new AbortController().signal, hard: new AbortController().signal },
    clock,
    ...rest,
  });
  const told = result.outcomes.map((outcome) => `${outcome.step.address} ${outcome.state}`);
  return { ...result, events, state, run, told };
}

export async function heldBy(endpoint: Endpoint, kind: DirectoryKind): Promise<readonly string[]> {
  const names: string[] = [];
  const handler = endpoint.directory[kind];
  if (handler === undefined) return names;
  for await (const { name } of handler.read({}, { signal: new AbortController().signal })) names.push(name);
  return names.toSorted();
}
