import { randomBytes } from "node:crypto";
import type { Clock } from "../../contract/endpoint.ts";
import { asFault, type Fault } from "../../model/fault.ts";
import type { NewItem } from "../../model/item.ts";
import { chunksOf } from "./body.ts";
import { checkSignal, mapBounded } from "./bounded.ts";
import { type Delivered, newDelivered, readDelivered, writeDelivered } from "./delivered.ts";
import { type DiskHandle, type DiskPath, openNew, rename, syncFolder, unlinkIfThere, writeAll } from "./disk.ts";
import { withDotlock } from "./dotlock.ts";
import { diskFault, itemCut } from "./faults.ts";
import { atOnce } from "./limits.ts";
import { ownNumber, ownStem } from "./moment.ts";

/** A folder that holds a file a message, as delivery sees it. */
export interface Target {
  /** The record of what was delivered. */
  readonly record: DiskPath;
  /** Where files are written before they are put into place; names there are ours or nobody's. */
  readonly staging: DiskPath;
  readonly final: DiskPath;
  /** A file's name in staging, and in place; `stem` makes it unique. */
  staged(stem: string): DiskPath;
  placed(stem: string, item: NewItem): DiskPath;
  /** What is in staging. */
  leftovers(): Promise<readonly DiskPath[]>;
  /** How the folder stands before we first write to it: `fresh` when nothing was ever in it, `mixed` when others' messages are. */
  survey(): Promise<{ readonly fresh: boolean; readonly mixed: boolean }>;
}

/** A message in place, or why it is not. */
export type Parcel =
  | { readonly item: NewItem; readonly file: DiskPath }
  | { readonly item: NewItem; readonly fault: Fault };

interface Staged {
  readonly item: NewItem;
  readonly number: number;
  readonly stem: string;
  readonly fault?: Fault;
}

export interface Means {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Records that this process has looked after already. */
  readonly surveyed: Set<DiskPath>;
}

/**
 * Delivers a batch as Maildir asks: each message into a file of its own aside, synced, then renamed into place, which never
 * overwrites, for no name was ever given before. The record is raised before the first is in place. Durable when it returns.
 */
export async function deliver(target: Target, items: readonly NewItem[], means: Means): Promise<readonly Parcel[]> {
  return withDotlock(target.record, means.clock, means.signal, async () => {
    const record = await openRecord(target, means.surveyed);
    const staged = await stageAll(target, items, record, means.signal);
    const good = staged.filter((each) => each.fault === undefined);
    try {
      checkSignal(means.signal);
      if (good.length > 0) await writeDelivered(target.record, raised(record, staged));
    } catch (thrown) {
      await discard(target, staged);
      throw thrown;
    }
    return putInPlace(target, staged);
  });
}

/** The record as it is, or a new one; what an earlier process left aside is cleared away, and counted as never delivered. */
async function openRecord(target: Target, surveyed: Set<DiskPath>): Promise<Delivered> {
  const found = await readDelivered(target.record);
  if (found && surveyed.has(target.record)) return found;
  const { fresh, mixed } = await target.survey();
  const record = found ? { ...found, clean: found.clean && !mixed } : newDelivered(fresh);
  const left = await target.leftovers();
  const ours = left.flatMap((file) => ownNumber(file) ?? []).filter(({ tag }) => tag === record.tag);
  const never = ours.map(({ number }) => number).filter((number) => number <= record.count);
  const now = { ...record, never: [...new Set([...record.never, ...never])] };
  await writeDelivered(target.record, now);
  for (const file of left) if (ownNumber(file)) await unlinkIfThere(`${target.staging}/${file}`);
  surveyed.add(target.record);
  return now;
}

async function stageAll(
  target: Target,
  items: readonly NewItem[],
  record: Delivered,
  signal: AbortSignal,
): Promise<readonly Staged[]> {
  const parcels = items.map((item, at): Staged => {
    const number = record.count + at + 1;
    return { item, number, stem: ownStem(record.tag, number, randomBytes(4).toString("hex")) };
  });
  try {
    return await mapBounded(parcels, atOnce, (parcel) => stage(target, parcel, signal));
  } catch (thrown) {
    await discard(target, parcels);
    throw thrown;
  }
}

async function stage(target: Target, parcel: Staged, signal: AbortSignal): Promise<Staged> {
  const path = `${target.staging}/${target.staged(parcel.stem)}`;
  const handle = await openNew(path);
  let fault: Fault | undefined;
  try {
    fault = await fill(handle, parcel.item, signal);
    if (fault === undefined) {
      const date = new Date(parcel.item.date);
      await handle.utimes(date, date);
      await handle.sync();
    }
  } finally {
    await handle.close();
  }
  if (fault === undefined) return parcel;
  await unlinkIfThere(path);
  return { ...parcel, fault };
}

/** Writes the body. Says why where the body itself is at fault; throws where the disk is. */
async function fill(handle: DiskHandle, item: NewItem, signal: AbortSignal): Promise<Fault | undefined> {
  let octets = 0;
  const body = chunksOf(item.body)[Symbol.asyncIterator]();
  for (;;) {
    checkSignal(signal);
    const next = await body.next().catch((thrown: unknown) => brokenBody(thrown, item.key));
    if ("code" in next) return next;
    if (next.done === true) break;
    octets += next.value.length;
    if (octets > item.size) break;
    await writeAll(handle, next.value);
  }
  return octets === item.size ? undefined : itemCut(item.key, item.size, octets);
}

/** A body that cannot be read to its end, as the fault of this item alone. */
export function brokenBody(thrown: unknown, key: string): Fault {
  const cause = diskFault(thrown, "item", key);
  return asFault(cause, { code: "item.cut", spoils: "item", retry: "later", about: key, remedy: "run again" });
}

function raised(record: Delivered, staged: readonly Staged[]): Delivered {
  const failed = staged.filter((each) => each.fault !== undefined).map((each) => each.number);
  return { ...record, count: record.count + staged.length, never: [...record.never, ...failed] };
}

async function putInPlace(target: Target, staged: readonly Staged[]): Promise<readonly Parcel[]> {
  const parcels = await mapBounded(staged, atOnce, async ({ item, stem, fault }): Promise<Parcel> => {
    if (fault) return { item, fault };
    const file = target.placed(stem, item);
    await rename(`${target.staging}/${target.staged(stem)}`, `${target.final}/${file}`);
    return { item, file };
  });
  await syncFolder(target.final);
  return parcels;
}

async function discard(target: Target, staged: readonly Staged[]): Promise<void> {
  for (const { stem } of staged) await unlinkIfThere(`${target.staging}/${target.staged(stem)}`).catch(() => {});
}

/** Takes the next number of a folder for a message that is moved into it. */
export async function nextStem(target: Target, means: Means): Promise<string> {
  return withDotlock(target.record, means.clock, means.signal, async () => {
    const record = await openRecord(target, means.surveyed);
    const number = record.count + 1;
    await writeDelivered(target.record, { ...record, count: number });
    return ownStem(record.tag, number, randomBytes(4).toString("hex"));
  });
}
