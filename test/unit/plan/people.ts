/** A company whose people come from the rows of another directory: planned and applied, again and again, in memory. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { applyPlan } from "../../../src/apply/apply.ts";
import type { ApplyRequest, ApplyResult } from "../../../src/apply/request.ts";
import { createByteBudget } from "../../../src/content/bytes.ts";
import type { Clock, Endpoint, Handler } from "../../../src/contract/endpoint.ts";
import type { LedgerRecord, Lease, StateStore } from "../../../src/contract/state-store.ts";
import { createMemoryDirectory, type MemoryDirectory } from "../../../src/endpoint/memory/directory.ts";
import { createMemoryEndpoint } from "../../../src/endpoint/memory/index.ts";
import { createMemoryItems } from "../../../src/endpoint/memory/items.ts";
import { loadManifests } from "../../../src/manifest/load.ts";
import { Fault } from "../../../src/model/fault.ts";
import type { Plan } from "../../../src/model/plan.ts";
import type { Observed } from "../../../src/model/resource.ts";
import { expand } from "../../../src/plan/expand.ts";
import { planAll, type Planned, type PlanRequest } from "../../../src/plan/make.ts";
import { openState } from "../../../src/state/sqlite/open.ts";

const clock: Clock = { now: () => Date.UTC(2026, 10, 20), wait: async () => {} };
const { signal } = new AbortController();

export const row = (name: string, fields: object = {}, rest: Partial<Observed> = {}): Observed =>
  ({ kind: "account", name: `${name}@x.example`, fields, ...rest }) as Observed;

const systems = (safety: string): string => `
apiVersion: reconcile/v1
kind: Endpoint
metadata: {name: old}
spec: {type: memory}
---
apiVersion: reconcile/v1
kind: Endpoint
metadata: {name: new}
spec: {type: memory}
---
apiVersion: reconcile/v1
kind: Migration
metadata: {name: example}
spec: {source: {directory: old}, destination: {directory: new}, safety: ${safety}}
---
apiVersion: reconcile/v1
kind: Domain
metadata: {name: x.example}
spec: `;

const boundless = "{maxDeletes: {percent: 100, count: 99}, maxDisables: {percent: 100, count: 99}}";

const noSecret = async (): Promise<string> => "a secret";

export interface Company {
  readonly state: StateStore;
  readonly directory: MemoryDirectory;
  readonly endpoints: Map<string, Endpoint>;
  /** The rows from now on; `broken` where a reading of them ends halfway. */
  rows(rows: readonly Observed[], broken?: boolean): void;
  plan(spec: string, rest?: Partial<PlanRequest> & { readonly safety?: string }): Promise<Planned>;
  /** Plans, notes what is seen and carries the plan out, refused or not. */
  apply(
    spec: string,
    rest?: Partial<ApplyRequest> & { readonly safety?: string },
  ): Promise<ApplyResult & { plan: Plan }>;
  /** By name, what the new directory holds. */
  held(): Promise<ReadonlyMap<string, Observed>>;
  remembered(address: string): Promise<LedgerRecord | undefined>;
  close(): Promise<void>;
}

export async function openCompany(there: readonly Observed[] = []): Promise<Company> {
  const folder = await mkdtemp(join(tmpdir(), "reconcile-people-"));
  const state = await openState({ path: ":memory:", migration: "example", clock });
  const directory = createMemoryDirectory([{ kind: "domain", name: "x.example", fields: {} }, ...there]);
  const endpoints = new Map([["new", createMemoryEndpoint("new", directory, createMemoryItems())]]);
  const connect = async (name: string): Promise<Endpoint> => endpoints.get(name) as Endpoint;
  const company: Company = {
    state,
    directory,
    endpoints,
    rows(rows, broken = false) {
      const old = createMemoryEndpoint("old", createMemoryDirectory(rows), createMemoryItems());
      endpoints.set("old", broken ? breaking(old) : old);
    },
    async plan(spec, { safety = boundless, ...rest } = {}) {
      await writeFile(join(folder, "all.yaml"), `${systems(safety)}${spec}\n`);
      const manifest = await loadManifests([folder], { folder });
      return planAll({ manifest, connect, state, clock, signal, emit: () => {}, ...rest });
    },
    async apply(spec, { safety = boundless, ...rest } = {}) {
      const { plan, noted } = await company.plan(spec, { safety });
      const lease: Lease = await state.acquire({
        host: "h",
        pid: process.pid,
        started: "",
        user: "u",
        command: "test",
      });
      await state.ledger.set(lease, noted().sightings);
      const run = await state.runs.begin(lease, { command: "test", begun: clock.now() });
      const manifest = await loadManifests([folder], { folder });
      const { resources } = await expand(manifest, { connect, signal, emit: () => {} });
      const stops = { soft: signal, hard: signal };
      const bytes = createByteBudget(1 << 20);
      const parts = { plan, resources, connect, secret: noSecret, state, lease, run, bytes, parallel: 2, stops, clock };
      const result = await applyPlan({ ...parts, emit: () => {}, ...rest }).finally(() => lease.release());
      return { ...result, plan };
    },
    async held() {
      const all = new Map<string, Observed>();
      for await (const each of directory.handlers.account.read({}, { signal })) all.set(each.name, each);
      return all;
    },
    remembered: async (address) => (await state.ledger.all()).find((record) => record.address === address),
    async close() {
      await state.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  company.rows([]);
  return company;
}

/** Gives half of its rows, and then a fault. */
function breaking(endpoint: Endpoint): Endpoint {
  const account = endpoint.directory.account as Handler<"account">;
  const read: Handler<"account">["read"] = async function* (scope, options) {
    let count = 0;
    for await (const each of account.read(scope, options)) if ((count += 1) % 2 === 1) yield each;
    throw new Fault({ code: "read.incomplete", message: "The line was cut", spoils: "endpoint", retry: "later" });
  };
  return { ...endpoint, directory: { ...endpoint.directory, account: { ...account, read } } };
}

export const acts = ({ steps }: Plan): readonly string[] =>
  steps.map(({ change, address }) => {
    if (change.act === "record") return `record ${address} ${JSON.stringify(change.set)}`;
    if (change.act !== "update") return `${change.act} ${address}`;
    const fields = change.fields.map(({ field, to }) => `${field}=${JSON.stringify(to)}`);
    return [`update ${address}`, ...(change.renamed === undefined ? [] : [`from ${change.was.name}`]), ...fields].join(
      " ",
    );
  });

/** `code about: names` of the findings of these codes. */
export const told = ({ findings }: Plan, code: RegExp): readonly string[] =>
  findings
    .filter((finding) => code.test(finding.code))
    .map(({ code, about, detail }) => {
      const { addresses = [] } = (detail ?? {}) as { readonly addresses?: readonly string[] };
      return [`${code} ${about}`, ...addresses].join(" ");
    });
