import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, mkdir, mkdtemp, readFile, readdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { thisHolder } from "../../src/state/holder.ts";
import { applicationId, migrations } from "../../src/state/sqlite/migrations.ts";
import { openState } from "../../src/state/sqlite/open.ts";
import { stillClock } from "../contract/state-store.ts";

const ana = "mailbox/ana@example.com";
const child = fileURLToPath(import.meta.resolve("./child.ts"));
const clock = stillClock();
const base = { how: "brought", marks: [], shown: [], from: "INBOX" } as const;

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "reconcile-test-"));
  path = join(folder, "state.db");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (readonly = false, at = path) => openState({ path: at, migration: "example", clock, readonly });
const run = (act: string, at = path): string =>
  spawnSync(process.execPath, [child, act, at], { encoding: "utf8" }).stdout.trim();

const item = (at: number) => ({ place: "INBOX", id: String(at + 1), date: at, size: at, marks: [] });

/** A state with some messages, closed again. */
async function fill(count: number, at = path): Promise<void> {
  const state = await open(false, at);
  try {
    const lease = await state.acquire(thisHolder("test"));
    const journal = await state.journal(ana, lease);
    const feed = { id: "INBOX", places: ["INBOX"], epoch: "1", count, watermark: null };
    const entries = Array.from({ length: count }, (_, at) => item(at));
    await journal.begin("source", feed, true);
    await journal.fold("source", feed, { whole: true, entries, gone: [], next: 1 });
    await lease.release();
  } finally {
    await state.close();
  }
}

/** Every file of the folder with its octets, so that a change of any is seen. */
async function contents(): Promise<Record<string, string>> {
  const entries = await readdir(folder, { withFileTypes: true });
  const octets = (name: string) => readFile(join(folder, name), "base64");
  const each = entries.map(
    async (entry) => [entry.name, entry.isFile() ? await octets(entry.name) : "folder"] as const,
  );
  return Object.fromEntries(await Promise.all(each));
}

describe("the state's file", () => {
  it("is its owner's alone, and so is the folder made for it", async () => {
    path = join(folder, "new", "deep", "state.db");
    await fill(1);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, "new"))).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, "new", "deep"))).mode & 0o777).toBe(0o700);
  });

  it("is one file at rest, marked as ours and sound", async () => {
    await fill(3);
    expect(await readdir(folder)).toEqual(["state.db"]);
    const db = new Database(path, { readonly: true });
    expect(db.pragma("application_id", { simple: true })).toBe(applicationId);
    expect(db.pragma("user_version", { simple: true })).toBe(migrations.length);
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    db.close();
  });

  it("may hold several migrations at work at once", async () => {
    const [one, two] = await Promise.all([open(), openState({ path, migration: "two", clock })]);
    const leases = await Promise.all([one.acquire(thisHolder("one")), two.acquire(thisHolder("two"))]);
    for (let turn = 0; turn < 20; turn += 1) await Promise.all(leases.map((lease) => lease.renew()));
    await two.close();
    await one.ledger.set(leases[0], [{ address: "account/ana@example.com" }]);
    await one.close();
    expect(await readdir(folder)).toEqual(["state.db"]);
  });
});

describe("what cannot be used is told and left as it is", () => {
  it.each<[string, string, () => Promise<void>]>([
    ["a text", "state.unreadable", () => writeFile(path, "mail: yes\n".repeat(50))],
    ["half a header", "state.unreadable", () => writeFile(path, "SQLite for")],
    [
      "another program's database",
      "state.unreadable",
      async () => void new Database(path).exec("CREATE TABLE t (a)").close(),
    ],
    [
      "a newer state",
      "state.newer",
      async () => {
        await fill(1);
        new Database(path).exec(`PRAGMA user_version = ${migrations.length + 1}`).close();
      },
    ],
    [
      "a state cut in half",
      "state.unreadable",
      async () => {
        await fill(500);
        await truncate(path, 6000);
      },
    ],
    ["a folder", "state.unreadable", async () => void (await mkdir(path))],
  ])("%s", async (_, code, make) => {
    await make();
    const before = await contents();
    for (const readonly of [true, false]) {
      await expect(open(readonly)).rejects.toMatchObject({
        code,
        about: path,
        spoils: "run",
        remedy: expect.any(String),
      });
    }
    expect(await contents()).toEqual(before);
  });

  it("a file in the place of the folder", async () => {
    await writeFile(path, "");
    await expect(open(false, join(path, "state.db"))).rejects.toMatchObject({ code: "state.readonly" });
  });

  it("a folder or a file that this user may not write", async () => {
    await fill(2);
    await chmod(folder, 0o555);
    await chmod(path, 0o444);
    expect(run("write")).toMatch(/^state\.readonly: make .*state\.db and its folder writable/);
    expect(run("write", join(folder, "other.db"))).toMatch(/^state\.readonly: /);
    expect(run("write", join(folder, "sub", "other.db"))).toMatch(/^state\.readonly: /);
    expect(run("read")).toBe("rows 2");
    await chmod(path, 0o000);
    expect(run("read")).toMatch(/^state\.unreadable: make .*state\.db readable/);
    await chmod(folder, 0o755);
  });

  it("a full disk, with what was committed still there", async (context) => {
    const mounted = spawnSync("/usr/bin/mount", ["-t", "tmpfs", "-o", "size=2m", "none", folder]).status === 0;
    context.skip(!mounted, "left out: a small file system cannot be mounted here");
    try {
      await fill(10);
      await expect(fill(100_000)).rejects.toMatchObject({
        code: "state.full",
        remedy: expect.stringContaining("make room"),
      });
      const state = await open(true);
      const draft = await state.draft(ana);
      expect(await draft.counts()).toMatchObject({ fresh: 10 });
      await draft.close();
      await state.close();
    } finally {
      execFileSync("/usr/bin/umount", ["--lazy", folder]);
    }
  });
});

