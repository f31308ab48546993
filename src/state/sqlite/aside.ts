import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type DatabaseClass from "better-sqlite3";
import { faultOf } from "./faults.ts";

type Database = typeof DatabaseClass;

/** Pages a turn: 8 MB, between which others get their turn. */
const pages = 2048;

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
    await copyTo(Database, path, making);
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

/** A reading transaction of its own holds the moment: without one, another process's write would begin the copy anew. */
async function copyTo(Database: Database, path: string, goal: string): Promise<void> {
  const db = new Database(path, { readonly: true });
  try {
    db.exec("BEGIN");
    db.prepare("SELECT count(*) FROM sqlite_schema").get();
    await db.backup(goal, { progress: () => pages });
  } finally {
    db.close();
  }
  const copy = new Database(goal);
  copy.pragma("journal_mode = DELETE");
  copy.close();
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
