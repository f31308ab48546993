import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createByteBudget } from "../../src/content/bytes.ts";
import { instantOf } from "../../src/content/header.ts";
import { sync } from "../../src/content/sync.ts";
import type { ItemStore } from "../../src/contract/item-store.ts";
import type { Journal } from "../../src/contract/journal.ts";
import { createMemoryItems, type MemoryTraits } from "../../src/endpoint/memory/items.ts";
import {
  addFolder,
  type MailAccount,
  markMail,
  removeMail,
  renameFolder,
  renumberFolder,
} from "../../src/endpoint/memory/mail.ts";
import { Fault } from "../../src/model/fault.ts";
import { openState } from "../../src/state/sqlite/open.ts";
import { keep, type Postman, unreliable, type WriteFate } from "./faults.ts";
import { address, createWorld, folderAt, may, put, shown, tokenOf, type Wish, type World } from "./world.ts";

let world: World;

async function start(
  traits: { source?: Partial<MemoryTraits>; destination?: Partial<MemoryTraits> } = {},
): Promise<void> {
  await world.close();
  world = await createWorld(traits);
}

beforeEach(async () => {
  world = await createWorld();
});

afterEach(async () => {
  await world.close();
});

const inbox = ["INBOX"];
const work = ["Work"];

function mailAt(account: MailAccount, path: readonly string[], token: string) {
  const folder = folderAt(account, path);
  for (const mail of folder.mails.values()) if (tokenOf(mail.body) === token) return { uid: mail.uid, folder, mail };
  throw new Error(`no ${token} in ${path.join("/")}`);
}

function drop(account: MailAccount, path: readonly string[], token: string): void {
  const { folder, uid } = mailAt(account, path, token);
  removeMail(account, folder, uid);
}

/** As a server moves: another UID, the same octets, date and marks. */
function move(account: MailAccount, from: readonly string[], to: readonly string[], token: string): void {
  const { folder, uid, mail } = mailAt(account, from, token);
  const target = folderAt(account, to);
  account.modseq += 1;
  target.mails.set(target.next, { ...mail, uid: target.next, modseq: account.modseq });
  target.next += 1;
  removeMail(account, folder, uid);
}

const cut = (...fates: WriteFate[]): { wish: Wish; postman: Postman } => {
  const postman: Postman = { late: [] };
  return { postman, wish: { wrap: { destination: (store) => unreliable(store, fates, postman) } } };
};

/** The line is cut at the n-th write and stays cut: the pass ends there. */
const cutForGood = (outcome: "untold" | "lost" | "late", postman: Postman): Wish => ({
  wrap: {
    destination: (store) => ({
      ...store,
      write: async (items, options) => {
        if (outcome === "untold") await store.write(items, options);
        if (outcome === "late") {
          const kept = await keep(items);
          postman.late.push(async () => void (await store.write(kept, options)));
        }
        throw new Fault({ code: "endpoint.down", message: "down", spoils: "mailbox", retry: "later" });
      },
    }),
  },
});

const failing = (when: (feed: string) => boolean) => ({
  source: (store: ItemStore): ItemStore => ({
    ...store,
    changes: (feed, since, options) => {
      if (when(feed.id)) throw new Fault({ code: "read.failed", message: "no", spoils: "place", retry: "later" });
      return store.changes(feed, since, options);
    },
  }),
});

const blind = (store: ItemStore): ItemStore => ({
  ...store,
  look: async (options) => {
    const look = await store.look(options);
    return { ...look, feeds: look.feeds.filter((feed) => feed.id !== "Work") };
  },
});

const rewriting = (store: ItemStore): ItemStore => ({
  ...store,
  headers: async function* (place, ids, options) {
    for await (const one of store.headers(place, ids, options))
      yield {
        id: one.id,
        header: Buffer.from(
          Buffer.from(one.header)
            .toString("latin1")
            .replace(/Message-ID: <.*>/, "Message-ID: <invented@server>"),
        ),
      };
  },
});

const broken = (store: ItemStore): ItemStore => ({
  ...store,
  headers: (place, ids, options) => {
    if (place === "Work") throw new Fault({ code: "read.failed", message: "no", spoils: "place", retry: "later" });
    return store.headers(place, ids, options);
  },
});

/** The INBOX's first message cannot be read. */
const unreadable = (store: ItemStore): ItemStore => ({
  ...store,
  read: async function* (place, ids, options) {
    if (place === "INBOX" && ids.includes("1"))
      throw new Fault({ code: "read.failed", message: "no", spoils: "item", retry: "later" });
    yield* store.read(place, ids, options);
  },
});

