import { randomBytes } from "node:crypto";
import type { Stats } from "node:fs";
import { access, constants, type FileHandle, open, readFile, realpath, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Options } from "../../contract/options.ts";
import { interrupted } from "../../model/fault.ts";
import { diskFault } from "./faults.ts";
import { digestOf } from "./grid.ts";

/** What the names of files that were being written end in. */
export const unfinished = /^\..+\.csv\.[0-9a-f]{12}\.tmp$/;

/**
 * Puts the content in the place of the file, at once and durably: whoever looks sees the old file or the new one. Keeps mode and owner,
 * follows a symbolic link; what is `secret` is for its owner alone. Returns false, and touches nothing, where the file is not the one with this digest (undefined: none).
 * Throws `disk.full`, `disk.readonly`, `disk.denied`, `disk.failed`; the old file is then as it was.
 */
export async function replaceFile(
  name: string,
  content: Buffer,
  digest: string | undefined,
  { signal }: Options,
  secret = false,
): Promise<boolean> {
  const path = await realpath(name).catch(() => name);
  const draft = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    const before = await statOf(path);
    if (before !== undefined) await access(path, constants.W_OK);
    await writeDraft(draft, content, before, secret);
    if (signal.aborted) throw interrupted();
    const moved = (await currentDigest(path)) !== digest;
    if (!moved) await rename(draft, path);
    else await unlink(draft);
    if (!moved) await syncFolder(dirname(path));
    return !moved;
  } catch (thrown) {
    await unlink(draft).catch(() => undefined);
    throw diskFault(name, thrown);
  }
}

function statOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch(ifAbsent);
}

async function currentDigest(path: string): Promise<string | undefined> {
  const content = await readFile(path).catch(ifAbsent);
  return content === undefined ? undefined : digestOf(content);
}

function ifAbsent(thrown: unknown): undefined {
  if ((thrown as NodeJS.ErrnoException).code !== "ENOENT") throw thrown;
  return undefined;
}

/** Nobody else may read it before it has the mode of the file whose place it takes; a new file gets the mode that the process makes files with. */
async function writeDraft(path: string, content: Buffer, like: Stats | undefined, secret: boolean): Promise<void> {
  const file = await open(path, "wx", like === undefined && !secret ? 0o666 : 0o600);
  try {
    await file.writeFile(content);
    if (like !== undefined) await dress(file, like, secret);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The owner first: changing it takes special bits of the mode away. Only root can give files away. */
async function dress(file: FileHandle, like: Stats, secret: boolean): Promise<void> {
  await file.chown(like.uid, like.gid).catch(() => undefined);
  await file.chmod(like.mode & (secret ? 0o600 : 0o7777));
}

/** A rename is durable once its folder is; some file systems cannot sync one. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync().catch(() => undefined);
  } finally {
    await handle.close();
  }
}
