/** Messages as Exchange keeps them, from one mailbox of the stand-in to another: what becomes of them where it goes wrong. */
import { afterEach, describe, expect, it } from "vitest";
import type { ItemStore } from "../../src/contract/item-store.ts";
import type { Finding } from "../../src/model/finding.ts";
import type { NativeItem, NewItem, Receipt } from "../../src/model/item.ts";
import { collect } from "../contract/collect.ts";
import { message } from "../contract/item-store.ts";
import { allRoles, type FakeGraph, startGraph } from "../servers/graph.ts";
import { createMail, type FakeMailOptions, type FakeMessage, type Kept } from "../servers/graph/mail.ts";
import { endTenant, openTenant } from "./microsoft365.ts";
import { openTransfer, type Transfer, user } from "./microsoft365-transfer.ts";

const options = { signal: new AbortController().signal };
const other = "bo@example.net";
const received = "2024-05-17T08:30:15Z";
let graph: FakeGraph;
afterEach(() => endTenant(graph));

interface Scene extends Transfer {
  readonly source: ItemStore;
  readonly destination: ItemStore;
  readonly inbox: string;
  readonly to: string;
  put(name: string, more?: Partial<FakeMessage>): string;
  /** Reads from the one as they are, and writes to the other. */
  carry(ids: readonly string[]): Promise<readonly Receipt[]>;
  held(): readonly Kept[];
}

async function scene(more: FakeMailOptions = {}): Promise<Scene> {
  const transfer = await openTransfer(more);
  ({ graph } = transfer);
  const { mail } = transfer;
  const [source, destination] = [await transfer.open("source"), await transfer.open("destination", other)];
  const [inbox, to] = [mail.wellKnown(user, "inbox"), mail.wellKnown(other, "inbox")];
  return {
    ...transfer,
    source,
    destination,
    inbox,
    to,
    put: (name, given = {}) => mail.put(user, inbox, { octets: message(name), received, ...given }),
    async carry(ids) {
      const items = await collect(source.native?.read(inbox, ids, options));
      return (
        (await destination.native?.write(
          items.map((item) => newOf(item, to)),
          options,
        )) ?? []
      );
    },
    held: () => mail.held(other, to),
  };
}

function newOf(item: NativeItem, place: string): NewItem {
  if ("fault" in item) throw new Error(item.fault.message);
  const { id: key, date, marks, size, body } = item;
  return { key, place, date, marks, size, body };
}

const subjectOf = ({ octets }: Kept): string => /^Subject: (.*)\r$/m.exec(octets.toString())?.[1] ?? "";
const headers = async (store: ItemStore, place: string, of: readonly string[]) =>
  (await collect(store.headers(place, of, options))).map(({ header }) => Buffer.from(header).toString());
const ofImport = (method: string, path: string): boolean => method === "POST" && path.endsWith("/importItem");

