import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ItemStore } from "../../src/contract/item-store.ts";
import { addFolder, markMail, removeMail, renameFolder, renumberFolder } from "../../src/endpoint/memory/mail.ts";
import { Fault } from "../../src/model/fault.ts";
import { createWorld, folderAt, may, put, shown, type Wish, type World } from "./world.ts";

let world: World;

beforeEach(async () => {
  world = await createWorld();
});

afterEach(async () => {
  await world.close();
});

const inbox = ["INBOX"];

function mailAt(
  account: World["source"],
  path: readonly string[],
  token: string,
): {
  uid: number;
  folder: ReturnType<typeof folderAt>;
  mail: NonNullable<ReturnType<ReturnType<typeof folderAt>["mails"]["get"]>>;
} {
  const folder = folderAt(account, path);
  for (const mail of folder.mails.values())
    if (Buffer.from(mail.body).includes(`token=${token};`)) return { uid: mail.uid, folder, mail };
  throw new Error(`no ${token} in ${path.join("/")}`);
}

function makeOptional(account: World["source"], path: readonly string[]): void {
  folderAt(account, path).optional = true;
}

/** Notes the feeds that are read. */
function reading(read: string[]): NonNullable<Wish["wrap"]> {
  const listening = (store: ItemStore): ItemStore => ({
    ...store,
    changes: (feed, since, options) => {
      read.push(feed.id);
      return store.changes(feed, since, options);
    },
  });
  return { source: listening, destination: listening };
}

function drop(account: World["source"], path: readonly string[], token: string): void {
  const { folder, uid } = mailAt(account, path, token);
  removeMail(account, folder, uid);
}

function move(account: World["source"], from: readonly string[], to: readonly string[], token: string): void {
  const { folder, uid, mail } = mailAt(account, from, token);
  put(account, to, { token, marks: mail.marks, date: mail.date });
  removeMail(account, folder, uid);
}

function mark(account: World["source"], path: readonly string[], token: string, marks: readonly string[]): void {
  markMail(account, mailAt(account, path, token).mail, marks);
}

async function expectNothingToDo(): Promise<void> {
  const { counts } = await world.plan();
  expect(counts).toMatchObject({ copy: 0, adopt: 0, marks: 0, move: 0, delete: 0, places: 0 });
}

describe("a first pass", () => {
  it("brings every message once with date and marks, and finds nothing to do afterwards", async () => {
    put(world.source, inbox, { token: "a", marks: ["\\Seen"] });
    put(world.source, ["Work", "Grün"], { token: "b", marks: ["\\Flagged", "$Label"], date: may + 1000 });
    const planned = await world.plan();
    expect(planned.counts).toMatchObject({ copy: 2, folders: 2, places: 1, adopt: 0 });
    const { tally } = await world.pass();
    expect(tally).toMatchObject({ copied: 2, pending: 0, unknown: 0 });
    expect(shown(world.destination)).toEqual(shown(world.source));
    expect(mailAt(world.destination, ["Work", "Grün"], "b").mail.date).toBe(may + 1000);
    await expectNothingToDo();
    expect((await world.pass()).tally).toMatchObject({ copied: 0, adopted: 0, present: 2 });
    expect(shown(world.destination)).toEqual(shown(world.source));
  });

  it("keeps identical copies, equal headers on other content, and mail without Message-ID apart", async () => {
    for (const token of ["same", "same", "same"]) put(world.source, inbox, { token });
    put(world.source, inbox, { token: "x1", messageId: "<one@x>", subject: "s" });
    put(world.source, inbox, { token: "x2", messageId: "<one@x>", subject: "s" });
    put(world.source, inbox, { token: "none", messageId: "" });
    await world.pass();
    expect(shown(world.destination)).toEqual(shown(world.source));
    await world.loseState();
    await expectNothingToDo().catch(() => {});
    expect((await world.plan()).counts).toMatchObject({ copy: 0, adopt: 6, unknown: 0 });
    await world.pass();
    expect(shown(world.destination)).toEqual(shown(world.source));
  });

  it("does not take a destination's message of equal headers for the source's", async () => {
    put(world.source, inbox, { token: "mine", messageId: "<one@x>", subject: "s" });
    put(world.destination, inbox, { token: "thine", messageId: "<one@x>", subject: "s" });
    await world.pass();
    expect(shown(world.destination)).toEqual(["INBOX: mine[]", "INBOX: thine[]"]);
  });
});

