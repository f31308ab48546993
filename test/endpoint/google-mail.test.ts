/** Passes of the engine into and out of Gmail: labels, history, uploads, lost answers, rates. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ItemStore } from "../../src/contract/item-store.ts";
import type { GoogleEndpointSpec } from "../../src/model/spec.ts";
import { createWorld, may, put, shown, tokenOf, type Wish, type World } from "../content/world.ts";
import type { FakeUser } from "../servers/google/directory.ts";
import type { FakeMailbox } from "../servers/google/gmail.ts";
import { refuse } from "../servers/google/said.ts";
import { described, startWorkspace, type Workspace } from "./google.ts";
import { openMail, user } from "./google-mail.ts";

let workspace: Workspace;
let world: World;
let mailbox: FakeMailbox;

beforeEach(async () => {
  workspace = await startWorkspace();
  world = await createWorld();
  mailbox = workspace.fake.mailbox(user);
});
afterEach(async () => {
  await world.close();
  await workspace.fake.stop();
  described(workspace.fake);
  if (workspace.fake.meter.exceeded() > 0) throw new Error("more was asked than Gmail allows");
});

/** The world's letters have this Date. */
const sent = Date.UTC(2015, 1, 3, 10);

/** Work with a Gmail store in place of one of the world's sides. */
async function using<T>(
  side: "source" | "destination",
  work: (wish: Wish) => Promise<T>,
  wish: Wish = {},
  spec: Partial<GoogleEndpointSpec> = {},
): Promise<T> {
  const store: ItemStore = await openMail(workspace, spec, side);
  try {
    return await work({ ...wish, wrap: { [side]: () => store } });
  } finally {
    await store.close();
  }
}

const passTo = (wish?: Wish, spec?: Partial<GoogleEndpointSpec>) => using("destination", world.pass, wish, spec);
const planTo = (wish?: Wish) => using("destination", world.plan, wish);
const passFrom = (wish?: Wish) => using("source", world.pass, wish);
const planFrom = (wish?: Wish) => using("source", world.plan, wish);

const nothing = { copy: 0, adopt: 0, marks: 0, move: 0, delete: 0, places: 0, unknown: 0, pending: 0 };

/** Every message as `token: its labels' names`, sorted. */
const labelled = (): readonly string[] =>
  [...mailbox.messages.values()]
    .map(
      ({ raw, labels }) =>
        `${tokenOf(raw)}: ${[...labels]
          .map((id) => mailbox.labels.get(id)?.name ?? id)
          .toSorted()
          .join(" ")}`,
    )
    .toSorted();

const someone: FakeUser = {
  id: "1",
  primaryEmail: "cy@example.com",
  name: { givenName: "Cy", familyName: "Lund" },
  suspended: false,
  orgUnitPath: "/",
  recoveryEmail: "",
  aliases: [],
  password: "",
  hashFunction: undefined,
  changePasswordAtNextLogin: false,
  shows: 0,
};

