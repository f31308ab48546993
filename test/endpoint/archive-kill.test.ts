/** Processes that die, or are refused by the disk, in the middle: nothing torn, nothing twice, and the next one goes on. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { promises as fs } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { ItemStore } from "../../src/contract/item-store.ts";
import { feedOf, fold, message, pagesOf, placeOf, readAll, receipts } from "../contract/item-store.ts";
import { type Bench, createBench, type Format } from "./archive.ts";

const options = { signal: new AbortController().signal };
const script = fileURLToPath(import.meta.resolve("./archive-child.ts"));
const formats: readonly (readonly [string, Format])[] = [
  ["maildir", { format: "maildir" }],
  ["mboxrd", { format: "mbox", dialect: "mboxrd" }],
  ["mboxcl2", { format: "mbox", dialect: "mboxcl2" }],
  ["eml", { format: "eml" }],
];

const argumentsFor = (bench: Bench, format: Format, label: string, count: number, size: number) => [
  script,
  bench.path,
  format.format,
  format.dialect ?? "",
  label,
  `${count}`,
  `${size}`,
];

async function subjects(store: ItemStore): Promise<string[]> {
  const look = await store.look(options);
  const place = look.places.find((each) => each.role === "inbox");
  if (!place) return [];
  const ids = [...fold(new Map(), await pagesOf(store, feedOf(look, ["INBOX"]), options)).keys()];
  const all = await readAll(store, place.id, ids, options);
  return all.map(({ body }) => {
    const [, subject = "?"] = /^Subject: (\S+)\r?\n/m.exec(body.toString("latin1")) ?? [];
    return `${subject} ${body.length}`;
  });
}

/** Octets in a folder and below. */
async function grown(path: string): Promise<number> {
  const names = await fs.readdir(path, { recursive: true }).catch(() => []);
  let sum = 0;
  for (const name of names) sum += (await fs.stat(join(path, name)).catch(() => ({ size: 0 }))).size;
  return sum;
}

/** Runs the writer, and kills it as soon as the mailbox has grown so far. */
async function killAt(bench: Bench, octets: number, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const ended = new Promise<void>((resolve) => void child.once("exit", () => resolve()));
  await Promise.race([once(child, "message"), ended]);
  while (child.exitCode === null && (await grown(bench.mailbox)) < octets) await new Promise(setImmediate);
  child.kill("SIGKILL");
  await ended;
}

describe.each(formats)("%s", (_, format) => {
  it.each([0.1, 0.5, 0.9, 1.02, 1.3, 1.8])("is whole after kill -9 at %d of a batch", async (share) => {
    const size = 2_000_000;
    const count = 6;
    const batch = Array.from({ length: count }, (_, at) => `batch-${at}`);
    const bench = await createBench(format);
    const before = await bench.store();
    const place = await before.place.create({ path: ["INBOX"] }, options);
    await receipts(
      before,
      [{ key: "k", place: place.id, date: 0, marks: [], size: message("first").length, body: message("first") }],
      options,
    );
    const bookmark = await before.bookmark(place.id, options);
    await killAt(bench, share * size * count, argumentsFor(bench, format, "batch", count, size));

    const after = await bench.store();
    const found = await subjects(after);
    const names = found.map((each) => each.split(" ")[0] ?? "");
    const there = names.filter((name) => name !== "first");
    expect(names).toContain("first");
    expect(new Set(there).size).toBe(there.length);
    expect(!after.batch.atomic || there.length === 0 || there.length === count).toBe(true);
    const sizes = found.filter((each) => each.startsWith("batch")).map((each) => Number(each.split(" ")[1]));
    expect(sizes.every((each) => each === sizes[0] && each >= size)).toBe(true);

    const since: string[] = [];
    for await (const entry of after.since(place.id, bookmark, options)) since.push(entry.id);
    expect(since).toHaveLength(there.length);
    const missing = batch.filter((name) => !there.includes(name));
    const items = missing.map((name) => ({
      key: name,
      place: place.id,
      date: 0,
      marks: [],
      size: message(name).length,
      body: message(name),
    }));
    await receipts(after, items, options);
    const last = await bench.store();
    expect((await subjects(last)).map((each) => each.split(" ")[0]).toSorted()).toEqual([...batch, "first"].toSorted());
    expect(placeOf(await last.look(options), ["INBOX"]).neverRemoved).toBe(true);
    await bench.remove();
  });

  it("takes back what the disk refuses in the middle, and goes on when it no longer does", async () => {
    const bench = await createBench(format);
    const store = await bench.store();
    const place = await store.place.create({ path: ["INBOX"] }, options);
    await receipts(
      store,
      [{ key: "k", place: place.id, date: 0, marks: [], size: message("first").length, body: message("first") }],
      options,
    );
    // A file may have 400 KiB: the batch does not fit, in one file or aside.
    const limited = spawnSync("bash", [
      "-c",
      'ulimit -f 400; exec "$0" "$@"',
      process.execPath,
      ...argumentsFor(bench, format, "large", 1, 500_000),
    ]);
    expect(limited.stdout.toString().trim()).toBe("archive.tooLarge");
    expect((await subjects(await bench.store())).map((each) => each.split(" ")[0])).toEqual(["first"]);
    expect(placeOf(await (await bench.store()).look(options), ["INBOX"]).neverRemoved).toBe(true);
    const free = spawnSync(process.execPath, argumentsFor(bench, format, "large", 1, 500_000));
    expect(free.stdout.toString().trim()).toBe("written");
    expect((await subjects(await bench.store())).map((each) => each.split(" ")[0]).toSorted()).toEqual([
      "first",
      "large-0",
    ]);
    await bench.remove();
  });
});

