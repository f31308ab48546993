import { randomUUID } from "node:crypto";
import { closeSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type DatabaseClass from "better-sqlite3";
import { keepCacheSmall } from "./cache.ts";
import type { Copying } from "./copying.ts";

type Database = typeof DatabaseClass;
type Db = DatabaseClass.Database;

/**
 * A copy of the state in a file that loses its name as soon as it is open, so that nothing is left however a run ends. Nothing of it needs
 * to outlast the process: it is synced never, and locked once. Undefined where the state cannot be held still.
 */
export function cloneOf(Database: Database, copying: Copying): Db | undefined {
  const path = join(tmpdir(), `reconcile-draft-${randomUUID()}`);
  closeSync(openSync(path, "wx", 0o600));
  try {
    if (!copying.copyStill(path)) return undefined;
    const db = new Database(path);
    db.pragma("locking_mode = EXCLUSIVE");
    db.pragma("journal_mode = MEMORY");
    db.pragma("synchronous = OFF");
    keepCacheSmall(db);
    return db;
  } finally {
    rmSync(path, { force: true });
  }
}
