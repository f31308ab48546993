import type { BigIntStats } from "node:fs";
import { Fault, recordOf } from "../../model/fault.ts";
import type { Entry, ItemId, ReadItem } from "../../model/item.ts";
import { bodyOf, chunksOfFile, headerOf } from "./body.ts";
import {
  type DiskHandle,
  type DiskPath,
  isMissing,
  lstatIfThere,
  openToRead,
  realPath,
  shown,
  statIfThere,
} from "./disk.ts";
import { faultOf, leaves } from "./faults.ts";
import { batchBytes } from "./limits.ts";
import { isInside } from "./mailbox.ts";

/** A message's file as it was looked at. */
export interface Seen {
  readonly stats: BigIntStats;
  /** True where the file is a link out of the endpoint's path: it is shown, and cannot be read. */
  readonly outside: boolean;
}

/** Looks at a message's file, through a link only where that stays inside. Undefined when it is gone. */
export async function statMessage(root: DiskPath, path: DiskPath): Promise<Seen | undefined> {
  const stats = await lstatIfThere(path);
  if (stats === undefined || !stats.isSymbolicLink()) return stats && { stats, outside: false };
  const target = (await isInside(root, path)) ? await statIfThere(path) : undefined;
  return target?.isFile() === true ? { stats: target, outside: false } : { stats, outside: true };
}

/** A message whose file is open, or why it could not be opened. */
export type Opened =
  | { readonly entry: Entry; readonly handle: DiskHandle }
  | { readonly entry: Entry; readonly fault: Fault };

/** Undefined when there is no such file. */
export async function openMessage(path: DiskPath, entry: Entry, outside: boolean): Promise<Opened | undefined> {
  if (outside) return { entry, fault: leaves(path, "item") };
  try {
    const handle = await openToRead(await realPath(path));
    return { entry: { ...entry, size: Number((await handle.stat()).size) }, handle };
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    return { entry, fault: faultOf(thrown, "item", shown(path)) };
  }
}

export async function* readOpened(all: AsyncIterable<Opened>): AsyncIterable<ReadItem> {
  for await (const opened of all) {
    if ("fault" in opened) yield { ...opened.entry, fault: recordOf(opened.fault) };
    else yield* readOne(opened.entry, opened.handle);
  }
}

async function* readOne(entry: Entry, handle: DiskHandle): AsyncIterable<ReadItem> {
  let open = true;
  const done = async () => {
    if (open) {
      open = false;
      await handle.close();
    }
  };
  try {
    const item = await bodyOf(whole(handle, entry.size), entry.size, batchBytes, done)
      .then((body) => ({ ...entry, body }))
      .catch((thrown: unknown) => ({
        ...entry,
        fault: recordOf(faultOf(thrown, "item", `${entry.place}/${entry.id}`)),
      }));
    yield item;
    if ("body" in item && !(item.body instanceof Uint8Array)) item.body.destroy();
  } finally {
    await done();
  }
}

/** A file's octets, as many as it had when it was opened: fewer would be half a message. */
async function* whole(handle: DiskHandle, size: number) {
  let octets = 0;
  for await (const chunk of chunksOfFile(handle, 0, size)) {
    octets += chunk.length;
    yield chunk;
  }
  if (octets !== size) throw cut();
}

export function cut(): Fault {
  return new Fault({
    code: "item.cut",
    message: "The file became shorter while it was read",
    spoils: "item",
    retry: "later",
    remedy: "run again",
  });
}

export interface Header {
  readonly id: ItemId;
  readonly header: Uint8Array;
}

/** Those that cannot be opened are left out: `read` says why. */
export async function* headersOf(all: AsyncIterable<Opened>): AsyncIterable<Header> {
  for await (const opened of all) {
    if ("fault" in opened) continue;
    try {
      yield { id: opened.entry.id, header: await headerOf(chunksOfFile(opened.handle, 0, opened.entry.size)) };
    } finally {
      await opened.handle.close();
    }
  }
}

export function expired(path: readonly string[]): Fault {
  return new Fault({
    code: "cursor.expired",
    message: "The folder was made anew",
    spoils: "place",
    retry: "later",
    about: path.join("/"),
  });
}