describe("state lost", () => {
  it("copies nothing after a complete copy", async () => {
    for (const token of ["a", "b", "c"]) put(world.source, inbox, { token });
    await world.pass();
    await world.loseState();
    expect((await world.plan()).counts).toMatchObject({ copy: 0, adopt: 3, unknown: 0 });
    expect((await world.pass()).tally).toMatchObject({ copied: 0, adopted: 3, pending: 0, unknown: 0 });
    await expectNothingToDo();
  });

  it("shows what its user deleted as unknown, and copies it only with recopy", async () => {
    for (const token of ["a", "b", "c", "d", "e"]) put(world.source, inbox, { token });
    await world.pass();
    for (const token of ["a", "c", "e"]) drop(world.destination, inbox, token);
    await world.loseState();
    expect((await world.plan()).counts).toMatchObject({ copy: 0, adopt: 2, unknown: 3 });
    expect((await world.pass()).tally).toMatchObject({ copied: 0, unknown: 3 });
    expect((await world.plan()).counts).toMatchObject({ copy: 0, unknown: 3 });
    expect(shown(world.destination)).toEqual(["INBOX: b[]", "INBOX: d[]"]);
    put(world.source, inbox, { token: "new" });
    await world.pass();
    expect(shown(world.destination)).toEqual(["INBOX: b[]", "INBOX: d[]", "INBOX: new[]"]);
    expect((await world.plan({ recopy: true })).counts).toMatchObject({ copy: 3, unknown: 0 });
    await world.pass({ recopy: true });
    expect(shown(world.destination)).toEqual(shown(world.source));
  });

  it("adds marks and removes none", async () => {
    put(world.source, inbox, { token: "a", marks: ["\\Seen"] });
    await world.pass();
    mark(world.destination, inbox, "a", ["\\Flagged"]);
    await world.loseState();
    await world.pass();
    expect(shown(world.destination)).toEqual(["INBOX: a[\\Flagged \\Seen]"]);
  });

  it("finds what its user moved, and does not copy it again", async () => {
    put(world.source, inbox, { token: "a" });
    put(world.source, ["Work"], { token: "w" });
    await world.pass();
    move(world.destination, inbox, ["Mine"], "a");
    move(world.destination, ["Work"], ["Mine"], "w");
    await world.loseState();
    expect((await world.pass()).tally).toMatchObject({ copied: 0, adopted: 2, unknown: 0 });
    expect(shown(world.destination)).toEqual(["Mine: a[]", "Mine: w[]"]);
  });
});

