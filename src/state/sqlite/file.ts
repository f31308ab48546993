import {
  accessSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type DatabaseClass from "better-sqlite3";
import { keepCacheSmall } from "./cache.ts";
import { type Copying, copyingOf, copyingOfMemory } from "./copying.ts";
import { faultOf, readingFaultOf, stateFault } from "./faults.ts";
import { applicationId, migrations } from "./migrations.ts";
import { settlingOf, unsettled } from "./settling.ts";

type Database = typeof DatabaseClass;
type Db = DatabaseClass.Database;

/** An opened state file. `file` is what SQLite reads; undefined for one in memory. */
export interface OpenFile {
  readonly db: Db;
  readonly file: string | undefined;
  /** Makes what was committed durable, where SQLite does not do so itself. */
  settled(): Promise<void>;
  readonly copying: Copying;
  close(): void;
}

/** How long a process waits for another's lock, in milliseconds. */
const patience = 10_000;

/** Opens the file to write, and makes it (0600) and its folder (0700) where there is none. */
export function openToWrite(Database: Database, path: string): OpenFile {
  return translated(faultOf, path, () => {
    prepare(path);
    inspect(path);
    const db = new Database(path, { timeout: patience });
    return closingOnFailure(db, () => {
      migrate(db, path);
      // Between runs the file is in rollback mode: one file, which can be read without making another.
      const [[mode] = []] = db.prepare("PRAGMA journal_mode = WAL").raw().all() as [string][];
      // Without a WAL (on some network file systems) SQLite syncs every commit itself.
      db.pragma(mode === "wal" ? "synchronous = NORMAL" : "synchronous = EXTRA");
      const settling = mode === "wal" ? settlingOf(path) : unsettled;
      db.pragma("wal_autocheckpoint = 4000");
      keepCacheSmall(db);
      const copying = copyingOf(db, path);
      const close = (): void => {
        settling.close();
        closeToRest(db);
        copying.close();
      };
      return { db, file: path, settled: settling.settled, copying, close };
    });
  });
}

/** Opens the file to read, and writes nothing beside it: an absent one is an empty state in memory. */
export function openToRead(Database: Database, path: string): OpenFile {
  return translated(readingFaultOf, path, () => {
    if (!existsSync(path) || statSync(path).size === 0) return openInMemory(Database);
    if (inspect(path) < migrations.length || withoutIndex(path)) return openCopy(Database, path);
    try {
      return openDirectly(Database, path);
    } catch (error) {
      if (isUnfinished(error)) return openCopy(Database, path);
      throw error;
    }
  });
}

function openDirectly(Database: Database, path: string): OpenFile {
  const db = new Database(path, { readonly: true, timeout: patience });
  return closingOnFailure(db, () => {
    keepCacheSmall(db);
    judge(db, path);
    const copying = copyingOf(db, path);
    const close = (): void => {
      db.close();
      copying.close();
    };
    return { db, file: path, settled: unsettled.settled, copying, close };
  });
}

export function openInMemory(Database: Database): OpenFile {
  const db = new Database(":memory:");
  migrate(db, ":memory:");
  const copying = copyingOfMemory(db);
  return { db, file: undefined, settled: unsettled.settled, copying, close: () => void db.close() };
}

/** A crash left work that only a writer can finish: it is finished on a private copy. No process has the file open then. */
function openCopy(Database: Database, path: string): OpenFile {
  const folder = mkdtempSync(join(tmpdir(), "reconcile-state-"));
  const end = () => rmSync(folder, { recursive: true, force: true });
  try {
    for (const suffix of ["", "-wal", "-journal"]) {
      if (existsSync(path + suffix)) copyFileSync(path + suffix, join(folder, basename(path) + suffix));
    }
    const file = join(folder, basename(path));
    const db = new Database(file, { timeout: patience });
    return closingOnFailure(db, () => {
      keepCacheSmall(db);
      migrate(db, path);
      const copying = copyingOf(db, file);
      const close = () => {
        db.close();
        copying.close();
        end();
      };
      return { db, file, settled: unsettled.settled, copying, close };
    });
  } catch (error) {
    end();
    throw error;
  }
}

/** A WAL without its index, which a reader would make beside it. Whoever is at work has both open. */
function withoutIndex(path: string): boolean {
  return existsSync(`${path}-wal`) && !existsSync(`${path}-shm`);
}

/** A crash left a transaction in the journal or the WAL that must be rolled back, or taken in, first. */
function isUnfinished(error: unknown): boolean {
  return /^SQLITE_READONLY_(ROLLBACK|RECOVERY|CANTINIT)$/u.test((error as NodeJS.ErrnoException).code ?? "");
}

function prepare(path: string): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  accessSync(folder, constants.W_OK | constants.X_OK);
  if (existsSync(path)) accessSync(path, constants.R_OK | constants.W_OK);
  else closeSync(openSync(path, "a", 0o600));
}

/**
 * Reads the version from the file's header without SQLite (https://sqlite.org/fileformat2.html#the_database_header), so
 * that what is not ours, or newer, is not touched at all. An empty file is one that was just made.
 */
function inspect(path: string): number {
  const header = Buffer.alloc(100);
  const file = openSync(path, "r");
  try {
    if (readSync(file, header, 0, 100, 0) === 0) return 0;
  } finally {
    closeSync(file);
  }
  if (header.toString("latin1", 0, 16) !== "SQLite format 3\0") {
    throw stateFault("state.unreadable", path, { message: "This file is no state: it is no SQLite database" });
  }
  return fitting(path, header.readUInt32BE(68), header.readUInt32BE(60));
}

/** The version, if the file is ours and not newer. */
function fitting(path: string, application: number, version: number): number {
  if (application !== applicationId) {
    throw stateFault("state.unreadable", path, {
      message: "This file is no state: it is another program's SQLite database",
    });
  }
  if (version > migrations.length) {
    const message = `The state was written by a newer version: it is of version ${version}, and ${migrations.length} is the newest known here`;
    throw stateFault("state.newer", path, { message });
  }
  return version;
}

function judge(db: Db, path: string): number {
  const tables = db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get() as number;
  if (tables === 0) return 0;
  return fitting(
    path,
    db.pragma("application_id", { simple: true }) as number,
    db.pragma("user_version", { simple: true }) as number,
  );
}

/** Brings the file to the newest version, in one transaction. */
function migrate(db: Db, path: string): void {
  const steps = db.transaction(() => {
    const version = judge(db, path);
    for (const sql of migrations.slice(version)) db.exec(sql);
    if (version === migrations.length) return;
    db.pragma(`application_id = ${applicationId}`);
    db.pragma(`user_version = ${migrations.length}`);
  });
  if (judge(db, path) < migrations.length) steps.immediate();
}

/** The last one out takes the WAL in. Where others are at work, it stays theirs. */
function closeToRest(db: Db): void {
  try {
    db.pragma("busy_timeout = 0");
    db.pragma("journal_mode = DELETE");
  } catch {
    // Another process has the file open, or the disk is full: all that was committed is in the WAL.
  }
  db.close();
}

function translated<T>(translate: typeof faultOf, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw translate(error, path);
  }
}

function closingOnFailure<T>(db: Db, work: () => T): T {
  try {
    return work();
  } catch (error) {
    db.close();
    throw error;
  }
}