describe("a reader", () => {
  it("makes no file where there is none, nor where there is an empty one", async () => {
    const state = await open(true, join(folder, "no", "such", "state.db"));
    expect(state.created).toBe(true);
    const draft = await state.draft(ana);
    const feed = { id: "INBOX", places: ["INBOX"], epoch: "1", count: 0, watermark: null };
    await draft.begin("source", feed);
    await draft.fold("source", feed, {
      whole: true,
      entries: [{ place: "INBOX", id: "1", date: 1, size: 1, marks: [] }],
      gone: [],
      next: 1,
    });
    expect(await draft.counts()).toMatchObject({ fresh: 1 });
    await draft.close();
    await state.close();
    expect(await readdir(folder)).toEqual([]);
    await writeFile(path, "");
    await (await open(true)).close();
    expect(await contents()).toEqual({ "state.db": "" });
  });

  it("changes no octet and makes no file beside a state at rest", async () => {
    await fill(10);
    const before = await contents();
    const state = await open(true);
    const draft = await state.draft(ana);
    expect(await contents()).toEqual(before);
    await draft.record([{ act: "forget", row: 1 }]);
    await draft.close();
    await state.close();
    expect(await contents()).toEqual(before);
  });

  it("copies what a plan writes to into a file that has no name", async () => {
    await fill(10);
    const temporary = join(folder, "temporary");
    await mkdir(temporary);
    vi.stubEnv("TMPDIR", temporary);
    try {
      for (const readonly of [true, false]) {
        const state = await open(readonly);
        const draft = await state.draft(ana);
        await draft.record([{ act: "forget", row: 1 }]);
        expect(await draft.counts()).toMatchObject({ fresh: 9 });
        expect(await readdir(temporary)).toEqual([]);
        await draft.close();
        await state.close();
      }
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("copies rows where there is no room for a copy of all", async () => {
    await fill(10);
    vi.stubEnv("TMPDIR", join(folder, "none"));
    vi.stubEnv("SQLITE_TMPDIR", join(folder, "none"));
    try {
      const state = await open(true);
      const draft = await state.draft(ana);
      await draft.record([{ act: "forget", row: 1 }]);
      expect(await draft.counts()).toMatchObject({ fresh: 9 });
      await draft.close();
      await state.close();
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("reads what a crash left, and makes nothing beside it", async () => {
    run("die");
    const names = await readdir(folder);
    expect(names.toSorted()).toEqual(["state.db", "state.db-shm", "state.db-wal"]);
    const state = await open(true);
    expect(await state.ledger.all()).toEqual([{ address: "account/ana@example.com", id: "7" }]);
    await state.close();
    expect(await readdir(folder)).toEqual(names);
    await rm(`${path}-shm`);
    const before = await contents();
    const again = await open(true);
    expect(await again.ledger.all()).toHaveLength(1);
    expect(await again.draft(ana).then((draft) => draft.close())).toBeUndefined();
    await again.close();
    expect(await contents()).toEqual(before);
  });

  it("reads what a crash left where it may write nothing", async () => {
    await fill(4);
    run("die");
    for (const name of await readdir(folder)) await chmod(join(folder, name), 0o444);
    await chmod(folder, 0o555);
    expect(run("read")).toBe("rows 4");
    await chmod(folder, 0o755);
  });

  it("does not see a transaction that a crash left half written, and leaves it to the next writer", async () => {
    await fill(300);
    const db = new Database(path);
    db.exec("PRAGMA cache_size = 1; BEGIN; UPDATE message SET s_size = 1; DELETE FROM message WHERE row % 2 = 0");
    const crashed = join(folder, "crashed.db");
    for (const suffix of ["", "-journal"]) await copyFile(path + suffix, crashed + suffix);
    db.exec("ROLLBACK").close();
    const before = await contents();
    const state = await open(true, crashed);
    const draft = await state.draft(ana);
    expect((await draft.rows({ rows: "all" }, 0, 1000)).map(({ source }) => source?.size)).toEqual(
      Array.from({ length: 300 }, (_, at) => at),
    );
    await draft.close();
    await state.close();
    expect(await contents()).toEqual(before);
  });

  it("and a writer do not keep each other from their work", async () => {
    await fill(5);
    const reader = await open(true);
    const draft = await reader.draft(ana);
    const writer = await open();
    const lease = await writer.acquire(thisHolder("test"));
    await writer.ledger.set(lease, [{ address: "account/ana@example.com" }]);
    expect(await reader.ledger.all()).toHaveLength(1);
    expect(await draft.counts()).toMatchObject({ fresh: 5 });
    await lease.release();
    await writer.close();
    expect(await reader.ledger.all()).toHaveLength(1);
    await draft.close();
    await reader.close();
    await fill(6);
    expect(await readdir(folder)).toEqual(["state.db"]);
  });
});

describe("kill -9", () => {
  it.each([5, 40, 150])("after %i lines loses nothing that was told", async (lines) => {
    const node = spawn(process.execPath, [child, "commit", path], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(node, "exit");
    const told: string[] = [];
    for await (const line of createInterface({ input: node.stdout })) {
      told.push(line);
      if (told.length === lines) node.kill("SIGKILL");
    }
    await ended;
    const state = await open();
    expect(await state.holder()).toMatchObject({ alive: false, holder: { command: "child" } });
    const journal = await state.journal(ana, await state.acquire(thisHolder("test")));
    const numbers = (what: string) =>
      told.flatMap((line) => (line.startsWith(`${what} `) ? [Number(line.split(" ")[1])] : []));
    expect((await journal.intents()).map(({ id }) => id)).toEqual(expect.arrayContaining(numbers("intent")));
    for (const uid of numbers("seen")) expect(await journal.row(uid)).toMatchObject({ source: { id: String(uid) } });
    for (const uid of numbers("paired")) expect(await journal.row(uid)).toMatchObject({ base });
    expect(numbers("seen").length).toBeGreaterThan(0);
    await state.close();
    const db = new Database(path, { readonly: true });
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    db.close();
  });
});

/** How many messages a sound database holds. */
const rowsOf = (at: string): unknown => {
  const db = new Database(at, { readonly: true });
  const count = db.prepare("SELECT count(*) FROM message").pluck().get();
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  db.close();
  return count;
};

describe("a copy aside", () => {
  it("is whole, with what is not yet in the file itself, and the one before is kept", async () => {
    const copies: unknown[] = [];
    for (const count of [1, 2, 3]) {
      await fill(count);
      const state = await open();
      const lease = await state.acquire(thisHolder("test"));
      await state.ledger.set(lease, [{ address: "account/ana@example.com", passwordIssue: count }]);
      expect(await state.copyAside()).toBe(`${path}.backup`);
      await lease.release();
      await state.close();
      copies.push(rowsOf(`${path}.backup`));
    }
    expect(copies).toEqual([1, 2, 3]);
    expect(rowsOf(`${path}.backup.1`)).toBe(2);
    expect((await readdir(folder)).toSorted()).toEqual(["state.db", "state.db.backup", "state.db.backup.1"]);
    expect((await stat(`${path}.backup`)).mode & 0o777).toBe(0o600);
    // Versions of its format (https://sqlite.org/fileformat2.html#file_format_version_numbers): 1 asks for no WAL beside it.
    expect([...(await readFile(`${path}.backup`)).subarray(18, 20)]).toEqual([1, 1]);
    const copy = await open(true, `${path}.backup`);
    expect(await copy.ledger.all()).toEqual([{ address: "account/ana@example.com", passwordIssue: 3 }]);
    await copy.close();
  });

  it("is whole while somebody else reads, and keeps the state from being taken in", async () => {
    await fill(2);
    const state = await open();
    const reader = new Database(path, { readonly: true });
    reader.exec("BEGIN");
    reader.prepare("SELECT count(*) FROM message").get();
    const lease = await state.acquire(thisHolder("test"));
    await state.ledger.set(lease, [{ address: "account/ana@example.com", passwordIssue: 7 }]);
    await state.copyAside();
    expect(rowsOf(`${path}.backup`)).toBe(2);
    const copy = await open(true, `${path}.backup`);
    expect(await copy.ledger.all()).toEqual([{ address: "account/ana@example.com", passwordIssue: 7 }]);
    await copy.close();
    reader.close();
    await lease.release();
    await state.close();
  });
});
