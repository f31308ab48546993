import { setImmediate as yieldOnce } from "node:timers/promises";
import type DatabaseClass from "better-sqlite3";
import type { Journal } from "../../contract/journal.ts";
import { keepCacheSmall } from "./cache.ts";
import { connect } from "./connection.ts";
import type { Right } from "./journal/book.ts";
import { journalOf } from "./journal/journal.ts";
import { journalTables } from "./migrations.ts";

type Db = DatabaseClass.Database;
const chunk = 20_000;

/** A journal that nobody else sees, and that ends. */
export type Draft = Journal & { close(): Promise<void> };

export const everyRight: Right = { check: () => undefined, wrote: () => undefined };

/**
 * A mailbox's journal, copied row by row as of one moment, over a private, read-only connection: into temporary tables of the same names,
 * which hide the state's. They live in a file without a name that ends with the connection; memory holds a cache of it alone. `check` is
 * run once that moment is fixed.
 */
export async function draftOf(
  db: Db,
  path: string,
  { migration, address, check }: { readonly migration: number; readonly address: string; readonly check?: () => void },
): Promise<Draft> {
  const connection = connect(db, path, "deferred");
  try {
    const mailbox = connection.read(() => {
      db.pragma("temp_store = FILE");
      keepCacheSmall(db);
      db.exec("BEGIN");
      db.prepare("SELECT 1 FROM main.sqlite_schema").get();
      check?.();
      return declare(db, migration, address);
    });
    await copy(db, mailbox);
    const journal = journalOf(connect(db, path, "deferred"), mailbox, new Map(), everyRight);
    return { ...journal, close: async () => void db.close() };
  } catch (error) {
    db.close();
    return connection.read(() => {
      throw error;
    });
  }
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