describe("three ways", () => {
  beforeEach(async () => {
    for (const token of ["a", "b", "c"]) put(world.source, inbox, { token });
    await world.pass();
  });

  it("there, there, gone: what its user deleted stays deleted; restore brings it back", async () => {
    drop(world.destination, inbox, "b");
    expect((await world.pass()).tally).toMatchObject({ copied: 0, deletedByUser: 1 });
    expect((await world.pass()).tally).toMatchObject({ copied: 0, deletedByUser: 1 });
    expect(shown(world.destination)).toEqual(["INBOX: a[]", "INBOX: c[]"]);
    await world.pass({ restore: true });
    expect(shown(world.destination)).toEqual(shown(world.source));
  });

  it("there, there, elsewhere: what its user moved is paired anew, and marks follow it there", async () => {
    move(world.destination, inbox, ["Mine"], "b");
    expect((await world.pass()).tally).toMatchObject({ copied: 0 });
    mark(world.source, inbox, "b", ["\\Seen"]);
    await world.pass();
    expect(shown(world.destination)).toEqual(["INBOX: a[]", "INBOX: c[]", "Mine: b[\\Seen]"]);
    await expectNothingToDo();
  });

  it("there, gone, there: copy leaves it, mirror removes what we brought and its user has not touched", async () => {
    drop(world.source, inbox, "a");
    drop(world.source, inbox, "b");
    await world.pass();
    expect(shown(world.destination)).toHaveLength(3);
    mark(world.destination, inbox, "b", ["\\Flagged"]);
    const planned = await world.plan({ mode: "mirror" });
    expect(planned.counts.delete).toBe(1);
    expect(planned.deletes).toHaveLength(1);
    await world.pass({ mode: "mirror", deletes: [] });
    expect(shown(world.destination)).toHaveLength(3);
    expect((await world.pass({ mode: "mirror", deletes: planned.deletes })).tally).toMatchObject({ removed: 1 });
    expect(shown(world.destination)).toEqual(["INBOX: b[\\Flagged]", "INBOX: c[]"]);
  });

  it("mirror removes nothing it did not bring", async () => {
    put(world.destination, inbox, { token: "foreign" });
    await world.loseState();
    await world.pass({ mode: "mirror" });
    drop(world.source, inbox, "a");
    await world.pass({ mode: "mirror" });
    expect(shown(world.destination)).toEqual(["INBOX: a[]", "INBOX: b[]", "INBOX: c[]", "INBOX: foreign[]"]);
  });

  it("there, elsewhere, there: a message moved at the source is moved, not copied", async () => {
    move(world.source, inbox, ["Done"], "b");
    expect((await world.plan()).counts).toMatchObject({ copy: 0, move: 1, places: 1 });
    expect((await world.pass()).tally).toMatchObject({ copied: 0, moved: 1 });
    expect(shown(world.destination)).toEqual(shown(world.source));
    await expectNothingToDo();
  });

  it("there, elsewhere, gone: stays deleted", async () => {
    move(world.source, inbox, ["Done"], "b");
    drop(world.destination, inbox, "b");
    await world.pass();
    await world.pass();
    expect(shown(world.destination)).toEqual(["INBOX: a[]", "INBOX: c[]"]);
  });

  it("there, gone, gone: is forgotten", async () => {
    drop(world.source, inbox, "b");
    drop(world.destination, inbox, "b");
    await world.pass();
    expect(shown(world.destination)).toEqual(["INBOX: a[]", "INBOX: c[]"]);
    await expectNothingToDo();
  });

  it("each mark by itself: the source's change follows, the destination's stays", async () => {
    mark(world.source, inbox, "a", ["\\Seen", "work"]);
    mark(world.destination, inbox, "a", ["\\Flagged"]);
    mark(world.destination, inbox, "b", ["\\Seen"]);
    await world.pass();
    expect(shown(world.destination)).toEqual(["INBOX: a[\\Flagged \\Seen work]", "INBOX: b[\\Seen]", "INBOX: c[]"]);
    mark(world.source, inbox, "a", ["work"]);
    await world.pass();
    expect(shown(world.destination)).toEqual(["INBOX: a[\\Flagged work]", "INBOX: b[\\Seen]", "INBOX: c[]"]);
    await expectNothingToDo();
  });
});

describe("renumbered", () => {
  it.each(["source", "destination"] as const)(
    "a new UIDVALIDITY at the %s doubles nothing, marks no neighbour and resurrects nothing",
    async (side) => {
      for (const token of ["a", "b", "c", "d"]) put(world.source, inbox, { token });
      await world.pass();
      drop(world.destination, inbox, "b");
      await world.pass();
      drop(world.source, inbox, "a");
      renumberFolder(world[side], folderAt(world[side], inbox));
      mark(world.source, inbox, "d", ["\\Flagged"]);
      await world.pass();
      expect(shown(world.destination)).toEqual(["INBOX: a[]", "INBOX: c[]", "INBOX: d[\\Flagged]"]);
      await expectNothingToDo();
    },
  );
});

