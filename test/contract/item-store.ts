/* oxlint-disable vitest/no-conditional-expect -- what a store may leave out is not asked of it */
/** What every item store must do, whatever is behind it: the laws of src/contract/item-store.ts, one by one. */
import { Buffer } from "node:buffer";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ItemStore, Look } from "../../src/contract/item-store.ts";
import type { Options } from "../../src/contract/options.ts";
import { Fault } from "../../src/model/fault.ts";
import type { Body, Cursor, Edit, Entry, Feed, NewItem, Page, Place, ReadItem, Receipt } from "../../src/model/item.ts";
import type { Json } from "../../src/model/json.ts";

/** A message as it stands in the system, seen past the store. */
export interface Outside {
  readonly body: Buffer;
  /** Milliseconds since 1970 UTC. */
  readonly date: number;
  /** In any order. */
  readonly marks: readonly string[];
}

/** Hands that reach the system past the store, as another program would. Folders are named by their path. */
export interface Hands {
  /** Makes a folder, and its parents where the system needs them; INBOX is there from the start. */
  folder(path: readonly string[]): Promise<void>;
  /** Puts a message into a folder that is there. */
  put(path: readonly string[], message: Outside): Promise<void>;
  /** Everything in a folder, in any order. */
  list(path: readonly string[]): Promise<readonly Outside[]>;
  /** Deletes one message with this body. */
  remove(path: readonly string[], body: Uint8Array): Promise<void>;
  /** Sets the marks of one message with this body; absent where the system holds none. */
  flag?(path: readonly string[], body: Uint8Array, marks: readonly string[]): Promise<void>;
  /** Deletes a folder and makes it anew, empty; absent where nobody can tell the two apart. */
  renew?(path: readonly string[]): Promise<void>;
}

/** A store under test: a mailbox with an empty INBOX. */
export interface Subject {
  readonly store: ItemStore;
  readonly hands: Hands;
  /** Another store of the same mailbox, such as a later process would open. */
  again(): Promise<ItemStore>;
  /** What the system cannot hold. */
  readonly limits: {
    /** Marks: all, none at all, or these. */
    readonly marks: boolean | readonly string[];
    /** Milliseconds to which dates are rounded down; 1 where they are kept. */
    readonly dateStep: number;
    /** False where some octets come back altered (mboxo): only tame bodies are compared then. */
    readonly exact: boolean;
    /** The octets as the system shows them, where its protocol has line ends of its own; as they are when absent. */
    readonly shown?: (body: Buffer) => Buffer;
    /** A header block as the system shows it, where it gives fields and not octets. */
    readonly header?: (block: Buffer) => Buffer;
    /** The octets as another program is shown them, where the system does not show it all to everybody. */
    readonly seen?: (body: Buffer) => Buffer;
    /** Bodies that the system takes from nobody: they must be refused by name. */
    readonly refuses?: (body: Buffer) => boolean;
    /** A path that tempts a system to alter names, as far as this one can hold it. */
    readonly path?: readonly string[];
  };
  /** Closes the store and removes every trace. */
  close(): Promise<void>;
}

const inbox = ["INBOX"];
const date = Date.UTC(2019, 4, 17, 8, 30, 15, 250);

/** A plain message; `name` makes it unlike the others. */
export function message(name: string, text = "Hello.\r\n"): Buffer {
  return Buffer.from(
    `From: Ana <ana@example.com>\r\nTo: bo@example.com\r\nSubject: ${name}\r\nMessage-ID: <${name}@example.com>\r\n` +
      `Date: Fri, 17 May 2019 08:30:15 +0000\r\n\r\n${text}`,
  );
}

/** Bodies that tempt a store to alter them. */
export const awkward: Readonly<Record<string, Buffer>> = {
  "bare line feeds": Buffer.from("Subject: lf\n\none\ntwo\n"),
  "mixed line ends": Buffer.from("Subject: mixed\r\nX: y\n\r\none\rtwo\nthree\r\n"),
  "no final line end": Buffer.from("Subject: open\r\n\r\nno end"),
  "a header and no more": Buffer.from("Subject: header\r\n"),
  "no line at all": Buffer.from("x"),
  nothing: Buffer.alloc(0),
  "a blank first line": Buffer.from("\r\nSubject: not a header\r\n\r\nbody\r\n"),
  "blank lines only": Buffer.from("\n\n\n"),
  "many blank lines at the end": Buffer.from("Subject: blank\n\nbody\n\n\n\n"),
  "From lines": Buffer.from(
    "Subject: from\n\nFrom here on\n>From there\n>>From x@y Mon Jan  1 00:00:00 2024\n\nFrom a@b.c Mon Jan  1 00:00:00 2024\nX: y\n",
  ),
  "a From line first": Buffer.from("From a@b.c Mon Jan  1 00:00:00 2024\nSubject: x\n\ny\n"),
  "From lines with CRLF": Buffer.from("Subject: from\r\n\r\nFrom a@b.c Mon Jan  1 00:00:00 2024\r\n\r\n>From me\r\n"),
  "NUL and eight bits": Buffer.from([83, 58, 32, 0, 255, 254, 10, 10, 0, 128, 129, 13, 10, 0]),
  "a wrong Content-Length": Buffer.from("Subject: cl\nContent-Length: 3\nStatus: RO\n\nlonger than three\nFrom z\n"),
  "a huge Content-Length": Buffer.from("Content-Length: 99999999999999999999\nSubject: cl\n\nshort\n"),
  "status lines of its own": Buffer.from("Subject: s\nStatus: RO\nX-Status: AF\nX-Keywords: mine\n\nbody\n"),
  "a long line": Buffer.concat([Buffer.from("Subject: long\n\n"), Buffer.alloc(200_000, ">"), Buffer.from("From x\n")]),
};

