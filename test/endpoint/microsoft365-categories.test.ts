/** Keywords that become categories: mail by IMAP to a real Dovecot, and Graph's own view of it by the stand-in. */
import { afterEach, describe, expect, it } from "vitest";
import type { ItemStore } from "../../src/contract/item-store.ts";
import { messageIdOf } from "../../src/endpoint/microsoft365/mail/message-id.ts";
import type { Event } from "../../src/model/event.ts";
import type { NewItem } from "../../src/model/item.ts";
import { openEndpoint } from "../../src/endpoint/index.ts";
import { systemClock } from "../../src/endpoint/clock.ts";
import { collect } from "../contract/collect.ts";
import { message } from "../contract/item-store.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { createFoundMail, type FoundMail } from "../servers/graph/found.ts";
import { type FakeGraph, fakeSecret, startGraph } from "../servers/graph.ts";
import { connectImap } from "../servers/imap-client.ts";
import { without } from "../servers/packages.ts";
import { endTenant, specOf } from "./microsoft365.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const options = { signal: new AbortController().signal };
const user = "ana@example.com";
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

interface Scene {
  readonly graph: FakeGraph;
  readonly found: FoundMail;
  readonly store: ItemStore;
  readonly server: Dovecot;
  readonly events: Event[];
  readonly inbox: string;
}

const ids = (names: readonly string[]): ReadonlySet<string> => new Set(names.map((name) => `<${name}@example.com>`));

async function scene(there: readonly string[], flagged: readonly string[] = []): Promise<Scene> {
  const graph = await startGraph();
  ends.push(() => endTenant(graph));
  const found = createFoundMail(
    () => ids(there),
    (message) => ids(flagged).has(message),
  );
  graph.route(found.route);
  const server = await startDovecot({
    users: { [user]: "secret" },
    tokensAt: graph.introspectionUrl,
    tokensOpenAll: true,
  });
  ends.push(() => server.stop());
  const events: Event[] = [];
  const services = { graph: graph.url, login: graph.url, outlook: graph.url, imap: `imap://127.0.0.1:${server.port}` };
  // Only Graph is waited for here; IMAP goes by the machine's time.
  const clock = { ...createVirtualClock(), now: systemClock.now };
  const surroundings = {
    secret: async () => fakeSecret,
    clock,
    ...options,
    emit: (event: Event) => void events.push(event),
  };
  const endpoint = await openEndpoint("cloud", specOf(graph, { services, categories: true }), surroundings);
  ends.push(() => endpoint.close());
  const store = await endpoint.items.message?.({ user }, { ...options, use: "destination" });
  if (store === undefined) throw new Error("the endpoint holds no mail");
  ends.push(() => store.close());
  const { places } = await store.look(options);
  expect(places.every(({ marks }) => marks === "any")).toBe(true);
  return { graph, found, store, server, events, inbox: places.find(({ role }) => role === "inbox")?.id ?? "" };
}

const item = (place: string, name: string, marks: readonly string[]): NewItem => {
  const body = message(name);
  return { key: name, place, date: 1_700_000_000_000, marks, size: body.length, body };
};

async function flagsOf(server: Dovecot): Promise<readonly (readonly string[])[]> {
  const client = await connectImap(server);
  await client.login(user, "secret");
  const all = await client.fetchAll("INBOX");
  await client.close();
  return all.map(({ flags }) => flags.filter((flag) => flag !== "\\Recent").toSorted());
}

