import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { faultOf } from "./faults.ts";
import type { Copying } from "./copying.ts";

/**
 * Copies the state to PATH.backup, as of one moment and durably; the copy before becomes PATH.backup.1. At every moment
 * one whole copy has one of the two names.
 */
export async function copyAside(copyTo: Copying["copyTo"], path: string): Promise<string> {
  const goal = `${path}.backup`;
  const making = `${path}.backup.new`;
  try {
    await rm(making, { force: true });
    await (await open(making, "wx", 0o600)).close();
    copyTo(making);
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