const outside = (body: Buffer, at = date, marks: readonly string[] = []): Outside => ({ body, date: at, marks });

const item = (place: Place, key: string, body: Body, more: Partial<NewItem> = {}): NewItem => ({
  key,
  place: place.id,
  date,
  marks: [],
  size: body instanceof Uint8Array ? body.length : 0,
  body,
  ...more,
});

/** An absent version says nothing, which is allowed. */
const expectOther = (before: string | undefined, after: string | undefined) =>
  expect(before === undefined || after === undefined || before !== after).toBe(true);

/** A store that listens, as another process would have it. A server that cannot tell is asked for nothing. */
async function watched(
  subject: Subject,
  work: (changes: AsyncIterator<void>, end: () => void) => Promise<void>,
): Promise<void> {
  const store = await subject.again();
  const end = new AbortController();
  const changes = store.watch?.({ signal: end.signal })[Symbol.asyncIterator]();
  try {
    if (changes === undefined) return;
    expect((await changes.next()).done).not.toBe(true);
    await work(changes, () => end.abort());
  } finally {
    end.abort();
    await changes?.return?.();
    await store.close();
  }
}

/** Calls `make` anew for every test. */
export function itemStoreContract(name: string, make: () => Promise<Subject>): void {
  describe(`${name} keeps the laws of an item store`, () => {
    let subject: Subject;
    let store: ItemStore;
    let hands: Hands;
    const options: Options = { signal: new AbortController().signal };

    beforeEach(async () => {
      subject = await make();
      ({ store, hands } = subject);
    });
    afterEach(async () => {
      await subject.close();
    });

    const block = (header: Buffer) => subject.limits.header?.(header) ?? header;
    const shown = (body: Buffer) => subject.limits.shown?.(body) ?? body;
    const rounded = (ms: number) => Math.floor(ms / subject.limits.dateStep) * subject.limits.dateStep;
    const held = (marks: readonly string[]) => {
      const kept = subject.limits.marks;
      return typeof kept === "boolean" ? (kept ? marks : []) : marks.filter((mark) => kept.includes(mark));
    };
    const put = (body: Buffer, path: readonly string[] = inbox, marks: readonly string[] = []) =>
      hands.put(path, outside(body, date, marks));

    const find = async (path: readonly string[], of = store) => placeOf(await of.look(options), path);
    const entriesOf = async (path: readonly string[] = inbox) =>
      fold(new Map(), await pagesOf(store, feedOf(await store.look(options), path), options));
    const bodiesOf = async (path: readonly string[] = inbox) => {
      const place = await find(path);
      const entries = [...(await entriesOf(path)).values()];
      return readAll(
        store,
        place.id,
        entries.map((entry) => entry.id),
        options,
      );
    };
    const seen = async (path: readonly string[] = inbox) => (await hands.list(path)).map(plain).toSorted(byText);

    const able = (act: Edit["act"]) => store.edit?.acts.has(act) === true;
    const run = async (edits: readonly Edit[]) => {
      if (!store.edit) throw new Error("the store has no edits");
      const given = await store.edit.run(edits, options);
      expect(given.map((each) => each.key).toSorted()).toEqual(edits.map((each) => each.key).toSorted());
      return new Map(given.map((each) => [each.key, each]));
    };
    const idOf = async (name: string, path: readonly string[] = inbox) => {
      const hit = (await bodiesOf(path)).find((each) => subjectOf(each.body) === name);
      if (!hit) throw new Error(`no message ${name}`);
      return hit;
    };

    describe("looking", () => {
      it("shows INBOX by its role, selectable, with a feed of its own", async () => {
        const look = await store.look(options);
        const place = placeOf(look, inbox);
        expect(place.role).toBe("inbox");
        expect(place.selectable).toBe(true);
        expect(feedOf(look, inbox).count).toBe(0);
        expect(new Set(look.places.map((each) => each.id)).size).toBe(look.places.length);
        expect(look.naming.maxPart).toBeGreaterThan(0);
      });

      it("shows folders of others by their whole path", async () => {
        await hands.folder(["Work"]);
        await hands.folder(["Work", "Söng ✉"]);
        const look = await store.look(options);
        expect(placeOf(look, ["Work", "Söng ✉"]).selectable).toBe(true);
        expect(look.places.filter((place) => place.role === "inbox")).toHaveLength(1);
      });

      it("counts the messages", async () => {
        for (const each of ["a", "b", "c"]) await put(message(each));
        expect(feedOf(await store.look(options), inbox).count).toBe(3);
      });

      it("shows an equal version only while nothing changed, marks included", async () => {
        const version = async () => feedOf(await store.look(options), inbox).version;
        await put(message("a"));
        const first = await version();
        await put(message("b"));
        const second = await version();
        expectOther(first, second);
        await hands.flag?.(inbox, message("a"), ["\\Seen"]);
        const third = await version();
        if (hands.flag) expectOther(second, third);
        await hands.remove(inbox, message("b"));
        expectOther(third, await version());
      });

      it("claims that nothing was ever removed only while that is so", async () => {
        const made = await store.place.create({ path: ["Fresh"] }, options);
        expect(made.neverRemoved).toBe(true);
        await receipts(store, [item(made, "a", message("a")), item(made, "b", message("b"))], options);
        expect((await find(["Fresh"])).neverRemoved).toBe(true);
        await hands.remove(["Fresh"], message("a"));
        expect((await find(["Fresh"])).neverRemoved).toBe(false);
        await receipts(store, [item(made, "c", message("c"))], options);
        expect((await find(["Fresh"])).neverRemoved).toBe(false);
        const other = await subject.again();
        expect((await find(["Fresh"], other)).neverRemoved).toBe(false);
        await other.close();
      });
    });

    describe("reading", () => {
      it("gives every message with its octets, size, date and marks", async () => {
        await hands.put(inbox, outside(message("a"), date, ["\\Seen"]));
        await hands.put(inbox, outside(message("b"), Date.UTC(1999, 11, 31, 23, 59, 58), ["\\Flagged", "urgent"]));
        const got = (await bodiesOf()).map((each) => [
          each.body.toString("latin1"),
          each.size,
          each.date,
          each.marks.toSorted(),
        ]);
        expect(got.toSorted(byFirst)).toEqual(
          [
            [message("a").toString("latin1"), message("a").length, rounded(date), held(["\\Seen"])],
            [
              message("b").toString("latin1"),
              message("b").length,
              Date.UTC(1999, 11, 31, 23, 59, 58),
              held(["\\Flagged", "urgent"]),
            ],
          ].toSorted(byFirst),
        );
      });

      it("is whole without a cursor, says so on every page, and gives the cursor on the last alone", async () => {
        for (let index = 0; index < 12; index++) await put(message(`m${index}`));
        const pages = await pagesOf(store, feedOf(await store.look(options), inbox), options);
        expect(pages.every((page) => page.whole)).toBe(true);
        expect(pages.flatMap((page) => page.entries)).toHaveLength(12);
        expect(pages.map((page) => page.next !== undefined)).toEqual(pages.map((_, at) => at === pages.length - 1));
      });

      it("ends with a cursor where there is nothing to read", async () => {
        const pages = await pagesOf(store, feedOf(await store.look(options), inbox), options);
        expect(pages.at(-1)?.next).toBeDefined();
        expect(pages.flatMap((page) => page.entries)).toEqual([]);
      });

      it("changes nothing, not even \\Seen", async () => {
        await put(message("a"));
        await put(message("b"), inbox, ["\\Answered"]);
        const before = await seen();
        const place = await find(inbox);
        const ids = (await bodiesOf()).map((each) => each.id);
        for await (const each of store.headers(place.id, ids, options)) expect(each.header.length).toBeGreaterThan(0);
        expect(await seen()).toEqual(before);
      });

      it("names from a cursor what was added, marked and removed since", async () => {
        for (const each of ["keep", "mark", "drop"]) await put(message(each));
        const first = await pagesOf(store, feedOf(await store.look(options), inbox), options);
        const known = fold(new Map(), first);
        await put(message("new"));
        await hands.remove(inbox, message("drop"));
        await hands.flag?.(inbox, message("mark"), ["\\Flagged"]);
        const look = await store.look(options);
        const later = fold(known, await pagesOf(store, feedOf(look, inbox), options, cursorOf(first)));
        const place = placeOf(look, inbox);
        const bodies = await readAll(store, place.id, [...later.keys()], options);
        const got = bodies.map((each) => [subjectOf(each.body), each.marks]);
        expect(got.toSorted(byFirst)).toEqual([
          ["keep", []],
          ["mark", hands.flag ? ["\\Flagged"] : []],
          ["new", []],
        ]);
        expect(later.size).toBe(3);
      });

      it("takes its cursor before reading: what comes meanwhile is not swallowed", async () => {
        for (let index = 0; index < 5; index++) await put(message(`m${index}`));
        const feed = feedOf(await store.look(options), inbox);
        const known = new Map<string, Entry>();
        let next: Cursor | undefined;
        let late = false;
        for await (const page of store.changes(feed, undefined, options)) {
          if (!late) await put(message("late"));
          late = true;
          fold(known, [page]);
          next = page.next ?? next;
        }
        fold(known, await pagesOf(store, feedOf(await store.look(options), inbox), options, next));
        expect(known.size).toBe(6);
      });

      it("tells on the last page the version that a look shows by then, where it tells one", async () => {
        await put(message("a"));
        const old = feedOf(await store.look(options), inbox);
        const before = cursorOf(await pagesOf(store, old, options));
        await put(message("b"));
        const pages = await pagesOf(store, old, options, before);
        const now = feedOf(await store.look(options), inbox);
        expect(pages.at(-1)?.version).toBe(store.tellsVersion === true ? now.version : undefined);
        expect(pages.slice(0, -1).every(({ version }) => version === undefined)).toBe(true);
        expectOther(old.version, now.version);
      });

      it("names what came after the watermark as late", async () => {
        await put(message("before"));
        const feed = feedOf(await store.look(options), inbox);
        await put(message("after"));
        const place = await find(inbox);
        const pages = await pagesOf(store, feed, options, undefined, throughText(feed.watermark));
        const late = new Map(pages.flatMap((page) => page.entries.map((entry) => [entry.id, entry.late ?? false])));
        const got = await readAll(store, place.id, [...late.keys()], options);
        expect(got.map((each) => [subjectOf(each.body), late.get(each.id)]).toSorted(byFirst)).toEqual([
          ["after", true],
          ["before", false],
        ]);
        expect([...(await entriesOf()).values()].map((entry) => entry.late ?? false)).toEqual([false, false]);
      });

      it("names the same octets by an id for as long as the epoch stands", async () => {
        for (const each of ["a", "b", "c", "d"]) await put(message(each));
        const named = new Map((await bodiesOf()).map((each) => [each.id, each.body.toString("latin1")]));
        const epoch = feedOf(await store.look(options), inbox).epoch;
        await hands.remove(inbox, message("b"));
        await put(message("e"));
        await hands.flag?.(inbox, message("c"), ["\\Seen", "later"]);
        expect(feedOf(await store.look(options), inbox).epoch).toBe(epoch);
        const now = await bodiesOf();
        expect(now).toHaveLength(4);
        const kept = now.filter((each) => named.has(each.id));
        expect(kept.map((each) => each.body.toString("latin1"))).toEqual(kept.map((each) => named.get(each.id)));
        expect(kept).toHaveLength(3);
      });

      it("tells equal copies apart", async () => {
        for (let index = 0; index < 3; index++) await put(message("twin"));
        const ids = (await bodiesOf()).map((each) => each.id);
        expect(new Set(ids).size).toBe(3);
      });

      it("leaves out ids that are gone", async () => {
        await put(message("a"));
        await put(message("b"));
        const place = await find(inbox);
        const ids = [...(await entriesOf()).keys()];
        await hands.remove(inbox, message("a"));
        const left = await readAll(store, place.id, ids, options);
        expect(left.map((each) => subjectOf(each.body))).toEqual(["b"]);
        const headers = [];
        for await (const each of store.headers(place.id, ids, options)) headers.push(each.id);
        expect(headers).toEqual(left.map((each) => each.id));
      });

      it("gives header blocks as they stand", async () => {
        await put(message("a"));
        await put(Buffer.from("Subject: lf\nX-Long: one\n two\n\nbody\n"));
        const place = await find(inbox);
        const got: string[] = [];
        for await (const { header } of store.headers(place.id, [...(await entriesOf()).keys()], options))
          got.push(Buffer.from(header).toString("latin1").trimEnd());
        expect(got.toSorted(byText)).toEqual(
          [
            message("a").toString("latin1").split("\r\n\r\n")[0] ?? "",
            block(shown(Buffer.from("Subject: lf\nX-Long: one\n two")))
              .toString("latin1")
              .trimEnd(),
          ].toSorted(byText),
        );
      });

      it("streams what is larger than a batch, and goes on where a stream is left unread", async () => {
        const large = Buffer.concat([message("large"), Buffer.alloc(store.batch.bytes + 1, "0123456789abcde\n")]);
        await put(large);
        await put(message("small"));
        const place = await find(inbox);
        const ids = [...(await entriesOf()).keys()];
        const sizes: number[] = [];
        for await (const each of store.read(place.id, ids, options)) {
          sizes.push(each.size);
          if ("body" in each && each.size > store.batch.bytes) expect(each.body).toBeInstanceOf(Readable);
        }
        expect(sizes.toSorted((a, b) => a - b)).toEqual([message("small").length, shown(large).length]);
        const whole = (await readAll(store, place.id, ids, options)).find((each) => each.size === shown(large).length);
        expect(whole?.body.equals(shown(large))).toBe(true);
      });

      it("lends what it may give whole, says truly what is canonical, and lends the memory again", async () => {
        const { whole } = store.batch;
        if (whole === undefined) return;
        const bodies = ["small", "medium", "large"].map((name, at) =>
          Buffer.concat([
            message(name),
            Buffer.alloc([0, store.batch.bytes + 1, whole + 1][at] ?? 0, `${name} is this\n`),
          ]),
        );
        for (const body of bodies) await put(body);
        const place = await find(inbox);
        const entries = await entriesOf();
        const ids = [...entries.keys()];
        const sizes = new Map([...entries].map(([id, { size }]) => [id, size]));
        const expected = bodies.map((body) => shown(body)).toSorted((a, b) => a.length - b.length);
        for (let time = 1; time <= 2; time += 1) {
          const found: Buffer[] = [];
          const streams: boolean[] = [];
          for await (const each of store.read(place.id, ids, { ...options, sizes, returns: true })) {
            if (!("body" in each)) continue;
            const chunks = each.body instanceof Uint8Array ? [each.body] : await each.body.toArray();
            const octets = Buffer.concat(chunks as Uint8Array[]);
            found.push(octets);
            streams.push(each.body instanceof Readable);
            if (each.canonical === true) expect(/(?<!\r)\n|\0/.test(octets.toString("latin1"))).toBe(false);
            each.release?.();
          }
          expect(
            found.toSorted((a, b) => a.length - b.length).map((each, at) => each.equals(expected[at] as Buffer)),
          ).toEqual([true, true, true]);
          expect(streams.filter(Boolean)).toHaveLength(1);
        }
      });

      it("takes a cursor of another epoch for expired, where folders can be told apart", async () => {
        if (!hands.renew) return;
        await hands.folder(["Again"]);
        await put(message("a"), ["Again"]);
        const before = feedOf(await store.look(options), ["Again"]);
        const next = cursorOf(await pagesOf(store, before, options));
        await hands.renew(["Again"]);
        const after = feedOf(await store.look(options), ["Again"]);
        expect(after.epoch).not.toBe(before.epoch);
        const pages = await settled(pagesOf(store, after, options, next));
        if (pages instanceof Error) expect(pages).toMatchObject({ code: "cursor.expired" });
        else expect(pages.every((page) => page.whole)).toBe(true);
      });
    });

    describe("writing", () => {
      it("keeps octets, date and marks, for whoever looks", async () => {
        const place = await find(inbox);
        const marks = ["\\Seen", "\\Answered", "\\Flagged", "\\Draft", "\\Deleted", "Work", "$Forwarded"];
        const given = await receipts(store, [item(place, "k", message("a"), { marks })], options);
        expect(given.get("k")).not.toHaveProperty("fault");
        expect(await seen()).toEqual([plain(outside(message("a"), rounded(date), held(marks)))]);
        const other = await subject.again();
        const look = await other.look(options);
        const [entry] = [...fold(new Map(), await pagesOf(other, feedOf(look, inbox), options)).values()];
        expect(entry?.marks.toSorted()).toEqual(held(marks).toSorted());
        expect(entry?.date).toBe(rounded(date));
        await other.close();
      });

      it("gives a receipt an item, by key, whose id reads back", async () => {
        const place = await find(inbox);
        const items = ["x", "y", "z"].map((key) => item(place, key, message(key), { marks: ["\\Seen"] }));
        const given = await receipts(store, items, options);
        expect([...given.keys()].toSorted()).toEqual(["x", "y", "z"]);
        for (const [key, receipt] of given) {
          if ("fault" in receipt) throw new Error(receipt.fault.message);
          if (receipt.marks) expect(receipt.marks).toEqual(held(["\\Seen"]));
          if (receipt.id === undefined) continue;
          const [back] = await readAll(store, place.id, [receipt.id], options);
          expect(back?.body.equals(message(key))).toBe(true);
        }
      });

      it("writes equal items as many times as they come", async () => {
        const place = await find(inbox);
        await receipts(store, [item(place, "a", message("t")), item(place, "b", message("t"))], options);
        await receipts(store, [item(place, "c", message("t"))], options);
        expect(await seen()).toHaveLength(3);
        expect((await entriesOf()).size).toBe(3);
      });

      it("takes no items for none", async () => {
        expect(await store.write([], options)).toEqual([]);
        expect(await seen()).toEqual([]);
      });

      it.each(Object.entries(awkward))("holds %s to the octet", async (_, body) => {
        if (!subject.limits.exact) return;
        const place = await find(inbox);
        if (subject.limits.refuses?.(body) === true) {
          const refused = await receipts(store, [item(place, "alone", body)], options);
          expect(refused.get("alone")).toMatchObject({ fault: { spoils: "item" } });
          expect(await seen()).toEqual([]);
          return;
        }
        const items = [
          item(place, "1", message("before")),
          item(place, "2", body),
          item(place, "3", Readable.from([...chunksOf(body, Math.max(7, body.length >> 8))]), { size: body.length }),
          item(place, "4", message("after")),
        ];
        await receipts(store, items, options);
        const got = (await bodiesOf()).map((each) => each.body.toString("latin1"));
        const want = [message("before"), shown(body), shown(body), message("after")].map((each) =>
          each.toString("latin1"),
        );
        expect(got.toSorted(byText)).toEqual(want.toSorted(byText));
        const others = want.map(
          (each) => subject.limits.seen?.(Buffer.from(each, "latin1")).toString("latin1") ?? each,
        );
        expect((await seen()).map((each) => each.body).toSorted(byText)).toEqual(others.toSorted(byText));
        for (const entry of (await entriesOf()).values())
          expect([shown(body).length, message("before").length, message("after").length]).toContain(entry.size);
      });

      it("takes a stream above the batch alone", async () => {
        const place = await find(inbox);
        const large = Buffer.concat([message("large"), Buffer.alloc(store.batch.bytes + 1000, "0123456789abcde\n")]);
        const body = Readable.from([...chunksOf(large, 1 << 16)]);
        await receipts(store, [item(place, "large", body, { size: large.length })], options);
        const [only] = await hands.list(inbox);
        expect(only?.body.equals(shown(large))).toBe(true);
      });

      it("stores nothing of an item whose octets are not as many as it says", async () => {
        const place = await find(inbox);
        const short = item(place, "short", Readable.from([message("short")]), { size: message("short").length + 5 });
        const outcome = await settled(store.write([short, item(place, "good", message("good"))], options));
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(Fault);
        else expect(outcome.find((each) => each.key === "short")).toHaveProperty("fault");
        expect((await seen()).map((each) => subjectOf(each.body))).not.toContain("short");
      });

      it("leaves nothing and throws where a stream breaks, or says so by a receipt", async () => {
        const place = await find(inbox);
        const broken = Readable.from(
          (function* () {
            yield message("half").subarray(0, 20);
            throw new Error("the line dropped");
          })(),
        );
        const outcome = await settled(store.write([item(place, "half", broken, { size: 500 })], options));
        if (!(outcome instanceof Error)) expect(outcome[0]).toHaveProperty("fault");
        expect(await seen()).toEqual([]);
      });

      it("stops at once when the run is interrupted, and `since` tells what was done", async () => {
        const place = await find(inbox);
        const bookmark = await store.bookmark(place.id, options);
        const stop = new AbortController();
        stop.abort();
        const items = ["a", "b"].map((key) => item(place, key, message(key)));
        const outcome = await settled(store.write(items, { signal: stop.signal }));
        const after = await all(store.since(place.id, bookmark, options));
        expect(after).toHaveLength((await seen()).length);
        if (outcome instanceof Error && store.batch.atomic) expect([0, 2]).toContain(after.length);
      });
    });

    describe("bookmarks", () => {
      it("tell what came after, and nothing that was there before", async () => {
        const place = await find(inbox);
        await put(message("old"));
        await receipts(store, [item(place, "mine", message("mine"))], options);
        const bookmark = await throughJson(store.bookmark(place.id, options));
        expect(await all(store.since(place.id, bookmark, options))).toEqual([]);
        await receipts(store, [item(place, "a", message("a")), item(place, "twin", message("mine"))], options);
        const after = await all(store.since(place.id, bookmark, options));
        const got = await readAll(
          store,
          place.id,
          after.map((entry) => entry.id),
          options,
        );
        expect(got.map((each) => subjectOf(each.body)).toSorted()).toEqual(["a", "mine"]);
      });

      it("hold for another store of the mailbox", async () => {
        const place = await find(inbox);
        await receipts(store, [item(place, "old", message("old"))], options);
        const bookmark = await throughJson(store.bookmark(place.id, options));
        await receipts(store, [item(place, "a", message("a"))], options);
        const other = await subject.again();
        expect(await all(other.since((await find(inbox, other)).id, bookmark, options))).toHaveLength(1);
        await other.close();
      });

      it("hold although others delete and mark", async () => {
        const place = await find(inbox);
        for (const each of ["o1", "o2", "o3"]) await put(message(each));
        const bookmark = await throughJson(store.bookmark(place.id, options));
        await receipts(store, [item(place, "a", message("a"))], options);
        await hands.remove(inbox, message("o1"));
        await hands.flag?.(inbox, message("o3"), ["\\Seen"]);
        const after = await all(store.since(place.id, bookmark, options));
        const ids = after.map((entry) => entry.id);
        const got = (await readAll(store, place.id, ids, options)).map((each) => subjectOf(each.body));
        expect(got).toEqual(["a"]);
      });
    });

    describe("editing", () => {
      it("marks the item named and no neighbour", async () => {
        if (!able("mark")) return;
        await put(message("a"), inbox, ["\\Flagged"]);
        await put(message("b"), inbox, ["\\Flagged"]);
        const { id, place } = await idOf("a");
        const given = await run([
          { key: "k", act: "mark", place, id, add: ["\\Seen", "$Work"], remove: ["\\Flagged"] },
        ]);
        const receipt = given.get("k");
        expect(receipt).not.toHaveProperty("fault");
        if (receipt && "marks" in receipt) expect(receipt.marks?.toSorted()).toEqual(held(["$Work", "\\Seen"]));
        expect(await seen()).toEqual(
          [
            plain(outside(message("a"), rounded(date), held(["\\Seen", "$Work"]))),
            plain(outside(message("b"), rounded(date), ["\\Flagged"])),
          ].toSorted(byText),
        );
        expect((await idOf("a")).id).toBe(id);
      });

      it("removes the item named and no neighbour, not even its twin", async () => {
        if (!able("remove")) return;
        for (const each of ["a", "twin", "twin"]) await put(message(each));
        const { id, place } = await idOf("twin");
        expect((await run([{ key: "k", act: "remove", place, id }])).get("k")).not.toHaveProperty("fault");
        expect((await seen()).map((each) => subjectOf(each.body)).toSorted()).toEqual(["a", "twin"]);
      });

      it("moves an item with its date and marks", async () => {
        if (!able("move")) return;
        await hands.folder(["Else"]);
        await put(message("a"), inbox, ["\\Seen", "kept"]);
        await put(message("b"));
        const to = await find(["Else"]);
        const { id, place } = await idOf("a");
        const receipt = (await run([{ key: "k", act: "move", place, id, to: to.id }])).get("k");
        expect((await seen()).map((each) => subjectOf(each.body))).toEqual(["b"]);
        expect(await seen(["Else"])).toEqual([plain(outside(message("a"), rounded(date), held(["\\Seen", "kept"])))]);
        if (receipt && "id" in receipt) expect((await idOf("a", ["Else"])).id).toBe(receipt.id);
      });

      it("does the others where one item is gone", async () => {
        if (!able("mark") && !able("remove")) return;
        await put(message("a"));
        await put(message("b"));
        const [a, b] = [await idOf("a"), await idOf("b")];
        await hands.remove(inbox, message("a"));
        const act = able("mark") ? { act: "mark" as const, add: ["\\Seen"], remove: [] } : { act: "remove" as const };
        const given = await run([
          { key: "gone", place: a.place, id: a.id, ...act },
          { key: "there", place: b.place, id: b.id, ...act },
        ]);
        expect(given.get("there")).not.toHaveProperty("fault");
        if (able("mark")) expect(given.get("gone")).toHaveProperty("fault");
        expect(await seen()).toEqual(able("mark") ? [plain(outside(message("b"), rounded(date), ["\\Seen"]))] : []);
      });

      it("refuses an edit made against another revision", async () => {
        if (!hands.flag || !able("remove")) return;
        await put(message("a"));
        const { id, place, revision } = await idOf("a");
        if (revision === undefined) return;
        await hands.flag(inbox, message("a"), ["\\Flagged"]);
        const receipt = (await run([{ key: "k", act: "remove", place, id, revision }])).get("k");
        expect(receipt).toMatchObject({ fault: { code: "item.conflict" } });
        expect(await seen()).toHaveLength(1);
        const now = (await idOf("a")).revision ?? "";
        expect((await run([{ key: "k", act: "remove", place, id, revision: now }])).get("k")).not.toHaveProperty(
          "fault",
        );
        expect(await seen()).toEqual([]);
      });
    });

    describe("watching", () => {
      it("tells when it listens, then of what comes, leaves and is marked by another hand", () =>
        watched(subject, async (changes) => {
          await put(message("a"));
          expect((await changes.next()).done).not.toBe(true);
          if (hands.flag) {
            await hands.flag(inbox, message("a"), ["\\Flagged"]);
            expect((await changes.next()).done).not.toBe(true);
          }
          await hands.remove(inbox, message("a"));
          expect((await changes.next()).done).not.toBe(true);
        }));

      it("tells of what came while nobody asked", () =>
        watched(subject, async (changes) => {
          await put(message("a"));
          await put(message("b"));
          expect((await changes.next()).done).not.toBe(true);
        }));

      it("ends when it is told to, also while it waits", () =>
        watched(subject, async (changes, end) => {
          const next = changes.next();
          end();
          expect((await next).done).toBe(true);
        }));
    });

    describe("folders", () => {
      it("are made, with their parents' names kept, and are there for everybody", async () => {
        const { path = ["Déjà vu", "a.b", "c/d~"] } = subject.limits;
        const made = await store.place.create({ path }, options);
        expect(made.path).toEqual(path);
        expect((await find(path)).id).toBe(made.id);
        await receipts(store, [item(made, "k", message("a"))], options);
        expect(await bodiesOf(path)).toHaveLength(1);
        const other = await subject.again();
        expect((await find(path, other)).id).toBe(made.id);
        await other.close();
      });

      it("are made once: the second time finds the first", async () => {
        const one = await store.place.create({ path: ["Twice"] }, options);
        await receipts(store, [item(one, "k", message("a"))], options);
        const two = await store.place.create({ path: ["Twice"] }, options);
        expect(two.id).toBe(one.id);
        expect((await entriesOf(["Twice"])).size).toBe(1);
      });

      it("are renamed with all they hold", async () => {
        if (!store.place.rename) return;
        const made = await store.place.create({ path: ["Old"] }, options);
        await store.place.create({ path: ["Old", "Sub"] }, options);
        await receipts(store, [item(made, "k", message("a"), { marks: ["kept"] })], options);
        await store.place.rename(made.id, { path: ["New"] }, options);
        const look = await store.look(options);
        const paths = look.places.map((place) => place.path.join("/"));
        expect(paths).toContain("New/Sub");
        expect(paths.filter((path) => path.startsWith("Old"))).toEqual([]);
        const [entry] = [...(await entriesOf(["New"])).values()];
        expect(entry?.marks).toEqual(held(["kept"]));
      });

      it("are never renamed over another", async () => {
        if (!store.place.rename) return;
        const made = await store.place.create({ path: ["Old"] }, options);
        const there = await store.place.create({ path: ["There"] }, options);
        await receipts(store, [item(there, "k", message("a"))], options);
        await expect(store.place.rename(made.id, { path: ["There"] }, options)).rejects.toBeInstanceOf(Fault);
        expect((await entriesOf(["There"])).size).toBe(1);
      });

      it("keep their subscription", async () => {
        if (!store.place.subscribe) return;
        const made = await store.place.create({ path: ["Sübs"] }, options);
        await store.place.subscribe(made.id, true, options);
        expect((await find(["Sübs"])).subscribed).toBe(true);
        await store.place.subscribe(made.id, false, options);
        expect((await find(["Sübs"])).subscribed).toBe(false);
      });

      it("keep every subscription where several are made at once", async () => {
        const { create, subscribe } = store.place;
        if (!subscribe) return;
        const names = Array.from({ length: 16 }, (_, index) => `Sub ${index}`);
        const made = await Promise.all(names.map((name) => create({ path: [name] }, options)));
        await Promise.all(made.map(({ id }) => subscribe(id, true, options)));
        const there = (await store.look(options)).places.filter((place) => place.subscribed);
        const found = new Set(there.map((place) => place.path.join("/")));
        expect(names.filter((name) => !found.has(name))).toEqual([]);
      });
    });
  });
}

