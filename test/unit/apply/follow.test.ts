import { describe, expect, it } from "vitest";
import { type Because, follow } from "../../../src/apply/follow.ts";
import type { Clock, Endpoint } from "../../../src/contract/endpoint.ts";
import type { ItemStore } from "../../../src/contract/item-store.ts";
import { createMemoryDirectory } from "../../../src/endpoint/memory/directory.ts";
import { createMemoryEndpoint } from "../../../src/endpoint/memory/index.ts";
import { createMemoryItems } from "../../../src/endpoint/memory/items.ts";
import { addFolder, addMail } from "../../../src/endpoint/memory/mail.ts";
import type { Event } from "../../../src/model/event.ts";
import { Fault, interrupted } from "../../../src/model/fault.ts";
import type { MailboxResource } from "../../../src/model/resource.ts";
import { body, mailbox } from "./mailbox.ts";

const minute = 60_000;

/** Something that may be awaited until it is so: no test waits for time. */
function createTurn() {
  const waiting = new Set<() => void>();
  return {
    tell: () => {
      for (const each of waiting) each();
    },
    until: (holds: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        const look = () => {
          if (!holds()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}

type Turn = ReturnType<typeof createTurn>;

/** Time that passes when the test says so. */
function handClock(turn: Turn): Clock & { readonly waits: readonly number[]; pass(): void } {
  let now = Date.UTC(2026, 0, 1);
  const open = new Map<() => void, number>();
  return {
    now: () => now,
    get waits() {
      return [...open.values()];
    },
    wait: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(interrupted());
          return;
        }
        const go = () => {
          open.delete(go);
          resolve();
        };
        open.set(go, ms);
        signal.addEventListener("abort", () => {
          open.delete(go);
          reject(interrupted());
        });
        turn.tell();
      }),
    pass() {
      const [first] = open;
      if (first === undefined) throw new Error("nobody waits");
      now += first[1];
      first[0]();
    },
  };
}

interface System {
  readonly endpoint: Endpoint;
  readonly stores: { opened: string[]; open: number };
  deliver(user: string): void;
}

/** A mail system in memory whose stores are counted; `meet` changes them. */
function system(turn: Turn, connections?: number, meet: (store: ItemStore) => ItemStore = (store) => store): System {
  const items = createMemoryItems();
  const stores: System["stores"] = { opened: [], open: 0 };
  return {
    stores,
    endpoint: {
      ...createMemoryEndpoint("memory", createMemoryDirectory([]), items),
      ...(connections === undefined ? {} : { connections }),
      items: {
        async message(owner) {
          const store = meet(await items.open(owner));
          stores.opened.push(owner.user);
          stores.open += 1;
          turn.tell();
          return {
            ...store,
            close: async () => {
              stores.open -= 1;
              turn.tell();
            },
          };
        },
      },
    },
    deliver(user) {
      const account = items.account(user);
      addMail(account, addFolder(account, { path: ["INBOX"] }), { date: 0, marks: [], body: body("new") });
    },
  };
}

interface Started {
  readonly turn: Turn;
  readonly clock: ReturnType<typeof handClock>;
  readonly passes: { readonly because: Because; readonly over: readonly string[] }[];
  readonly events: Event[];
  readonly stop: AbortController;
  /** Called in each pass, after it has begun on its mailboxes. */
  during: () => void;
  readonly ended: Promise<void>;
}

function start(
  endpoints: Readonly<Record<string, System>>,
  mailboxes: readonly MailboxResource[],
  turn: Turn,
  most = Number.POSITIVE_INFINITY,
): Started {
  const clock = handClock(turn);
  const passes: Started["passes"] = [];
  const events: Event[] = [];
  const stop = new AbortController();
  const started = { turn, clock, passes, events, stop, during: () => {} };
  const ended = follow({
    mailboxes,
    interval: 5 * minute,
    clock,
    stop: stop.signal,
    signal: new AbortController().signal,
    connect: async (name) => (endpoints[name] as System).endpoint,
    emit: (event) => {
      events.push(event);
      turn.tell();
    },
    pass: async (due, because, heard) => {
      for (const { address } of due) heard({ type: "step.begin", step: address, address });
      passes.push({ because, over: due.map(({ source }) => source.user) });
      started.during();
      turn.tell();
      return passes.length < most;
    },
  });
  return Object.assign(started, { ended });
}

const ana = mailbox("ana", "a", "b");
const bo = mailbox("bo", "a", "b");
const deaf = (store: ItemStore): ItemStore => {
  const { watch: _, ...rest } = store;
  return rest;
};

describe("following", () => {
  it("goes over everything at once, then on the interval, until it is stopped", async () => {
    const turn = createTurn();
    const a = system(turn, undefined, deaf);
    const { clock, passes, stop, ended } = start({ a }, [ana, bo], turn);
    for (let at = 1; at <= 3; at += 1) {
      await turn.until(() => passes.length === at && clock.waits.length === 1);
      expect(clock.waits).toEqual([5 * minute]);
      if (at < 3) clock.pass();
    }
    stop.abort();
    await ended;
    const over = ["ana@a", "bo@a"];
    expect(passes).toEqual([
      { because: "begin", over },
      { because: "interval", over },
      { because: "interval", over },
    ]);
    // The first store said for all that the server cannot tell.
    expect(a.stores).toEqual({ opened: ["ana@a"], open: 0 });
  });

  it("ends when a pass says so", async () => {
    const turn = createTurn();
    const { passes, ended } = start({ a: system(turn, undefined, deaf) }, [ana], turn, 1);
    await ended;
    expect(passes).toHaveLength(1);
  });

  it("goes at once over what a server says has changed, and a burst is one pass", async () => {
    const turn = createTurn();
    const a = system(turn);
    const { clock, passes, stop, ended } = start({ a }, [ana, bo], turn);
    await turn.until(() => a.stores.open === 2 && clock.waits.includes(2000));
    // That both listen is told as a change: what came between the first pass and that is found.
    clock.pass();
    await turn.until(() => passes.length === 2 && clock.waits.some((ms) => ms > 2000));
    expect(passes[1]).toEqual({ because: "change", over: ["ana@a", "bo@a"] });
    a.deliver("bo@a");
    a.deliver("bo@a");
    await turn.until(() => clock.waits.includes(2000));
    a.deliver("bo@a");
    expect(clock.waits).toEqual([2000]);
    clock.pass();
    await turn.until(() => passes.length === 3 && clock.waits.some((ms) => ms > 2000));
    expect(passes[2]).toEqual({ because: "change", over: ["bo@a"] });
    // The interval is that of the passes over everything.
    expect(clock.waits).toEqual([5 * minute - 4000]);
    clock.pass();
    await turn.until(() => passes.length === 4);
    expect(passes[3]?.because).toBe("interval");
    stop.abort();
    await ended;
    expect(a.stores.open).toBe(0);
  });

  it("goes again over what changes while a pass is at it", async () => {
    const turn = createTurn();
    const a = system(turn);
    const started = start({ a }, [ana], turn);
    const { clock, passes, stop, ended } = started;
    await turn.until(() => clock.waits.includes(2000));
    started.during = () => {
      if (passes.length === 2) a.deliver("ana@a");
    };
    clock.pass();
    await turn.until(() => passes.length === 2 && clock.waits.includes(2000));
    clock.pass();
    await turn.until(() => passes.length === 3);
    expect(passes[2]).toEqual({ because: "change", over: ["ana@a"] });
    stop.abort();
    await ended;
  });

  it.each([
    ["comes back with the interval after", "later", 2],
    ["stays away after", "never", 1],
  ] as const)("goes on without a watch that ends, and it %s a fault of retry %s", async (_, retry, opened) => {
    const turn = createTurn();
    const fault = new Fault({ code: "line.dropped", message: "The line was dropped", spoils: "mailbox", retry });
    const a = system(turn, undefined, (store) => ({
      ...store,
      // oxlint-disable-next-line require-yield -- it ends before it listens
      async *watch() {
        throw fault;
      },
    }));
    const { clock, passes, events, stop, ended } = start({ a }, [ana], turn);
    await turn.until(() => events.length === 1 && a.stores.open === 0 && clock.waits.length === 1);
    expect(events).toEqual([{ type: "watch.end", address: ana.address, because: "The line was dropped" }]);
    clock.pass();
    await turn.until(() => passes.length === 2 && a.stores.open === 0 && clock.waits.length === 1);
    await turn.until(() => a.stores.opened.length >= opened);
    stop.abort();
    await ended;
    expect(a.stores).toEqual({ opened: Array.from({ length: opened }, () => "ana@a"), open: 0 });
  });

  it("is stopped while changes are gathered, and begins nothing more", async () => {
    const turn = createTurn();
    const a = system(turn);
    const { clock, passes, stop, ended } = start({ a }, [ana], turn);
    await turn.until(() => clock.waits.includes(2000));
    stop.abort();
    await ended;
    expect(passes).toHaveLength(1);
    expect(a.stores.open).toBe(0);
  });
});

describe("the connections that watching takes", () => {
  const users = Array.from({ length: 40 }, (_, at) => `user${at}`);

  it.each([
    ["none of the only one", 1, "b", 0],
    ["one of two", 2, "b", 1],
    ["none of two that one mailbox needs both of", 2, "a", 0],
    ["one of three where a mailbox needs two", 3, "a", 1],
    ["half of ten", 10, "b", 5],
    ["some where no limit is known", undefined, "b", 32],
  ] as const)("are %s", async (_, connections, to, expected) => {
    const turn = createTurn();
    const a = system(turn, connections);
    const mailboxes = users.map((user) => mailbox(user, "a", to));
    const { clock, stop, ended } = start({ a }, mailboxes, turn);
    await turn.until(() => a.stores.open === expected && clock.waits.length === 1);
    stop.abort();
    await ended;
    expect(a.stores).toEqual({ opened: users.slice(0, expected).map((user) => `${user}@a`), open: 0 });
  });
});
