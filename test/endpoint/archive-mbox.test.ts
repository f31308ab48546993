/** mbox files as other programs leave them. */
import { Buffer } from "node:buffer";
import { spawnSync } from "node:child_process";
import { promises as fs } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ItemStore } from "../../src/contract/item-store.ts";
import { feedOf, fold, message, pagesOf, placeOf, readAll, receipts } from "../contract/item-store.ts";
import { type Bench, createBench, quickClock } from "./archive.ts";

const options = { signal: new AbortController().signal };

const edit = (id: string | undefined) => ({ key: id ?? "", place: "INBOX", id: id ?? "" });

const versionAt = async (bench: Bench, now: number) =>
  feedOf(await (await bench.store({ ...quickClock, now: () => now })).look(options), ["INBOX"]).version;

describe("mbox", () => {
  let bench: Bench;
  let store: ItemStore;
  const at = (...path: readonly string[]) => join(bench.mailbox, ...path);
  const put = async (text: string, name = "INBOX") => {
    await fs.mkdir(join(at(name), ".."), { recursive: true });
    await fs.writeFile(at(name), text, "latin1");
  };
  const all = async (path: readonly string[] = ["INBOX"]) => {
    const look = await store.look(options);
    const known = fold(new Map(), await pagesOf(store, feedOf(look, path), options));
    return readAll(store, placeOf(look, path).id, [...known.keys()], options);
  };
  const bodies = async (path?: readonly string[]) => (await all(path)).map((each) => each.body.toString("latin1"));
  const write = (name: string) =>
    receipts(
      store,
      [{ key: name, place: "INBOX", date: 0, marks: [], size: message(name).length, body: message(name) }],
      options,
    );

  beforeEach(async () => {
    bench = await createBench({ format: "mbox" });
    await fs.mkdir(bench.mailbox);
    store = await bench.store();
  });
  afterEach(async () => {
    await bench.remove();
  });

  it.each([
    ["From ana@example.com Fri May 17 08:30:15 2019\n", Date.UTC(2019, 4, 17, 8, 30, 15)],
    ["From - Fri May  7 08:30:15 2019\r\n", Date.UTC(2019, 4, 7, 8, 30, 15)],
    ["From ana@example.com  Fri May 17 08:30:15 +0200 2019\n", Date.UTC(2019, 4, 17, 6, 30, 15)],
    ["From ana Fri May 17 08:30 2019\n", Date.UTC(2019, 4, 17, 8, 30)],
    ["From ana Fri May 17 08:30:15 CEST 2019\n", Date.UTC(2019, 4, 17, 8, 30, 15)],
    ['From "a b"@c.d Fri, May 17 08:30:15 2019 -0100\n', Date.UTC(2019, 4, 17, 9, 30, 15)],
    ["From -\n", Date.UTC(2020, 0, 1)],
    ["From ana@example.com\n", Date.UTC(2020, 0, 1)],
  ])("reads the line %j", async (line, date) => {
    await put(`${line}Subject: a\nDate: Wed, 1 Jan 2020 00:00:00 +0000\n\nbody\n\n${line}Subject: b\n\nbody\n\n`);
    const [first, second] = await all();
    expect([first?.date, first?.body.toString()]).toEqual([
      date,
      "Subject: a\nDate: Wed, 1 Jan 2020 00:00:00 +0000\n\nbody\n",
    ]);
    expect(second?.body.toString()).toBe("Subject: b\n\nbody\n");
  });

  it("takes no sentence for the beginning of a message", async () => {
    const body = "Subject: a\n\nFrom here on.\n\nFrom what I know, at 10:30 it was 2019.\n\nFrom Monday to May 17\n";
    await put(`From a@b.c Fri May 17 08:30:15 2019\n${body}\n`);
    expect(await bodies()).toEqual([body]);
  });

  it("gives the octets of others' messages, CRLF or LF, with and without a blank line between them", async () => {
    const line = "From a@b.c Fri May 17 08:30:15 2019";
    await put(
      `${line}\r\nSubject: a\r\n\r\none\r\n\r\n${line}\r\nSubject: b\r\n\r\ntwo\r\n${line}\r\nSubject: c\r\n\r\nthree`,
    );
    expect(await bodies()).toEqual([
      "Subject: a\r\n\r\none\r\n",
      "Subject: b\r\n\r\ntwo\r\n",
      "Subject: c\r\n\r\nthree",
    ]);
  });

  it("reads flags wherever they stand, and leaves the octets", async () => {
    const messages = [
      [
        "Status: RO\nSubject: a\nX-Status: AF\nX-Keywords: work  later\nX-UID: 7\n\nbody\n",
        ["$", "\\Answered", "\\Flagged", "\\Seen", "later", "work"],
      ],
      [
        "X-Mozilla-Status: 1007\nX-Mozilla-Status2: 00000000\nX-Mozilla-Keys: $label1 $label2     \nSubject: b\n\nbody\n",
        ["$", "$Forwarded", "$label1", "$label2", "\\Answered", "\\Flagged", "\\Seen"],
      ],
      ["X-Mozilla-Status: 0009\nSubject: c\n\nbody\n", ["$", "\\Deleted", "\\Seen"]],
      ["Subject: d\n\nStatus: RO\n", ["$"]],
    ] as const;
    await put(messages.map(([text]) => `From - Fri May 17 08:30:15 2019\n${text}\n`).join(""));
    const found = await all();
    expect(found.map((each) => each.body.toString())).toEqual(messages.map(([text]) => text));
    expect(found.map((each) => ["$", ...each.marks].toSorted())).toEqual(messages.map(([, marks]) => marks));
  });

  it("keeps an id when a mail program notes flags, and gives it to nobody else", async () => {
    const line = "From - Fri May 17 08:30:15 2019\n";
    await put(`${line}Subject: a\n\nbody\n\n${line}Subject: b\n\nbody\n\n`);
    const before = await all();
    await put(`${line}Status: RO\nSubject: b\n\nbody\n\n${line}Subject: z\n\nbody\n\n`);
    const after = await all();
    expect(after[0]?.id).toBe(before[1]?.id);
    expect(after[0]?.marks).toEqual(["\\Seen"]);
    expect(before.map((each) => each.id)).not.toContain(after[1]?.id);
  });

  it("finds folders as Thunderbird, Apple Mail and plain trees keep them", async () => {
    const text = "From - Fri May 17 08:30:15 2019\nSubject: a\n\n\n";
    const files = [
      "Inbox",
      "Inbox.msf",
      "Sent",
      "Work.sbd/2019",
      "Work.sbd/2019.sbd/May",
      "Work",
      "Old.mbox",
      "Apple.mbox/mbox",
      "plain/tree/leaf",
      "msgFilterRules.dat",
    ];
    for (const file of files) await put(text, file);
    await fs.writeFile(at("Empty"), "");
    const { places } = await store.look(options);
    expect(places.map((each) => each.path.join("/")).toSorted()).toEqual(
      ["INBOX", "Sent", "Work", "Work/2019", "Work/2019/May", "Old", "Apple", "plain/tree/leaf", "Empty"].toSorted(),
    );
    expect(
      placeOf({ places, feeds: [], naming: { illegal: "", foldsCase: false, maxPart: 1 }, marks: "any" }, ["INBOX"])
        .role,
    ).toBe("inbox");
  });

  it("spoils a folder that is no mbox, and no other", async () => {
    await put("Dear reader,\n", "README");
    await put("From - Fri May 17 08:30:15 2019\nSubject: a\n\n\n");
    const look = await store.look(options);
    await expect(pagesOf(store, feedOf(look, ["README"]), options)).rejects.toMatchObject({
      code: "archive.format",
      spoils: "place",
    });
    expect(await bodies()).toEqual(["Subject: a\n\n"]);
  });

  it("appends behind what others left, with and without an end", async () => {
    for (const rest of [
      "",
      "From - Fri May 17 08:30:15 2019\nSubject: a\n\nb\n\n",
      "From - Fri May 17 08:30:15 2019\nSubject: a\n\nb\n",
    ]) {
      await put(rest);
      await write("mine");
      const text = await fs.readFile(at("INBOX"), "latin1");
      expect(text.startsWith(rest)).toBe(true);
      expect(await bodies()).toEqual([...(rest === "" ? [] : ["Subject: a\n\nb\n"]), message("mine").toString()]);
    }
  });

  it("waits for a lock, breaks that of a dead process, and gives up on a living one", async () => {
    await store.place.create({ path: ["INBOX"] }, options);
    const dead = spawnSync(process.execPath, ["-e", ""]).pid;
    await fs.writeFile(at("INBOX.lock"), `${dead}\n`);
    await write("after the dead");
    await fs.writeFile(at("INBOX.lock"), `${process.ppid}\n`);
    await expect(write("never")).rejects.toMatchObject({ code: "archive.locked", retry: "later" });
    let waited = 0;
    const patient = await bench.store({
      now: () => Date.now(),
      wait: async () => {
        waited += 1;
        if (waited === 3) await fs.unlink(at("INBOX.lock"));
      },
    });
    store = patient;
    await write("after the living");
    expect(waited).toBe(3);
    expect(await bodies()).toEqual([message("after the dead").toString(), message("after the living").toString()]);
    expect(await fs.readdir(bench.mailbox)).not.toContain("INBOX.lock");
  });

  it("does not take half of a message for a whole while it is being written", async () => {
    const line = "From - Fri May 17 08:30:15 2019\n";
    await put(`${line}Subject: a\n\nbody\n\n${line}Subject: b\n\nhalf`);
    store = await bench.store({
      now: () => Date.now(),
      wait: async () => put(`${line}Subject: a\n\nbody\n\n${line}Subject: b\n\nhalf and whole\n\n`),
    });
    expect(await bodies()).toEqual(["Subject: a\n\nbody\n", "Subject: b\n\nhalf and whole\n"]);
  });

  it("refuses edits of a file that changed under them", async () => {
    const line = "From - Fri May 17 08:30:15 2019\n";
    await put(`${line}Subject: a\n\nbody\n\n`);
    const [first] = await all();
    await put(`${line}Subject: c\n\nbody\n\n`);
    const gone = await store.edit?.run(
      [{ key: "k", place: "INBOX", id: first?.id ?? "", act: "mark", add: ["\\Seen"], remove: [] }],
      options,
    );
    expect(gone).toMatchObject([{ fault: { code: "item.gone" } }]);
    expect(await bodies()).toEqual(["Subject: c\n\nbody\n"]);
  });

  it("rewrites once for all edits, and keeps what it does not touch to the octet", async () => {
    const line = "From - Fri May 17 08:30:15 2019\r\n";
    const foreign = `${line}Subject: x\r\n\r\nFrom here\r\n\r\n`;
    await put(foreign);
    for (const name of ["a", "b", "c"]) await write(name);
    const [, a, b, c] = await all();
    const ino = (await fs.stat(at("INBOX"))).ino;
    await fs.chmod(at("INBOX"), 0o640);
    await store.edit?.run(
      [
        { ...edit(a?.id), act: "mark", add: ["\\Seen", "work"], remove: [] },
        { ...edit(b?.id), act: "remove" },
        { ...edit(c?.id), act: "mark", add: ["\\Flagged"], remove: [] },
        { ...edit(a?.id), act: "mark", add: ["more"], remove: ["work"] },
      ],
      options,
    );
    const stats = await fs.stat(at("INBOX"));
    expect([stats.ino === ino, stats.mode & 0o777]).toEqual([false, 0o640]);
    expect((await fs.readFile(at("INBOX"), "latin1")).startsWith(foreign)).toBe(true);
    const now = (await all()).map((each) => [each.id, each.body.toString(), each.marks]);
    expect(now.slice(1)).toEqual([
      [a?.id, message("a").toString(), ["\\Seen", "more"]],
      [c?.id, message("c").toString(), ["\\Flagged"]],
    ]);
  });

  it("believes a Content-Length only where a message, or the end, follows", async () => {
    await bench.remove();
    bench = await createBench({ format: "mbox", dialect: "mboxcl2" });
    store = await bench.store();
    const line = "From a@b.c Fri May 17 08:30:15 2019\n";
    const right = `Subject: right\nContent-Length: ${`x\n${line}y\n`.length}\n\nx\n${line}y\n`;
    const wrong = "Subject: wrong\nContent-Length: 2\n\nlonger\n";
    const beyond = "Subject: beyond\nContent-Length: 5000\n\nshort\n";
    await put([right, wrong, beyond].map((text) => `${line}${text}\n`).join(""));
    expect(await bodies()).toEqual([right, wrong, beyond]);
  });

  it("shows a version once nothing changed for a while", async () => {
    await put("From - Fri May 17 08:30:15 2019\nSubject: a\n\n\n");
    const hour = Date.now() + 3_600_000;
    expect(await versionAt(bench, Date.now())).toBeUndefined();
    expect(await versionAt(bench, hour)).toBe(await versionAt(bench, hour + 5));
    expect(await versionAt(bench, hour)).toBeDefined();
  });

  it("is read by python's mailbox as it was meant", async () => {
    const python = spawnSync("python3", ["-c", "import mailbox"]);
    if (python.status !== 0) {
      console.log("left out: no python3 with its mailbox module on this machine");
      return;
    }
    await store.place.create({ path: ["INBOX"] }, options);
    const texts = ["Subject: a\n\nFrom here\nend", "Subject: b", "Subject: c\r\n\r\nd\r\n"];
    const items = texts.map((text, index) => ({
      key: `${index}`,
      place: "INBOX",
      date: 0,
      marks: ["\\Seen", "\\Flagged"],
      size: text.length,
      body: Buffer.from(text),
    }));
    await receipts(store, items, options);
    const script =
      "import mailbox,sys\nfor m in mailbox.mbox(sys.argv[1],create=False): print(m['Subject'],m.get_flags())";
    expect(spawnSync("python3", ["-c", script, at("INBOX")]).stdout.toString()).toBe("a ROF\nb ROF\nc ROF\n");
  });
});
