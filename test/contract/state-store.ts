import { spawnSync } from "node:child_process";
import { hostname } from "node:os";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Clock } from "../../src/contract/endpoint.ts";
import type { Base, Journal, Sighting } from "../../src/contract/journal.ts";
import type { Holder, Lease, Measure, StateStore } from "../../src/contract/state-store.ts";
import type { Address } from "../../src/model/address.ts";
import type { Entry, Feed, Page } from "../../src/model/item.ts";
import { thisHolder } from "../../src/state/holder.ts";
import { emptyModel } from "./journal-model.ts";
import { isEmpty } from "./journal-runs.ts";
import { allRows, expectSame, takeTurn, turns } from "./journal-runs.ts";

/** One state, which can be opened as often as a test wants: at once by several, or after it was closed. */
export interface StateUnderTest {
  open(options?: { readonly migration?: string; readonly readonly?: boolean }): Promise<StateStore>;
  readonly clock: Clock & { set(now: number): void };
  remove(): Promise<void>;
}

/** A clock that stands still until it is set. */
export function stillClock(): StateUnderTest["clock"] {
  let now = 1_700_000_000_000;
  return { now: () => now, wait: async () => undefined, set: (to) => void (now = to) };
}

const ana = "mailbox/ana@example.com";
const key = "00112233445566778899aabbccddeeff";
const loose = "ffeeddccbbaa99887766554433221100";

const feed = (id: string, more: Partial<Feed> = {}): Feed => ({
  id,
  places: [id],
  epoch: "e1",
  count: 0,
  watermark: null,
  ...more,
});
const entry = (id: string, more: Partial<Entry> = {}): Entry => ({
  place: "INBOX",
  id,
  date: 1000,
  size: 10,
  marks: [],
  ...more,
});
const page = (entries: readonly Entry[], more: Partial<Page> = {}): Page => ({
  whole: true,
  entries,
  gone: [],
  next: "c1",
  ...more,
});
const sighting = (id: string, more: Partial<Sighting> = {}): Sighting => ({
  place: "INBOX",
  id,
  there: true,
  date: 1000,
  size: 10,
  marks: [],
  fingerprint: key,
  loose,
  ...more,
});
const base = (more: Partial<Base> = {}): Base => ({ how: "brought", marks: [], shown: [], from: "INBOX", ...more });
const brought = (row: number, id: string) =>
  ({ act: "brought", row, destination: sighting(id), source: { fingerprint: key, loose }, base: base() }) as const;

/** A whole reading of one feed, page by page. */
const read = async (journal: Journal, side: "source" | "destination", given: Feed, ...pages: Page[]): Promise<void> => {
  await journal.begin(side, given);
  for (const each of pages) await journal.fold(side, given, each);
};
/** The numbers of a list's rows. */
const numbers = async (journal: Journal, which: Parameters<Journal["rows"]>[0]): Promise<number[]> =>
  (await allRows(journal, which)).map(({ row }) => row);

/** A process that has ended, as a holder of this host. */
function deadHolder(): Holder {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  return { ...thisHolder("reconcile apply"), pid };
}

const measure = (messages: number, seconds: number, more: Partial<Measure> = {}): Measure => ({
  source: "old",
  destination: "new",
  messages,
  bytes: messages * 1000,
  others: 0,
  seconds,
  ...more,
});

