import { Buffer } from "node:buffer";
import { type BigIntStats, constants, type Dirent, promises as fs } from "node:fs";

/**
 * A path as the disk spells it, one character an octet (latin1): names need not be UTF-8, and every one must be reached.
 * Everything here throws what the system throws; the stores turn it into faults.
 */
export type DiskPath = string;

export interface DiskEntry {
  readonly name: DiskPath;
  readonly kind: "file" | "folder" | "link" | "other";
}

export type DiskHandle = fs.FileHandle;

const raw = (path: DiskPath): Buffer => Buffer.from(path, "latin1");

export const diskPath = (text: string): DiskPath => Buffer.from(text, "utf8").toString("latin1");

/** For eyes: octets that are no UTF-8 show as U+FFFD. */
export const shown = (path: DiskPath): string => raw(path).toString("utf8");

/** A name as an id: UTF-8 where it is, else `/` (which no name holds) and hex. */
export function idOfName(name: DiskPath): string {
  const text = shown(name);
  return diskPath(text) === name ? text : `/${raw(name).toString("hex")}`;
}

export const nameOfId = (id: string): DiskPath =>
  /^\/(?:[0-9a-f]{2})+$/.test(id) ? Buffer.from(id.slice(1), "hex").toString("latin1") : diskPath(id);

/** Entries read from a folder at once. */
const pace = 32;

/** One after the other: those of a large folder are never all in memory. */
async function open(folder: DiskPath): Promise<AsyncIterable<DiskEntry>> {
  // Node gives names as buffers here too, which its types do not know.
  const dir = await fs.opendir(raw(folder), { encoding: "buffer" as "latin1", bufferSize: pace });
  return entriesOf(dir as AsyncIterable<Dirent<string | Buffer>> as AsyncIterable<Dirent<Buffer>>);
}

async function* entriesOf(dir: AsyncIterable<Dirent<Buffer>>): AsyncIterable<DiskEntry> {
  for await (const entry of dir) {
    const kind = entry.isFile() ? "file" : entry.isDirectory() ? "folder" : entry.isSymbolicLink() ? "link" : "other";
    yield { name: entry.name.toString("latin1"), kind };
  }
}

async function collected(entries: AsyncIterable<DiskEntry>): Promise<DiskEntry[]> {
  const all: DiskEntry[] = [];
  for await (const entry of entries) all.push(entry);
  return all;
}

export const list = async (folder: DiskPath): Promise<DiskEntry[]> => collected(await open(folder));

/** A folder's entries; none where there is no such folder. */
export const listIfThere = (folder: DiskPath): Promise<DiskEntry[]> => orElse(list(folder), []);

/** The same as they come. What came last may be followed by an error, as with every reading. */
export async function* entriesIfThere(folder: DiskPath): AsyncIterable<DiskEntry> {
  yield* (await orElse(open(folder), undefined)) ?? [];
}

export const stat = (path: DiskPath): Promise<BigIntStats> => fs.stat(raw(path), { bigint: true });
const lstat = (path: DiskPath): Promise<BigIntStats> => fs.lstat(raw(path), { bigint: true });
export const statIfThere = (path: DiskPath): Promise<BigIntStats | undefined> => orElse(stat(path), undefined);
export const lstatIfThere = (path: DiskPath): Promise<BigIntStats | undefined> => orElse(lstat(path), undefined);

export async function realPath(path: DiskPath): Promise<DiskPath> {
  return (await fs.realpath(raw(path), { encoding: "buffer" })).toString("latin1");
}

/** Opens for reading, never through a link in the last place, and without waiting where it is a pipe. */
export const openToRead = (path: DiskPath): Promise<DiskHandle> =>
  fs.open(raw(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);

/** Makes a file that was not there. */
export const openNew = (path: DiskPath): Promise<DiskHandle> =>
  fs.open(raw(path), constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);

/** What is written goes to the end, wherever that is by then. */
export const openToAppend = (path: DiskPath): Promise<DiskHandle> =>
  fs.open(raw(path), constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW);

export const rename = (from: DiskPath, to: DiskPath): Promise<void> => fs.rename(raw(from), raw(to));
export const link = (from: DiskPath, to: DiskPath): Promise<void> => fs.link(raw(from), raw(to));
export const unlink = (path: DiskPath): Promise<void> => fs.unlink(raw(path));
export const unlinkIfThere = (path: DiskPath): Promise<void> => orElse(unlink(path), undefined);
export const access = (path: DiskPath, mode: number): Promise<void> => fs.access(raw(path), mode);
export const freeSpace = async (path: DiskPath): Promise<number> => {
  const { bavail, bsize } = await fs.statfs(raw(path));
  return bavail * bsize;
};

/** Makes a folder for its owner alone; true when it was not there. */
export async function makeFolder(path: DiskPath): Promise<boolean> {
  return (await fs.mkdir(raw(path), { recursive: true, mode: 0o700 })) !== undefined;
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: DiskPath): Promise<void> {
  const handle = await fs.open(raw(folder), constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readWhole(path: DiskPath): Promise<Buffer> {
  const handle = await openToRead(path);
  try {
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

export const readIfThere = (path: DiskPath): Promise<Buffer | undefined> => orElse(readWhole(path), undefined);

export async function writeAll(handle: DiskHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await handle.write(bytes, at, bytes.length - at)).bytesWritten;
}

export async function writeAt(handle: DiskHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length;)
    at += (await handle.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
}

/** Puts a small file in place of what was there, whole or not at all, durably. */
export async function replaceFile(path: DiskPath, content: Uint8Array, by: DiskPath = `${path}.new`): Promise<void> {
  await unlinkIfThere(by);
  const handle = await openNew(by);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(by, path);
  await syncFolder(folderOf(path));
}

export const folderOf = (path: DiskPath): DiskPath => path.slice(0, Math.max(path.lastIndexOf("/"), 0));

/** Milliseconds since 1970 UTC. */
export const toMs = (ns: bigint): number => Math.round(Number(ns) / 1e6);

/** The file's birth in nanoseconds; undefined where the file system does not keep it. */
export function bornAt(stats: BigIntStats): bigint | undefined {
  return stats.birthtimeNs > 0n ? stats.birthtimeNs : undefined;
}

/**
 * Where the system cannot tell a birth, Node shows the last change in its place on old kernels. `/proc` keeps no births, so it tells
 * the two apart.
 */
export async function keepsBirths(): Promise<boolean> {
  const probe = await statIfThere("/proc/version");
  return probe === undefined || probe.birthtimeNs === 0n;
}

/** A directory's identity for as long as it lives: inodes are given again, so its birth belongs to it where it is known. */
export async function lifeOf(folder: DiskPath): Promise<string> {
  const { ino, birthtimeNs } = await stat(folder);
  return `${ino}.${(await keepsBirths()) ? birthtimeNs : 0n}`;
}

export function errnoOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : undefined;
}

export const isMissing = (thrown: unknown): boolean => {
  const code = errnoOf(thrown);
  return code === "ENOENT" || code === "ENOTDIR";
};

async function orElse<T, U>(work: Promise<T>, instead: U): Promise<T | U> {
  try {
    return await work;
  } catch (thrown) {
    if (isMissing(thrown)) return instead;
    throw thrown;
  }
}
