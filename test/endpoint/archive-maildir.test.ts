/** Maildir as other programs leave it, and while they are at work. */
import { spawn, spawnSync } from "node:child_process";
import { promises as fs } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ItemStore } from "../../src/contract/item-store.ts";
import type { NewItem, Page } from "../../src/model/item.ts";
import { feedOf, fold, message, pagesOf, placeOf, readAll, receipts } from "../contract/item-store.ts";
import { type Bench, createBench, maildirHands, quickClock } from "./archive.ts";

const options = { signal: new AbortController().signal };

const item = (place: string, key: string, marks: readonly string[] = []): NewItem => ({
  key,
  place,
  date: 0,
  marks,
  size: message(key).length,
  body: message(key),
});

const versionAt = async (bench: Bench, now: number) => {
  const later = await bench.store({ ...quickClock, now: () => now });
  return feedOf(await later.look(options), ["INBOX"]).version;
};

describe("maildir", () => {
  let bench: Bench;
  let store: ItemStore;
  const hands = () => maildirHands(bench.mailbox);
  const at = (...path: readonly string[]) => join(bench.mailbox, ...path);
  const entries = async (path: readonly string[] = ["INBOX"]) => [
    ...fold(new Map(), await pagesOf(store, feedOf(await store.look(options), path), options)).values(),
  ];

  beforeEach(async () => {
    bench = await createBench({ format: "maildir" });
    await fs.mkdir(bench.mailbox);
    await hands().folder(["INBOX"]);
    store = await bench.store();
  });
  afterEach(async () => {
    await bench.remove();
  });

  it("reads names, flags and keywords as Dovecot, Courier and qmail write them", async () => {
    await fs.writeFile(at("dovecot-keywords"), "0 $Forwarded\n2 Work\n25 last\n26 beyond\nnonsense\n");
    const names: Readonly<Record<string, readonly string[]>> = {
      "cur/1204680122.27c448.host:2,S": ["\\Seen"],
      "cur/1204680123.M1P2.host,S=7,W=8:2,DFRSTac": [
        "\\Draft",
        "\\Flagged",
        "\\Answered",
        "\\Seen",
        "\\Deleted",
        "$Forwarded",
        "Work",
      ],
      "cur/1204680124.P": [],
      "cur/1204680125.x:2,P": ["$Forwarded"],
      "cur/1204680126.x:1,X": [],
      "cur/1204680127.x:2,zb": ["last"],
      "cur/1204680128.x;2,F": ["\\Flagged"],
      "cur/1204680129.x:2,FS,extra": ["\\Flagged", "\\Seen"],
      "new/1204680130.x": [],
    };
    for (const name of Object.keys(names)) await fs.writeFile(at(name), name);
    await fs.writeFile(at("cur", ".nfs0001"), "hidden");
    await fs.writeFile(at("tmp", "1204680131.x"), "half");
    await fs.mkdir(at("cur", "a folder"));
    const found = await readAll(
      store,
      "INBOX",
      (await entries()).map((each) => each.id),
      options,
    );
    expect(Object.fromEntries(found.map((each) => [each.body.toString(), each.marks.toSorted()]))).toEqual(
      Object.fromEntries(Object.entries(names).map(([name, marks]) => [name, marks.toSorted()])),
    );
  });

  it("keeps what it does not know of a name when it marks", async () => {
    await fs.writeFile(at("cur/1.x,S=3:2,Fqz,extra"), "abc");
    await store.edit?.run(
      [{ key: "k", place: "INBOX", id: "1.x,S=3", act: "mark", add: ["\\Seen"], remove: ["\\Flagged"] }],
      options,
    );
    expect(await fs.readdir(at("cur"))).toEqual(["1.x,S=3:2,Sqz,extra"]);
  });

  it("writes keywords as Dovecot keeps them, 26 and no more, and says what is left out", async () => {
    await fs.writeFile(at("dovecot-keywords"), "1 Work\n");
    const marks = [
      "work",
      "first",
      ...Array.from({ length: 26 }, (_, index) => `k${index}`),
      "\\Seen",
      "bad word",
      "\\Custom",
    ];
    const [receipt] = (await receipts(store, [item("INBOX", "a", marks)], options)).values();
    const lines = (await fs.readFile(at("dovecot-keywords"), "utf8")).split("\n");
    expect(lines.slice(0, 4)).toEqual(["0 first", "1 Work", "2 k0", "3 k1"]);
    expect(lines).toHaveLength(27);
    expect(receipt && "marks" in receipt && receipt.marks).toHaveLength(27);
    const place = placeOf(await store.look(options), ["INBOX"]);
    expect(place.marks).toContain("Work");
    expect(place.marks).toContain("\\Flagged");
    expect(place.marks).toHaveLength(26 + 6);
    expect((await entries())[0]?.marks).toHaveLength(27);
  });

  it("knows folders by their names in modified UTF-7, in UTF-8 and escaped, by their role and subscription", async () => {
    const folders = {
      ".Sent": ["Sent"],
      ".Entw&APw-rfe": ["Entwürfe"],
      ".Entwürfe (alt)": ["Entwürfe (alt)"],
      ".R&D": ["R&D"],
      ".A &- B.&ZeVnLIqe-": ["A & B", "日本語"],
      ".a\\2eb.c\\2fd": ["a.b", "c/d"],
      ".INBOX.Drafts": ["INBOX", "Drafts"],
      ".Deleted Items": ["Deleted Items"],
    };
    for (const name of Object.keys(folders)) await fs.mkdir(at(name, "cur"), { recursive: true });
    await fs.mkdir(at(".not a folder"));
    await fs.writeFile(at("subscriptions"), "V\t2\n\nINBOX\nA &- B\t&ZeVnLIqe-\nSent\n");
    const { places } = await store.look(options);
    expect(places.map((each) => each.path).toSorted()).toEqual([["INBOX"], ...Object.values(folders)].toSorted());
    const roles = places.filter((each) => each.role).map((each) => `${each.path.join("/")}: ${each.role}`);
    expect(roles.toSorted()).toEqual(["Deleted Items: trash", "INBOX/Drafts: drafts", "INBOX: inbox", "Sent: sent"]);
    expect(
      places
        .filter((each) => each.subscribed)
        .map((each) => each.path.at(-1))
        .toSorted(),
    ).toEqual(["INBOX", "Sent", "日本語"]);
    await fs.writeFile(at("subscriptions"), "Sent\nA &- B.&ZeVnLIqe-\n");
    const { places: later } = await store.look(options);
    expect(
      later
        .filter((each) => each.subscribed)
        .map((each) => each.path.at(-1))
        .toSorted(),
    ).toEqual(["Sent", "日本語"]);
    await store.place.subscribe?.(placeOf(await store.look(options), ["a.b", "c/d"]).id, true, options);
    expect(await fs.readFile(at("subscriptions"), "utf8")).toBe("Sent\nA &- B.&ZeVnLIqe-\na\\2eb.c\\2fd\n");
  });

  it("writes folder names as Dovecot reads them", async () => {
    const made = [["Entwürfe"], ["A & B", "日本語"], ["a.b", "c/d"], ["~home"], ["inbox"], ["INBOX", "Sub"], ["😀"]];
    for (const path of made) await store.place.create({ path }, options);
    expect((await fs.readdir(bench.mailbox)).filter((name) => name.startsWith(".")).toSorted()).toEqual(
      [
        ".Entw&APw-rfe",
        ".A &- B.&ZeVnLIqe-",
        ".a\\2eb.c\\2fd",
        ".\\7ehome",
        ".\\69nbox",
        ".INBOX.Sub",
        ".&2D3eAA-",
      ].toSorted(),
    );
    expect((await fs.readdir(at(".Entw&APw-rfe"))).toSorted()).toEqual([
      "cur",
      "maildirfolder",
      "new",
      "reconcile-delivered",
      "tmp",
    ]);
  });

  it("gives two files of one unique name two ids, and one file under two names one", async () => {
    await fs.writeFile(at("cur/1.x:2,S"), "one");
    await fs.writeFile(at("cur/1.x:2,F"), "two");
    await fs.writeFile(at("cur/2.x:2,"), "linked");
    await fs.link(at("cur/2.x:2,"), at("new/2.x"));
    const found = await readAll(
      store,
      "INBOX",
      (await entries()).map((each) => each.id),
      options,
    );
    expect(found.map((each) => each.body.toString()).toSorted()).toEqual(["linked", "one", "two"]);
    expect(new Set(found.map((each) => each.id)).size).toBe(3);
  });

  it("shows a version once nothing changed for a while, and none before", async () => {
    await hands().put(["INBOX"], { body: message("a"), date: 0, marks: [] });
    const hour = Date.now() + 3_600_000;
    expect(await versionAt(bench, Date.now())).toBeUndefined();
    const version = await versionAt(bench, hour);
    expect(version).toBeDefined();
    expect(await versionAt(bench, hour + 1)).toBe(version);
    await hands().flag?.(["INBOX"], message("a"), ["\\Seen"]);
    expect(await versionAt(bench, hour)).not.toBe(version);
  });

  it("claims nothing of a folder that others used", async () => {
    const never = async () => placeOf(await store.look(options), ["INBOX"]).neverRemoved;
    expect(await never()).toBe(true);
    await hands().put(["INBOX"], { body: message("a"), date: 0, marks: [] });
    expect(await never()).toBe(false);
    await receipts(store, [item("INBOX", "mine")], options);
    await hands().remove(["INBOX"], message("a"));
    expect(await never()).toBe(false);
  });

  it("never misses and never doubles a message while others rename, deliver and delete", async () => {
    for (let index = 0; index < 200; index++)
      await fs.writeFile(at(`cur/${1000 + index}.keep.host:2,`), `Subject: keep-${index}\n\n`);
    const writer = spawn(process.execPath, ["--input-type=module", "-e", restless, bench.mailbox], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    await new Promise((resolve) => void writer.stdout.once("data", resolve));
    try {
      for (let round = 0; round < 5; round++) {
        const feed = feedOf(await store.look(options), ["INBOX"]);
        expect(feed.count).toBeGreaterThanOrEqual(200);
        const pages: Page[] = await pagesOf(store, feed, options);
        const ids = pages.flatMap((page) => page.entries.map((entry) => entry.id));
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids.filter((id) => id.includes(".keep."))).toHaveLength(200);
        const bodies = await readAll(store, "INBOX", ids, options);
        const keep = bodies.filter((each) => each.id.includes(".keep."));
        expect(keep.map((each) => `${each.id} ${each.body}`).toSorted()).toEqual(
          Array.from({ length: 200 }, (_, index) => `${1000 + index}.keep.host Subject: keep-${index}\n\n`).toSorted(),
        );
      }
    } finally {
      writer.stdin.end();
      await new Promise((resolve) => void writer.once("exit", resolve));
    }
  });

  it("marks what others mark at the same moment, and loses neither", async () => {
    await fs.writeFile(at("cur/1.x:2,"), "abc");
    const listed = await entries();
    await fs.rename(at("cur/1.x:2,"), at("cur/1.x:2,F"));
    await store.edit?.run(
      [{ key: "k", place: "INBOX", id: listed[0]?.id ?? "", act: "mark", add: ["\\Seen"], remove: [] }],
      options,
    );
    expect(await fs.readdir(at("cur"))).toEqual(["1.x:2,FS"]);
  });

  it("is read by python's mailbox as it was meant", async () => {
    const python = spawnSync("python3", ["-c", "import mailbox"]);
    if (python.status !== 0) {
      console.log("left out: no python3 with its mailbox module on this machine");
      return;
    }
    const place = await store.place.create({ path: ["Sub"] }, options);
    await receipts(store, [{ ...item(place.id, "a", ["\\Seen", "\\Flagged"]), date: Date.UTC(2001, 1, 3) }], options);
    const script =
      "import mailbox,sys\nbox=mailbox.Maildir(sys.argv[1],create=False).get_folder('Sub')\nfor m in box: print(m['Subject'],m.get_flags(),int(m.get_date()),m.get_subdir())";
    const { stdout } = spawnSync("python3", ["-c", script, bench.mailbox]);
    expect(stdout.toString().trim()).toBe(`a FS ${Date.UTC(2001, 1, 3) / 1000} cur`);
  });
});