describe("into Gmail", () => {
  it("mail arrives in its folders as labels, with its marks, and the second pass has nothing to do", async () => {
    put(world.source, ["INBOX"], { token: "a", date: sent });
    put(world.source, ["INBOX"], { token: "b", marks: ["\\Seen", "\\Flagged"], date: sent });
    put(world.source, ["Work", "2024"], { token: "c", marks: ["\\Seen"], date: sent });
    expect((await passTo()).fault).toBeUndefined();
    expect(labelled()).toEqual(["a: INBOX UNREAD", "b: INBOX STARRED", "c: Work/2024"]);
    expect([...mailbox.labels.values()].filter(({ type }) => type === "user").map(({ name }) => name)).toEqual([
      "Work",
      "Work/2024",
    ]);
    expect([...mailbox.messages.values()].map(({ internalDate }) => internalDate)).toEqual([sent, sent, sent]);
    expect((await planTo()).counts).toMatchObject({ ...nothing, present: 3 });
  });

  it("one message in several folders is one message with several labels; equal ones in one folder stay several", async () => {
    for (const path of [["INBOX"], ["Work"], ["Work", "Deep"]]) put(world.source, path, { token: "one", date: sent });
    put(world.source, ["Work"], { token: "twin", date: sent });
    put(world.source, ["Work"], { token: "twin", date: sent });
    await passTo();
    expect(labelled()).toEqual(["one: INBOX UNREAD Work Work/Deep", "twin: UNREAD Work", "twin: UNREAD Work"]);
    expect((await planTo()).counts).toMatchObject({ ...nothing, present: 5 });
  });

  it("what differs in its marks stays apart, for Gmail has one set of marks a message", async () => {
    put(world.source, ["INBOX"], { token: "one", date: sent });
    put(world.source, ["Work"], { token: "one", marks: ["\\Seen"], date: sent });
    await passTo();
    expect(labelled()).toEqual(["one: INBOX UNREAD", "one: Work"]);
  });

  it("a message that an earlier run left under another label is found by its Message-ID, and shared", async () => {
    put(world.source, ["INBOX"], { token: "one", date: sent });
    await passTo();
    put(world.source, ["Work"], { token: "one", date: sent });
    await passTo();
    expect(labelled()).toEqual(["one: INBOX UNREAD Work"]);
    expect(workspace.fake.asked.filter((each) => each === "GET /gmail/v1/users/me/messages")).not.toEqual([]);
  });

  it("a lost state doubles nothing", async () => {
    for (const token of ["a", "b", "c"]) put(world.source, ["Work"], { token, date: sent });
    await passTo();
    await world.loseState();
    await passTo();
    expect(labelled()).toEqual(["a: UNREAD Work", "b: UNREAD Work", "c: UNREAD Work"]);
    expect((await planTo()).counts).toMatchObject({ ...nothing, present: 3 });
  });

  it("a mailbox whose history is lost before the first pass is looked at in full, and gets what it lacks", async () => {
    mailbox.add(Buffer.from("Subject: Welcome\r\nMessage-ID: <welcome@google>\r\n\r\nhello\r\n"), ["INBOX"], sent);
    mailbox.forget();
    put(world.source, ["INBOX"], { token: "a", date: sent });
    put(world.source, ["Work"], { token: "b", date: sent });
    expect((await planTo()).counts).toMatchObject({ copy: 2, unknown: 0 });
    await passTo();
    expect([...mailbox.messages.values()]).toHaveLength(3);
    expect((await planTo()).counts).toMatchObject({ copy: 0, unknown: 0, present: 2 });
  });

  it("what its user deleted stays deleted where state and history are lost, for what is left tells of the copy", async () => {
    for (const token of ["a", "b"]) put(world.source, ["INBOX"], { token, date: sent });
    await passTo();
    const [first] = [...mailbox.messages.values()];
    if (first !== undefined) mailbox.remove(first);
    mailbox.forget();
    await world.loseState();
    await passTo();
    expect([...mailbox.messages.values()]).toHaveLength(1);
    expect((await planTo()).counts).toMatchObject({ copy: 0, unknown: 1, present: 1 });
    await passTo();
    expect([...mailbox.messages.values()]).toHaveLength(1);
  });

  it("what its user does there stands: read, starred, filed elsewhere, deleted", async () => {
    for (const token of ["a", "b", "c"]) put(world.source, ["INBOX"], { token, date: sent });
    await passTo();
    const [a, b, c] = [...mailbox.messages.values()];
    if (a === undefined || b === undefined || c === undefined) throw new Error("not three");
    mailbox.relabel(a, ["STARRED"], ["UNREAD"]);
    mailbox.relabel(b, [mailbox.label("Mine").id], ["INBOX"]);
    mailbox.remove(c);
    await passTo();
    expect(labelled()).toEqual(["a: INBOX STARRED", "b: Mine UNREAD"]);
    expect((await planTo()).counts).toMatchObject({ ...nothing, deletedByUser: 1 });
  });

  it("in mirror mode a message leaves with its last folder, and until then loses labels alone", async () => {
    put(world.source, ["INBOX"], { token: "one", date: sent });
    put(world.source, ["Work"], { token: "one", date: sent });
    put(world.source, ["Work"], { token: "stays", date: sent });
    const mirror: Wish = { mode: "mirror" };
    await passTo(mirror);
    const [first] = [...(world.source.folders.get("INBOX")?.mails.keys() ?? [])];
    const { removeMail } = await import("../../src/endpoint/memory/mail.ts");
    const inbox = world.source.folders.get("INBOX");
    if (inbox === undefined || first === undefined) throw new Error("no mail");
    removeMail(world.source, inbox, first);
    await passTo(mirror);
    expect(labelled()).toEqual(["one: UNREAD Work", "stays: UNREAD Work"]);
    const work = world.source.folders.get("Work");
    const [second] = [...(work?.mails.keys() ?? [])];
    if (work === undefined || second === undefined) throw new Error("no mail");
    removeMail(world.source, work, second);
    await passTo(mirror);
    expect(labelled()).toEqual(["one: TRASH UNREAD Work", "stays: UNREAD Work"]);
  });

  it("a date that the API cannot bring is told, with the remedy", async () => {
    put(world.source, ["INBOX"], { token: "late", date: may });
    put(world.source, ["INBOX"], { token: "fine", date: sent });
    await passTo();
    const told = workspace.events.flatMap((event) => (event.type === "finding" ? [event.finding] : []));
    expect(told).toMatchObject([
      {
        code: "google.dates",
        message: expect.stringMatching(/^1 message/),
        remedy: expect.stringContaining("by: imap"),
      },
    ]);
    expect((await planTo()).counts).toMatchObject({ ...nothing, present: 2 });
  });

  it("goes by import where the manifest says so, and never into the spam", async () => {
    put(world.source, ["INBOX"], { token: "a", date: sent });
    await passTo({}, { mail: { method: "import" } });
    expect(workspace.fake.asked).toContain("POST /upload/gmail/v1/users/me/messages/import");
    expect(labelled()).toEqual(["a: INBOX UNREAD"]);
  });

  it("a folder whose name Gmail keeps to itself spoils itself alone, with what to do", async () => {
    put(world.source, ["Starred"], { token: "a", date: sent });
    put(world.source, ["INBOX"], { token: "b", date: sent });
    const { findings } = await passTo();
    expect(JSON.stringify(findings)).toContain("no label of this name");
    expect(labelled()).toEqual(["b: INBOX UNREAD"]);
  });

  it.each([
    ["nobody's", () => {}, "token.refused"],
    [
      "a suspended user's",
      () => void workspace.fake.directory.users.add({ ...someone, suspended: true }),
      "mail.disabled",
    ],
  ])("%s mailbox does not open, and spoils itself alone", async (_, arrange, code) => {
    arrange();
    const open = (await workspace.open()).items.message;
    const opening = open?.(
      { user: someone.primaryEmail },
      { use: "destination", signal: new AbortController().signal },
    );
    await expect(opening).rejects.toMatchObject({ code, spoils: "mailbox" });
  });
});

