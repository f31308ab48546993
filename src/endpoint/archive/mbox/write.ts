import { randomBytes } from "node:crypto";
import { type Fault, recordOf } from "../../../model/fault.ts";
import type { NewItem, Receipt } from "../../../model/item.ts";
import { chunksOf, readAt } from "../body.ts";
import { checkSignal } from "../bounded.ts";
import { type Delivered, newDelivered, readDelivered, writeDelivered } from "../delivered.ts";
import { brokenBody, type Means } from "../delivery.ts";
import { bornAt, type DiskHandle, type DiskPath, folderOf, openNew, stat, unlinkIfThere } from "../disk.ts";
import { withDotlock } from "../dotlock.ts";
import { itemCut } from "../faults.ts";
import type { Dialect } from "./dialect.ts";
import { encode } from "./encode.ts";
import { envelope } from "./envelope.ts";
import type { Folder } from "./folders.ts";
import { writable } from "./group.ts";
import { openMbox } from "./index.ts";
import { announce, append, besideOf, recover } from "./journal.ts";
import { createSpool, type Spool } from "./spool.ts";

export const recordOfFolder = (folder: Folder): DiskPath => besideOf(folder.disk, "delivered");

let lastNumber = 0;

/** Higher than every number this process gave before, and, while the clock does not go back, than any. */
export function nextNumber(now: number): number {
  lastNumber = Math.max(lastNumber + 1, now * 1000);
  return lastNumber;
}

export interface Appended {
  /** In the file's order; the others have a fault. */
  readonly good: readonly NewItem[];
  readonly faults: readonly Receipt[];
  /** Messages with a line that the dialect cannot bring back. */
  readonly doubtful: number;
}

/** Appends a batch as a whole or not at all. `mixed` tells whether messages of others were seen in the file. */
export async function appendAll(
  folder: Folder,
  items: readonly NewItem[],
  dialect: Dialect,
  mixed: (record: Delivered) => boolean,
  means: Means,
): Promise<Appended> {
  const record = await recordFor(folder, means);
  const aside = `${folderOf(folder.disk)}/.reconcile-new-${randomBytes(8).toString("hex")}`;
  const handle = await openNew(aside);
  try {
    const batch = await fillBatch(handle, items, record.tag, dialect, means);
    if (batch.good.length > 0) await commit(folder, aside, handle, batch, mixed, means);
    return batch;
  } finally {
    await handle.close();
    await unlinkIfThere(aside);
  }
}

/** The record, made when there is none: clean where the file was never written to since it was made. */
async function recordFor(folder: Folder, means: Means): Promise<Delivered> {
  const path = recordOfFolder(folder);
  const found = await readDelivered(path);
  if (found) return found;
  return withDotlock(folder.disk, means.clock, means.signal, async () => {
    const again = await readDelivered(path);
    if (again) return again;
    const made = newDelivered(await isUntouched(folder));
    await writeDelivered(path, made);
    return made;
  });
}

/** True for an empty file that is as it was made. */
export async function isUntouched(folder: Folder): Promise<boolean> {
  const stats = await stat(folder.disk);
  return stats.size === 0n && bornAt(stats) === stats.mtimeNs;
}

interface Batch extends Appended {
  readonly length: number;
  readonly hash: string;
}

async function fillBatch(
  handle: DiskHandle,
  items: readonly NewItem[],
  tag: string,
  dialect: Dialect,
  means: Means,
): Promise<Batch> {
  const good: NewItem[] = [];
  const faults: Receipt[] = [];
  const spool = createSpool(handle);
  let doubtful = 0;
  for (const item of items) {
    checkSignal(means.signal);
    const takeBack = spool.mark();
    const put = await fillOne(spool, item, { tag, number: nextNumber(means.clock.now()) }, dialect, means.signal);
    if ("fault" in put) {
      faults.push({ key: item.key, fault: recordOf(put.fault) });
      await takeBack();
    } else {
      good.push(item);
      doubtful += put.doubtful ? 1 : 0;
    }
  }
  const hash = await spool.end();
  return { good, faults, doubtful, length: spool.length, hash };
}

type Put = { readonly doubtful: boolean } | { readonly fault: Fault };

async function fillOne(
  spool: Spool,
  item: NewItem,
  delivery: { readonly tag: string; readonly number: number },
  dialect: Dialect,
  signal: AbortSignal,
): Promise<Put> {
  let doubtful = false;
  const body = counted(item, signal);
  const group = { marks: writable(item.marks), ...delivery };
  await spool.put(envelope(item.date));
  const doubt = () => (doubtful = true);
  for await (const chunk of encode(body.chunks, item.size, dialect, group, doubt)) await spool.put(chunk);
  const fault = body.fault();
  return fault ? { fault } : { doubtful };
}

/** The body's octets, up to where it breaks or exceeds what was said; `fault` tells afterwards. */
function counted(
  item: NewItem,
  signal: AbortSignal,
): { readonly chunks: AsyncIterable<Buffer>; fault(): Fault | undefined } {
  let octets = 0;
  let broken: Fault | undefined;
  async function* chunks() {
    const body = chunksOf(item.body)[Symbol.asyncIterator]();
    for (;;) {
      checkSignal(signal);
      const next = await body.next().catch((thrown: unknown) => brokenBody(thrown, item.key));
      if ("code" in next) broken = next;
      if ("code" in next || next.done === true || octets > item.size) return;
      octets += next.value.length;
      yield next.value;
    }
  }
  return {
    chunks: chunks(),
    fault: () => broken ?? (octets === item.size ? undefined : itemCut(item.key, item.size, octets)),
  };
}

/** Under the lock: clears what a dead process left, announces, counts, appends. */
async function commit(
  folder: Folder,
  aside: DiskPath,
  handle: DiskHandle,
  batch: Batch,
  mixed: (record: Delivered) => boolean,
  means: Means,
): Promise<void> {
  await withDotlock(folder.disk, means.clock, means.signal, async () => {
    const found = await recovered(folder);
    const record = { ...found, clean: found.clean && !mixed(found) };
    checkSignal(means.signal);
    const { from, lead } = await endOf(folder);
    const pending = { from, lead, length: batch.length, hash: batch.hash, count: record.count };
    await announce(folder.disk, aside, handle, pending);
    await writeDelivered(recordOfFolder(folder), { ...record, count: record.count + batch.good.length });
    try {
      await append(folder.disk, pending);
    } catch (thrown) {
      await writeDelivered(recordOfFolder(folder), record).catch(() => {});
      throw thrown;
    }
  });
}

/** For whoever holds the lock: after a torn append was cut off, its messages do not count. */
export async function recovered(folder: Folder): Promise<Delivered> {
  const found = await recover(folder.disk);
  const record = (await readDelivered(recordOfFolder(folder))) ?? newDelivered(false);
  if (!found || found.state === "whole" || record.count <= found.pending.count) return record;
  const lower = { ...record, count: found.pending.count };
  await writeDelivered(recordOfFolder(folder), lower);
  return lower;
}

/** The file's size, and the line ends that are missing there before another message may begin. */
async function endOf(folder: Folder): Promise<{ readonly from: number; readonly lead: string }> {
  const handle = await openMbox(folder.disk);
  try {
    const from = Number((await handle.stat()).size);
    const tail = (await readAt(handle, Math.max(0, from - 3), Math.min(3, from))).toString("latin1");
    if (from === 0 || /\n\r?\n$/.test(tail)) return { from, lead: "" };
    return { from, lead: tail.endsWith("\n") ? "\n" : "\n\n" };
  } finally {
    await handle.close();
  }
}