describe("a folder that the first pass made, before the second", () => {
  beforeEach(async () => {
    for (const token of ["a", "b", "c"]) put(world.source, ["Work"], { token });
    await world.pass();
  });

  it("renamed by its user, keeps its messages: marks follow them there, and none is copied", async () => {
    renameFolder(world.destination, folderAt(world.destination, ["Work"]), ["Mine"]);
    mark(world.source, ["Work"], "a", ["\\Flagged"]);
    put(world.source, ["Work"], { token: "d" });
    await world.pass();
    expect(shown(world.destination)).toEqual(["Mine: a[\\Flagged]", "Mine: b[]", "Mine: c[]", "Work: d[]"]);
    await expectNothingToDo();
  });

  it("deleted by its user, stays without its messages, and they are counted as deleted", async () => {
    world.destination.folders.delete("Work");
    put(world.source, ["Work"], { token: "d" });
    mark(world.source, ["Work"], "a", ["\\Flagged"]);
    const { tally } = await world.pass();
    expect(tally).toMatchObject({ copied: 1, deletedByUser: 3, pending: 0 });
    expect(shown(world.destination)).toEqual(["Work: d[]"]);
    await expectNothingToDo();
  });

  it("made anew by its user with less in it: no message is taken for its neighbour that has its old id", async () => {
    const before = folderAt(world.destination, ["Work"]);
    const { mails } = before;
    world.destination.folders.delete("Work");
    for (const token of ["b", "c"]) put(world.destination, ["Work"], { token });
    expect(folderAt(world.destination, ["Work"]).validity).not.toBe(before.validity);
    expect(mails.get(1)?.uid).toBe(1);
    mark(world.source, ["Work"], "a", ["\\Answered"]);
    mark(world.source, ["Work"], "c", ["\\Flagged"]);
    await world.pass();
    expect(shown(world.destination)).toEqual(["Work: b[]", "Work: c[\\Flagged]"]);
    await expectNothingToDo();
  });
});

describe("folders", () => {
  it("a folder renamed at the source is renamed at the destination", async () => {
    put(world.source, ["Old"], { token: "a" });
    await world.pass();
    const old = folderAt(world.source, ["Old"]);
    world.source.folders.delete(old.id);
    world.source.folders.set("New", { ...old, id: "New", path: ["New"] });
    expect((await world.plan()).counts).toMatchObject({ copy: 0, places: 1, move: 0 });
    await world.pass();
    expect(shown(world.destination)).toEqual(["New: a[]"]);
    expect([...world.destination.folders.keys()]).toEqual(["INBOX", "New"]);
    await expectNothingToDo();
  });

  it("what is below a renamed folder goes with it", async () => {
    put(world.source, ["Old"], { token: "a" });
    put(world.source, ["Old", "Deep"], { token: "b" });
    await world.pass();
    renameFolder(world.source, folderAt(world.source, ["Old"]), ["New"]);
    expect((await world.pass()).tally).toMatchObject({ copied: 0, moved: 0 });
    expect(shown(world.destination)).toEqual(["New/Deep: b[]", "New: a[]"]);
    expect([...world.destination.folders.keys()]).toEqual(["INBOX", "New", "New/Deep"]);
    await expectNothingToDo();
  });

  it("roles match whatever the names, maps and exclusions hold, subscriptions follow", async () => {
    addFolder(world.source, { path: ["Sent Items"], role: "sent" }).subscribed = true;
    addFolder(world.destination, { path: ["Sent"], role: "sent" });
    put(world.source, ["Sent Items"], { token: "s" });
    put(world.source, ["Junk", "2019"], { token: "j" });
    put(world.source, ["Old", "2018"], { token: "o" });
    await world.pass({ folders: { exclude: ["Junk/**"], map: { "Old/**": "Archive/Old/**" } } });
    expect(shown(world.destination)).toEqual(["Archive/Old/2018: o[]", "Sent: s[]"]);
    expect(folderAt(world.destination, ["Sent"]).subscribed).toBe(true);
  });

  describe("a place that shows what is elsewhere, or is somebody else's", () => {
    const named = { folders: { map: { All: "Everything" } } } as const;

    it.each(["copy", "mirror"] as const)("is never read unless it is named: %s", async (mode) => {
      put(world.source, inbox, { token: "a" });
      put(world.source, ["All"], { token: "a" });
      makeOptional(world.source, ["All"]);
      put(world.destination, ["Theirs"], { token: "b" });
      makeOptional(world.destination, ["Theirs"]);
      const read: string[] = [];
      await world.pass({ mode, wrap: reading(read) });
      put(world.source, ["Others"], { token: "c" });
      makeOptional(world.source, ["Others"]);
      world.source.folders.delete("All");
      await world.pass({ mode, wrap: reading(read) });
      expect([...new Set(read)]).toEqual(["INBOX"]);
      expect(shown(world.destination)).toEqual(["INBOX: a[]", "Theirs: b[]"]);
    });

    it("is read at the destination where a folder goes to it", async () => {
      put(world.source, ["Work"], { token: "a" });
      put(world.destination, ["Work"], { token: "a" });
      makeOptional(world.destination, ["Work"]);
      const { tally } = await world.pass();
      expect(tally).toMatchObject({ adopted: 1, copied: 0 });
    });

    it.each([
      ["stands", () => {}],
      ["is no longer shown", () => world.source.folders.delete("All")],
      ["is emptied", () => drop(world.source, ["All"], "b")],
    ])("is not gone once it is no longer named, while it %s", async (_, then) => {
      put(world.source, inbox, { token: "a" });
      put(world.source, ["All"], { token: "b" });
      makeOptional(world.source, ["All"]);
      await world.pass({ mode: "mirror", ...named });
      expect(shown(world.destination)).toEqual(["Everything: b[]", "INBOX: a[]"]);
      then();
      expect((await world.plan({ mode: "mirror" })).deletes).toEqual([]);
      await world.pass({ mode: "mirror" });
      expect((await world.plan({ mode: "mirror" })).deletes).toEqual([]);
      expect(shown(world.destination)).toEqual(["Everything: b[]", "INBOX: a[]"]);
    });

    it("leaves like any other while it is named", async () => {
      put(world.source, ["All"], { token: "b" });
      makeOptional(world.source, ["All"]);
      await world.pass({ mode: "mirror", ...named });
      drop(world.source, ["All"], "b");
      expect((await world.plan({ mode: "mirror", ...named })).deletes).toHaveLength(1);
    });
  });

  it("an excluded folder is hidden, not gone", async () => {
    put(world.source, ["Work"], { token: "w" });
    await world.pass({ mode: "mirror" });
    const hidden = { mode: "mirror", folders: { exclude: ["Work"] } } as const;
    expect((await world.plan(hidden)).counts.delete).toBe(0);
    await world.pass(hidden);
    expect(shown(world.destination)).toEqual(["Work: w[]"]);
  });
});