describe("a message that goes as Exchange keeps it", () => {
  it("comes with all that is kept of it, and its id is the one that listings use", async () => {
    const { mail, put, carry, held, destination, to } = await scene();
    const flag = { flagStatus: "complete", completedDateTime: { dateTime: "2024-06-01T00:00:00", timeZone: "UTC" } };
    const more = { read: true, categories: ["Red category", "VIP"], verb: 104, flag };
    const [receipt] = await carry([put("a", more)]);
    expect(held()).toMatchObject([{ ...more, octets: message("a"), received }]);
    const feed = (await destination.look(options)).feeds.find(({ id }) => id === to);
    if (feed === undefined) throw new Error("no feed");
    const [page] = await collect(destination.changes(feed, undefined, options));
    expect(page?.entries.map(({ id }) => id)).toEqual([receipt !== undefined && "id" in receipt ? receipt.id : "none"]);
    expect(page?.entries[0]?.marks.toSorted()).toEqual(["$Forwarded", "Red category", "VIP", "\\Seen"]);
    expect(mail.values()).toBe(0);
  });

  it("has the header that Graph tells of it, the same on both sides, and a draft no date", async () => {
    const { put, carry, source, destination, inbox, to } = await scene();
    const ids = [put("a"), put("b", { draft: true })];
    const there = (await carry(ids)).flatMap((receipt) => ("id" in receipt ? (receipt.id ?? []) : []));
    const told = await headers(source, inbox, ids);
    expect(told).toEqual([
      "From: Ana <ana@example.com>\r\nTo: bo@example.com\r\nSubject: a\r\nMessage-ID: <a@example.com>\r\nDate: Fri, 17 May 2019 08:30:15 +0000\r\n",
      "From: Ana <ana@example.com>\r\nTo: bo@example.com\r\nSubject: b\r\nMessage-ID: <b@example.com>\r\n",
    ]);
    expect(await headers(destination, to, there)).toEqual(told);
  });

  it("is sent in a new session where the last is over, by its time or without a word", async () => {
    const { mail, clock, put, carry, held } = await scene();
    await carry([put("a")]);
    clock.pass(3_600_000);
    await carry([put("b")]);
    mail.endSessions();
    await carry([put("c"), put("d")]);
    expect(held().map(subjectOf).toSorted()).toEqual(["a", "b", "c", "d"]);
    const begun = graph.requests.filter((each) => each.endsWith("/createImportSession")).length;
    expect(begun).toBeGreaterThanOrEqual(3);
    expect(begun).toBeLessThanOrEqual(4);
  });

  it("waits as long as it is told to, and is sent once", async () => {
    const { clock, put, carry, held } = await scene();
    graph.faults.next(ofImport, { status: 429, retryAfter: 17 }, 2);
    const receipts = await carry([put("a")]);
    expect(receipts).toMatchObject([{ id: expect.any(String) }]);
    expect(clock.waits.filter((ms) => ms === 17_000)).toHaveLength(2);
    expect(held()).toHaveLength(1);
  });

  it.each([
    ["an error after it took effect", { status: 503, after: true }],
    ["a line that breaks after it took effect", { status: 0, after: true, cut: true }],
    ["an error before", { status: 500 }],
    ["a line that breaks before", { status: 0, cut: true }],
  ])("has no receipt after %s, and what came tells", async (_, trouble) => {
    const { put, carry, held, destination, to } = await scene();
    const before = put("before");
    await carry([before]);
    const bookmark = await destination.bookmark(to, options);
    graph.faults.next(ofImport, trouble);
    const ids = [put("a"), put("b"), put("c")];
    const receipts = await carry(ids);
    expect(receipts).toHaveLength(2);
    expect(receipts.every((receipt) => "id" in receipt)).toBe(true);
    const came = await collect(destination.since(to, bookmark, options));
    expect(came).toHaveLength("after" in trouble ? 3 : 2);
    expect(held()).toHaveLength(came.length + 1);
  });

  it("is acknowledged without an id while it does not show, and found later", async () => {
    const { mail, put, carry, destination, to } = await scene();
    const bookmark = await destination.bookmark(to, options);
    mail.late(3);
    const id = put("a");
    expect(await carry([id])).toEqual([{ key: id }]);
    let came: readonly unknown[] = [];
    for (let reading = 0; reading < 9 && came.length === 0; reading += 1)
      came = await collect(destination.since(to, bookmark, options));
    expect(came).toHaveLength(1);
  });

  it("that is gone is left out, and one that is not exported is told alone", async () => {
    const { mail, put, source, inbox } = await scene();
    const ids = [put("a"), put("b"), put("c")];
    mail.remove(user, ids[0] ?? "");
    const value = [
      { itemId: ids[1], error: { code: "ErrorItemCorrupt", message: "The item is corrupt." } },
      { itemId: ids[2], changeKey: "CQ==", data: Buffer.from("x").toString("base64") },
    ];
    graph.faults.next((_, path) => path.endsWith("/exportItems"), { status: 200, body: { value } });
    const items = await collect(source.native?.read(inbox, ids, options));
    expect(items.map((item) => [item.id, "fault" in item ? item.fault.code : "body"])).toEqual([
      [ids[1], "item.unexported"],
      [ids[2], "body"],
    ]);
  });

  it("is asked for alone where an answer does not say which it is", async () => {
    const { put, source, inbox } = await scene();
    const ids = [put("a"), put("b")];
    const data = Buffer.from("x").toString("base64");
    const value = [
      { itemId: "one", data },
      { itemId: "two", data },
    ];
    graph.faults.next((_, path) => path.endsWith("/exportItems"), { status: 200, body: { value } });
    const items = await collect(source.native?.read(inbox, ids, options));
    expect(items.map((item) => ("body" in item ? item.body.length : 0) > 1)).toEqual([true, true]);
    expect(graph.requests.filter((each) => each.endsWith("/exportItems"))).toHaveLength(3);
  });

  it("is sent nowhere but to Exchange Online, and nobody is told the address", async () => {
    const { put, carry } = await scene();
    const body = { importUrl: "https://elsewhere.example/importItem?authtoken=key", expirationDateTime: received };
    graph.faults.next((_, path) => path.endsWith("/createImportSession"), { status: 200, body });
    const id = put("a");
    await expect(carry([id])).rejects.toMatchObject({ code: "answer.foreign", spoils: "endpoint" });
    const full = { error: { code: "ErrorQuotaExceeded", message: "The mailbox is full." } };
    graph.faults.next(ofImport, { status: 507, body: full });
    const [receipt] = await carry([id]);
    expect(receipt).toMatchObject({ fault: { code: "mailbox.full", spoils: "mailbox" } });
    expect(JSON.stringify(receipt)).not.toContain("authtoken");
  });

  it("keeps to four requests of a mailbox at one time, and loses none that was put off", async () => {
    const { put, carry, held } = await scene();
    const ids = Array.from({ length: 60 }, (_, at) => put(`m${at}`));
    graph.faults.next(ofImport, { status: 429 }, 9);
    expect(await carry(ids)).toHaveLength(60);
    expect(new Set(held().map(subjectOf)).size).toBe(60);
    expect(graph.crowd()).toBeLessThanOrEqual(4);
  });
});