const folding = (store: ItemStore): ItemStore => ({
  ...store,
  look: async (options) => ({
    ...(await store.look(options)),
    naming: { illegal: "", foldsCase: true, maxPart: 255 },
  }),
});

const refusing = (store: ItemStore): ItemStore => ({
  ...store,
  place: {
    ...store.place,
    create: (spec, options) =>
      spec.path[0] === "Bad"
        ? Promise.reject(new Fault({ code: "place.refused", message: "no", spoils: "place", retry: "later" }))
        : store.place.create(spec, options),
  },
});

describe("late copies", () => {
  it("01 never removes the only copy because its folder was renumbered while an intent is doubtful", async () => {
    put(world.source, inbox, { token: "a" });
    await world.pass(cut("lost", "told").wish);
    expect(shown(world.destination)).toEqual(["INBOX: a[]"]);
    renumberFolder(world.destination, folderAt(world.destination, inbox));
    await world.pass();
    await world.pass();
    expect(shown(world.destination)).toEqual(["INBOX: a[]"]);
  });

  it("02 never removes the only copy because its user moved it away and back while an intent is doubtful", async () => {
    put(world.source, inbox, { token: "a" });
    await world.pass(cut("lost", "told").wish);
    move(world.destination, inbox, ["Trash"], "a");
    move(world.destination, ["Trash"], inbox, "a");
    await world.pass();
    expect(shown(world.destination)).toEqual(["INBOX: a[]"]);
  });

  it("03 does not take what we moved ourselves for a late copy", async () => {
    await start({ destination: { receipts: false } });
    put(world.source, inbox, { token: "t" });
    await world.pass();
    put(world.source, work, { token: "t" });
    await world.pass(cut("lost", "told").wish);
    expect(shown(world.destination)).toEqual(["INBOX: t[]", "Work: t[]"]);
    move(world.source, inbox, work, "t");
    await world.pass();
    await world.pass();
    expect(shown(world.destination)).toEqual(["Work: t[]", "Work: t[]"]);
  });

  it("04 a late copy of a message that was renumbered at the source meanwhile is not kept as a second one", async () => {
    const postman: Postman = { late: [] };
    put(world.source, inbox, { token: "a" });
    await world.pass(cutForGood("late", postman));
    renumberFolder(world.source, folderAt(world.source, inbox));
    await world.pass();
    for (const deliver of postman.late.splice(0)) await deliver();
    await world.pass();
    await world.pass();
    expect(shown(world.destination)).toEqual(["INBOX: a[]"]);
  });

  it("05 what arrived untold and was moved by its user before the next pass is not copied again", async () => {
    const postman: Postman = { late: [] };
    put(world.source, inbox, { token: "a" });
    await world.pass(cutForGood("untold", postman));
    move(world.destination, inbox, ["Mine"], "a");
    await world.pass();
    expect(shown(world.destination)).toEqual(["Mine: a[]"]);
  });

  it("06 of a whole batch that arrived untold, what its user moved is moved, not deleted", async () => {
    const postman: Postman = { late: [] };
    put(world.source, inbox, { token: "a" });
    put(world.source, inbox, { token: "b" });
    await world.pass(cutForGood("untold", postman));
    move(world.destination, inbox, ["Mine"], "a");
    await world.pass();
    expect((await world.pass({ restore: true })).tally).toMatchObject({ copied: 0, deletedByUser: 0 });
    expect(shown(world.destination)).toEqual(["INBOX: b[]", "Mine: a[]"]);
  });

  it("07 a message refused beside others of an untold batch is pending, not deleted by its user", async () => {
    await start({ destination: { maxSize: 500 } });
    put(world.source, inbox, { token: "big".padEnd(600, "g") });
    put(world.source, inbox, { token: "small" });
    await world.pass(cut("untold", "told").wish);
    expect((await world.pass()).tally).toMatchObject({ deletedByUser: 0, pending: 1 });
  });

  it("08 one equal message that its user filed does not tell that a large batch was written", async () => {
    const tokens = Array.from({ length: 12 }, (_, number) => `m${number}`);
    for (const token of tokens) put(world.source, inbox, { token });
    const lost = cutForGood("lost", { late: [] });
    await world.pass(lost);
    put(world.destination, inbox, { token: "m3" });
    await world.pass();
    const there = shown(world.destination);
    expect(there.map((each) => each.replace("[]", "")).toSorted()).toEqual(
      tokens.map((token) => `INBOX: ${token}`).toSorted(),
    );
  });
});

