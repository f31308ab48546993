import { setImmediate as yieldOnce } from "node:timers/promises";
import type DatabaseClass from "better-sqlite3";
import type { Journal } from "../../contract/journal.ts";
import { Fault } from "../../model/fault.ts";
import { keepCacheSmall } from "./cache.ts";
import { connect } from "./connection.ts";
import { journalOf } from "./journal/journal.ts";
import { journalTables } from "./migrations.ts";

type Db = DatabaseClass.Database;
const chunk = 20_000;

/**
 * A mailbox's journal over a private, read-only connection. It reads the state itself until the first write: then the mailbox's rows are
 * copied into temporary tables of the same names, which hide the state's, so that a mailbox without change costs no copy. They live in a
 * file without a name that ends with the connection; memory holds a cache of it alone. `whole` copies at once. Without it a call throws
 * `state.moved` where another process wrote the state since the first one: what was read before may be true no longer.
 */
export async function draftOf(
  db: Db,
  path: string,
  { migration, address, whole }: { readonly migration: number; readonly address: string; readonly whole: boolean },
): Promise<Journal & { close(): Promise<void> }> {
  const close = async (): Promise<void> => void db.close();
  const connection = connect(db, path, "deferred");
  const journal = (mailbox: number): Journal =>
    journalOf(connect(db, path, "deferred"), mailbox, new Map(), () => undefined);
  const version = versionOf(db);
  const copied = async (): Promise<Journal> => {
    const mailbox = connection.read(() => {
      db.exec("BEGIN");
      version.check();
      return declare(db, migration, address);
    });
    await copy(db, mailbox);
    return journal(mailbox);
  };
  try {
    prepare(db);
    const known = whole ? undefined : connection.read(() => numberOf(db, migration, address));
    if (known === undefined) return { ...(await copied()), close };
    const state = journal(known);
    const read = async <T>(work: (from: Journal) => Promise<T>): Promise<T> => {
      version.check();
      return work(state);
    };
    return { ...untilWritten(read, copied), close };
  } catch (error) {
    db.close();
    return connection.read(() => {
      throw error;
    });
  }
}

function prepare(db: Db): void {
  db.pragma("temp_store = FILE");
  keepCacheSmall(db);
}

function numberOf(db: Db, migration: number, address: string): number | undefined {
  const query = "SELECT id FROM main.mailbox WHERE migration = ? AND address = ?";
  return db.prepare(query).pluck().get(migration, address) as number | undefined;
}

/** Tells, from the first check on, whether another connection wrote (https://sqlite.org/pragma.html#pragma_data_version). */
function versionOf(db: Db): { check(): void } {
  const read = db.prepare("PRAGMA data_version").pluck();
  let first: unknown;
  return {
    check: () => {
      // The pragma tells of what a reading has seen.
      db.prepare("SELECT 1 FROM main.sqlite_schema").get();
      const now = read.get();
      first ??= now;
      if (now === first) return;
      throw new Fault({
        code: "state.moved",
        message: "Another run wrote the state meanwhile",
        spoils: "mailbox",
        retry: "later",
        remedy: "plan again when it has ended",
      });
    },
  };
}

/** Reads go to the state until the first write, which waits for `copy`; from then on all goes there. */
function untilWritten(
  state: <T>(work: (from: Journal) => Promise<T>) => Promise<T>,
  copy: () => Promise<Journal>,
): Journal {
  let copied: Promise<Journal> | undefined;
  const read = async <T>(work: (from: Journal) => Promise<T>): Promise<T> =>
    copied === undefined ? state(work) : work(await copied);
  const write = async <T>(work: (to: Journal) => Promise<T>): Promise<T> => work(await (copied ??= copy()));
  return {
    feeds: (...of) => read((from) => from.feeds(...of)),
    rows: (...of) => read((from) => from.rows(...of)),
    alike: (...of) => read((from) => from.alike(...of)),
    row: (...of) => read((from) => from.row(...of)),
    find: (...of) => read((from) => from.find(...of)),
    intents: () => read((from) => from.intents()),
    places: () => read((from) => from.places()),
    counts: () => read((from) => from.counts()),
    begin: (...of) => write((to) => to.begin(...of)),
    fold: (...of) => write((to) => to.fold(...of)),
    drop: (...of) => write((to) => to.drop(...of)),
    rename: (...of) => write((to) => to.rename(...of)),
    record: (...of) => write((to) => to.record(...of)),
    intend: (...of) => write((to) => to.intend(...of)),
    setPlaces: (...of) => write((to) => to.setPlaces(...of)),
    dropPlace: (...of) => write((to) => to.dropPlace(...of)),
  };
}

/** Makes the tables, and the mailbox's own row, in the transaction in which all of it is copied. */
function declare(db: Db, migration: number, address: string): number {
  for (const sql of schema(db, "table")) db.exec(sql.replace(/^CREATE TABLE /u, "CREATE TEMP TABLE "));
  db.prepare("INSERT INTO temp.mailbox SELECT * FROM main.mailbox WHERE migration = ? AND address = ?").run(
    migration,
    address,
  );
  const known = db.prepare("SELECT id FROM temp.mailbox").pluck().get() as number | undefined;
  if (known !== undefined) return known;
  // A number that no mailbox of the state has: its rows would be taken for this one's.
  const made = db
    .prepare(
      "INSERT INTO temp.mailbox (id, migration, address) SELECT coalesce(max(id), 0) + 1, ?, ? FROM main.mailbox",
    )
    .run(migration, address);
  return Number(made.lastInsertRowid);
}

async function copy(db: Db, mailbox: number): Promise<void> {
  for (const table of ["feed", "place", "route", "intent"]) {
    db.prepare(`INSERT INTO temp.${table} SELECT * FROM main.${table} WHERE mailbox = ?`).run(mailbox);
  }
  const [base, end] = [mailbox * 2 ** 32, (mailbox + 1) * 2 ** 32];
  db.prepare("INSERT INTO temp.intent_row SELECT * FROM main.intent_row WHERE row > ? AND row < ?").run(base, end);
  const rows = db.prepare(
    "INSERT INTO temp.message SELECT * FROM main.message WHERE row > ? AND row < ? ORDER BY row LIMIT ?",
  );
  const last = db.prepare("SELECT max(row) FROM temp.message").pluck();
  let after = base;
  while (rows.run(after, end, chunk).changes === chunk) {
    after = last.get() as number;
    await yieldOnce();
  }
  db.exec("COMMIT");
  for (const sql of schema(db, "index")) {
    await yieldOnce();
    db.exec(sql.replace(/^CREATE INDEX /u, "CREATE INDEX temp."));
  }
}

/** The state's own definitions, so that a draft is always of its version. */
function schema(db: Db, type: "table" | "index"): string[] {
  const query =
    "SELECT sql FROM main.sqlite_schema WHERE type = ? AND tbl_name IN (SELECT value FROM json_each(?)) AND sql IS NOT NULL ORDER BY rowid";
  return db.prepare(query).pluck().all(type, JSON.stringify(journalTables)) as string[];
}
