/** A mailbox by Graph, to be read: what the store says against what the stand-in holds. */
import { afterEach, describe, expect, it } from "vitest";
import type { ItemStore } from "../../src/contract/item-store.ts";
import type { Cursor, Entry, Feed, Page } from "../../src/model/item.ts";
import { awkward, message } from "../contract/item-store.ts";
import { collect } from "../contract/collect.ts";
import { type FakeGraph, startGraph } from "../servers/graph.ts";
import { createMail, type FakeMail } from "../servers/graph/mail.ts";
import { endTenant, openTenant } from "./microsoft365.ts";

const options = { signal: new AbortController().signal };
const user = "ana@example.com";
const received = "2024-05-17T08:30:15Z";
let graph: FakeGraph;
afterEach(() => endTenant(graph));

interface Scene {
  readonly mail: FakeMail;
  readonly inbox: string;
  readonly store: ItemStore;
}

async function scene(): Promise<Scene> {
  graph = await startGraph();
  const mail = createMail(() => `${graph.url}/v1.0`);
  graph.route(mail.route);
  const store = await (
    await openTenant(graph, { mail: "graph" })
  ).items.message?.({ user }, { ...options, use: "source" });
  if (store === undefined) throw new Error("the endpoint holds no mail");
  return { mail, inbox: mail.wellKnown(user, "inbox"), store };
}

async function feedOf(store: ItemStore, id: string): Promise<Feed> {
  const { feeds } = await store.look(options);
  const feed = feeds.find((each) => each.id === id);
  if (feed === undefined) throw new Error(`no feed ${id}`);
  return feed;
}

interface Reading {
  readonly entries: readonly Entry[];
  readonly gone: readonly string[];
  readonly next: Cursor | undefined;
  readonly pages: readonly Page[];
}

async function read(store: ItemStore, id: string, since?: Cursor, until?: number): Promise<Reading> {
  const feed = await feedOf(store, id);
  const pages = await collect(store.changes(feed, since, { ...options, ...(until !== undefined && { until }) }));
  return {
    pages,
    entries: pages.flatMap(({ entries }) => entries),
    gone: pages.flatMap(({ gone }) => gone.map((each) => each.id)),
    next: pages.at(-1)?.next,
  };
}

