/** Mailboxes whose items travel in a form of their system's own, and which show the same message otherwise on either side. */
import { Buffer } from "node:buffer";
import { buffer } from "node:stream/consumers";
import { afterEach, expect, it } from "vitest";
import type { ItemStore } from "../../src/contract/item-store.ts";
import { Fault } from "../../src/model/fault.ts";
import type { Body, Entry } from "../../src/model/item.ts";
import { markMail, removeMail } from "../../src/endpoint/memory/mail.ts";
import { createWorld, folderAt, put, shown, type Wish, type World } from "./world.ts";

const inbox = ["INBOX"];
let world: World;
afterEach(() => world.close());

const whole = async (body: Body): Promise<Buffer> => (body instanceof Uint8Array ? Buffer.from(body) : buffer(body));
const headerOf = (octets: Buffer): Buffer => octets.subarray(0, octets.indexOf("\r\n\r\n") + 2);
/** Octets in which nobody finds a header, or what they were. */
const sealed = (octets: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0]), Buffer.from(octets).map((octet) => octet ^ 85)]);
const unsealed = (octets: Buffer): Buffer => Buffer.from(octets.subarray(1)).map((octet) => octet ^ 85) as Buffer;

/** What was written is there, and the line breaks before it is told. */
const cut = new Fault({ code: "write.cut", message: "the line broke", spoils: "item", retry: "later" });

/** `as` is what this side shows after each body, and how much larger it counts a message. */
function native(store: ItemStore, as: string, breaks: () => boolean = () => false): ItemStore {
  const larger = <E extends Entry>(entry: E): E => ({ ...entry, size: entry.size + as.length });
  return {
    ...store,
    write: () => Promise.reject(new Error("octets are not taken here")),
    async *changes(feed, since, options) {
      for await (const page of store.changes(feed, since, options))
        yield { ...page, entries: page.entries.map(larger) };
    },
    async *since(place, bookmark, options) {
      for await (const entry of store.since(place, bookmark, options)) yield larger(entry);
    },
    async *read(place, ids, options) {
      for await (const item of store.read(place, ids, options))
        yield "fault" in item ? item : { ...item, body: Buffer.concat([await whole(item.body), Buffer.from(as)]) };
    },
    native: {
      form: "box",
      async *read(place, ids, options) {
        for await (const item of store.read(place, ids, options)) {
          if ("fault" in item) continue;
          const octets = await whole(item.body);
          yield { ...larger(item), header: headerOf(octets), body: sealed(octets) };
        }
      },
      async write(items, options) {
        const opened = await Promise.all(
          items.map(async (item) => {
            const body = unsealed(await whole(item.body));
            return { ...item, body, size: body.length };
          }),
        );
        const receipts = await store.write(opened, options);
        if (breaks()) throw cut;
        return receipts;
      },
    },
  };
}

function ofAnotherForm(store: ItemStore): ItemStore {
  const made = native(store, "x");
  return made.native === undefined ? made : { ...made, native: { ...made.native, form: "crate" } };
}

const wish = (more: Wish = {}, breaks?: () => boolean): Wish => ({
  ...more,
  wrap: { source: (store) => native(store, "-left"), destination: (store) => native(store, "-to the right", breaks) },
});

const codes = (findings: readonly { readonly code: string; readonly detail?: unknown }[]) =>
  findings.map(({ code, detail }) => [code, detail]);

it("brings what both sides keep, marks and moves it, and then has nothing to do", async () => {
  world = await createWorld();
  for (const token of ["a", "b", "c"]) put(world.source, inbox, { token });
  expect((await world.pass(wish({ mode: "mirror" }))).findings).toEqual([]);
  expect(shown(world.destination)).toEqual(shown(world.source));
  const [first, second] = folderAt(world.source, inbox).mails.values();
  if (first === undefined || second === undefined) throw new Error("no mail");
  markMail(world.source, first, ["\\Seen"]);
  removeMail(world.source, folderAt(world.source, inbox), second.uid);
  put(world.source, ["Later"], { token: "d" });
  await world.pass(wish({ mode: "mirror" }));
  expect(shown(world.destination)).toEqual(shown(world.source));
  const { counts, findings } = await world.plan(wish({ mode: "mirror" }));
  expect([counts.copy, counts.marks, counts.move, counts.delete, findings]).toEqual([0, 0, 0, 0, []]);
});

it("goes between two of one form alone", async () => {
  world = await createWorld();
  put(world.source, inbox, { token: "a" });
  const source = { source: (store: ItemStore) => native(store, "x") };
  const destination = { destination: (store: ItemStore) => native(store, "x") };
  await expect(world.plan({ wrap: source })).rejects.toMatchObject({ code: "items.form", spoils: "mailbox" });
  await expect(world.pass({ wrap: destination })).rejects.toMatchObject({ code: "items.form" });
  await expect(world.pass({ wrap: { ...source, destination: ofAnotherForm } })).rejects.toMatchObject({
    code: "items.form",
  });
  expect(shown(world.destination)).toEqual([]);
});

it("recognises what is there once the state is lost, and says that nothing proved it", async () => {
  world = await createWorld();
  for (const token of ["a", "b", "c"]) put(world.source, inbox, { token });
  await world.pass(wish());
  await world.loseState();
  const before = shown(world.destination);
  const { findings } = await world.pass(wish());
  expect(shown(world.destination)).toEqual(before);
  expect(codes(findings)).toEqual([["items.unproven", { messages: 3 }]]);
  expect(codes((await world.plan(wish())).findings)).toEqual([]);
});

it("copies what it cannot tell apart rather than lose it, once, and says so", async () => {
  world = await createWorld();
  for (const token of ["one", "two"])
    put(world.source, inbox, { token, messageId: "<twin@example.com>", subject: "Twins" });
  put(world.source, inbox, { token: "a" });
  await world.pass(wish());
  await world.loseState();
  const { findings } = await world.pass(wish());
  expect(codes(findings)).toEqual([
    ["items.unproven", { messages: 1 }],
    ["items.alike", { messages: 2 }],
  ]);
  const after = shown(world.destination);
  expect(after).toHaveLength(5);
  for (const each of shown(world.source)) expect(after).toContain(each);
  await world.pass(wish());
  expect(shown(world.destination)).toEqual(after);
});

it("writes nothing twice whose outcome was not told", async () => {
  world = await createWorld({ destination: { batch: { items: 2, bytes: 4 * 1024 * 1024, inFlight: 1 } } });
  const tokens = ["a", "b", "c", "d", "e"];
  for (const [at, token] of tokens.entries()) put(world.source, inbox, { token, date: 1_600_000_000_000 + at * 1000 });
  let writes = 0;
  const { tally } = await world.pass(wish({}, () => (writes += 1) % 2 === 1));
  expect(tally.copied).toBe(5);
  expect(shown(world.destination)).toEqual(shown(world.source));
});
