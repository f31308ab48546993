/** Mailboxes of a tenant by IMAP: a real Dovecot in the place of Exchange Online, whose tokens are those of the stand-in's login. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Endpoint } from "../../src/contract/endpoint.ts";
import type { ItemStore } from "../../src/contract/item-store.ts";
import { systemClock } from "../../src/endpoint/clock.ts";
import { openEndpoint } from "../../src/endpoint/index.ts";
import { Fault } from "../../src/model/fault.ts";
import { collect } from "../contract/collect.ts";
import { itemStoreContract } from "../contract/item-store.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { fakeSecret, type FakeGraph, startGraph } from "../servers/graph.ts";
import { without } from "../servers/packages.ts";
import { manyUsers, subjectOn } from "./imap.ts";
import { addPerson, endTenant, specOf } from "./microsoft365.ts";

const options = { signal: new AbortController().signal };
const people = ["ana@example.com", "bo@example.com"] as const;

interface Scene {
  readonly graph: FakeGraph;
  readonly server: Dovecot;
  readonly endpoint: Endpoint;
  store(user: string): Promise<ItemStore>;
}

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const startMail = (graph: FakeGraph, users: Readonly<Record<string, string>>): Promise<Dovecot> =>
  startDovecot({ users, tokensAt: graph.introspectionUrl, tokensOpenAll: true });

function openMail(graph: FakeGraph, server: Dovecot): Promise<Endpoint> {
  const { url } = graph;
  const services = { graph: url, login: url, outlook: url, imap: `imap://127.0.0.1:${server.port}` };
  const surroundings = { secret: async () => fakeSecret, clock: systemClock, ...options, emit: () => {} };
  return openEndpoint("cloud", specOf(graph, { services }), surroundings);
}

async function storeOf(endpoint: Endpoint, user: string): Promise<ItemStore> {
  const opened = await endpoint.items.message?.({ user }, { ...options, use: "destination" });
  if (opened === undefined) throw new Error("the endpoint holds no mail");
  return opened;
}

async function scene(): Promise<Scene> {
  const graph = await startGraph();
  ends.push(() => endTenant(graph));
  const server = await startMail(graph, Object.fromEntries(people.map((name) => [name, "unused"])));
  ends.push(() => server.stop());
  for (const name of people) addPerson(graph, name);
  const endpoint = await openMail(graph, server);
  ends.push(() => endpoint.close());
  const store = async (user: string) => {
    const opened = await storeOf(endpoint, user);
    ends.push(() => opened.close());
    return opened;
  };
  return { graph, server, endpoint, store };
}

async function write(store: ItemStore, text: string): Promise<void> {
  const { places } = await store.look(options);
  const inbox = places.find(({ role }) => role === "inbox");
  const body = Buffer.from(`Subject: ${text}\r\n\r\n${text}\r\n`);
  const item = {
    key: text,
    place: inbox?.id ?? "",
    date: 1_700_000_000_000,
    marks: ["\\Seen"],
    size: body.length,
    body,
  };
  expect(await store.write([item], options)).toMatchObject([{ key: text }]);
}

async function count(store: ItemStore): Promise<number> {
  const { feeds } = await store.look(options);
  return feeds.reduce((sum, feed) => sum + feed.count, 0);
}

describe.skipIf(without("dovecot"))("the mailboxes of a tenant", () => {
  it("are opened by the application's one token, each its own", async () => {
    const { graph, store } = await scene();
    const [ana, bo] = [await store(people[0]), await store(people[1])];
    await write(ana, "for ana");
    expect([await count(ana), await count(bo)]).toEqual([1, 0]);
    expect(graph.tokens).toHaveLength(1);
  });

  it("are gone on with after a token that was revoked in mid-run", async () => {
    const { graph, store } = await scene();
    const first = await store(people[0]);
    await write(first, "before");
    graph.revoke();
    // The line that is open stays; a new one is let in by a new token.
    const second = await store(people[0]);
    await write(second, "after");
    expect(await count(second)).toBe(2);
    expect(graph.tokens).toHaveLength(2);
    const third = await store(people[1]);
    expect(await count(third)).toBe(0);
    expect(graph.tokens).toHaveLength(2);
  });

  it("are refused in words that hold no token", async () => {
    const { graph, store } = await scene();
    graph.grant(["User.Read.All"]);
    const fault = await store(people[0]).catch((thrown: unknown) => thrown);
    expect(fault).toMatchObject({ code: "login.refused", spoils: "mailbox", about: "cloud" });
    expect(fault).toBeInstanceOf(Fault);
    for (const token of graph.tokens) expect(String(fault) + JSON.stringify(fault)).not.toContain(token);
  });

  it("are those of who has a licence", async () => {
    const { graph, endpoint } = await scene();
    addPerson(graph, "cy@example.com", { assignedLicenses: [] });
    const sights = await collect(endpoint.owners?.(options));
    expect(sights.map(({ user, flaw }) => [user, flaw === undefined]).toSorted()).toEqual([
      ["ana@example.com", true],
      ["bo@example.com", true],
      ["cy@example.com", false],
    ]);
  });
});

describe.skipIf(without("dovecot"))("a mailbox of a tenant", () => {
  let graph: FakeGraph;
  let server: Dovecot;
  let endpoint: Endpoint;
  let taken = 0;
  beforeAll(async () => {
    graph = await startGraph();
    server = await startMail(graph, manyUsers);
    endpoint = await openMail(graph, server);
  });
  afterAll(async () => {
    await endpoint?.close();
    await server?.stop();
    await endTenant(graph);
  });

  itemStoreContract("microsoft365 by IMAP", async () => {
    const user = `user${taken++}`;
    const subject = await subjectOn(server, user, {
      path: ["Déjà vu", "a b", "c&d"],
      seen: (body) => Buffer.from(body.map((octet) => octet || 0x80)),
    });
    await subject.store.close();
    const store = await storeOf(endpoint, user);
    const close = async () => {
      await store.close();
      await subject.close();
    };
    return { ...subject, store, again: () => storeOf(endpoint, user), close };
  });
});
