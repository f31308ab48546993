import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { Fault } from "../../../model/fault.ts";
import { chunksOfFile, readAt } from "../body.ts";
import {
  type DiskHandle,
  type DiskPath,
  folderOf,
  openToAppend,
  openToRead,
  rename,
  shown,
  statIfThere,
  syncFolder,
  unlinkIfThere,
  writeAll,
  writeAt,
} from "../disk.ts";
import { chunkSize } from "../limits.ts";

/**
 * What makes an append whole or nothing. The batch is written to a file of its own first, with a trailer that says where in the mbox
 * it is to begin and what its octets hash to; that file gets its name durably before the mbox is touched, and loses it after the mbox
 * is synced. So what a process that died leaves behind can be told: nothing, a torn part, which readers do not see and the next
 * writer cuts off, or the whole.
 */
export interface Pending {
  readonly from: number;
  /** Line ends that had to go before the first From_ line. */
  readonly lead: string;
  readonly length: number;
  readonly hash: string;
  /** The record's count before this batch. */
  readonly count: number;
}

const trailerLength = 512;

const digestOf = (text: string): string => createHash("sha256").update(text, "latin1").digest("hex").slice(0, 16);

/** A file of ours beside an mbox, for it alone. */
export function besideOf(file: DiskPath, what: string): DiskPath {
  const folder = folderOf(file);
  return `${folder}/.reconcile-${what}-${digestOf(file.slice(folder.length + 1))}`;
}

const pendingPath = (file: DiskPath): DiskPath => besideOf(file, "append");

/** Ends the batch's file with its trailer and gives it its name, durably. */
export async function announce(file: DiskPath, aside: DiskPath, handle: DiskHandle, pending: Pending): Promise<void> {
  await writeAt(handle, Buffer.from(JSON.stringify(pending).padEnd(trailerLength)), pending.length);
  await handle.sync();
  await rename(aside, pendingPath(file));
  await syncFolder(folderOf(file));
}

type State = "none" | "torn" | "whole";

interface Found {
  readonly pending: Pending;
  readonly state: State;
}

/** What an append that was cut short left; undefined where there is none. Throws `archive.torn` where others wrote behind it. */
export async function inspect(file: DiskPath): Promise<Found | undefined> {
  const path = pendingPath(file);
  if (!(await statIfThere(path))) return undefined;
  const batch = await openToRead(path);
  try {
    const end = Number((await batch.stat()).size) - trailerLength;
    const pending = JSON.parse((await readAt(batch, end, trailerLength)).toString("utf8")) as Pending;
    return { pending, state: await compare(file, batch, pending) };
  } finally {
    await batch.close();
  }
}

async function compare(file: DiskPath, batch: DiskHandle, { from, lead, length, hash }: Pending): Promise<State> {
  const size = Number((await statIfThere(file))?.size ?? 0);
  if (size <= from) return "none";
  const handle = await openToRead(file);
  try {
    const whole = from + lead.length + length;
    if (size >= whole && (await hashOf(handle, from + lead.length, whole)) === hash) return "whole";
    if (size < whole && (await isPrefix(handle, batch, from, size, lead))) return "torn";
  } finally {
    await handle.close();
  }
  throw mixed(file);
}

async function hashOf(handle: DiskHandle, from: number, to: number): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of chunksOfFile(handle, from, to)) hash.update(chunk);
  return hash.digest("hex");
}

async function isPrefix(
  handle: DiskHandle,
  batch: DiskHandle,
  from: number,
  to: number,
  lead: string,
): Promise<boolean> {
  const start = await readAt(handle, from, Math.min(lead.length, to - from));
  if (!lead.startsWith(start.toString("latin1"))) return false;
  const behind = from + lead.length;
  for (let at = behind; at < to; at += chunkSize) {
    const mine = await readAt(handle, at, Math.min(chunkSize, to - at));
    if (!mine.equals(await readAt(batch, at - behind, mine.length))) return false;
  }
  return true;
}

/** Cuts off what is torn, and forgets the batch. Returns what there was. For whoever holds the lock. */
export async function recover(file: DiskPath): Promise<Found | undefined> {
  const found = await inspect(file);
  if (!found) return undefined;
  if (found.state === "torn") await cutAt(file, found.pending.from);
  await unlinkIfThere(pendingPath(file));
  await syncFolder(folderOf(file));
  return found;
}

async function cutAt(file: DiskPath, size: number): Promise<void> {
  const handle = await openToAppend(file);
  try {
    await handle.truncate(size);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Appends the announced batch. Where the disk refuses, what was written is taken back. */
export async function append(file: DiskPath, pending: Pending): Promise<void> {
  const [handle, batch] = [await openToAppend(file), await openToRead(pendingPath(file))];
  try {
    if (Number((await handle.stat()).size) !== pending.from) throw mixed(file);
    await writeAll(handle, Buffer.from(pending.lead, "latin1"));
    for await (const chunk of chunksOfFile(batch, 0, pending.length)) await writeAll(handle, chunk);
    await handle.sync();
    if (Number((await handle.stat()).size) !== pending.from + pending.lead.length + pending.length) throw mixed(file);
  } catch (thrown) {
    await recover(file).catch(() => {});
    throw thrown;
  } finally {
    await handle.close();
    await batch.close();
  }
  await unlinkIfThere(pendingPath(file));
}

function mixed(file: DiskPath): Fault {
  return new Fault({
    code: "archive.torn",
    message: "An append was cut short, and another program has written to the file since",
    spoils: "place",
    about: shown(file),
    remedy: `compare the end of the file with ${shown(pendingPath(file))}, take what is torn out by hand, then remove that file`,
  });
}
