/** The admin API of Exchange Online at its worst: put off, failing after the act, with tokens that end. Nothing twice, and nothing lost. */
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import type { DirectoryChange, Endpoint, Outcome } from "../../src/contract/endpoint.ts";
import { addressOf } from "../../src/model/address.ts";
import { type FakeGraph, fakeTenant, startGraph } from "../servers/graph.ts";
import { createExchange, type FakeExchange } from "../servers/graph/exchange.ts";
import { createFaults, type Faults } from "../servers/graph/faults.ts";
import { type Asked, failed, type Route } from "../servers/graph/said.ts";
import { addDomain, addPerson, endTenant, openTenant } from "./microsoft365.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const options = { signal: new AbortController().signal };
let graph: FakeGraph;
let exchange: FakeExchange;
let faults: Faults;
let dead: Set<string>;
let clock: ReturnType<typeof createVirtualClock>;

const cmdletOf = ({ body }: Asked): string =>
  (body as { readonly CmdletInput?: { readonly CmdletName?: string } } | undefined)?.CmdletInput?.CmdletName ?? "";

/** What goes wrong before the stand-in sees it, or once it has done it. */
const around =
  (route: Route): Route =>
  (asked) => {
    if (cmdletOf(asked) === "") return undefined;
    if (dead.has((asked.headers["authorization"] ?? "").replace("Bearer ", "")))
      return failed(401, "InvalidAuthenticationToken", "The token has expired.");
    const trouble = faults.of("POST", cmdletOf(asked));
    const said = trouble === undefined || trouble.after === true ? route(asked) : undefined;
    if (trouble === undefined) return said;
    const { status, retryAfter } = trouble;
    const headers = retryAfter === undefined ? {} : { headers: { "retry-after": String(retryAfter) } };
    return { ...failed(status, "ServiceUnavailable", "Come back later."), ...headers };
  };

async function start(): Promise<Endpoint> {
  graph = await startGraph();
  [faults, dead, clock] = [createFaults(), new Set(), createVirtualClock()];
  addDomain(graph, "example.com", true);
  addPerson(graph, "ana@example.com");
  exchange = createExchange(graph.objects, fakeTenant, () => graph.url);
  graph.route(around(exchange.route));
  return openTenant(graph, { exchange: "invokeCommand" }, { clock });
}

const list = (name: string): DirectoryChange =>
  ({
    key: name,
    act: "create",
    want: {
      kind: "list",
      name,
      address: addressOf("list", name),
      labels: {},
      fields: {
        displayName: "List",
        members: ["ana@example.com"],
        owners: ["ana@example.com"],
        senders: ["ana@example.com"],
        hidden: true,
      },
    },
    precondition: { absent: true },
  }) as never;

const write = async (tenant: Endpoint, ...changes: readonly DirectoryChange[]): Promise<readonly Outcome[]> =>
  (await tenant.directory.list?.write?.(changes as never, options)) ?? [];

const made = (): readonly unknown[] => graph.objects.groups.all().map((group) => group["mail"]);
const ran = (name: string): number => exchange.ran.filter((each) => each.startsWith(name)).length;
const is = (name: string) => (_: string, path: string) => path === name;

describe("cmdlets by the admin API", () => {
  afterEach(() => endTenant(graph));

  it.each([
    ["as long as it says", 7, 7000],
    ["a while where it does not say", undefined, 1],
  ])("that were put off are sent again after %s, and done once", async (_, retryAfter, atLeast) => {
    const tenant = await start();
    const trouble = { status: 429, ...(retryAfter !== undefined && { retryAfter }) };
    faults.next(is("New-DistributionGroup"), trouble);
    faults.next(is("Get-Recipient"), trouble);
    const begun = clock.now();
    expect(await write(tenant, list("sales@example.com"))).toMatchObject([{ observed: { name: "sales@example.com" } }]);
    expect(clock.now() - begun).toBeGreaterThanOrEqual(2 * atLeast);
    expect([made(), ran("New-DistributionGroup")]).toEqual([["sales@example.com"], 1]);
  });

  it("that read are sent again where they failed", async () => {
    const tenant = await start();
    faults.next(is("Get-Recipient"), { status: 503 }, 2);
    expect(await write(tenant, list("sales@example.com"))).toMatchObject([{ observed: {} }]);
  });

  it.each([
    ["done", true, 1, { conflict: expect.any(String) }],
    ["not done", false, 0, { observed: { name: "sales@example.com" } }],
  ])(
    "that make something and failed, and were %s, are told, not sent again, and settled by the next run",
    async (_, after, there, later) => {
      const tenant = await start();
      faults.next(is("New-DistributionGroup"), { status: 503, after });
      expect(await write(tenant, list("sales@example.com"))).toMatchObject([{ fault: { code: "outcome.unknown" } }]);
      expect(made()).toHaveLength(there);
      const [again] = await write(tenant, list("sales@example.com"));
      // What was made was not made whole: the next plan sees it, and completes it.
      expect(again).toMatchObject(later);
      expect(made()).toEqual(["sales@example.com"]);
    },
  );

  it("go on with another token where the old one ended in the middle", async () => {
    const tenant = await start();
    faults.next(
      (_, path) => {
        if (path === "New-DistributionGroup") for (const token of graph.tokens) dead.add(token);
        return false;
      },
      { status: 500 },
    );
    const outcomes = await write(tenant, list("a@example.com"), list("b@example.com"));
    expect(outcomes.every((each) => "observed" in each)).toBe(true);
    expect(made()).toEqual(["a@example.com", "b@example.com"]);
    expect(dead.size).toBeGreaterThan(0);
    expect(graph.tokens.filter((token) => !dead.has(token))).not.toEqual([]);
  });
});

/** As plans and applies do: what is there is read, and what differs is written, until nothing does. */
async function converge(tenant: Endpoint, names: readonly string[]): Promise<void> {
  for (let run = 0; run < 15; run += 1) {
    const there = new Map<string, unknown>();
    try {
      for await (const observed of tenant.directory.list?.read({}, options) ?? []) there.set(observed.name, observed);
      const due = names.map(list).flatMap((change): readonly DirectoryChange[] => {
        const was = there.get(change.key) as { readonly fields: object; readonly revision: string } | undefined;
        if (was === undefined || change.act !== "create") return [change];
        const fields = Object.entries(change.want.fields)
          .filter(
            ([field, to]) => JSON.stringify(to) !== JSON.stringify((was.fields as Record<string, unknown>)[field]),
          )
          .map(([field, to]) => ({ field, to }));
        const { key, want } = change;
        return fields.length === 0
          ? []
          : [{ key, act: "update", want, was, fields, precondition: { revision: was.revision } } as never];
      });
      if (due.length === 0) return;
      await write(tenant, ...due);
    } catch {
      // What spoils the reading spoils this run alone.
    }
  }
}

describe("whatever goes wrong at the admin API by chance", () => {
  it("every list is there once, and whole", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const tenant = await start();
        faults.random(seed, 0.2);
        const names = Array.from({ length: 6 }, (_, at) => `l${at}@example.com`);
        await converge(tenant, names);
        faults.off();
        await converge(tenant, names);
        expect([...made()].toSorted()).toEqual(names);
        const outcomes = await write(tenant, ...names.map(list));
        expect(outcomes.map((each) => "observed" in each)).toEqual(names.map(() => true));
        await endTenant(graph);
      }),
      { numRuns: 10 },
    );
  });
});
