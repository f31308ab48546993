import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type BodyHashes, createBodyHashes, identifyFresh } from "../../../src/content/identity.ts";
import { adoptFresh, buryUnfound, forgetUnfound, type Matching, rebindAbsent } from "../../../src/content/match.ts";
import { unknownItem } from "../../../src/content/waiting.ts";
import type { ItemStore } from "../../../src/contract/item-store.ts";
import type { Journal, Side, Which } from "../../../src/contract/journal.ts";
import type { StateStore } from "../../../src/contract/state-store.ts";
import { createMemoryItems } from "../../../src/endpoint/memory/items.ts";
import { addFolder, addMail } from "../../../src/endpoint/memory/mail.ts";
import { Fault } from "../../../src/model/fault.ts";
import type { Entry } from "../../../src/model/item.ts";
import { thisHolder } from "../../../src/state/holder.ts";
import { openState } from "../../../src/state/sqlite/open.ts";

const fingerprint = "00112233445566778899aabbccddeeff";
const loose = "ffeeddccbbaa99887766554433221100";
const signal = new AbortController().signal;

let folder: string;
let state: StateStore;
let journal: Journal;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "reconcile-match-"));
  const clock = { now: () => 0, wait: async () => {} };
  state = await openState({ path: join(folder, "state.db"), migration: "test", clock });
  journal = await state.journal("mailbox/ana@example.com", await state.acquire(thisHolder("test")));
});
afterEach(async () => {
  await state.close();
  rmSync(folder, { recursive: true, force: true });
});

const entry = (id: string, more: Partial<Entry> = {}): Entry => ({
  place: "INBOX",
  id,
  date: 1000,
  size: 10,
  marks: [],
  ...more,
});

/** Takes in a whole reading of a place, and gives what is fresh its fingerprint. */
async function read(side: Side, place: string, epoch: string, entries: readonly Entry[]): Promise<void> {
  const feed = { id: place, places: [place], epoch, count: entries.length, watermark: null };
  await journal.begin(side, feed);
  await journal.fold(side, feed, {
    whole: true,
    entries: entries.map((one) => ({ ...one, place })),
    gone: [],
    next: 1,
  });
  const fresh = await journal.rows({ rows: "fresh", side }, 0, 5000);
  await journal.record(fresh.map(({ row }) => ({ act: "identify", row, side, fingerprint, loose })));
}

const { id: _, ...unnumbered } = entry("");

/** The first rows were brought; an id left out was never told. */
async function brought(ids: readonly (string | undefined)[]): Promise<void> {
  await journal.record(
    ids.map((id, index) => ({
      act: "brought",
      row: index + 1,
      destination: { ...unnumbered, there: true, fingerprint, loose, ...(id === undefined ? {} : { id }) },
      source: { fingerprint, loose },
      base: { how: "brought", marks: [], shown: [], from: "INBOX" },
    })),
  );
}

const matchingOf = (bodies: BodyHashes["of"], through: Journal = journal): Matching => ({
  journal: through,
  hashes: { of: bodies, likeUncompared: () => false, uncompared: () => false },
  route: (place) => place,
  unproven: () => false,
});
const alike = (): Matching => matchingOf(async () => "one body");
const numbers = async (which: Which): Promise<number[]> => (await journal.rows(which, 0, 5000)).map(({ row }) => row);

describe("an unknown message", () => {
  beforeEach(async () => {
    await read("source", "INBOX", "1", [entry("1")]);
    await journal.record([{ act: "pending", row: 1, fault: unknownItem }]);
  });

  it.each([
    ["renumbered", () => read("source", "INBOX", "2", [entry("9")]), { place: "INBOX", id: "9" }],
    [
      "moved",
      async () => {
        await read("source", "INBOX", "1", []);
        await read("source", "Work", "1", [entry("4")]);
      },
      { place: "Work", id: "4" },
    ],
  ])("that was %s is unknown still", async (_, happen, at) => {
    await happen();
    await rebindAbsent(alike(), "source");
    expect(await journal.row(1)).toMatchObject({ source: { ...at, there: true }, pending: { code: "item.unknown" } });
    expect(await numbers({ rows: "all" })).toEqual([1]);
  });

  it("that left the source is forgotten, and one that is there is not", async () => {
    await read("source", "INBOX", "1", [entry("1"), entry("2")]);
    await journal.record([{ act: "pending", row: 2, fault: unknownItem }]);
    await read("source", "INBOX", "1", [entry("2")]);
    expect(await numbers({ rows: "all" })).toEqual([1, 2]);
    await forgetUnfound(alike());
    expect(await numbers({ rows: "all" })).toEqual([2]);
  });
});