const large = (token: string): Buffer =>
  Buffer.concat([
    Buffer.from(
      `Message-ID: <${token}@example.com>\r\nFrom: bo@example.com\r\nDate: Tue, 3 Feb 2015 10:00:00 +0000\r\nSubject: large\r\n\r\ntoken=${token};\r\n`,
    ),
    Buffer.alloc(18 * 1024 * 1024, "0123456789abcde\n"),
  ]);

async function putLarge(...paths: string[][]): Promise<Buffer> {
  const { addFolder, addMail } = await import("../../src/endpoint/memory/mail.ts");
  const body = large("big");
  for (const path of paths) addMail(world.source, addFolder(world.source, { path }), { date: sent, body, marks: [] });
  return body;
}

describe("large messages", () => {
  it.each([
    ["cut off before it arrives", { cut: true as const }],
    ["cut off after it arrived", { cut: true as const, after: true as const }],
    ["answered with 503 after it arrived", { reply: refuse(503, "backendError"), after: true as const }],
  ])("go in pieces, and go on where a piece is %s", async (_, mishap) => {
    const body = await putLarge(["INBOX"]);
    workspace.fake.faults.script("PUT", /messages$/, mishap, 2);
    expect((await passTo()).fault).toBeUndefined();
    expect([...mailbox.messages.values()].map(({ raw }) => raw.equals(body))).toEqual([true]);
    expect((await planTo()).counts).toMatchObject({ ...nothing, present: 1 });
  });

  it("in several folders are one message, too", async () => {
    await putLarge(["INBOX"], ["Work"]);
    await passTo();
    expect(labelled()).toEqual(["big: INBOX UNREAD Work"]);
  });
});