async function unknown(): Promise<void> {
  for (const token of ["a", "b"]) put(world.source, inbox, { token });
  await world.pass();
  drop(world.destination, inbox, "a");
  await world.loseState();
  expect((await world.pass()).tally).toMatchObject({ unknown: 1, copied: 0 });
}

describe("unknown stays unknown", () => {
  it("10 when the source is renumbered", async () => {
    await unknown();
    renumberFolder(world.source, folderAt(world.source, inbox));
    await world.pass();
    expect(shown(world.destination)).toEqual(["INBOX: b[]"]);
  });

  it("11 when the source moves it", async () => {
    await unknown();
    move(world.source, inbox, work, "a");
    await world.pass();
    expect(shown(world.destination)).toEqual(["INBOX: b[]"]);
  });

  it("13 when nothing at all was left at the destination", async () => {
    put(world.source, inbox, { token: "a" });
    await world.pass();
    drop(world.destination, inbox, "a");
    await world.loseState();
    await world.pass();
    put(world.source, inbox, { token: "b" });
    renumberFolder(world.source, folderAt(world.source, inbox));
    await world.pass();
    expect(shown(world.destination)).toEqual(["INBOX: b[]"]);
  });

  it("12 when its folder was excluded in the first pass after the state was lost", async () => {
    for (const token of ["a", "b"]) put(world.source, work, { token });
    await world.pass();
    drop(world.destination, work, "a");
    await world.loseState();
    await world.pass({ folders: { exclude: ["Work"] } });
    await world.pass();
    expect(shown(world.destination)).toEqual(["Work: b[]"]);
  });
});

describe("mirror", () => {
  it("20 a message moved at the source into an excluded folder is hidden, not gone", async () => {
    put(world.source, inbox, { token: "a" });
    addFolder(world.source, { path: ["Secret"] });
    const wish = { mode: "mirror", folders: { exclude: ["Secret"] } } as const;
    await world.pass(wish);
    move(world.source, inbox, ["Secret"], "a");
    await world.pass(wish);
    expect(shown(world.destination)).toEqual(["INBOX: a[]"]);
  });

  it("21 a folder renamed at the source to an excluded name is hidden, not gone", async () => {
    put(world.source, work, { token: "a" });
    const wish = { mode: "mirror", folders: { exclude: ["Secret/**"] } } as const;
    await world.pass(wish);
    addFolder(world.source, { path: ["Secret"] });
    renameFolder(world.source, folderAt(world.source, work), ["Secret", "Work"]);
    await world.pass(wish);
    expect(shown(world.destination)).toEqual(["Work: a[]"]);
  });

  it("22 a plan lists each deletion once", async () => {
    put(world.source, inbox, { token: "a" });
    put(world.source, inbox, { token: "b" });
    await world.pass({ mode: "mirror" });
    drop(world.source, inbox, "a");
    const { counts, deletes } = await world.plan({ mode: "mirror" });
    expect(counts.delete).toBe(1);
    expect(deletes).toHaveLength(1);
  });

  it("23 does not plan what the destination cannot do", async () => {
    await start({ destination: { acts: new Set(["mark"]) } });
    put(world.source, inbox, { token: "a" });
    await world.pass({ mode: "mirror" });
    drop(world.source, inbox, "a");
    expect((await world.plan({ mode: "mirror" })).counts.delete).toBe(0);
    await world.pass({ mode: "mirror" });
    expect(shown(world.destination)).toEqual(["INBOX: a[]"]);
  });

  it("24 keeps a copy that several sources share while one of them is there", async () => {
    const merging = (store: ItemStore): ItemStore => ({
      ...store,
      write: async (items, options) => {
        const receipts = [];
        for (const item of items) {
          const folder = [...world.destination.folders.values()].find((one) => one.id === item.place);
          const same = [...(folder?.mails.values() ?? [])].find((mail) =>
            Buffer.from(mail.body).equals(item.body as Uint8Array),
          );
          if (same === undefined) receipts.push(...(await store.write([item], options)));
          else receipts.push({ key: item.key, id: String(same.uid), marks: same.marks, merged: true });
        }
        return receipts;
      },
    });
    const wish: Wish = { mode: "mirror", wrap: { destination: merging } };
    put(world.source, inbox, { token: "a" });
    put(world.source, inbox, { token: "a" });
    await world.pass(wish);
    expect(shown(world.destination)).toEqual(["INBOX: a[]"]);
    drop(world.source, inbox, "a");
    await world.pass(wish);
    expect(shown(world.destination)).toEqual(["INBOX: a[]"]);
  });

  it("25 a folder whose numbers are missing from the look is a fault, not gone", async () => {
    put(world.source, work, { token: "a" });
    await world.pass({ mode: "mirror" });
    await world.pass({ mode: "mirror", wrap: { source: blind } }).catch(() => {});
    expect(shown(world.destination)).toEqual(["Work: a[]"]);
  });

  it("26 what the destination's headers no longer confirm is not planned for ever", async () => {
    const wish: Wish = { mode: "mirror", wrap: { destination: rewriting } };
    put(world.source, inbox, { token: "a" });
    await world.pass(wish);
    drop(world.source, inbox, "a");
    const planned = await world.plan(wish);
    const { tally } = await world.pass({ ...wish, deletes: planned.deletes });
    expect(tally.removed + tally.pending).toBe(planned.counts.delete);
  });

  it("27 a message moved at the source while its folders are read is not removed", async () => {
    put(world.source, work, { token: "a" });
    await world.pass({ mode: "mirror" });
    const restless = (store: ItemStore): ItemStore => ({
      ...store,
      changes: async function* (feed, since, options) {
        if (feed.id === "Work") move(world.source, work, inbox, "a");
        yield* store.changes(feed, since, options);
      },
    });
    put(world.source, work, { token: "b" });
    await world.pass({ mode: "mirror", wrap: { source: restless } });
    expect(shown(world.destination)).toContain("Work: a[]");
  });
});