/** Renames what is kept from one set of flags to another, and delivers and deletes others, until its input ends. */
const restless = `
import { renameSync, readdirSync, writeFileSync, unlinkSync } from "node:fs";
const root = process.argv.at(-1);
let on = true, turn = 0;
process.stdin.on("end", () => (on = false)).resume();
process.stdout.write("ready");
function step() {
  const cur = root + "/cur/";
  for (const name of readdirSync(cur)) {
    // So that the folder stays as large as it is, however long the reading takes.
    if (name.includes(".fresh.") && Math.random() < 0.1) unlinkSync(cur + name);
    else if (Math.random() < 0.3) {
      const [unique] = name.split(":");
      const to = cur + unique + ":2," + ["", "S", "F", "FS", "RS"][turn++ % 5];
      renameSync(cur + name, to);
    }
  }
  const fresh = root + "/tmp/" + ++turn + ".fresh.host";
  writeFileSync(fresh, "Subject: fresh\\n\\n");
  renameSync(fresh, root + "/new/" + turn + ".fresh.host");
  for (const name of readdirSync(root + "/new")) {
    if (Math.random() < 0.5) renameSync(root + "/new/" + name, cur + name + ":2,");
    else unlinkSync(root + "/new/" + name);
  }
  if (on) setImmediate(step);
}
step();
`;