/** Reading Work breaks so many times, after its first page. */
function dropping(times: number): NonNullable<Wish["wrap"]> {
  let left = times;
  return {
    source: (store) => ({
      ...store,
      async *changes(feed, since, options) {
        const drops = feed.id === "Work" && left > 0;
        if (drops) left -= 1;
        for await (const { next, ...page } of store.changes(feed, since, options)) {
          yield drops || next === undefined ? page : { ...page, next };
        }
        if (drops)
          throw new Fault({ code: "line.dropped", message: "Dropped", spoils: "place", retry: { afterMs: 10 } });
      },
    }),
  };
}

describe("a line that drops while a folder is read", () => {
  beforeEach(() => {
    put(world.source, inbox, { token: "a" });
    put(world.source, ["Work"], { token: "w" });
  });

  it("goes on in the same folder", async () => {
    const { tally, findings } = await world.pass({ wrap: dropping(1) });
    expect(tally).toMatchObject({ copied: 2, pending: 0 });
    expect(findings).toEqual([]);
  });

  it("leaves the folder unread where it drops again, and takes the others", async () => {
    const { tally, findings } = await world.pass({ wrap: dropping(2) });
    expect(tally).toMatchObject({ copied: 1, pending: 1 });
    expect(findings).toMatchObject([{ code: "line.dropped", severity: "error" }]);
    expect((await world.pass()).tally).toMatchObject({ copied: 1, present: 1, pending: 0 });
  });
});

describe("a line cut after the destination took the batch", () => {
  const cut: NonNullable<Wish["wrap"]> = {
    destination: (store) => ({
      ...store,
      write: async (items, options) => {
        await store.write(items, options);
        throw new Fault({ code: "line.cut", message: "The line was cut", spoils: "mailbox", retry: "later" });
      },
    }),
  };

  beforeEach(async () => {
    for (const token of ["a", "b", "c"]) put(world.source, inbox, { token });
    await world.pass({ wrap: cut });
  });

  it("spoils the mailbox, and the copies are there", async () => {
    expect(shown(world.destination)).toHaveLength(3);
    expect((await world.pass({ wrap: cut })).fault).toBeUndefined();
  });

  it("brings nothing twice, and knows the copies for ours: mirror may remove them", async () => {
    drop(world.source, inbox, "b");
    expect((await world.pass({ mode: "mirror" })).tally).toMatchObject({ copied: 0, adopted: 0, removed: 1 });
    expect(shown(world.destination)).toEqual(["INBOX: a[]", "INBOX: c[]"]);
  });

  it("does not bring back what its user deleted of it before the next pass", async () => {
    drop(world.destination, inbox, "b");
    expect((await world.pass()).tally).toMatchObject({ copied: 0, deletedByUser: 1 });
    expect(shown(world.destination)).toEqual(["INBOX: a[]", "INBOX: c[]"]);
  });
});

