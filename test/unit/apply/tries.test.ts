import { describe, expect, it } from "vitest";
import type { Clock, Endpoint } from "../../../src/contract/endpoint.ts";
import type { ItemStore } from "../../../src/contract/item-store.ts";
import { createMemoryDirectory } from "../../../src/endpoint/memory/directory.ts";
import { createMemoryEndpoint } from "../../../src/endpoint/memory/index.ts";
import { createMemoryItems, type MemoryItems } from "../../../src/endpoint/memory/items.ts";
import { addFolder, addMail } from "../../../src/endpoint/memory/mail.ts";
import type { Tally } from "../../../src/model/event.ts";
import { Fault, type FaultFacts, interrupted } from "../../../src/model/fault.ts";
import type { MailboxResource } from "../../../src/model/resource.ts";
import { tallyLine } from "../../../src/report/tally.ts";
import { body, mailbox, syncStep } from "./mailbox.ts";
import { applied, testClock } from "./world.ts";

const ana = mailbox("ana", "a", "b");
const batch = { items: 5, bytes: 1 << 20, inFlight: 1 };

const dropped = (facts: Partial<FaultFacts> = {}): Fault =>
  new Fault({
    code: "line.dropped",
    message: "The line was dropped",
    spoils: "mailbox",
    retry: { afterMs: 10 },
    ...facts,
  });

function deliver(items: MemoryItems, user: string, texts: readonly string[], path = ["INBOX"]): void {
  const account = items.account(user);
  const folder = addFolder(account, { path });
  for (const text of texts) addMail(account, folder, { date: 0, marks: [], body: body(text) });
}

const letters = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `letter ${at}`);

/** What is there by an outside count. */
const held = (items: MemoryItems, user: string): number =>
  [...items.account(user).folders.values()].reduce((sum, folder) => sum + folder.mails.size, 0);

interface Server {
  readonly items: MemoryItems;
  readonly endpoint: Endpoint;
  /** Stores that were opened, and how many are still open. */
  readonly stores: { opened: number; open: number };
}

/** A server whose n-th opening of a store, from 1, goes by `meet`: it may throw, or put faults around the store. */
function server(meet: (opening: number, store: ItemStore) => ItemStore = (_, store) => store): Server {
  const items = createMemoryItems({ batch });
  const stores = { opened: 0, open: 0 };
  const endpoint: Endpoint = {
    ...createMemoryEndpoint("memory", createMemoryDirectory([]), items),
    items: {
      async message(owner) {
        stores.opened += 1;
        const store = meet(stores.opened, await items.open(owner));
        stores.open += 1;
        return {
          ...store,
          close: async () => {
            stores.open -= 1;
          },
        };
      },
    },
  };
  return { items, endpoint, stores };
}

/** The store's line drops after so many messages were read. */
function dropAfter(count: number, store: ItemStore, fault: Fault): ItemStore {
  let left = count;
  return {
    ...store,
    async *read(place, ids, options) {
      for await (const item of store.read(place, ids, options)) {
        if (left <= 0) throw fault;
        left -= 1;
        yield item;
      }
    },
  };
}

async function apply(
  from: Server,
  to: Server,
  rest: {
    readonly clock?: Clock;
    readonly soft?: AbortController;
    readonly mailboxes?: readonly MailboxResource[];
  } = {},
) {
  const mailboxes = rest.mailboxes ?? [ana];
  const result = await applied(
    mailboxes.map((each) => syncStep(each)),
    { a: from.endpoint, b: to.endpoint },
    {
      resources: new Map(mailboxes.map((each) => [each.address, each])),
      ...(rest.clock === undefined ? {} : { clock: rest.clock }),
      ...(rest.soft === undefined ? {} : { stops: { soft: rest.soft.signal, hard: new AbortController().signal } }),
    },
  );
  const recorded = await result.state.runs.steps(result.run);
  await result.state.close();
  return { ...result, recorded };
}

const totalOf = (tally: Tally | undefined): string =>
  tally === undefined ? "" : (tallyLine(tally).split(":")[0] ?? "");