describe("a copy whose id was never told", () => {
  beforeEach(async () => {
    await read("source", "INBOX", "1", [entry("1")]);
    await brought([undefined]);
  });

  it("was deleted where a complete reading does not show it", async () => {
    await read("destination", "INBOX", "1", []);
    await rebindAbsent(alike(), "destination");
    await buryUnfound(alike(), (place) => place !== "INBOX");
    expect(await journal.counts()).toMatchObject({ paired: 1, deletedByUser: 0 });
    await buryUnfound(alike(), () => true);
    expect(await journal.counts()).toMatchObject({ paired: 0, deletedByUser: 1 });
  });

  it("is its pair's where it comes to light after all", async () => {
    await buryUnfound(alike(), () => true);
    await read("destination", "Work", "1", [entry("7")]);
    await rebindAbsent(alike(), "destination");
    expect(await journal.row(1)).toMatchObject({ destination: { place: "Work", id: "7", there: true } });
  });

  it("is not given up while something like it is there that nothing claims", async () => {
    await read("destination", "INBOX", "1", [entry("7", { size: 11 })]);
    const other = matchingOf(async (side) => side);
    await rebindAbsent(other, "destination");
    await buryUnfound(other, () => true);
    expect(await journal.counts()).toMatchObject({ paired: 1, foreign: 1, deletedByUser: 0 });
  });
});

/** Two pairs that their user deleted, and three equals of them under another epoch of the source. */
async function renumberTombstones(bodies: BodyHashes["of"]): Promise<number> {
  await read("source", "INBOX", "1", [entry("1"), entry("2")]);
  await brought(["11", "12"]);
  await read("destination", "INBOX", "1", []);
  await read("source", "INBOX", "2", [entry("5"), entry("6"), entry("7")]);
  await rebindAbsent(matchingOf(bodies), "source");
  return (await journal.counts()).deletedByUser;
}

describe("equals", () => {
  it("of tombstones are theirs where all have one body", async () => {
    expect(await renumberTombstones(async () => "one body")).toBe(2);
    expect(await numbers({ rows: "fresh", side: "source" })).toEqual([5]);
  });

  it("of tombstones are new where bodies differ, and where one cannot be read", async () => {
    expect(await renumberTombstones(async (_, sighting) => sighting?.id)).toBe(0);
    expect(await numbers({ rows: "fresh", side: "source" })).toEqual([3, 4, 5]);
    await rebindAbsent(
      matchingOf(async () => undefined),
      "source",
    );
    expect(await numbers({ rows: "fresh", side: "source" })).toEqual([3, 4, 5]);
  });

  it("of several folders share what was moved away among them, each copy once", async () => {
    await read("source", "INBOX", "1", [entry("1")]);
    await read("source", "Work", "1", [entry("1")]);
    await read("destination", "Mine", "1", [entry("1")]);
    expect(await adoptFresh({ ...alike(), unproven: () => true })).toBe(1);
    expect(await journal.counts()).toMatchObject({ paired: 1, fresh: 1, foreign: 0 });
  });

  it("are asked for once, however many there are", async () => {
    const many = Array.from({ length: 1200 }, (_, index) => entry(String(index)));
    await read("source", "INBOX", "1", many);
    await read("destination", "INBOX", "1", many.slice(0, 700));
    let asked = 0;
    const counting: Journal = {
      ...journal,
      alike: (...values) => {
        asked += 1;
        return journal.alike(...values);
      },
    };
    let bodies = 0;
    const none = matchingOf(async (_, sighting) => ((bodies += 1), JSON.stringify([bodies, sighting?.id])), counting);
    expect(await adoptFresh(none)).toBe(0);
    expect(asked).toBeLessThanOrEqual(6);
    expect(bodies).toBeLessThanOrEqual(3 * 1900);
    expect(await adoptFresh(alike())).toBe(700);
    expect(await journal.counts()).toMatchObject({ paired: 700, fresh: 500, foreign: 0 });
  });
});

