/** Gmail's ways as somebody else understood them: an independent stand-in, for what it knows (small messages, labels, marks, dates, history). */
import { Buffer } from "node:buffer";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ItemStore } from "../../src/contract/item-store.ts";
import { openEndpoint } from "../../src/endpoint/index.ts";
import { createWorld, put, shown, tokenOf, type Wish, type World } from "../content/world.ts";
import { type EmulatedGmail, startEmulate } from "../servers/google/emulate.ts";
import { user } from "./google-mail.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const { signal } = new AbortController();
const clock = createVirtualClock(Date.UTC(2026, 0, 5, 9));
const sent = Date.UTC(2015, 1, 3, 10);
const base = "/gmail/v1/users/me";
const nothing = { copy: 0, adopt: 0, marks: 0, move: 0, delete: 0, places: 0, unknown: 0, pending: 0 };
let gmail: EmulatedGmail;
let world: World;

beforeEach(async () => {
  [gmail, world] = await Promise.all([startEmulate(user, clock), createWorld()]);
  // What it has at the start is not ours.
  for (const { id } of await list()) await gmail.ask("DELETE", `${base}/messages/${id}`);
});
afterEach(() => Promise.all([gmail.stop(), world.close()]));

interface Told {
  readonly id: string;
  readonly labelIds: readonly string[];
  readonly raw: string;
  readonly internalDate: string;
}

async function list(): Promise<readonly { readonly id: string }[]> {
  const { body } = await gmail.ask("GET", `${base}/messages?includeSpamTrash=true&maxResults=500`);
  return (body["messages"] ?? []) as { id: string }[];
}

async function messages(): Promise<readonly Told[]> {
  const asked = (await list()).map(({ id }) => gmail.ask("GET", `${base}/messages/${id}?format=raw`));
  return (await Promise.all(asked)).map(({ body }) => body as unknown as Told);
}

async function names(): Promise<ReadonlyMap<string, string>> {
  const { body } = await gmail.ask("GET", `${base}/labels`);
  return new Map((body["labels"] as { id: string; name: string }[]).map(({ id, name }) => [id, name]));
}

const own = (id: string): boolean => !/^CATEGORY_|^IMPORTANT$/.test(id);

/** Every message as `token: its labels`, sorted; labels that it gives of itself left out. */
async function labelled(): Promise<readonly string[]> {
  const known = await names();
  return (await messages())
    .map(({ raw, labelIds }) => {
      const labels = labelIds.filter(own).map((id) => known.get(id) ?? id);
      return `${tokenOf(Buffer.from(raw, "base64url"))}: ${labels.toSorted().join(" ")}`;
    })
    .toSorted();
}

async function using<T>(side: "source" | "destination", work: (wish: Wish) => Promise<T>): Promise<T> {
  const endpoint = await openEndpoint(
    "google",
    { type: "google", serviceAccount: { env: "KEY" }, apiUrl: gmail.url },
    { secret: async () => gmail.key, clock, signal, emit: () => {} },
  );
  const store: ItemStore | undefined = await endpoint.items.message?.({ user }, { use: side, signal });
  if (store === undefined) throw new Error("no mail");
  try {
    return await work({ wrap: { [side]: () => store } });
  } finally {
    await store.close();
  }
}

const letter = (token: string) =>
  Buffer.from(
    `Message-ID: <${token}@example.com>\r\nFrom: bo@example.com\r\nTo: ${user}\r\nSubject: ${token}\r\nDate: Tue, 3 Feb 2015 10:00:00 +0000\r\n\r\ntoken=${token};\r\n`,
  ).toString("base64url");

describe("beside an independent stand-in", () => {
  it("mail arrives with its octets, dates, labels and marks, and the second pass has nothing to do", async () => {
    put(world.source, ["INBOX"], { token: "a", date: sent });
    put(world.source, ["INBOX"], { token: "b", marks: ["\\Seen", "\\Flagged"], date: sent });
    put(world.source, ["Work", "2024"], { token: "c", marks: ["\\Seen"], date: sent });
    put(world.source, ["Work"], { token: "a", date: sent });
    expect((await using("destination", world.pass)).fault).toBeUndefined();
    expect(await labelled()).toEqual(["a: INBOX UNREAD Work", "b: INBOX STARRED", "c: Work/2024"]);
    const bodies = new Set(
      [...world.source.folders.values()].flatMap(({ mails }) =>
        [...mails.values()].map(({ body }) => Buffer.from(body).toString("base64url")),
      ),
    );
    for (const { raw, internalDate } of await messages()) {
      expect(bodies).toContain(raw.replace(/=+$/, ""));
      expect(Number(internalDate)).toBe(sent);
    }
    expect((await using("destination", world.plan)).counts).toMatchObject({ ...nothing, present: 4 });
  });

  it("what its user does there is seen by its history, and stands", async () => {
    for (const token of ["a", "b", "c"]) put(world.source, ["INBOX"], { token, date: sent });
    await using("destination", world.pass);
    const ids = new Map((await messages()).map(({ id, raw }) => [tokenOf(Buffer.from(raw, "base64url")), id]));
    await gmail.ask("POST", `${base}/messages/${ids.get("a")}/modify`, {
      addLabelIds: ["STARRED"],
      removeLabelIds: ["UNREAD"],
    });
    await gmail.ask("DELETE", `${base}/messages/${ids.get("b")}`);
    put(world.source, ["INBOX"], { token: "d", date: sent });
    await using("destination", world.pass);
    expect(await labelled()).toEqual(["a: INBOX STARRED", "c: INBOX UNREAD", "d: INBOX UNREAD"]);
    expect((await using("destination", world.plan)).counts).toMatchObject({ ...nothing, deletedByUser: 1 });
  });

  it("mail goes out with its labels as folders, and a later pass brings what changed", async () => {
    const { body: label } = await gmail.ask("POST", `${base}/labels`, { name: "Work" });
    const add = (token: string, ...labelIds: unknown[]) =>
      gmail.ask("POST", `${base}/messages?internalDateSource=dateHeader`, { raw: letter(token), labelIds });
    const { body: two } = await add("two", "INBOX", label["id"]);
    await add("one", "INBOX", "UNREAD");
    await using("source", world.pass);
    expect(shown(world.destination)).toEqual(["INBOX: one[]", "INBOX: two[\\Seen]", "Work: two[\\Seen]"]);
    expect((await using("source", world.plan)).counts).toMatchObject(nothing);
    await gmail.ask("POST", `${base}/messages/${String(two["id"])}/modify`, { addLabelIds: ["STARRED"] });
    await add("three", "INBOX");
    await using("source", world.pass);
    expect(shown(world.destination)).toEqual([
      "INBOX: one[]",
      "INBOX: three[\\Seen]",
      "INBOX: two[\\Flagged \\Seen]",
      "Work: two[\\Flagged \\Seen]",
    ]);
  });
});