describe("a mailbox that messages are imported to", () => {
  it("says of a folder that nothing was ever removed where its numbers tell, and else where it is empty", async () => {
    for (const numbered of [true, false]) {
      const { mail, destination, to } = await scene({ numbered });
      const never = async () => (await destination.look(options)).places.find(({ id }) => id === to)?.neverRemoved;
      expect(await never()).toBe(true);
      const id = mail.put(other, to, { octets: message("welcome"), received });
      expect(await never()).toBe(numbered);
      mail.put(other, to, { octets: message("second"), received });
      mail.remove(other, id);
      expect(await never()).toBe(false);
      if (numbered) await endTenant(graph);
    }
  });

  it("takes marks and categories as they are called, and tells which it cannot set", async () => {
    const { mail, put, carry, destination, to, events } = await scene();
    const [receipt] = await carry([put("a", { categories: ["Red category"] })]);
    const id = receipt !== undefined && "id" in receipt ? (receipt.id ?? "") : "";
    const add = ["\\Seen", "\\Answered", "Blue category"];
    const edit = { key: "e", act: "mark", place: to, id, add, remove: ["Red category"] } as const;
    expect(await destination.edit?.run([edit], options)).toEqual([{ key: "e", marks: ["\\Seen", "Blue category"] }]);
    expect(mail.held(other, to)).toMatchObject([{ read: true, categories: ["Blue category"] }]);
    await destination.close();
    const told = events.flatMap((event) => (event.type === "finding" ? [event.finding] : []));
    expect(told).toMatchObject([{ code: "marks.unset", message: expect.stringContaining("\\Answered (1)") }]);
  });

  it("is changed where the message still is, and nowhere else", async () => {
    const { mail, put, carry, destination, to } = await scene();
    const [receipt] = await carry([put("a")]);
    const id = receipt !== undefined && "id" in receipt ? (receipt.id ?? "") : "";
    const elsewhere = mail.folder(other, "Kept");
    mail.move(other, id, elsewhere);
    const remove = { key: "r", act: "remove", place: to, id } as const;
    expect(await destination.edit?.run([remove], options)).toEqual([{ key: "r" }]);
    const mark = { key: "m", act: "mark", place: to, id, add: ["\\Seen"], remove: [] } as const;
    expect(await destination.edit?.run([mark], options)).toMatchObject([{ fault: { code: "item.gone" } }]);
    expect(mail.held(other, elsewhere)).toHaveLength(1);
  });

  it("tells what came from an old bookmark too, once the service forgot it", async () => {
    const { mail, put, carry, destination, to } = await scene();
    const bookmark = await destination.bookmark(to, options);
    await carry([put("a")]);
    mail.expire();
    expect(await collect(destination.since(to, bookmark, options))).toHaveLength(1);
  });
});

describe("a check", () => {
  it.each([
    ["source", ["MailboxItem.Export.All"]],
    ["destination", ["MailboxItem.ImportExport.All"]],
  ] as const)("names the permissions that a %s lacks, and where they are granted", async (use, lacks) => {
    graph = await startGraph({ roles: allRoles.filter((role) => !/^Mailbox|^Mail\./.test(role)) });
    graph.route(createMail(() => `${graph.url}/v1.0`).route);
    const tenant = await openTenant(graph, { mail: "transfer" });
    const seen: unknown[] = [];
    const found: Finding[] = await collect(
      tenant.check(
        {
          use,
          mailboxes: [
            { address: `mailbox/${user}`, owner: { user }, chosen: (all) => new Set(all.map(({ id }) => id)) },
          ],
          seen: (sight) => void seen.push(sight),
        },
        options,
      ),
    );
    const missing = found.filter(({ code }) => code === "permission.missing");
    const mine = missing.filter(({ detail }) => (detail as { permission: string }).permission.startsWith("Mail"));
    const names = mine.map(({ detail }) => (detail as { permission: string }).permission);
    expect(names.toSorted()).toEqual([use === "source" ? "Mail.Read" : "Mail.ReadWrite", ...lacks].toSorted());
    expect(mine.every(({ severity, remedy }) => severity === "error" && remedy?.includes("entra.microsoft.com"))).toBe(
      true,
    );
    expect(seen).toHaveLength(1);
    expect(graph.requests.filter((each) => !/^(GET |POST \/\$batch$)/.test(each))).toEqual([]);
  });
});