/** A store whose folder Work cannot be read. */
const failing = (store: ItemStore, spoils: Fault["spoils"]): ItemStore => {
  const fail = (place: string): void => {
    if (place === "Work") throw new Fault({ code: "read.failed", message: "no", spoils });
  };
  return {
    ...store,
    headers: (place, ids, options) => (fail(place), store.headers(place, ids, options)),
    read: (place, ids, options) => (fail(place), store.read(place, ids, options)),
  };
};

/** A store whose next readings fail so many times, and for a while. */
const passing = (store: ItemStore, code: string, times: number): ItemStore => {
  let left = times;
  return {
    ...store,
    read: (place, ids, options) => {
      left -= 1;
      if (left >= 0) throw new Fault({ code, message: "no", spoils: "item", retry: { afterMs: 1000 } });
      return store.read(place, ids, options);
    },
  };
};

/** A message in each of two folders, seen by the journal. */
async function twoFolders(): Promise<ItemStore> {
  const items = createMemoryItems();
  const account = items.account("ana");
  const body = Buffer.from("Message-ID: <a@x>\r\nSubject: a\r\n\r\na\r\n");
  for (const place of ["Work", "INBOX"]) {
    addMail(account, addFolder(account, { path: [place] }), { date: 1000, body, marks: [] });
    const feed = { id: place, places: [place], epoch: "1", count: 1, watermark: null };
    await journal.begin("source", feed);
    await journal.fold("source", feed, { whole: true, entries: [entry("1", { place })], gone: [], next: 1 });
  }
  return items.open({ user: "ana" });
}

const at = (place: string) => ({ ...entry("1", { place }), there: true });

describe("what cannot be read", () => {
  it("spoils its folder alone, and is told", async () => {
    const store = failing(await twoFolders(), "place");
    const failed = await identifyFresh(journal, "source", store, () => true, signal);
    expect([...failed].map(([place, fault]) => [place, fault.code])).toEqual([["Work", "read.failed"]]);
    expect((await journal.find("source", "INBOX", "1"))?.source?.fingerprint).toMatch(/^[0-9a-f]{32}$/);
    expect((await journal.find("source", "Work", "1"))?.source).not.toHaveProperty("fingerprint");
  });

  it("has no hash, and the rest has", async () => {
    const store = failing(await twoFolders(), "item");
    const hashes = createBodyHashes({ source: store, destination: store }, signal);
    expect(await hashes.of("source", at("Work"))).toBeUndefined();
    expect(await hashes.of("source", at("INBOX"))).toMatch(/./);
  });

  it.each([
    ["is read over, where a line breaks on the way", "connection.lost", 2, /./],
    ["has no hash, where each line breaks over it", "connection.lost", 9, undefined],
  ] as const)("%s", async (_, code, times, hash) => {
    const broken = passing(await twoFolders(), code, times);
    const found = await createBodyHashes({ source: broken, destination: broken }, signal).of("source", at("Work"));
    expect(found ?? "").toMatch(hash ?? /^$/);
  });

  it("ends the pass, where a server is only busy", async () => {
    const busy = passing(await twoFolders(), "server.busy", 1);
    const hashes = createBodyHashes({ source: busy, destination: busy }, signal);
    await expect(hashes.of("source", at("Work"))).rejects.toMatchObject({ code: "server.busy" });
    expect(await hashes.of("source", at("Work"))).toMatch(/./);
  });

  it("ends the mailbox where the line is what fails", async () => {
    const store = failing(await twoFolders(), "mailbox");
    const hashes = createBodyHashes({ source: store, destination: store }, signal);
    await expect(hashes.of("source", at("Work"))).rejects.toMatchObject({ spoils: "mailbox" });
    await expect(identifyFresh(journal, "source", store, () => true, signal)).rejects.toMatchObject({
      spoils: "mailbox",
    });
  });
});