describe("trust", () => {
  it("28 an INBOX that is new and empty is a fault, not removals", async () => {
    put(world.source, inbox, { token: "a" });
    await world.pass({ mode: "mirror" });
    const folder = folderAt(world.source, inbox);
    folder.mails.clear();
    renumberFolder(world.source, folder);
    await world.pass({ mode: "mirror" }).catch(() => {});
    expect(shown(world.destination)).toEqual(["INBOX: a[]"]);
  });

  it("29 an id that names another message under a standing epoch gives its marks to no neighbour", async () => {
    put(world.source, work, { token: "a", date: may });
    put(world.source, ["Other"], { token: "bbb", date: may + 60_000 });
    folderAt(world.source, ["Other"]).validity = folderAt(world.source, work).validity;
    await world.pass();
    world.source.folders.delete("Work");
    renameFolder(world.source, folderAt(world.source, ["Other"]), work);
    markMail(world.source, mailAt(world.source, work, "bbb").mail, ["\\Flagged"]);
    await world.pass();
    await world.pass();
    expect(shown(world.destination).filter((one) => one.includes(" a["))).toEqual(["Work: a[]"]);
  });

  it("33 one message that cannot be hashed does not keep the mailbox from passing", async () => {
    put(world.source, inbox, { token: "x1", messageId: "<one@x>", subject: "s" });
    put(world.source, inbox, { token: "x22", messageId: "<one@x>", subject: "s" });
    put(world.destination, inbox, { token: "x333", messageId: "<one@x>", subject: "s" });
    put(world.source, work, { token: "good" });
    await world.pass({ wrap: { source: unreadable } });
    expect(shown(world.destination)).toEqual(["INBOX: x22[]", "INBOX: x333[]", "Work: good[]"]);
  });

  it("34 a folder whose headers cannot be read spoils itself alone", async () => {
    put(world.destination, work, { token: "own" });
    put(world.source, work, { token: "a" });
    put(world.source, inbox, { token: "good" });
    await world.pass({ wrap: { destination: broken } }).catch(() => {});
    expect(shown(world.destination)).toContain("INBOX: good[]");
  });

  it("35 a stream whose intent cannot be kept ends the pass", async () => {
    await start({
      source: { batch: { items: 10, bytes: 100, inFlight: 1 } },
      destination: { batch: { items: 10, bytes: 100, inFlight: 1 } },
    });
    put(world.source, inbox, { token: "a" });
    let failures = 0;
    const full = (journal: Journal) =>
      new Proxy(journal, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name);
          if (name !== "intend") return value;
          return () => {
            failures += 1;
            return Promise.reject(new Error("the disk is full"));
          };
        },
      });
    await expect(world.pass({ wrap: { journal: full } })).rejects.toThrow("the disk is full");
    expect(failures).toBe(1);
  });
});

