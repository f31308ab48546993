/** Messages that are made anew by Graph, for where IMAP is closed: what the stand-in is given of them, and what of them is lost. */
import { Buffer } from "node:buffer";
import { afterEach, describe, expect, it } from "vitest";
import type { ItemStore } from "../../src/contract/item-store.ts";
import type { NewItem } from "../../src/model/item.ts";
import { collect } from "../contract/collect.ts";
import { message } from "../contract/item-store.ts";
import { type FakeGraph, startGraph } from "../servers/graph.ts";
import { createMail, type FakeMail } from "../servers/graph/mail.ts";
import { endTenant, openTenant } from "./microsoft365.ts";

const options = { signal: new AbortController().signal };
const user = "ana@example.com";
const date = Date.parse("2024-05-17T08:30:15Z");
let graph: FakeGraph;
afterEach(() => endTenant(graph));

async function scene(): Promise<{ readonly mail: FakeMail; readonly inbox: string; readonly store: ItemStore }> {
  graph = await startGraph();
  const mail = createMail(() => `${graph.url}/v1.0`);
  graph.route(mail.route);
  const tenant = await openTenant(graph, { mail: "graph", reducedFidelity: true });
  const store = await tenant.items.message?.({ user }, { ...options, use: "destination" });
  if (store === undefined) throw new Error("the endpoint holds no mail");
  return { mail, inbox: mail.wellKnown(user, "inbox"), store };
}

const item = (place: string, key: string, body: Buffer, more: Partial<NewItem> = {}): NewItem => ({
  key,
  place,
  date,
  marks: [],
  size: body.length,
  body,
  ...more,
});

const rich = Buffer.from(
  [
    "From: =?utf-8?q?=C3=85sa?= <asa@example.com>",
    "To: Ana <ana@example.com>, crew: bo@example.com, cy@example.com;",
    "Cc: di@example.com",
    "Reply-To: desk@example.com",
    "Subject: =?utf-8?b?SMOkbGxv?=",
    "Message-ID: <rich@example.com>",
    "Date: Fri, 17 May 2019 10:30:15 +0200",
    "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="out"',
    "",
    "--out",
    'Content-Type: multipart/alternative; boundary="in"',
    "",
    "--in",
    "Content-Type: text/plain; charset=utf-8",
    "",
    "plain",
    "--in",
    "Content-Type: text/html; charset=iso-8859-1",
    "Content-Transfer-Encoding: quoted-printable",
    "",
    "<p>sch=F6n</p>",
    "--in--",
    "--out",
    'Content-Type: application/pdf; name="a.pdf"',
    'Content-Disposition: attachment; filename="a.pdf"',
    "Content-Transfer-Encoding: base64",
    "",
    Buffer.from("a pdf").toString("base64"),
    "--out",
    "Content-Type: message/rfc822",
    "",
    "Subject: within",
    "",
    "inner",
    "--out--",
    "",
  ].join("\r\n"),
);

const person = (address: string, name?: string) => ({ emailAddress: { address, ...(name !== undefined && { name }) } });

describe("a message that is made anew", () => {
  it("has people, subject, text, attachments, dates and marks of the old one, and is no draft", async () => {
    const { mail, inbox, store } = await scene();
    const marks = ["\\Seen", "\\Flagged", "\\Answered", "VIP"];
    const due = { dateTime: "2024-06-03T00:00:00", timeZone: "UTC" };
    const [receipt] = await store.write([item(inbox, "k", rich, { marks, flag: { due } })], options);
    expect(receipt).toMatchObject({ key: "k", id: expect.any(String), marks: expect.arrayContaining(marks) });
    const [kept] = mail.held(user, inbox);
    expect(kept).toMatchObject({
      draft: false,
      read: true,
      verb: 102,
      received: "2024-05-17T08:30:15.000Z",
      flag: { flagStatus: "flagged", startDateTime: due, dueDateTime: due },
      made: {
        subject: "Hällo",
        internetMessageId: "<rich@example.com>",
        from: person("asa@example.com", "Åsa"),
        toRecipients: [person("ana@example.com", "Ana"), person("bo@example.com"), person("cy@example.com")],
        ccRecipients: [person("di@example.com")],
        replyTo: [person("desk@example.com")],
        body: { contentType: "html", content: expect.stringContaining("<p>schön</p>") },
        categories: ["VIP"],
        attachments: [
          { name: "a.pdf", contentType: "application/pdf", contentBytes: Buffer.from("a pdf").toString("base64") },
          { contentType: "message/rfc822" },
        ],
      },
    });
    const properties = (kept?.made?.["singleValueExtendedProperties"] ?? []) as readonly object[];
    const sent = properties.find((each) => (each as { readonly id: string }).id === "SystemTime 0x0039");
    expect(sent).toMatchObject({ value: "2019-05-17T08:30:15.000Z" });
  });

  it("stays a draft where it was one", async () => {
    const { mail, inbox, store } = await scene();
    await store.write([item(inbox, "k", message("a"), { marks: ["\\Draft"] })], options);
    expect(mail.held(user, inbox)).toMatchObject([{ draft: true }]);
  });

  it("is found by what came where nobody told whether it was made, and is made once", async () => {
    const { mail, inbox, store } = await scene();
    const bookmark = await store.bookmark(inbox, options);
    graph.faults.next((method, path) => method === "POST" && path.endsWith("/messages"), { status: 504, after: true });
    const items = ["a", "b"].map((name) => item(inbox, name, message(name)));
    expect((await store.write(items, options)).map(({ key }) => key)).toEqual(["b"]);
    expect(await collect(store.since(inbox, bookmark, options))).toHaveLength(2);
    expect(mail.held(user, inbox)).toHaveLength(2);
  });

  it("is refused by name where it is too large for one request, or was cut", async () => {
    const { mail, inbox, store } = await scene();
    const large = Buffer.concat([message("large"), Buffer.alloc(3 * 1024 * 1024, "x")]);
    const receipts = await store.write(
      [item(inbox, "large", large), item(inbox, "cut", message("cut"), { size: 9999 }), item(inbox, "a", message("a"))],
      options,
    );
    expect(receipts.map((receipt) => ("fault" in receipt ? receipt.fault.code : "made"))).toEqual([
      "item.tooLarge",
      "item.cut",
      "made",
    ]);
    expect((await store.look(options)).room).toEqual({ item: 3 * 1024 * 1024 });
    expect(mail.held(user, inbox)).toHaveLength(1);
  });

  it("is made only where the manifest says so", async () => {
    graph = await startGraph();
    const open = (more: object) => openTenant(graph, { mail: "graph", ...more });
    const refused = (await open({})).items.message?.({ user }, { ...options, use: "destination" });
    await expect(refused).rejects.toMatchObject({ code: "mail.readonly" });
    const source = await (
      await open({ reducedFidelity: true })
    ).items.message?.({ user }, { ...options, use: "source" });
    expect(source?.loses).toBeUndefined();
    expect(source?.edit).toBeUndefined();
  });
});