describe("what goes wrong", () => {
  it.each([
    ["answered with 503 after it took effect", { reply: refuse(503, "backendError"), after: true as const }],
    ["answered with 503 before it took effect", { reply: refuse(503, "backendError") }],
    ["cut off after it took effect", { cut: true as const, after: true as const }],
  ])("a message whose upload is %s is there once", async (_, mishap) => {
    for (const token of ["a", "b", "c"]) put(world.source, ["INBOX"], { token, date: sent });
    workspace.fake.faults.script("POST", /messages$/, mishap);
    expect((await passTo()).fault).toBeUndefined();
    expect(labelled()).toEqual(["a: INBOX UNREAD", "b: INBOX UNREAD", "c: INBOX UNREAD"]);
    expect((await planTo()).counts).toMatchObject({ ...nothing, present: 3 });
  });

  it.each([1, 2, 3, 4])("by chance (seed %i): nothing is there twice, and nothing is lost", async (seed) => {
    for (let index = 0; index < 60; index += 1)
      put(world.source, index % 3 === 0 ? ["INBOX"] : ["Work"], { token: `t${index}`, date: sent });
    put(world.source, ["Work"], { token: "t0", date: sent });
    workspace.fake.faults.chance(seed, 9);
    for (let tries = 0; tries < 6; tries += 1) await passTo();
    workspace.fake.faults.chance(1, 0);
    await passTo();
    expect(workspace.fake.faults.count()).toBeGreaterThan(8);
    const all = Array.from({ length: 60 }, (_, index) => `t${index}`).toSorted();
    expect([...mailbox.messages.values()].map(({ raw }) => tokenOf(raw)).toSorted()).toEqual(all);
    expect((await planTo()).counts).toMatchObject({ ...nothing, present: 61 });
  });

  it("tokens that end or are revoked in the middle are renewed", async () => {
    await workspace.fake.stop();
    workspace = await startWorkspace({ tokenLasts: 30 });
    mailbox = workspace.fake.mailbox(user);
    for (let index = 0; index < 700; index += 1) put(world.source, ["INBOX"], { token: `t${index}`, date: sent });
    expect((await passTo()).fault).toBeUndefined();
    expect(mailbox.messages.size).toBe(700);
    expect(workspace.fake.grants.issued()).toBeGreaterThan(1);
    // 700 uploads are more than a minute allows.
    expect(workspace.fake.meter.total(user)).toBeGreaterThan(15_000);
    expect(workspace.fake.meter.peak.get(user)?.units).toBeLessThanOrEqual(15_000);
  });
});

const letter = (token: string): Buffer =>
  Buffer.from(
    `Message-ID: <${token}@example.com>\r\nFrom: bo@example.com\r\nTo: ana@example.com\r\nSubject: ${token}\r\nDate: Tue, 3 Feb 2015 10:00:00 +0000\r\n\r\ntoken=${token};\r\n`,
  );

const add = (token: string, ...labels: string[]) =>
  mailbox.add(
    letter(token),
    labels.map((name) => (mailbox.labels.has(name) ? name : mailbox.label(name).id)),
    may,
  );