describe("rules and refusals", () => {
  it("dates, sizes and named messages are left out, counted, and never removed", async () => {
    put(world.source, inbox, { token: "old", date: Date.UTC(2019, 0, 1) });
    put(world.source, inbox, { token: "ok", date: Date.UTC(2020, 0, 1) });
    put(world.source, inbox, { token: "big".padEnd(2000, "g"), date: Date.UTC(2020, 0, 1) });
    put(world.source, inbox, { token: "bad", date: Date.UTC(2020, 0, 1), messageId: "<bad@x>" });
    const messages = { since: "2020-01-01", maxSize: 1000, skip: [{ id: "<bad@x>", reason: "corrupt" }] };
    const { counts } = await world.plan({ messages });
    expect(counts).toMatchObject({ copy: 1, skipped: { maxSize: 1, skip: 1 } });
    expect((await world.pass({ messages })).tally).toMatchObject({ copied: 1, skipped: 2, outside: 1, pending: 0 });
    expect(shown(world.destination)).toEqual(["INBOX: ok[]"]);
    await world.pass({ mode: "mirror", messages: { since: "2021-01-01" } });
    expect(shown(world.destination)).toEqual(["INBOX: ok[]"]);
  });

  it("a message above the destination's limit waits by name while the rest arrives, and goes when the limit is raised", async () => {
    await world.close();
    world = await createWorld({ destination: { maxSize: 500 } });
    for (let i = 0; i < 20; i += 1) put(world.source, inbox, { token: `big${i}`.padEnd(600, "g") });
    put(world.source, inbox, { token: "small" });
    expect((await world.pass()).tally).toMatchObject({ copied: 1, pending: 20 });
    expect((await world.plan()).counts).toMatchObject({ copy: 0, pending: 20 });
    expect(shown(world.destination)).toEqual(["INBOX: small[]"]);
  });

  it("a full mailbox spoils the mailbox, not the messages", async () => {
    await world.close();
    world = await createWorld({ destination: { quota: 500 } });
    for (const token of ["a", "b", "c", "d"]) put(world.source, inbox, { token });
    const result = await world.pass();
    expect(result.fault?.code).toBe("mailbox.full");
    expect(result.tally.copied + result.tally.pending).toBe(4);
    expect(result.tally.copied).toBeGreaterThan(0);
  });

  it("newer mail waits for the next pass; a renumbered folder leaves the mailbox out of a saved plan", async () => {
    put(world.source, inbox, { token: "a" });
    const { scope } = await world.plan();
    put(world.source, inbox, { token: "later" });
    put(world.source, ["New"], { token: "latest" });
    expect((await world.pass({ scope })).tally).toMatchObject({ copied: 1, late: 2, pending: 0 });
    expect(shown(world.destination)).toEqual(["INBOX: a[]"]);
    renumberFolder(world.source, folderAt(world.source, inbox));
    await expect(world.pass({ scope })).rejects.toMatchObject({ code: "plan.staleMailbox" });
    await world.pass();
    expect(shown(world.destination)).toEqual(["INBOX: a[]", "INBOX: later[]", "New: latest[]"]);
  });

  it("an account that shows no folder is a fault, never an empty mailbox", async () => {
    put(world.source, inbox, { token: "a" });
    await world.pass({ mode: "mirror" });
    const kept = new Map(world.source.folders);
    world.source.folders.clear();
    await expect(world.pass({ mode: "mirror" })).rejects.toMatchObject({ code: "look.empty" });
    world.source.folders.set("Other", folderAt(world.source, ["Other"]));
    await expect(world.pass({ mode: "mirror" })).rejects.toMatchObject({ code: "look.inboxMissing" });
    for (const [id, folder] of kept) world.source.folders.set(id, folder);
    expect(shown(world.destination)).toEqual(["INBOX: a[]"]);
  });
});