/** Everything a store gives of these ids, bodies read to the end. */
export async function readAll(
  store: ItemStore,
  place: string,
  ids: readonly string[],
  options: Options,
): Promise<(Entry & { readonly body: Buffer })[]> {
  const got: (Entry & { readonly body: Buffer })[] = [];
  for await (const each of store.read(place, ids, options)) got.push({ ...each, body: await bodyOf(each) });
  for (const each of got) expect(each.body.length).toBe(each.size);
  return got;
}

async function bodyOf(item: ReadItem): Promise<Buffer> {
  if ("fault" in item) throw new Error(`${item.id}: ${item.fault.message}`);
  if (item.body instanceof Uint8Array) return Buffer.from(item.body);
  return Buffer.concat(await item.body.toArray());
}

export async function pagesOf(
  store: ItemStore,
  feed: Feed,
  options: Options,
  since?: Cursor,
  until?: Json,
): Promise<Page[]> {
  const pages = await all(store.changes(feed, since, until === undefined ? options : { ...options, until }));
  const within = ({ place }: { readonly place: string }): boolean => feed.places.includes(place);
  return pages.map((page) => ({ ...page, entries: page.entries.filter(within), gone: page.gone.filter(within) }));
}

/** What is known once the pages are taken in; a whole reading drops what it does not name. */
export function fold(known: Map<string, Entry>, pages: readonly Page[]): Map<string, Entry> {
  if (pages[0]?.whole) known.clear();
  for (const page of pages) {
    for (const entry of page.entries) known.set(entry.id, entry);
    for (const { id } of page.gone) known.delete(id);
  }
  return known;
}