describe("out of Gmail", () => {
  it("labels arrive as folders, a message in each of its own; the archive is what has none; chats stay", async () => {
    add("inbox", "INBOX", "UNREAD", "IMPORTANT", "CATEGORY_PERSONAL");
    add("two", "INBOX", "Work", "STARRED");
    add("archived");
    add("spam", "SPAM", "Work");
    add("binned", "TRASH", "Work");
    add("chat", "CHAT");
    await passFrom();
    expect(shown(world.destination)).toEqual([
      "INBOX: inbox[]",
      "INBOX: two[\\Flagged \\Seen]",
      "Work: two[\\Flagged \\Seen]",
      "[Gmail]/Archive: archived[\\Seen]",
      "[Gmail]/Spam: spam[\\Seen]",
      "[Gmail]/Trash: binned[\\Seen]",
    ]);
    expect((await planFrom()).counts).toMatchObject(nothing);
  });

  it("a later pass asks for what changed alone, and follows it", async () => {
    const [one, two] = [add("one", "INBOX", "UNREAD"), add("two", "INBOX", "Work")];
    const three = add("three", "Work");
    for (let index = 0; index < 30; index += 1) add(`t${index}`, "Work");
    await passFrom();
    const before = workspace.fake.asked.length;
    mailbox.relabel(one, [], ["UNREAD"]);
    mailbox.relabel(two, [], ["INBOX"]);
    mailbox.relabel(three, [mailbox.label("Else").id], [mailbox.label("Work").id]);
    add("new", "INBOX");
    await passFrom({ mode: "mirror" });
    const shownNow = shown(world.destination).filter((line) => !/ t\d/.test(line));
    expect(shownNow).toEqual(["Else: three[\\Seen]", "INBOX: new[\\Seen]", "INBOX: one[\\Seen]", "Work: two[\\Seen]"]);
    const read = workspace.fake.asked.slice(before).filter((each) => /messages\/\w+$/.test(each));
    expect(new Set(read).size).toBeLessThanOrEqual(4);
  });

  it("a label that is renamed there is renamed at the destination, with those below it, and nothing is copied again", async () => {
    add("one", "Work");
    add("two", "Work/Deep");
    await passFrom();
    mailbox.label("Work").name = "Office";
    mailbox.label("Work/Deep").name = "Office/Deep";
    add("three", "Office/Deep");
    expect((await passFrom()).tally).toMatchObject({ copied: 1 });
    expect(shown(world.destination)).toEqual([
      "Office/Deep: three[\\Seen]",
      "Office/Deep: two[\\Seen]",
      "Office: one[\\Seen]",
    ]);
    expect((await planFrom()).counts).toMatchObject(nothing);
  });

  it("a history that is lost leads to a full look, and copies nothing again", async () => {
    for (let index = 0; index < 5; index += 1) add(`t${index}`, "INBOX");
    await passFrom();
    const [gone] = [...mailbox.messages.values()];
    if (gone !== undefined) mailbox.remove(gone);
    add("new", "INBOX");
    mailbox.forget();
    const { fault, tally } = await passFrom();
    expect(fault).toBeUndefined();
    expect(tally).toMatchObject({ copied: 1 });
    expect(shown(world.destination)).toHaveLength(6);
    expect((await planFrom()).counts).toMatchObject(nothing);
  });

  it("sizes that Gmail only estimates make no message another one", async () => {
    mailbox.estimate = 9;
    add("a", "INBOX");
    await passFrom();
    expect((await planFrom()).counts).toMatchObject(nothing);
    await world.loseState();
    await passFrom();
    expect(shown(world.destination)).toEqual(["INBOX: a[\\Seen]"]);
  });

  it("what came after a plan waits, also as a label", async () => {
    const one = add("one", "INBOX");
    const { scope } = await planFrom();
    mailbox.relabel(one, [mailbox.label("Work").id], []);
    add("late", "INBOX");
    await passFrom({ scope });
    expect(shown(world.destination)).toEqual(["INBOX: one[\\Seen]"]);
    await passFrom();
    expect(shown(world.destination)).toEqual(["INBOX: late[\\Seen]", "INBOX: one[\\Seen]", "Work: one[\\Seen]"]);
  });

  it.each([5, 6])("by chance (seed %i): nothing is there twice, and nothing is lost", async (seed) => {
    for (let index = 0; index < 40; index += 1) add(`t${index}`, index % 2 === 0 ? "INBOX" : "Work");
    workspace.fake.faults.chance(seed, 7);
    for (let tries = 0; tries < 4; tries += 1) await passFrom();
    workspace.fake.faults.chance(1, 0);
    await passFrom();
    const tokens = shown(world.destination).map((line) => / (t\d+)\[/.exec(line)?.[1] ?? "?");
    expect(tokens.toSorted()).toEqual(Array.from({ length: 40 }, (_, index) => `t${index}`).toSorted());
    expect((await planFrom()).counts).toMatchObject(nothing);
  });

  it("asks for read-only scopes where the manifest says so", async () => {
    add("a", "INBOX");
    workspace.fake.grants.granted = new Set(["https://www.googleapis.com/auth/gmail.readonly"]);
    await using("source", world.pass, {}, { readOnly: true });
    expect(shown(world.destination)).toEqual(["INBOX: a[\\Seen]"]);
  });
});
