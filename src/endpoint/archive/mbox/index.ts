import type { BigIntStats } from "node:fs";
import { createHash } from "node:crypto";
import type { Clock } from "../../../contract/endpoint.ts";
import { readAt } from "../body.ts";
import { type DiskHandle, type DiskPath, openToRead, realPath, stat, statIfThere, toMs } from "../disk.ts";
import { isLockedByOthers } from "../dotlock.ts";
import { racy } from "../limits.ts";
import type { Dialect } from "./dialect.ts";
import { inspect } from "./journal.ts";
import { type Scanned, scan } from "./scan.ts";
import { Table } from "./table.ts";

/** The messages of a file as it was at one moment. */
export interface Index {
  readonly stamp: string;
  /** Where reading ended: the file's size, but for a torn append. */
  readonly size: number;
  /** Tells whether the file still begins with these octets. */
  readonly probe: string;
  /** Shared with later indexes of the same file, which add rows to it: only so many belong to this one. */
  readonly table: Table;
  readonly count: number;
}

/** The message of this id; undefined where there is none. */
export function messageOf({ table, count }: Index, id: string): Scanned | undefined {
  const row = table.find(id);
  return row === undefined || row >= count ? undefined : table.message(row);
}

/** How long a file that somebody is writing to is waited for, and how often it is looked at. */
const patience = 10_000;
const interval = 250;
const probeLength = 4096;

/** Equal while nothing was written, but for changes within one tick of the clock. */
export const stampOf = ({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string => `${ino}.${size}.${mtimeNs}.${ctimeNs}`;

export const newest = ({ mtimeNs, ctimeNs }: BigIntStats): number => Math.max(toMs(mtimeNs), toMs(ctimeNs));

/** A hash of the first and the last octets before an offset. */
export async function probeOf(handle: DiskHandle, size: number): Promise<string> {
  const hash = createHash("sha256");
  hash.update(await readAt(handle, 0, Math.min(size, probeLength)));
  const from = Math.max(0, size - probeLength);
  hash.update(await readAt(handle, from, size - from));
  return hash.digest("base64url").slice(0, 16);
}

/** Opens a file whose name may be a link inside the endpoint's path. */
export const openMbox = async (file: DiskPath): Promise<DiskHandle> => openToRead(await realPath(file));

/** Where the file ends for readers. */
export async function visibleSize(file: DiskPath, size: number): Promise<number> {
  const pending = await inspect(file);
  return pending?.state === "torn" ? Math.min(size, pending.pending.from) : size;
}

/** The file's index: the one given where it still holds, that one and what was appended, or a new one. */
export async function indexOf(
  file: DiskPath,
  dialect: Dialect,
  clock: Clock,
  signal: AbortSignal,
  before?: Index,
): Promise<Index> {
  for (let waited = 0; waited < patience && (await isLockedByOthers(file, clock)); waited += interval)
    await clock.wait(interval, signal);
  let index = await readIndex(file, dialect, before);
  for (let waited = 0; waited < patience && (await isBeingWritten(file, index, clock)); waited += interval) {
    await clock.wait(interval, signal);
    index = await readIndex(file, dialect, index);
  }
  return index;
}

/** A last message without a blank line behind it, in a file that changed just now, may be half of one. */
async function isBeingWritten(file: DiskPath, index: Index, clock: Clock): Promise<boolean> {
  if (isEnded(index)) return false;
  const stats = await statIfThere(file);
  return stats !== undefined && clock.now() - newest(stats) < racy;
}

async function readIndex(file: DiskPath, dialect: Dialect, before: Index | undefined): Promise<Index> {
  const stats = await stat(file);
  const size = await visibleSize(file, Number(stats.size));
  if (before?.stamp === stampOf(stats) && before.size === size) return before;
  const handle = await openMbox(file);
  try {
    const grown =
      before !== undefined &&
      before.size <= size &&
      (await probeOf(handle, before.size)) === before.probe &&
      isCurrent(before);
    const table = grown ? before.table : new Table();
    const from = table.count > 0 ? table.message(table.count - 1).end : 0;
    await scan(handle, from, size, dialect, (message) => table.push(message));
    return { stamp: stampOf(stats), size, probe: await probeOf(handle, size), table, count: table.count };
  } finally {
    await handle.close();
  }
}

/** A table may be added to while nobody else has, and while its last message cannot have grown. */
const isCurrent = (index: Index): boolean => index.table.count === index.count && isEnded(index);

const isEnded = ({ table, count }: Index): boolean => count === 0 || table.message(count - 1).ended;