/** The promises of `StateStore`, which every state keeps. */
export function stateStoreContract(name: string, make: () => Promise<StateUnderTest>): void {
  describe(`${name}`, () => {
    let state: StateUnderTest;
    let store: StateStore;
    let lease: Lease;
    beforeEach(async () => {
      state = await make();
      store = await state.open();
      lease = await store.acquire(thisHolder("reconcile apply"));
    });
    afterEach(async () => {
      await store.close();
      await state.remove();
    });

    const reopen = async (): Promise<void> => {
      await lease.release();
      await store.close();
      store = await state.open();
      lease = await store.acquire(thisHolder("reconcile apply"));
    };
    /** A pair, a fresh message with an open intent, and a folder. */
    const fill = async (mailbox: Address): Promise<Journal> => {
      const journal = await store.journal(mailbox, lease);
      await read(journal, "source", feed("INBOX"), page([entry("1"), entry("2")]));
      await journal.record([brought(1, "11")]);
      await journal.setPlaces([{ source: "INBOX", path: ["INBOX"], destination: "INBOX", made: false }]);
      const item = { row: 2, fingerprint: key, loose, size: 10, date: 1000 };
      await journal.intend({ place: "INBOX", bookmark: 1, atomic: true, items: [item] });
      return journal;
    };
    /** Records what passes took, in a run of its own. */
    const keep = async (...measures: Measure[]): Promise<void> => {
      const run = await store.runs.begin(lease, { command: "apply", begun: 1 });
      await store.runs.record(lease, run, [], measures);
    };
    describe("a state", () => {
      it("is created once for each migration", async () => {
        expect(store.created).toBe(true);
        await reopen();
        expect(store.created).toBe(false);
        const other = await state.open({ migration: "other" });
        expect(other.created).toBe(true);
        expect(await other.mailboxes()).toEqual([]);
        await other.close();
      });

      it("keeps migrations apart", async () => {
        await store.ledger.set(lease, [{ address: "account/ana@example.com", id: "1" }]);
        await read(await store.journal(ana, lease), "source", feed("INBOX"), page([entry("1")]));
        const other = await state.open({ migration: "other" });
        const mine = await other.acquire(thisHolder("reconcile apply"));
        expect(await other.ledger.all()).toEqual([]);
        expect(await isEmpty(await other.journal(ana, mine))).toBe(true);
        expect(await other.runs.list(10)).toEqual([]);
        await expect(other.ledger.set(lease, [])).rejects.toMatchObject({ code: "lease.lost" });
        await other.close();
      });

      it("tells which mailboxes have a journal, and keeps these apart", async () => {
        const journal = await store.journal(ana, lease);
        await read(journal, "source", feed("INBOX"), page([entry("1"), entry("2")]));
        const other = await store.journal("mailbox/bo@example.com", lease);
        expect(await isEmpty(other)).toBe(true);
        await read(other, "source", feed("INBOX"), page([entry("9")]));
        expect(await numbers(other, { rows: "all" })).toEqual([1]);
        expect(await numbers(journal, { rows: "fresh", side: "source" })).toEqual([1, 2]);
        expect(await store.mailboxes()).toEqual([ana, "mailbox/bo@example.com"]);
      });
    });

    describe("a lease", () => {
      it("is told to whoever finds it taken", async () => {
        state.clock.set(Date.UTC(2026, 10, 20, 14, 2, 11));
        await lease.release();
        lease = await store.acquire({ ...thisHolder("reconcile apply --follow"), user: "ana" });
        const message = `ana on ${hostname()} holds the state: reconcile apply --follow (pid ${process.pid}), since 2026-11-20T14:02:11.000Z`;
        await expect(store.acquire(thisHolder("reconcile apply"))).rejects.toMatchObject({
          code: "state.locked",
          message: expect.stringContaining(message),
          remedy: expect.stringContaining("reconcile unlock"),
        });
        expect(await store.holder()).toMatchObject({ epoch: lease.epoch, alive: true, holder: { user: "ana" } });
      });

      it("is taken over from a process that has ended, with a higher epoch", async () => {
        await lease.release();
        const before = await store.acquire(deadHolder());
        expect(await store.holder()).toMatchObject({ alive: false });
        const after = await store.acquire(thisHolder("reconcile apply"));
        expect(after.epoch).toBeGreaterThan(before.epoch);
        await expect(before.renew()).rejects.toMatchObject({ code: "lease.lost" });
        await after.renew();
      });

      it("is taken over where a later process has the pid", async () => {
        await lease.release();
        await store.acquire({ ...thisHolder("reconcile apply"), started: "long ago" });
        expect(await store.holder()).toMatchObject({ alive: false });
        await expect(store.acquire(thisHolder("reconcile apply"))).resolves.toBeDefined();
      });

      it("of another host stays, for nobody here can tell whether it lives", async () => {
        await lease.release();
        await store.acquire({ ...deadHolder(), host: "elsewhere.example" });
        expect(await store.holder()).toMatchObject({ alive: "unknown" });
        await expect(store.acquire(thisHolder("reconcile apply"))).rejects.toMatchObject({ code: "state.locked" });
      });

      it("is free after its release, and epochs only rise", async () => {
        await lease.release();
        expect(await store.holder()).toBeUndefined();
        await reopen();
        const { epoch } = lease;
        await reopen();
        expect(lease.epoch).toBeGreaterThan(epoch);
      });

      it("is taken away by unlock, which tells from whom", async () => {
        const other = await state.open();
        expect(await other.unlock()).toMatchObject({ epoch: lease.epoch, holder: { pid: process.pid } });
        expect(await other.unlock()).toBeUndefined();
        await other.close();
        await expect(lease.renew()).rejects.toMatchObject({ code: "lease.lost" });
        await lease.release();
      });

      it.each(["released", "unlocked", "overtaken"])("that was %s writes nothing any more", async (how) => {
        const journal = await store.journal(ana, lease);
        await read(journal, "source", feed("INBOX"), page([entry("1")]));
        const run = await store.runs.begin(lease, { command: "apply", begun: 1 });
        await journal.begin("source", feed("INBOX"));
        if (how === "released") await lease.release();
        else await store.unlock();
        if (how === "overtaken") await store.acquire(thisHolder("reconcile apply"));
        const step = { step: "s", address: ana, state: "done", ended: 1 } as const;
        const intent = { place: "INBOX", bookmark: 1, atomic: true, items: [] };
        const writes: (() => Promise<unknown>)[] = [
          () => journal.begin("source", feed("INBOX")),
          () => journal.fold("source", feed("INBOX"), page([entry("2")])),
          () => journal.drop("source", "INBOX"),
          () => journal.rename("source", "INBOX", "Other"),
          () => journal.record([{ act: "forget", row: 1 }]),
          () => journal.intend(intent),
          () => journal.setPlaces([{ source: "INBOX", path: ["INBOX"], destination: "INBOX", made: false }]),
          () => journal.dropPlace("INBOX"),
          () => store.journal(ana, lease),
          () => store.ledger.set(lease, [{ address: "account/ana@example.com" }]),
          () => store.ledger.forget(lease, "account/ana@example.com"),
          () => store.rename(lease, ana, "mailbox/bo@example.com"),
          () => store.forget(lease, [ana]),
          () => store.runs.begin(lease, { command: "apply", begun: 1 }),
          () => store.runs.record(lease, run, [step], [measure(1, 1)]),
          () => store.runs.end(lease, run, { ended: 1, state: "done", exit: 0 }),
        ];
        for (const write of writes) await expect(write()).rejects.toMatchObject({ code: "lease.lost", spoils: "run" });
        expect(await numbers(journal, { rows: "all" })).toEqual([1]);
        expect(await store.ledger.all()).toEqual([]);
        expect(await store.runs.measures()).toEqual([]);
      });
    });

    describe("the ledger", () => {
      it("replaces what is known of an address, and forgets", async () => {
        const [one, two] = ["account/ana@example.com", "list/sales@example.com"] as const;
        await store.ledger.set(lease, [
          { address: one, protect: true, passwordIssue: 2 },
          { address: two, id: "7" },
        ]);
        await store.ledger.set(lease, [{ address: one, endpoint: "new", cutover: 5 }]);
        await reopen();
        expect(await store.ledger.all()).toEqual([
          { address: one, endpoint: "new", cutover: 5 },
          { address: two, id: "7" },
        ]);
        await store.ledger.forget(lease, one);
        expect(await store.ledger.all()).toEqual([{ address: two, id: "7" }]);
      });

      it("shows what other migrations remember, and takes it over: what is known itself stands", async () => {
        const [one, two, three] = ["account/a@x.example", "account/b@x.example", "account/c@x.example"] as const;
        const other = await state.open({ migration: "other" });
        const mine = await other.acquire(thisHolder("reconcile apply"));
        await other.ledger.set(mine, [
          { address: one, system: "csv /new", id: "1", protect: true },
          { address: two, system: "csv /new" },
          { address: three },
        ]);
        await store.ledger.set(lease, [{ address: one, id: "2" }]);
        expect((await store.ledger.others()).map(({ migration, record }) => `${migration} ${record.address}`)).toEqual([
          `other ${one}`,
          `other ${two}`,
          `other ${three}`,
        ]);
        expect(await other.ledger.others()).toEqual([{ migration: "example", record: { address: one, id: "2" } }]);
        await store.ledger.takeOver(lease, "other", [one, three, "account/nobody@x.example"]);
        await store.ledger.takeOver(lease, "no such migration", [two]);
        await store.ledger.takeOver(lease, "example", [one]);
        expect(await store.ledger.all()).toEqual([
          { address: one, system: "csv /new", id: "2", protect: true },
          { address: three },
        ]);
        expect(await other.ledger.all()).toEqual([{ address: two, system: "csv /new" }]);
        await expect(other.ledger.takeOver(lease, "example", [one])).rejects.toMatchObject({ code: "lease.lost" });
        await other.close();
      });
    });

    describe("upkeep", () => {
      const [account, list] = ["account/ana@example.com", "list/sales@example.com"] as const;
      const bo = "mailbox/bo@example.com";
      it("gives what is remembered another name, and loses nothing of it", async () => {
        const before = await fill(ana);
        const rows = await allRows(before, { rows: "all" });
        await store.ledger.set(lease, [{ address: ana, protect: true }]);
        await store.rename(lease, ana, bo);
        await reopen();
        expect(await store.mailboxes()).toEqual([bo]);
        expect(await store.ledger.all()).toEqual([{ address: bo, protect: true }]);
        const after = await store.journal(bo, lease);
        expect(await allRows(after, { rows: "all" })).toEqual(rows);
        expect(await after.intents()).toHaveLength(1);
        expect(await after.places()).toHaveLength(1);
      });

      it.each(["ledger", "journal"])("refuses a name of which the %s remembers something", async (where) => {
        await fill(ana);
        if (where === "ledger") await store.ledger.set(lease, [{ address: bo, id: "7" }]);
        else await store.journal(bo, lease);
        await expect(store.rename(lease, ana, bo)).rejects.toMatchObject({ code: "state.taken", about: bo });
        expect(await store.mailboxes()).toContain(ana);
      });

      it("refuses to rename what nobody knows", async () => {
        await expect(store.rename(lease, account, "account/bo@example.com")).rejects.toMatchObject({
          code: "address.unknown",
          about: account,
        });
      });

      it("forgets addresses whole, and nothing of their neighbours", async () => {
        await fill(ana);
        const neighbour = await allRows(await fill(bo), { rows: "all" });
        await store.ledger.set(lease, [{ address: account, id: "1" }, { address: list, id: "2" }, { address: ana }]);
        await store.forget(lease, [ana, account]);
        await reopen();
        expect(await store.mailboxes()).toEqual([bo]);
        expect(await store.ledger.all()).toEqual([{ address: list, id: "2" }]);
        expect(await allRows(await store.journal(bo, lease), { rows: "all" })).toEqual(neighbour);
        expect(await isEmpty(await store.journal(ana, lease))).toBe(true);
      });

      it("begins a forgotten mailbox anew, though its number may be had again", async () => {
        const before = await fill(bo);
        await before.begin("source", feed("INBOX"));
        await store.forget(lease, [bo]);
        const journal = await store.journal(bo, lease);
        expect(await isEmpty(journal)).toBe(true);
        await expect(journal.fold("source", feed("INBOX"), page([entry("3")]))).rejects.toThrow(
          /without the beginning/,
        );
        await read(journal, "source", feed("INBOX"), page([entry("3")]));
        expect(await numbers(journal, { rows: "all" })).toEqual([1]);
        expect(await journal.row(1)).toMatchObject({ source: { id: "3" } });
      });

      it("keeps to its migration", async () => {
        await fill(ana);
        await store.ledger.set(lease, [{ address: account, id: "1" }]);
        const other = await state.open({ migration: "other" });
        const mine = await other.acquire(thisHolder("reconcile apply"));
        await other.forget(mine, [ana, account]);
        await expect(other.rename(mine, ana, bo)).rejects.toMatchObject({ code: "address.unknown" });
        await other.close();
        expect(await store.mailboxes()).toEqual([ana]);
        expect(await store.ledger.all()).toHaveLength(1);
      });
    });

    describe("runs", () => {
      it("tell the newest step of each address", async () => {
        expect(await store.runs.newest()).toEqual([]);
        const [account] = ["account/ana@example.com"] as const;
        const first = await store.runs.begin(lease, { command: "apply", begun: 1 });
        await store.runs.record(lease, first, [
          { step: "a", address: account, state: "done", ended: 2 },
          { step: "b", address: ana, state: "failed", ended: 3 },
        ]);
        const second = await store.runs.begin(lease, { command: "apply", begun: 4 });
        await store.runs.record(lease, second, [{ step: "b", address: ana, state: "done", ended: 5 }]);
        expect((await store.runs.newest()).map(({ address, state: how, ended }) => [address, how, ended])).toEqual([
          [account, "done", 2],
          [ana, "done", 5],
        ]);
        const other = await state.open({ migration: "other" });
        expect(await other.runs.newest()).toEqual([]);
        await other.close();
      });

      it("are listed newest first, with their steps", async () => {
        const first = await store.runs.begin(lease, { command: "apply", plan: "7f3a91", begun: 1 });
        const fault = { code: "x.y", message: "m", spoils: "item" } as const;
        await store.runs.record(lease, first, [{ step: "b", address: ana, state: "failed", fault, ended: 2 }]);
        await store.runs.record(lease, first, [{ step: "a", address: ana, state: "done", ended: 3 }]);
        await store.runs.end(lease, first, { ended: 4, state: "failed", exit: 4 });
        const second = await store.runs.begin(lease, { command: "apply", begun: 5 });
        const done = { id: first, command: "apply", plan: "7f3a91", begun: 1, ended: 4, state: "failed", exit: 4 };
        expect(await store.runs.list(10)).toEqual([{ id: second, command: "apply", begun: 5, state: "running" }, done]);
        expect(await store.runs.list(1)).toHaveLength(1);
        expect((await store.runs.steps(first)).map(({ step, state, fault }) => [step, state, fault])).toEqual([
          ["b", "failed", fault],
          ["a", "done", undefined],
        ]);
      });

      describe("measure passes", () => {
        it("and keep it, for their Migration alone", async () => {
          const both = [measure(12, 0.5, { others: 3 }), measure(0, 0.125, { source: "older" })];
          expect(await store.runs.measures()).toEqual([]);
          await keep(...both);
          await reopen();
          expect(await store.runs.measures()).toEqual(both);
          const other = await state.open({ migration: "other" });
          expect(await other.runs.measures()).toEqual([]);
          await other.close();
        });

        it("and let no number of small ones push out a large one, nor one pair another's", async () => {
          await keep(measure(50_000, 900), measure(1, 2, { destination: "newer" }), measure(9, 1), measure(10, 1));
          for (let part = 0; part < 20; part += 1)
            await keep(...Array.from({ length: 50 }, (_, at) => measure(1 + (at % 9), part)));
          const kept = await store.runs.measures();
          expect(kept).toContainEqual(measure(50_000, 900));
          expect(kept).toContainEqual(measure(10, 1));
          expect(kept).toContainEqual(measure(1, 2, { destination: "newer" }));
          expect(kept).not.toContainEqual(measure(9, 1));
          expect(kept.filter(({ messages, destination }) => messages < 10 && destination === "new")).toEqual(
            Array.from({ length: 50 }, (_, at) => measure(1 + (at % 9), 19)),
          );
        });
      });

      it("whose process is dead, or whose lease is gone, were interrupted", async () => {
        const stateOfLast = async () => (await store.runs.list(1))[0]?.state;
        await lease.release();
        const dead = await store.acquire(deadHolder());
        await store.runs.begin(dead, { command: "apply", begun: 1 });
        expect(await stateOfLast()).toBe("interrupted");
        lease = await store.acquire(thisHolder("reconcile apply"));
        expect(await stateOfLast()).toBe("interrupted");
        await store.runs.begin(lease, { command: "apply", begun: 1 });
        expect(await stateOfLast()).toBe("running");
        await lease.release();
        expect(await stateOfLast()).toBe("interrupted");
      });
    });

    describe("a journal", () => {
      it("knows of nothing before the first reading", async () => {
        const journal = await store.journal(ana, lease);
        expect(await isEmpty(journal)).toBe(true);
        expect(await journal.begin("source", feed("INBOX"))).toBeUndefined();
        await journal.fold("source", feed("INBOX", { version: "v1" }), page([entry("1"), entry("2")]));
        expect(await isEmpty(journal)).toBe(false);
        expect(await journal.feeds("source")).toEqual([
          { id: "INBOX", epoch: "e1", complete: true, version: "v1", cursor: "c1" },
        ]);
        expect(await journal.begin("source", feed("INBOX"))).toBe("c1");
      });

      it("loses nothing by a whole reading that was cut short", async () => {
        let journal = await store.journal(ana, lease);
        await read(journal, "source", feed("INBOX"), page([entry("1"), entry("2"), entry("3")]));
        await journal.begin("source", feed("INBOX"), true);
        const { next: _, ...open } = page([entry("1")]);
        await journal.fold("source", feed("INBOX"), open);
        await reopen();
        journal = await store.journal(ana, lease);
        expect(await journal.feeds("source")).toEqual([{ id: "INBOX", epoch: "e1", complete: false }]);
        expect(await numbers(journal, { rows: "fresh", side: "source" })).toEqual([1, 2, 3]);
        await expect(journal.fold("source", feed("INBOX"), page([entry("3")]))).rejects.toThrow(
          /without the beginning/,
        );
        expect(await journal.begin("source", feed("INBOX"))).toBeUndefined();
        await journal.fold("source", feed("INBOX"), page([entry("2")]));
        expect(await numbers(journal, { rows: "all" })).toEqual([2]);
      });

      it("counts a reading from a cursor as whole where its pages say so", async () => {
        const journal = await store.journal(ana, lease);
        await read(journal, "source", feed("INBOX"), page([entry("1"), entry("2")]));
        await read(journal, "source", feed("INBOX"), page([entry("3")], { whole: false }));
        expect(await numbers(journal, { rows: "all" })).toEqual([1, 2, 3]);
        await read(journal, "source", feed("INBOX"), page([entry("3")]));
        expect(await numbers(journal, { rows: "all" })).toEqual([3]);
      });

      it("takes an id that comes with another date or size for another message", async () => {
        const journal = await store.journal(ana, lease);
        await read(journal, "source", feed("INBOX"), page([entry("1"), entry("2"), entry("3")]));
        await journal.record([brought(1, "11")]);
        await read(
          journal,
          "source",
          feed("INBOX"),
          page([entry("1", { size: 12 }), entry("2", { date: 2000 }), entry("3")]),
        );
        expect(await journal.row(1)).toMatchObject({ source: { there: false, size: 10 }, base: base() });
        expect((await journal.row(1))?.source).not.toHaveProperty("id");
        expect(await numbers(journal, { rows: "changed" })).toEqual([1]);
        expect(await numbers(journal, { rows: "fresh", side: "source" })).toEqual([3, 4, 5]);
        expect(await journal.find("source", "INBOX", "1")).toEqual({
          row: 4,
          source: { ...entry("1", { size: 12 }), there: true },
        });
      });

      it("corrects what it assumed from our own write, once, and calls that no change", async () => {
        const journal = await store.journal(ana, lease);
        await read(journal, "source", feed("INBOX"), page([entry("1"), entry("2")]));
        await journal.record([brought(1, "11"), brought(2, "12")]);
        const rounded = { date: 999, size: 11 };
        await read(journal, "destination", feed("INBOX"), page([entry("11", rounded), entry("12")]));
        expect(await numbers(journal, { rows: "changed" })).toEqual([]);
        expect(await journal.row(1)).toMatchObject({ destination: { id: "11", there: true, ...rounded } });
        await read(journal, "destination", feed("INBOX"), page([entry("11"), entry("12", rounded)]));
        expect(await numbers(journal, { rows: "deleted" })).toEqual([1, 2]);
        expect(await numbers(journal, { rows: "fresh", side: "destination" })).toEqual([3, 4]);
      });

      it("keeps an unknown message when its id is gone, to be bound again, until it is forgotten", async () => {
        const journal = await store.journal(ana, lease);
        const unknown = { code: "item.unknown", message: "deleted, or never copied", spoils: "item" } as const;
        await read(journal, "source", feed("INBOX"), page([entry("1"), entry("2"), entry("3")]));
        await journal.record([1, 2].map((row) => ({ act: "pending", row, fault: unknown })));
        await journal.record([{ act: "identify", row: 1, side: "source", fingerprint: key, loose }]);
        await journal.begin("source", feed("INBOX", { epoch: "e2" }));
        expect(await numbers(journal, { rows: "all" })).toEqual([1, 2]);
        expect(await numbers(journal, { rows: "absent", side: "source" })).toEqual([1, 2]);
        expect(await numbers(journal, { rows: "absent", side: "destination" })).toEqual([]);
        await journal.fold("source", feed("INBOX", { epoch: "e2" }), page([entry("7")]));
        await journal.record([{ act: "rebind", row: 1, side: "source", with: 4 }]);
        expect(await journal.row(1)).toEqual({
          row: 1,
          source: { ...entry("7"), there: true, fingerprint: key, loose },
          pending: { ...unknown, tries: 1 },
        });
        expect(await numbers(journal, { rows: "changed" })).toEqual([]);
        expect(await numbers(journal, { rows: "absent", side: "source" })).toEqual([2]);
        await journal.record([{ act: "pending", row: 2, fault: undefined }]);
        expect(await numbers(journal, { rows: "all" })).toEqual([1]);
        await read(journal, "source", feed("INBOX", { epoch: "e2" }), page([]));
        expect(await numbers(journal, { rows: "absent", side: "source" })).toEqual([1]);
        await journal.record([{ act: "forget", row: 1 }]);
        expect(await numbers(journal, { rows: "all" })).toEqual([]);
      });

      it("touches no other feed's rows", async () => {
        const journal = await store.journal(ana, lease);
        await read(journal, "source", feed("INBOX"), page([entry("1")]));
        await read(journal, "source", feed("Sent"), page([entry("1", { place: "Sent" })]));
        await read(journal, "source", feed("Sent"), page([]));
        expect(await numbers(journal, { rows: "all" })).toEqual([1]);
      });

      it("does not take our own echo for a change, and takes another's mark for one", async () => {
        const journal = await store.journal(ana, lease);
        await read(journal, "source", feed("INBOX"), page([entry("1", { marks: ["\\Seen"] })]));
        const marks = ["\\Seen"];
        await journal.record([
          { ...brought(1, "11"), destination: sighting("11", { marks }), base: base({ marks, shown: marks }) },
        ]);
        await read(journal, "destination", feed("INBOX"), page([entry("11", { marks: ["\\SEEN"], revision: "r1" })]));
        expect(await numbers(journal, { rows: "changed" })).toEqual([]);
        await read(
          journal,
          "destination",
          feed("INBOX"),
          page([entry("11", { marks: ["\\Seen", "$Later"], revision: "r2" })]),
        );
        expect(await numbers(journal, { rows: "changed" })).toEqual([1]);
        await journal.record([{ act: "settled", row: 1 }]);
        expect(await numbers(journal, { rows: "changed" })).toEqual([]);
      });

      it("knows a tombstone by its fingerprint, and sees it come back", async () => {
        const journal = await store.journal(ana, lease);
        await read(journal, "source", feed("INBOX"), page([entry("1")]));
        await journal.record([brought(1, "11")]);
        await read(journal, "destination", feed("INBOX"), page([]));
        expect(await numbers(journal, { rows: "changed" })).toEqual([1]);
        await journal.record([{ act: "settled", row: 1 }]);
        expect(await numbers(journal, { rows: "deleted" })).toEqual([1]);
        expect(await numbers(journal, { rows: "absent", side: "destination" })).toEqual([1]);
        expect((await journal.alike("destination", "fingerprint", key)).map(({ row }) => row)).toEqual([1]);
        await read(journal, "destination", feed("INBOX"), page([entry("11")]));
        expect(await numbers(journal, { rows: "deleted" })).toEqual([]);
        expect(await numbers(journal, { rows: "changed" })).toEqual([1]);
      });

      it("keeps pairs under a new epoch, to be bound again", async () => {
        const journal = await store.journal(ana, lease);
        await read(journal, "source", feed("INBOX"), page([entry("1"), entry("2")]));
        await journal.record([brought(1, "11")]);
        expect(await journal.begin("source", feed("INBOX", { epoch: "e2" }))).toBeUndefined();
        expect(await journal.row(1)).toMatchObject({ source: { there: false, place: "INBOX" }, base: base() });
        expect((await journal.row(1))?.source).not.toHaveProperty("id");
        expect(await journal.row(2)).toBeUndefined();
        await journal.fold("source", feed("INBOX", { epoch: "e2" }), page([entry("5", { size: 12 })]));
        await journal.record([{ act: "rebind", row: 1, side: "source", with: 3 }]);
        expect(await numbers(journal, { rows: "all" })).toEqual([1]);
        expect(await journal.row(1)).toMatchObject({ source: { id: "5", there: true, size: 12, fingerprint: key } });
        await expect(journal.record([{ act: "rebind", row: 1, side: "source", with: 1 }])).rejects.toThrow(/alone/);
        expect(await numbers(journal, { rows: "changed" })).toEqual([1]);
      });

      it("does not call gone what was written while the destination was read", async () => {
        const journal = await store.journal(ana, lease);
        await read(journal, "source", feed("INBOX"), page([entry("1")]));
        await journal.begin("destination", feed("INBOX"));
        await journal.record([brought(1, "11")]);
        await journal.fold("destination", feed("INBOX"), page([]));
        expect(await journal.counts()).toMatchObject({ paired: 1, deletedByUser: 0 });
      });

      it("ends the row that saw our copy before its write was recorded", async () => {
        const journal = await store.journal(ana, lease);
        await read(journal, "source", feed("INBOX"), page([entry("1")]));
        await read(journal, "destination", feed("INBOX"), page([entry("11")]));
        await journal.record([brought(1, "11")]);
        expect(await numbers(journal, { rows: "all" })).toEqual([1]);
        expect(await journal.counts()).toEqual({
          paired: 1,
          adopted: 0,
          fresh: 0,
          pending: 0,
          deletedByUser: 0,
          foreign: 0,
        });
      });

      it("lets several messages share one that a server merged", async () => {
        const journal = await store.journal(ana, lease);
        await read(journal, "source", feed("INBOX"), page([entry("1"), entry("2")]));
        await journal.record([brought(1, "11"), brought(2, "11")]);
        await read(journal, "destination", feed("INBOX"), page([entry("11", { marks: ["\\Seen"] })]));
        expect(await numbers(journal, { rows: "changed" })).toEqual([1, 2]);
      });

      it("keeps a row that an intent names until the intent is closed", async () => {
        let journal = await store.journal(ana, lease);
        await read(journal, "source", feed("INBOX"), page([entry("1"), entry("2")]));
        const items = [{ row: 1, fingerprint: key, loose, size: 10, date: 1000 }];
        const given = { place: "INBOX", bookmark: { uidNext: 4 }, atomic: true, items };
        const intent = await journal.intend(given);
        await reopen();
        journal = await store.journal(ana, lease);
        expect(await journal.intents()).toEqual([{ ...given, id: intent, doubtful: false }]);
        await read(journal, "source", feed("INBOX"), page([]));
        expect(await numbers(journal, { rows: "all" })).toEqual([1]);
        expect(await numbers(journal, { rows: "fresh", side: "source" })).toEqual([]);
        await journal.record([], { intent, doubtful: true });
        expect(await journal.intents()).toEqual([{ ...given, id: intent, doubtful: true }]);
        expect(await numbers(journal, { rows: "all" })).toEqual([1]);
        await journal.record([], { intent });
        expect(await journal.intents()).toEqual([]);
        expect(await numbers(journal, { rows: "all" })).toEqual([]);
      });

      it("records all changes of a batch or none", async () => {
        const journal = await store.journal(ana, lease);
        await read(journal, "source", feed("INBOX"), page([entry("1")]));
        const intent = await journal.intend({ place: "New", bookmark: 1, atomic: false, items: [] });
        await expect(journal.record([brought(1, "11"), { act: "settled", row: 99 }], { intent })).rejects.toThrow(
          /no row 99/,
        );
        expect(await journal.counts()).toMatchObject({ paired: 0, fresh: 1 });
        expect(await journal.intents()).toHaveLength(1);
        await journal.record([brought(1, "11")], { intent });
        expect(await journal.counts()).toMatchObject({ paired: 1, fresh: 0 });
      });

      it("counts how often a message was tried, until it needs no trying", async () => {
        const journal = await store.journal(ana, lease);
        await read(journal, "source", feed("INBOX"), page([entry("1")]));
        const fault = { code: "item.refused", message: "too large", spoils: "item", remedy: "r" } as const;
        await journal.record([{ act: "pending", row: 1, fault }]);
        await journal.record([{ act: "pending", row: 1, fault }]);
        expect((await journal.rows({ rows: "pending" }, 0, 5))[0]?.pending).toEqual({ ...fault, tries: 2 });
        await journal.record([brought(1, "11")]);
        expect(await journal.row(1)).not.toHaveProperty("pending");
      });

      it("numbers rows in the order in which they were seen, and gives no number twice", async () => {
        const journal = await store.journal(ana, lease);
        await read(journal, "source", feed("INBOX"), page([entry("9"), entry("1")]));
        await read(journal, "source", feed("INBOX"), page([entry("5")]));
        expect((await journal.rows({ rows: "all" }, 0, 9)).map(({ row, source }) => [row, source?.id])).toEqual([
          [3, "5"],
        ]);
        await reopen();
        const again = await store.journal(ana, lease);
        await read(again, "source", feed("INBOX"), page([]));
        await read(again, "source", feed("INBOX"), page([entry("5")]));
        expect(await numbers(again, { rows: "all" })).toEqual([4]);
      });
    });

    describe("a draft", () => {
      it("says that it was overtaken, unless it is whole: then it stands as it was opened", async () => {
        const journal = await store.journal(ana, lease);
        await read(journal, "source", feed("INBOX"), page([entry("1")]));
        const [open, whole] = [await store.draft(ana), await store.draft(ana, true)];
        expect(await numbers(open, { rows: "all" })).toEqual([1]);
        await read(journal, "source", feed("INBOX"), page([entry("1"), entry("2")]));
        expect(await numbers(whole, { rows: "all" })).toEqual([1]);
        await expect(open.counts()).rejects.toMatchObject({ code: "state.moved", spoils: "mailbox" });
        await expect(open.record([])).rejects.toMatchObject({ code: "state.moved" });
        await open.close();
        await whole.close();
      });

      it("begins with what the journal knows, and leaves no trace", async () => {
        const journal = await store.journal(ana, lease);
        await read(journal, "source", feed("INBOX"), page([entry("1"), entry("2")]));
        await journal.record([brought(1, "11")]);
        await journal.setPlaces([{ source: "INBOX", path: ["INBOX"], destination: "INBOX", made: true }]);
        const before = await allRows(journal, { rows: "all" });
        const draft = await store.draft(ana);
        expect(await allRows(draft, { rows: "all" })).toEqual(before);
        expect(await draft.places()).toEqual(await journal.places());
        expect(await draft.begin("source", feed("INBOX"))).toBe("c1");
        await draft.fold("source", feed("INBOX"), page([entry("3")]));
        await draft.record([{ act: "forget", row: 1 }]);
        expect(await numbers(draft, { rows: "all" })).toEqual([3]);
        await draft.close();
        expect(await allRows(journal, { rows: "all" })).toEqual(before);
      });

      it("knows nothing of what others did, or one before it of the same mailbox", async () => {
        const bo = "mailbox/bo@example.com";
        await read(await store.journal(ana, lease), "source", feed("INBOX"), page([entry("1")]));
        await read(await store.journal(bo, lease), "source", feed("INBOX"), page([entry("1"), entry("2")]));
        const drafts = [await store.draft(ana), await store.draft(bo), await store.draft(ana, true)];
        for (const draft of drafts) await draft.record([{ act: "forget", row: 1 }]);
        const again = [await store.draft(ana), await store.draft(bo), await store.draft("mailbox/new@example.com")];
        for (const draft of again) await draft.record([]);
        const known = await Promise.all([...drafts, ...again].map((draft) => numbers(draft, { rows: "all" })));
        expect(known).toEqual([[], [2], [], [1], [1, 2], []]);
        await read(await store.journal(bo, lease), "source", feed("INBOX"), page([entry("2")]));
        const late = await store.draft(bo);
        await late.record([]);
        expect(await numbers(late, { rows: "all" })).toEqual([2]);
        for (const draft of [...drafts, ...again, late]) await draft.close();
      });

      it("sees what was renamed and forgotten, and says so where it was before", async () => {
        const [bo, cy] = ["mailbox/bo@example.com", "mailbox/cy@example.com"] as const;
        await read(await store.journal(ana, lease), "source", feed("INBOX"), page([entry("1")]));
        await read(await store.journal(bo, lease), "source", feed("INBOX"), page([entry("1"), entry("2")]));
        const [first, open] = [await store.draft(bo), await store.draft(ana)];
        await first.record([]);
        expect(await numbers(open, { rows: "all" })).toEqual([1]);
        await store.rename(lease, ana, cy);
        await expect(open.counts()).rejects.toMatchObject({ code: "state.moved" });
        const renamed = await store.draft(cy);
        await renamed.record([]);
        expect(await numbers(renamed, { rows: "all" })).toEqual([1]);
        await store.forget(lease, [cy]);
        const gone = await store.draft(cy);
        expect(await isEmpty(gone)).toBe(true);
        for (const draft of [first, open, renamed, gone]) await draft.close();
      });

      it("is not overtaken by a reading that changes nothing", async () => {
        await read(await store.journal(ana, lease), "source", feed("INBOX"), page([entry("1")]));
        const draft = await store.draft(ana);
        expect(await numbers(draft, { rows: "all" })).toEqual([1]);
        await (await store.journal(ana, lease)).begin("source", feed("INBOX"));
        expect(await numbers(draft, { rows: "all" })).toEqual([1]);
        await draft.close();
      });

      it("of a mailbox without a journal is empty and makes none", async () => {
        const draft = await store.draft("mailbox/new@example.com");
        expect(await isEmpty(draft)).toBe(true);
        await read(draft, "source", feed("INBOX"), page([entry("1")]));
        expect(await numbers(draft, { rows: "fresh", side: "source" })).toEqual([1]);
        await draft.close();
        expect(await store.mailboxes()).toEqual([]);
      });

      it("needs no lease", async () => {
        await read(await store.journal(ana, lease), "source", feed("INBOX"), page([entry("1")]));
        const other = await state.open({ readonly: true });
        const drafts = await Promise.all([other.draft(ana), other.draft(ana)]);
        for (const draft of drafts) {
          expect(await numbers(draft, { rows: "all" })).toEqual([1]);
          await draft.close();
        }
        await other.close();
      });
    });

    describe("opened to read alone", () => {
      it("shows everything and writes nothing", async () => {
        await store.ledger.set(lease, [{ address: "account/ana@example.com", id: "1" }]);
        const other = await state.open({ readonly: true });
        expect(await other.ledger.all()).toHaveLength(1);
        expect(await other.holder()).toMatchObject({ epoch: lease.epoch });
        await expect(other.acquire(thisHolder("reconcile apply"))).rejects.toMatchObject({ code: "state.readonly" });
        await expect(other.unlock()).rejects.toMatchObject({ code: "state.readonly" });
        await expect(other.copyAside()).rejects.toMatchObject({ code: "state.readonly" });
        await other.close();
      });
    });

    it("does in any order of acts what a plain model does, reopened or not", async () => {
      await fc.assert(
        fc.asyncProperty(turns, async (run) => {
          const mine = await make();
          try {
            await follow(mine, run);
          } finally {
            await mine.remove();
          }
        }),
        { numRuns: 60 },
      );
    });
  });
}

