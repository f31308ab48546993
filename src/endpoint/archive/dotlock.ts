import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { Clock } from "../../contract/endpoint.ts";
import { Fault } from "../../model/fault.ts";
import {
  type DiskPath,
  errnoOf,
  link,
  openNew,
  readIfThere,
  rename,
  shown,
  statIfThere,
  toMs,
  unlinkIfThere,
} from "./disk.ts";

/** How long a lock of somebody else is waited for, and how often it is looked at. */
const patience = 30_000;
const interval = 100;
/** A lock that does not say whose it is, and is older, is taken for left behind. */
const leftBehind = 10 * 60_000;

/** Locks that this process holds or is about to take, each with the end of the last work that wants it: a file says nothing between us. */
const held = new Map<DiskPath, Promise<void>>();

/**
 * Holds `<path>.lock`, as mail programs do it (made with O_EXCL), while the work runs; work of this process waits in its order. A lock
 * of a dead process of this machine is removed. Throws `archive.locked` after 30 seconds of waiting for another program.
 */
export async function withDotlock<T>(
  path: DiskPath,
  clock: Clock,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const lock = `${path}.lock`;
  const before = held.get(lock);
  const mine = Promise.withResolvers<void>();
  held.set(lock, mine.promise);
  await before;
  try {
    await acquire(lock, path, clock, signal);
    return await work().finally(() => unlinkIfThere(lock));
  } finally {
    if (held.get(lock) === mine.promise) held.delete(lock);
    mine.resolve();
  }
}

async function acquire(lock: DiskPath, path: DiskPath, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let waited = 0; !(await take(lock)); waited += interval) {
    if (await isStale(lock, clock)) await breakLock(lock);
    else if (waited >= patience) throw locked(path);
    else await clock.wait(interval, signal);
  }
}

/** What is made beside a lock: by its name nobody takes it for mail. */
const asideOf = (lock: DiskPath): DiskPath =>
  `${lock.slice(0, -".lock".length)}.${randomBytes(6).toString("hex")}.lock`;

/** Where hard links cannot be had. */
const unlinkable = new Set(["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EMLINK"]);

/**
 * Made whole, and then given its name: a process that dies in between leaves no lock that says nothing of whose it is. Where the file
 * system has no links the name comes first.
 */
async function take(lock: DiskPath): Promise<boolean> {
  if ((await statIfThere(lock)) !== undefined) return false;
  const made = asideOf(lock);
  try {
    await sign(made);
    await link(made, lock).catch((thrown: unknown) => {
      if (!unlinkable.has(errnoOf(thrown) ?? "")) throw thrown;
      return sign(lock);
    });
    return true;
  } catch (thrown) {
    if (errnoOf(thrown) === "EEXIST") return false;
    throw thrown;
  } finally {
    await unlinkIfThere(made);
  }
}

/** Makes a file that says whose lock it is. */
async function sign(path: DiskPath): Promise<void> {
  const handle = await openNew(path);
  await handle.writeFile(`${process.pid} ${hostname()}\n`).finally(() => handle.close());
}

async function isStale(lock: DiskPath, clock: Clock): Promise<boolean> {
  const [content, stats] = [await readIfThere(lock), await statIfThere(lock)];
  if (content === undefined || stats === undefined) return false;
  const [, pid, host] = /^(\d+)(?: (\S+))?\s*$/.exec(content.toString("latin1")) ?? [];
  if (pid === undefined || Number(pid) === 0) return clock.now() - toMs(stats.mtimeNs) > leftBehind;
  if (host !== undefined && host !== hostname()) return false;
  // What this process holds is not asked about: one with our number that says so was another, and is dead.
  return Number(pid) === process.pid ? host !== undefined : !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return errnoOf(thrown) !== "ESRCH";
  }
}

/** Takes a stale lock away; should somebody have put a fresh one there meanwhile, that one is put back. */
async function breakLock(lock: DiskPath): Promise<void> {
  const before = await readIfThere(lock);
  const aside = asideOf(lock);
  try {
    await rename(lock, aside);
  } catch (thrown) {
    if (errnoOf(thrown) === "ENOENT") return;
    throw thrown;
  }
  const taken = await readIfThere(aside);
  if (before === undefined || taken?.equals(before) !== true) await link(aside, lock).catch(() => {});
  await unlinkIfThere(aside);
}

function locked(path: DiskPath): Fault {
  return new Fault({
    code: "archive.locked",
    message: "Another program holds the lock of this file",
    spoils: "place",
    retry: "later",
    about: shown(path),
    remedy: `wait until it has ended; remove ${shown(path)}.lock if none is at work`,
  });
}

/** True while another program says that it is writing to the file; what a dead one left behind says nothing. */
export async function isLockedByOthers(path: DiskPath, clock: Clock): Promise<boolean> {
  const lock = `${path}.lock`;
  if (held.has(lock) || (await statIfThere(lock)) === undefined) return false;
  return !(await isStale(lock, clock));
}