describe("moved at the source", () => {
  it("30 while its folders are read, it arrives once", async () => {
    put(world.source, inbox, { token: "a" });
    addFolder(world.source, { path: work });
    await world.pass();
    put(world.source, inbox, { token: "x" });
    put(world.source, work, { token: "y" });
    let moved = false;
    const restless = (store: ItemStore): ItemStore => ({
      ...store,
      changes: async function* (feed, since, options) {
        if (feed.id === "Work" && !moved) {
          moved = true;
          move(world.source, inbox, work, "a");
        }
        yield* store.changes(feed, since, options);
      },
    });
    await world.pass({ wrap: { source: restless } });
    await world.pass();
    await world.pass();
    expect(shown(world.destination).filter((one) => one.includes(" a["))).toEqual(["Work: a[]"]);
  });

  it("36 back again before the id of our own move is known, it arrives once", async () => {
    await start({ destination: { receipts: false } });
    put(world.source, work, { token: "a" });
    await world.pass();
    move(world.source, work, inbox, "a");
    await world.pass();
    move(world.source, inbox, work, "a");
    await world.pass();
    await world.pass();
    expect(shown(world.destination)).toEqual(["Work: a[]"]);
  });

  it("31 out of a folder that could not be read, it arrives once", async () => {
    put(world.source, work, { token: "a" });
    await world.pass();
    move(world.source, work, inbox, "a");
    await world.pass({ wrap: failing((feed) => feed === "Work") });
    await world.pass();
    expect(shown(world.destination)).toHaveLength(1);
  });

  it("32 out of a folder excluded since, it arrives once", async () => {
    put(world.source, work, { token: "a" });
    await world.pass();
    move(world.source, work, inbox, "a");
    await world.pass({ folders: { exclude: ["Work"] } });
    await world.pass({ folders: { exclude: ["Work"] } });
    expect(shown(world.destination)).toHaveLength(1);
  });
});

describe("folders", () => {
  it("40 a folder of its user's is never renamed, though another was ours before the map changed", async () => {
    put(world.destination, ["Projects"], { token: "own" });
    put(world.source, work, { token: "a" });
    await world.pass();
    await world.pass({ folders: { map: { Work: "Projects" } } });
    renameFolder(world.source, folderAt(world.source, work), ["Job"]);
    await world.pass();
    expect(shown(world.destination)).toContain("Projects: own[]");
  });

  it("41 a folder of its user's does not become ours by having the new name", async () => {
    put(world.destination, ["New"], { token: "own" });
    put(world.source, ["Old"], { token: "a" });
    await world.pass();
    renameFolder(world.destination, folderAt(world.destination, ["Old"]), ["Mine"]);
    renameFolder(world.source, folderAt(world.source, ["Old"]), ["New"]);
    await world.pass();
    renameFolder(world.source, folderAt(world.source, ["New"]), ["Newer"]);
    await world.pass();
    expect(shown(world.destination)).toContain("New: own[]");
  });

  it("42 names that only the destination cannot tell apart stay apart when another one comes", async () => {
    const wish: Wish = { wrap: { destination: folding } };
    put(world.source, ["Work"], { token: "a" });
    put(world.source, ["work"], { token: "b" });
    await world.pass(wish);
    put(world.source, ["WORK"], { token: "c" });
    await world.pass(wish);
    await world.pass(wish);
    const places = shown(world.destination).map((one) => one.split(":")[0]);
    expect(new Set(places).size).toBe(3);
  });

  it("43 a folder keeps its destination when its case's rival goes", async () => {
    const wish: Wish = { wrap: { destination: folding } };
    put(world.source, ["Work"], { token: "a" });
    put(world.source, ["work"], { token: "b" });
    await world.pass(wish);
    const before = shown(world.destination)
      .find((one) => one.includes("b["))
      ?.split(":")[0];
    world.source.folders.delete("Work");
    put(world.source, ["work"], { token: "d" });
    await world.pass(wish);
    const after = shown(world.destination)
      .find((one) => one.includes("d["))
      ?.split(":")[0];
    expect(after).toBe(before);
  });

  it("44 a folder that cannot be made spoils itself alone", async () => {
    put(world.source, inbox, { token: "a" });
    put(world.source, ["Bad"], { token: "b" });
    await world.pass({ wrap: { destination: refusing } }).catch(() => {});
    expect(shown(world.destination)).toEqual(["INBOX: a[]"]);
  });

  it("45 what waits in a folder excluded since is not pending for ever", async () => {
    await start({ destination: { maxSize: 500 } });
    put(world.source, work, { token: "big".padEnd(600, "g") });
    expect((await world.pass()).tally.pending).toBe(1);
    expect((await world.pass({ folders: { exclude: ["Work"] } })).tally.pending).toBe(0);
  });
});