/** Plays a run on a fresh state and on the model; then a draft takes the last turns for itself alone. */
async function follow(state: StateUnderTest, run: readonly Parameters<typeof takeTurn>[0][]): Promise<void> {
  let store = await state.open();
  let lease = await store.acquire(thisHolder("test"));
  let journal = await store.journal(ana, lease);
  const subject = {
    journal: async () => journal,
    reopen: async () => {
      await lease.release();
      await store.close();
      store = await state.open();
      lease = await store.acquire(thisHolder("test"));
      journal = await store.journal(ana, lease);
    },
  };
  try {
    const truth = emptyModel();
    const middle = Math.floor(run.length * 0.7);
    for (const turn of run.slice(0, middle)) {
      await takeTurn(turn, truth, subject);
      await expectSame(journal, truth);
    }
    // Of both ways to copy.
    const draft = await store.draft(ana, run.length % 2 === 0);
    try {
      const own = structuredClone(truth);
      for (const side of ["source", "destination"] as const) own.readings[side].clear();
      for (const turn of run.slice(middle).filter(({ act }) => act !== "reopen")) {
        await takeTurn(turn, own, { ...subject, journal: async () => draft });
        await expectSame(draft, own);
      }
    } finally {
      await draft.close();
    }
    await expectSame(journal, truth);
  } finally {
    await store.close();
  }
}