describe("a mailbox whose line drops", () => {
  it("is gone on with where it was, with stores opened anew, and no message is counted twice", async () => {
    const clock = testClock();
    const from = server((opening, store) => (opening <= 3 ? dropAfter(12, store, dropped()) : store));
    const to = server();
    deliver(from.items, "ana@a", letters(40));
    deliver(to.items, "ana.a@b", letters(4));
    const { outcomes, events, recorded } = await apply(from, to, { clock });
    expect(outcomes).toMatchObject([{ state: "done", tally: { copied: 36, adopted: 4, present: 0, pending: 0 } }]);
    expect(totalOf(outcomes[0]?.tally)).toBe("of 40 messages at the source");
    expect(recorded).toMatchObject([{ state: "done", tally: { copied: 36 } }]);
    expect(held(to.items, "ana.a@b")).toBe(40);
    expect([from.stores, to.stores]).toEqual([
      { opened: 4, open: 0 },
      { opened: 4, open: 0 },
    ]);
    // Each pass brought something, so the waits do not grow.
    expect(clock.waited).toEqual([2000, 2000, 2000]);
    expect(events.filter(({ type }) => type === "waiting")).toEqual(
      [1, 2, 3].map(() => ({ type: "waiting", about: ana.address, ms: 2000, reason: "The line was dropped" })),
    );
    expect(events.filter(({ type }) => type === "sync.done")).toHaveLength(1);
  });

  it.each(["mailbox", "endpoint"] as const)(
    "is opened again when opening it fails, and spoils the %s",
    async (spoils) => {
      const clock = testClock();
      const from = server((opening, store) => {
        if (opening <= 3) throw dropped({ spoils, about: "a" });
        return store;
      });
      deliver(from.items, "ana@a", letters(3));
      const { outcomes } = await apply(from, server(), { clock });
      expect(outcomes).toMatchObject([{ state: "done", tally: { copied: 3 } }]);
      expect(clock.waited).toEqual([2000, 4000, 8000]);
    },
  );

  it("waits as long as it is told to", async () => {
    const clock = testClock();
    const from = server((opening, store) => {
      if (opening <= 2) throw dropped({ retry: { afterMs: 90_000 } });
      return store;
    });
    await apply(from, server(), { clock });
    expect(clock.waited).toEqual([90_000, 90_000]);
  });

  it("fails in the end, with the fault and with what was done, and the others go on", async () => {
    const clock = testClock();
    const bo = mailbox("bo", "c", "b");
    const from = server((opening, store) => {
      if (opening > 1) throw dropped();
      return dropAfter(7, store, dropped());
    });
    const [other, to] = [server(), server()];
    deliver(from.items, "ana@a", letters(9));
    deliver(other.items, "bo@c", letters(2));
    const result = await applied(
      [syncStep(ana), syncStep(bo)],
      { a: from.endpoint, b: to.endpoint, c: other.endpoint },
      { clock, resources: new Map([ana, bo].map((each) => [each.address, each])) },
    );
    await result.state.close();
    const outcome = result.outcomes.find(({ step }) => step.address === ana.address);
    expect(outcome).toMatchObject({
      state: "failed",
      fault: { code: "line.dropped" },
      tally: { copied: 5, pending: 4 },
    });
    expect(result.outcomes.find(({ step }) => step.address === bo.address)).toMatchObject({ tally: { copied: 2 } });
    expect(clock.waited).toEqual([2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000]);
    expect(from.stores).toEqual({ opened: 8, open: 0 });
  });

  it("is not waited for longer than half an hour in all", async () => {
    const clock = testClock();
    const from = server(() => {
      throw dropped({ retry: { afterMs: 20 * 60_000 } });
    });
    const { told } = await apply(from, server(), { clock });
    expect(told).toEqual([`${ana.address} failed`]);
    expect(clock.waited).toEqual([20 * 60_000]);
  });

  it.each([
    ["another time", { retry: "later" }],
    ["never", { retry: "never" }],
    ["for the run", { spoils: "run" }],
  ] as const)("is not tried again where that helps %s", async (_, facts) => {
    const clock = testClock();
    const from = server(() => {
      throw dropped(facts);
    });
    const { told } = await apply(from, server(), { clock });
    expect(told).toEqual([`${ana.address} failed`]);
    expect(clock.waited).toEqual([]);
  });

  it("is left as it is when the run is stopped while it waits, and what was done is told", async () => {
    const soft = new AbortController();
    const clock: Clock = {
      now: () => 0,
      wait: async (_, signal) => {
        soft.abort(interrupted());
        if (signal.aborted) throw interrupted();
      },
    };
    const from = server((_, store) => dropAfter(5, store, dropped()));
    deliver(from.items, "ana@a", letters(9));
    const { outcomes, stopped } = await apply(from, server(), { clock, soft });
    expect(outcomes).toMatchObject([
      { state: "skipped", fault: { code: "run.interrupted" }, tally: { copied: 5, pending: 4 } },
    ]);
    expect(stopped?.code).toBe("run.interrupted");
    expect(from.stores).toEqual({ opened: 1, open: 0 });
  });

  it("comes back apart from the others that wait for the same server", async () => {
    const users = ["ana", "bo", "cy"];
    const waits: { readonly ms: number; readonly go: () => void }[] = [];
    const clock: Clock = {
      now: () => 0,
      wait: (ms) =>
        new Promise((go) => {
          waits.push({ ms, go });
          if (waits.length === users.length) for (const each of waits) each.go();
        }),
    };
    const from = server((opening, store) => {
      if (opening <= users.length) throw dropped({ spoils: "endpoint", about: "a" });
      return store;
    });
    for (const user of users) deliver(from.items, `${user}@a`, ["x"]);
    const { told } = await apply(from, server(), { clock, mailboxes: users.map((user) => mailbox(user, "a", "b")) });
    expect(told.filter((each) => each.endsWith(" done"))).toHaveLength(3);
    expect(waits.map(({ ms }) => ms)).toEqual([2000, 2500, 3000]);
  });

  it("takes no message that came after the plan, also where the pass before had read it", async () => {
    const from = server((opening, store) => (opening === 1 ? dropAfter(0, store, dropped()) : store));
    deliver(from.items, "ana@a", ["planned"]);
    deliver(from.items, "ana@a", ["later"], ["Work"]);
    const step = syncStep(ana);
    const scope = {
      watermarks: {
        INBOX: { epoch: "2", watermark: { next: 2 } },
        Work: { epoch: "3", watermark: { next: 1 } },
      },
    };
    const to = server();
    const result = await applied(
      [{ ...step, change: { ...step.change, scope } as typeof step.change }],
      { a: from.endpoint, b: to.endpoint },
      { resources: new Map([[ana.address, ana]]) },
    );
    await result.state.close();
    expect(result.outcomes).toMatchObject([{ state: "done", tally: { copied: 1, late: 1, pending: 0 } }]);
    expect(held(to.items, "ana.a@b")).toBe(1);
  });
});