describe("a mailbox by Graph", () => {
  it("shows its folders by their roles, whatever they are called, and their names in parts", async () => {
    const { mail, store } = await scene();
    const projects = mail.folder(user, "Projekte");
    mail.folder(user, "A/B", projects);
    const { places } = await store.look(options);
    expect(places.map(({ path, role }) => [path.join(" > "), role])).toEqual([
      ["INBOX", "inbox"],
      ["Gesendete Elemente", "sent"],
      ["Entwürfe", "drafts"],
      ["Gelöschte Elemente", "trash"],
      ["Junk-E-Mail", "junk"],
      ["Projekte", undefined],
      ["Projekte > A/B", undefined],
    ]);
  });

  it("gives octets as they are, with dates and marks, categories as keywords", async () => {
    const { mail, inbox, store } = await scene();
    const bodies = Object.values(awkward).filter((body) => body.length > 0);
    for (const octets of bodies) mail.put(user, inbox, { octets, received });
    const id = mail.put(user, inbox, {
      octets: message("marked"),
      received,
      read: true,
      flagged: true,
      verb: 102,
      categories: ["Red category", "VIP"],
    });
    const { entries } = await read(store, inbox);
    expect(entries).toHaveLength(bodies.length + 1);
    expect(entries.every(({ date }) => date === Date.parse(received))).toBe(true);
    const marked = entries.find((each) => each.id === id);
    expect(marked?.marks.toSorted()).toEqual(["Red_category", "VIP", "\\Answered", "\\Flagged", "\\Seen"].toSorted());
    expect(marked?.size).toBeGreaterThanOrEqual(message("marked").length);
    const items = await collect(
      store.read(
        inbox,
        entries.map((each) => each.id),
        options,
      ),
    );
    expect(
      items.map((item) => ("body" in item ? Buffer.from(item.body as Uint8Array).toString("latin1") : item.fault)),
    ).toEqual([...bodies, message("marked")].map((body) => body.toString("latin1")));
    expect(items.map(({ size }) => size)).toEqual([...bodies, message("marked")].map((body) => body.length));
    const headers = await collect(store.headers(inbox, [id], options));
    expect(Buffer.from(headers[0]?.header ?? "").toString()).toContain("Subject: marked");
  });

  it("tells from a cursor what came, changed and went, in that folder alone", async () => {
    const { mail, inbox, store } = await scene();
    const projects = mail.folder(user, "Projects");
    const [a, b, c] = ["a", "b", "c"].map((name) => mail.put(user, inbox, { octets: message(name), received })) as [
      string,
      string,
      string,
    ];
    const first = await read(store, inbox);
    expect(first.pages.every(({ whole }) => whole)).toBe(true);
    const other = await read(store, projects);
    expect((await read(store, inbox, first.next)).entries).toEqual([]);
    mail.change(user, a, { read: true });
    mail.move(user, b, projects);
    mail.remove(user, c);
    const d = mail.put(user, inbox, { octets: message("d"), received });
    const second = await read(store, inbox, first.next);
    expect(second.entries.map(({ id, marks }) => [id, marks])).toEqual([
      [a, ["\\Seen"]],
      [d, []],
    ]);
    expect(second.gone.toSorted()).toEqual([b, c].toSorted());
    expect(second.pages.some(({ whole }) => whole)).toBe(false);
    const moved = await read(store, projects, other.next);
    expect(moved.entries.map(({ id, objectId }) => [id, objectId])).toEqual([[b, b]]);
  });

  it("reads a folder anew where the service no longer knows the cursor", async () => {
    const { mail, inbox, store } = await scene();
    mail.put(user, inbox, { octets: message("a"), received });
    const { next } = await read(store, inbox);
    mail.expire();
    await expect(read(store, inbox, next)).rejects.toMatchObject({ code: "cursor.expired", spoils: "place" });
    expect((await read(store, inbox)).entries).toHaveLength(1);
  });

  it("calls late what was made after the watermark", async () => {
    const { mail, inbox, store } = await scene();
    mail.put(user, inbox, { octets: message("a"), received });
    mail.put(user, inbox, { octets: message("b"), received: "2024-05-18T08:30:15Z" });
    const { entries } = await read(store, inbox, undefined, Date.parse("2024-05-17T12:00:00Z"));
    expect(entries.map(({ late }) => late)).toEqual([undefined, true]);
  });

  it("asks four things of a mailbox at one time, at most, and loses none that was put off", async () => {
    const { mail, inbox, store } = await scene();
    for (let at = 0; at < 60; at += 1) mail.put(user, inbox, { octets: message(`m${at}`), received });
    graph.faults.random(7, 0.1);
    const { entries } = await read(store, inbox);
    const items = await collect(
      store.read(
        inbox,
        entries.map(({ id }) => id),
        options,
      ),
    );
    graph.faults.off();
    expect(items.filter((item) => "body" in item)).toHaveLength(60);
    expect(new Set(items.map(({ id }) => id)).size).toBe(60);
    expect(graph.crowd()).toBeLessThanOrEqual(4);
  });

  it("leaves out who is gone meanwhile, and tells the one that is refused", async () => {
    const { mail, inbox, store } = await scene();
    const ids = ["a", "b", "c"].map((name) => mail.put(user, inbox, { octets: message(name), received }));
    mail.remove(user, ids[0] ?? "");
    const body = { error: { code: "ErrorMimeContentInvalid", message: "no" } };
    graph.faults.next((_, path) => path.includes(ids[1] ?? "none") && path.endsWith("$value"), { status: 400, body });
    const items = await collect(store.read(inbox, ids, options));
    expect(items.map((item) => [item.id, "fault" in item ? item.fault.spoils : "body"])).toEqual([
      [ids[1], "item"],
      [ids[2], "body"],
    ]);
  });

  it("says when a flag is due, and that it was done", async () => {
    const { mail, inbox, store } = await scene();
    const [start, due] = ["2024-06-01", "2024-06-03"].map((date) => ({
      dateTime: `${date}T00:00:00`,
      timeZone: "UTC",
    }));
    const put = (name: string, flagged: boolean, flag: object): string =>
      mail.put(user, inbox, { octets: message(name), received, flagged, flag: { ...flag } });
    const ids = [
      put("a", true, { startDateTime: start, dueDateTime: due }),
      put("b", false, { flagStatus: "complete", completedDateTime: due }),
      put("c", true, {}),
    ];
    const items = await collect(store.read(inbox, ids, options));
    expect(items.map(({ flag, marks }) => [flag, marks])).toEqual([
      [{ start, due }, ["\\Flagged"]],
      [{ completed: due }, []],
      [undefined, ["\\Flagged"]],
    ]);
  });

  it("is not written to", async () => {
    const { inbox, store } = await scene();
    await expect(store.write([], options)).rejects.toMatchObject({ code: "mail.readonly" });
    await expect(store.bookmark(inbox, options)).rejects.toMatchObject({ code: "mail.readonly" });
    const tenant = await openTenant(graph, { mail: "graph" });
    await expect(tenant.items.message?.({ user }, { ...options, use: "destination" })).rejects.toMatchObject({
      code: "mail.readonly",
    });
  });

  it("that is not there yet is told to be waited for", async () => {
    const { store } = await scene();
    const body = {
      error: {
        code: "MailboxNotEnabledForRESTAPI",
        message: "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
      },
    };
    graph.faults.next(() => true, { status: 404, body }, 99);
    await expect(store.look(options)).rejects.toMatchObject({ code: "mailbox.missing", spoils: "mailbox" });
  });
});