describe.skipIf(without("dovecot"))("keywords of mail that goes to a tenant", () => {
  it("become categories once the message shows, and no keywords", async () => {
    const { found, store, server, inbox } = await scene(["a", "b"]);
    found.late(1);
    const receipts = await store.write(
      [item(inbox, "a", ["\\Seen", "VIP", "$Forwarded"]), item(inbox, "b", [])],
      options,
    );
    expect(receipts.map((receipt) => [receipt.key, "fault" in receipt ? "fault" : receipt.marks])).toEqual([
      ["a", expect.arrayContaining(["\\Seen", "VIP"])],
      ["b", expect.not.arrayContaining(["VIP"])],
    ]);
    expect(found.categories(user, "<a@example.com>")).toEqual(["VIP"]);
    expect(found.categories(user, "<b@example.com>")).toBeUndefined();
    expect(await flagsOf(server)).toEqual([["$Forwarded", "\\Seen"], []]);
  });

  it("come and go later, and leave what people set themselves", async () => {
    const { found, store, inbox } = await scene(["a"]);
    await store.write([item(inbox, "a", ["Old"])], options);
    const feed = (await store.look(options)).feeds.find(({ places }) => places.includes(inbox));
    if (feed === undefined) throw new Error("no feed");
    const [page] = await collect(store.changes(feed, undefined, options));
    const id = page?.entries[0]?.id ?? "";
    const edit = { key: "e", act: "mark", place: inbox, id, add: ["\\Flagged", "New"], remove: ["Old"] } as const;
    const [receipt] = (await store.edit?.run([edit], options)) ?? [];
    expect(receipt).toMatchObject({ key: "e", marks: ["\\Flagged", "New"] });
    expect(found.categories(user, "<a@example.com>")).toEqual(["New"]);
  });

  it("that cannot be set are told, and the message is there all the same", async () => {
    const { graph, store, server, events, inbox } = await scene([]);
    const [receipt] = await store.write([item(inbox, "a", ["VIP"])], options);
    expect(receipt).not.toHaveProperty("fault");
    expect(await flagsOf(server)).toHaveLength(1);
    const body = { error: { code: "ErrorAccessDenied", message: "Access is denied." } };
    graph.faults.next((method) => method === "GET", { status: 403, body }, 99);
    expect((await store.write([item(inbox, "b", ["VIP"])], options))[0]).not.toHaveProperty("fault");
    expect(await flagsOf(server)).toHaveLength(2);
    const told = events.flatMap((event) => (event.type === "finding" ? [event.finding.code] : []));
    expect(told).toEqual(["categories.unset", "categories.unset"]);
  });
});

const day = (date: string) => ({ dateTime: `${date}T00:00:00.0000000`, timeZone: "UTC" });

describe.skipIf(without("dovecot"))("when a flag is due, and was done", () => {
  it("comes beside the flag; one that is due starts too, for Graph takes it no other way", async () => {
    const { found, store, inbox, events } = await scene(["a", "b", "c"], ["a", "b"]);
    expect(store.flags).toBe(true);
    const [due, completed] = [day("2024-06-03"), day("2024-06-04")];
    const items = [
      { ...item(inbox, "a", ["\\Flagged", "VIP"]), flag: { start: day("2024-06-01"), due } },
      { ...item(inbox, "b", ["\\Flagged"]), flag: { due } },
      { ...item(inbox, "c", []), flag: { completed } },
    ];
    await store.write(items, options);
    expect(found.flag(user, "<a@example.com>")).toEqual({
      flagStatus: "flagged",
      startDateTime: day("2024-06-01"),
      dueDateTime: due,
    });
    expect(found.categories(user, "<a@example.com>")).toEqual(["VIP"]);
    expect(found.flag(user, "<b@example.com>")).toEqual({
      flagStatus: "flagged",
      startDateTime: due,
      dueDateTime: due,
    });
    expect(found.flag(user, "<c@example.com>")).toEqual({ flagStatus: "complete", completedDateTime: completed });
    expect(found.categories(user, "<b@example.com>")).toBeUndefined();
    expect(events.filter(({ type }) => type === "finding")).toEqual([]);
  });

  it("is set in no copy that is not flagged, and told", async () => {
    const { found, store, inbox, events } = await scene(["a"]);
    const flagged = { ...item(inbox, "a", ["\\Flagged"]), flag: { due: day("2024-06-03") } };
    expect((await store.write([flagged], options))[0]).not.toHaveProperty("fault");
    expect(found.flag(user, "<a@example.com>")).toBeUndefined();
    const told = events.flatMap((event) => (event.type === "finding" ? [event.finding.code] : []));
    expect(told).toEqual(["categories.unset"]);
  });
});

describe("a Message-ID", () => {
  it.each<[string, string | undefined]>([
    ["Subject: x\r\nMessage-ID: <a@b>\r\n\r\nbody", "<a@b>"],
    ["message-id:\r\n <a@b>\r\n\r\n", "<a@b>"],
    ["Subject: x\n\nMessage-ID: <in@body>\n", undefined],
    ["Message-ID: a@b\r\n\r\n", undefined],
    ["Message-ID: <a b>\r\n\r\n", undefined],
    ["X-Message-ID: <a@b>\r\n\r\n", undefined],
  ])("of %j", (text, id) => {
    expect(messageIdOf(Buffer.from(text))).toBe(id);
  });
});