describe("saved plans and marks", () => {
  it("50 what came after the plan waits also when the plan is applied a second time", async () => {
    put(world.source, inbox, { token: "a" });
    const { scope } = await world.plan();
    put(world.source, inbox, { token: "later" });
    await world.pass({ scope });
    expect((await world.pass({ scope })).tally).toMatchObject({ copied: 0, late: 1 });
    expect(shown(world.destination)).toEqual(["INBOX: a[]"]);
  });

  it("51 a keyword that could not be kept comes when it can be", async () => {
    const limited: Wish = {
      wrap: {
        destination: (store) => ({
          ...store,
          look: async (options) => {
            const look = await store.look(options);
            return { ...look, places: look.places.map((place) => ({ ...place, marks: ["\\Seen"] })) };
          },
        }),
      },
    };
    put(world.source, inbox, { token: "a", marks: ["work"] });
    await world.pass(limited);
    await world.pass(limited);
    expect(shown(world.destination)).toEqual(["INBOX: a[]"]);
    await world.pass();
    await world.pass();
    expect(shown(world.destination)).toEqual(["INBOX: a[work]"]);
  });

  it("52 a copy moved by us without an id and then deleted by its user is deleted", async () => {
    await start({ destination: { receipts: false } });
    put(world.source, inbox, { token: "a" });
    await world.pass();
    move(world.source, inbox, work, "a");
    await world.pass();
    drop(world.destination, work, "a");
    await world.pass();
    expect((await world.pass()).tally).toMatchObject({ deletedByUser: 1, present: 0 });
  });

  it("53 a date without a zone is the same instant everywhere", () => {
    const zone = process.env["TZ"];
    try {
      process.env["TZ"] = "UTC";
      const there = instantOf("Tue, 3 Feb 2015 10:00:00");
      process.env["TZ"] = "Asia/Tokyo";
      expect(instantOf("Tue, 3 Feb 2015 10:00:00")).toBe(there);
    } finally {
      if (zone === undefined) delete process.env["TZ"];
      else process.env["TZ"] = zone;
    }
  });

  it("55 a stop asked for while a folder is read is an interruption, not a fault of the mailbox", async () => {
    put(world.source, inbox, { token: "a" });
    const stop = new AbortController();
    const stopping = (store: ItemStore): ItemStore => ({
      ...store,
      changes: async function* (_feed, _since, options) {
        stop.abort();
        options.signal.throwIfAborted();
        yield* [];
      },
    });
    await expect(world.pass({ signal: stop.signal, wrap: { source: stopping } })).rejects.toMatchObject({
      code: "run.interrupted",
    });
  });
});

describe("bounds", () => {
  it("60 a source that fails in the middle of a batch gives its octets back", async () => {
    const folder = mkdtempSync(join(tmpdir(), "reconcile-review-"));
    const state = await openState({
      path: join(folder, "state.db"),
      migration: "test",
      clock: { now: () => 0, wait: async () => {} },
    });
    try {
      const lease = await state.acquire({
        host: "test",
        pid: process.pid,
        started: "0",
        user: "test",
        command: "test",
      });
      const sources = createMemoryItems();
      const destinations = createMemoryItems();
      put(sources.account("ana"), inbox, { token: "a" });
      put(sources.account("ana"), inbox, { token: "b" });
      const good = await sources.open({ user: "ana" });
      const bad: ItemStore = {
        ...good,
        read: async function* (place, ids, options) {
          for await (const item of good.read(place, ids, options)) {
            yield item;
            throw new Fault({ code: "endpoint.gone", message: "BYE", spoils: "mailbox", retry: "later" });
          }
        },
      };
      let held = 0;
      const budget = createByteBudget(64 * 1024 * 1024);
      const bytes = {
        take: async (octets: number, signal: AbortSignal) => {
          const give = await budget.take(octets, signal);
          held += 1;
          let given = false;
          return () => {
            if (!given) held -= 1;
            given = true;
            give();
          };
        },
      };
      await sync({
        address,
        source: bad,
        destination: await destinations.open({ user: "ana" }),
        journal: await state.journal(address, lease),
        mode: "copy",
        folders: {},
        messages: {},
        recopy: false,
        emit: () => {},
        signal: new AbortController().signal,
        clock: { now: () => 0, wait: async () => {} },
        bytes,
      });
      expect(held).toBe(0);
    } finally {
      await state.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
