import { randomUUID } from "node:crypto";
import { closeSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type DatabaseClass from "better-sqlite3";
import { keepCacheSmall } from "./cache.ts";

type Database = typeof DatabaseClass;
type Db = DatabaseClass.Database;

/**
 * A copy of the state in a file that loses its name as soon as it is whole, so that nothing is left however a run ends after that. Nothing
 * of it needs to outlast the process: it is synced never, and locked once. `fill` writes the state to an empty file, or says that it
 * cannot. Undefined where there can be no copy, for want of room or of a folder too: whoever asks has another way.
 */
export function cloneOf(Database: Database, fill: (path: string) => boolean): Db | undefined {
  const path = join(folder(), `reconcile-draft-${randomUUID()}`);
  try {
    closeSync(openSync(path, "wx", 0o600));
    return fill(path) ? opened(new Database(path)) : undefined;
  } catch {
    return undefined;
  } finally {
    rmSync(path, { force: true });
  }
}

/** As SQLite chooses it for its own temporary files (https://sqlite.org/tempfiles.html, 5): /tmp is memory on some systems. */
function folder(): string {
  const { SQLITE_TMPDIR, TMPDIR } = process.env;
  return SQLITE_TMPDIR ?? TMPDIR ?? (process.platform === "win32" ? tmpdir() : "/var/tmp");
}

function opened(db: Db): Db {
  try {
    db.pragma("locking_mode = EXCLUSIVE");
    db.pragma("journal_mode = MEMORY");
    db.pragma("synchronous = OFF");
    keepCacheSmall(db);
    return db;
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}