describe("an mbox that grows", () => {
  it("takes back an append that the disk refuses half-way", async () => {
    const format: Format = { format: "mbox" };
    const bench = await createBench(format);
    const store = await bench.store();
    await store.place.create({ path: ["INBOX"] }, options);
    // The batch fits aside, and not behind what is there.
    for (const label of ["one", "two"]) spawnSync(process.execPath, argumentsFor(bench, format, label, 1, 200_000));
    const before = await fs.readFile(join(bench.mailbox, "INBOX"));
    const limited = spawnSync("bash", [
      "-c",
      'ulimit -f 500; exec "$0" "$@"',
      process.execPath,
      ...argumentsFor(bench, format, "three", 1, 200_000),
    ]);
    expect(limited.stdout.toString().trim()).toBe("archive.tooLarge");
    expect((await fs.readFile(join(bench.mailbox, "INBOX"))).equals(before)).toBe(true);
    const look = await (await bench.store()).look(options);
    expect(feedOf(look, ["INBOX"]).count).toBe(2);
    expect(placeOf(look, ["INBOX"]).neverRemoved).toBe(true);
    expect((await fs.readdir(bench.mailbox)).filter((name) => /append|new|lock/.test(name))).toEqual([]);
    await bench.remove();
  });
});

/** Takes a copy of the announcement while it is there: a writer stopped in time shows it. */
async function watchAnnouncement(folder: string, write: () => Promise<unknown>) {
  let found: { name: string; content: Buffer } | undefined;
  const state = { over: false };
  const writing = write().finally(() => (state.over = true));
  while (!state.over) {
    const name = (await fs.readdir(folder)).find((each) => each.startsWith(".reconcile-append-"));
    const content = name === undefined ? undefined : await fs.readFile(join(folder, name)).catch(() => undefined);
    if (name !== undefined && content !== undefined && content.length > 0) found = { name, content };
  }
  await writing;
  return found ?? { name: "", content: Buffer.alloc(0) };
}

/** The octets of a batch, had from a store of its own, and the file that announces it. */
async function torn(keep: (whole: number) => number) {
  const bench = await createBench({ format: "mbox" });
  const store = await bench.store();
  const place = await store.place.create({ path: ["INBOX"] }, options);
  const write = (name: string) =>
    receipts(
      store,
      [{ key: name, place: place.id, date: 0, marks: [], size: message(name).length, body: message(name) }],
      options,
    );
  await write("first");
  const file = join(bench.mailbox, "INBOX");
  const before = await fs.readFile(file);
  const announced = await watchAnnouncement(bench.mailbox, () => write("second"));
  const after = await fs.readFile(file);
  await fs.writeFile(file, after.subarray(0, before.length + keep(after.length - before.length)));
  await fs.writeFile(join(bench.mailbox, announced.name), announced.content);
  return { bench, file, before, after };
}

describe("an append that was cut short", () => {
  it.each([0.004, 0.02, 0.3, 0.7, 0.999])(
    "is not seen, and is gone with the next write (%d of it there)",
    async (share) => {
      const { bench, file, before, after } = await torn((whole) => Math.floor(whole * share));
      const octets = Math.floor((after.length - before.length) * share);
      const store = await bench.store();
      expect(await subjects(store)).toHaveLength(1);
      expect((await fs.readFile(file)).length).toBe(before.length + octets);
      await receipts(
        store,
        [{ key: "k", place: "INBOX", date: 0, marks: [], size: message("third").length, body: message("third") }],
        options,
      );
      expect((await subjects(store)).map((each) => each.split(" ")[0])).toEqual(["first", "third"]);
      await bench.remove();
    },
  );

  it("is whole where only its last word was missing", async () => {
    const { bench, file, after } = await torn((whole) => whole);
    expect((await subjects(await bench.store())).map((each) => each.split(" ")[0])).toEqual(["first", "second"]);
    await receipts(
      await bench.store(),
      [{ key: "k", place: "INBOX", date: 0, marks: [], size: 1, body: Buffer.from("x") }],
      options,
    );
    expect((await fs.readFile(file)).subarray(0, after.length).equals(after)).toBe(true);
    await bench.remove();
  });

  it("is left to a person where another program wrote behind it", async () => {
    const { bench, file } = await torn(() => 100);
    await fs.appendFile(file, "\nFrom x@y Mon Jan  1 00:00:00 2024\nSubject: foreign\n\n\n");
    const bytes = await fs.readFile(file);
    const store = await bench.store();
    await expect(pagesOf(store, feedOf(await store.look(options), ["INBOX"]), options)).rejects.toMatchObject({
      code: "archive.torn",
    });
    expect((await fs.readFile(file)).equals(bytes)).toBe(true);
    await bench.remove();
  });
});

describe("two processes at once", () => {
  it.each(formats)("%s takes both, once each", async (_, format) => {
    const bench = await createBench(format);
    await (await bench.store()).place.create({ path: ["INBOX"] }, options);
    const run = (label: string) =>
      new Promise<void>((resolve) => {
        spawn(process.execPath, argumentsFor(bench, format, label, 20, 2000), { stdio: "ignore" }).once("exit", () =>
          resolve(),
        );
      });
    await Promise.all(["a", "b", "c"].map(run));
    const names = (await subjects(await bench.store())).map((each) => each.split(" ")[0] ?? "");
    expect(names.toSorted()).toEqual(
      ["a", "b", "c"].flatMap((label) => Array.from({ length: 20 }, (_, at) => `${label}-${at}`)).toSorted(),
    );
    expect(placeOf(await (await bench.store()).look(options), ["INBOX"]).neverRemoved).toBe(true);
    await bench.remove();
  });
});
