import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type DatabaseClass from "better-sqlite3";
import { keepCacheSmall } from "./cache.ts";
import { faultOf } from "./faults.ts";

type Database = typeof DatabaseClass;

/**
 * Copies the state to PATH.backup, as of one moment and durably; the copy before becomes PATH.backup.1. At every moment
 * one whole copy has one of the two names.
 */
export async function copyAside(Database: Database, path: string): Promise<string> {
  const goal = `${path}.backup`;
  const making = `${path}.backup.new`;
  try {
    await rm(making, { force: true });
    await (await open(making, "wx", 0o600)).close();
    copyTo(Database, path, making);
    await sync(making, "r+");
    await rename(goal, `${goal}.1`).catch(ignoreAbsent);
    await rename(making, goal);
    await sync(dirname(path), "r");
    return goal;
  } catch (error) {
    await rm(making, { force: true }).catch(() => undefined);
    throw faultOf(error, goal);
  }
}

/** One reading transaction, so that another process's write does not get between. SQLite's own backup keeps caches of 16 MB on either side. */
function copyTo(Database: Database, path: string, goal: string): void {
  const db = new Database(path, { readonly: true });
  try {
    keepCacheSmall(db);
    db.prepare("VACUUM INTO ?").run(goal);
  } finally {
    db.close();
  }
}

async function sync(path: string, flags: string): Promise<void> {
  const file = await open(path, flags);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function ignoreAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