export function placeOf(look: Look, path: readonly string[]): Place {
  const place = look.places.find((each) => each.path.join("\0") === path.join("\0"));
  if (!place)
    throw new Error(`no place ${path.join("/")} among ${look.places.map((each) => each.path.join("/")).join(", ")}`);
  return place;
}

/** The feed of a place, and of what it tells that place's part alone. */
export function feedOf(look: Look, path: readonly string[]): Feed {
  const { id } = placeOf(look, path);
  const feed = look.feeds.find((each) => each.places.includes(id));
  if (!feed) throw new Error(`no feed of ${path.join("/")}`);
  return { ...feed, places: [id] };
}

/** Writes, and requires one receipt an item. */
export async function receipts(
  store: ItemStore,
  items: readonly NewItem[],
  options: Options,
): Promise<Map<string, Receipt>> {
  const given = await store.write(items, options);
  expect(given.map((each) => each.key).toSorted()).toEqual(items.map((each) => each.key).toSorted());
  return new Map(given.map((each) => [each.key, each]));
}

function cursorOf(pages: readonly Page[]): Cursor {
  const next = pages.at(-1)?.next;
  if (next === undefined) throw new Error("the last page gives no cursor");
  return throughText(next);
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const got: T[] = [];
  for await (const each of items) got.push(each);
  return got;
}

async function settled<T>(work: Promise<T>): Promise<T | Error> {
  return work.catch((thrown: unknown) => (thrown instanceof Error ? thrown : new Error(String(thrown))));
}

const throughText = (value: Json): Json => JSON.parse(JSON.stringify(value)) as Json;
const throughJson = async (value: Promise<Json>): Promise<Json> => throughText(await value);

const plain = ({ body, date, marks }: Outside) => ({ body: body.toString("latin1"), date, marks: marks.toSorted() });
const textOf = (value: unknown) => (typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
const byText = (a: unknown, b: unknown) => (textOf(a) < textOf(b) ? -1 : textOf(a) > textOf(b) ? 1 : 0);
const byFirst = (a: readonly unknown[], b: readonly unknown[]) => byText(a[0], b[0]);

function subjectOf(body: Buffer | string): string {
  return /^Subject: (.*?)\r?$/m.exec(body.toString("latin1"))?.[1] ?? "";
}

function* chunksOf(body: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
}
