import type { Cursor, Entry, Page, ReadItem } from "../../../model/item.ts";
import type { Json } from "../../../model/json.ts";
import type { Options } from "../../../contract/options.ts";
import { checkSignal, mapBounded } from "../bounded.ts";
import { readDelivered } from "../delivered.ts";
import { type DiskPath, toMs } from "../disk.ts";
import { itemRestless } from "../faults.ts";
import { expired, type Header, headersOf, openMessage, type Opened, readOpened } from "../files.ts";
import { atOnce, mostTries, pageSize } from "../limits.ts";
import { cameAfter, momentFrom } from "../moment.ts";
import { epochOf, type Folder, recordName } from "./folders.ts";
import { marksOf } from "./info.ts";
import { type Keywords, readKeywords } from "./keywords.ts";
import { createFinder, createListing, type Finder, type Found, freeListing, type Listing } from "./messages.ts";
import { idsOf } from "./names.ts";

/** A whole reading, each time: a maildir keeps no history. */
export async function* changes(
  root: DiskPath,
  folder: Folder,
  since: Cursor | undefined,
  options: Options & { readonly until?: Json },
): AsyncIterable<Page> {
  const epoch = await epochOf(folder);
  if (since !== undefined && since !== epoch) throw expired(folder.path);
  const late = await lateness(folder, options.until);
  const listing = createListing(folder.disk);
  try {
    const messages = await listing.messages;
    const keywords = await readKeywords(folder.disk);
    const finder = createFinder(root, folder.disk, listing, true);
    for (let at = 0; at === 0 || at < messages.size; at += pageSize) {
      checkSignal(options.signal);
      // What the disk says of a file is five times as large as an entry: it goes as it came.
      const found = await mapBounded([...idsOf(messages, at, at + pageSize)], atOnce, async (id) => {
        const each = await finder.stat(id);
        return each && { ...entryOf(folder, id, each, keywords), ...late(id, each) };
      });
      const entries = found.filter((each) => each !== undefined);
      yield { whole: true, entries, gone: [], ...(at + pageSize < messages.size ? {} : { next: epoch }) };
    }
  } finally {
    await freeListing(listing);
  }
}

async function lateness(
  folder: Folder,
  until: Json | undefined,
): Promise<(id: string, found: Found) => { late?: true }> {
  const moment = momentFrom(until);
  const tag = (await readDelivered(`${folder.disk}/${recordName}`))?.tag;
  return (id, { message, stats }) =>
    moment && cameAfter(moment, tag, id, message.unique, stats) ? { late: true } : {};
}

export function entryOf(folder: Folder, id: string, { message, stats, outside }: Found, keywords: Keywords): Entry {
  return {
    place: folder.id,
    id,
    date: toMs(stats.mtimeNs),
    size: outside ? 0 : Number(stats.size),
    marks: marksOf(message.letters, keywords),
    revision: message.letters,
  };
}

async function* openAll(
  root: DiskPath,
  folder: Folder,
  listing: Listing,
  ids: readonly string[],
  options: Options,
): AsyncIterable<Opened> {
  const finder = createFinder(root, folder.disk, listing, false);
  const keywords = await readKeywords(folder.disk);
  for (const id of ids) {
    checkSignal(options.signal);
    const opened = await openOne(folder, id, finder, keywords);
    if (opened) yield opened;
  }
}

/** Opens a message though it may be renamed between the look and the opening; undefined when it is gone. */
async function openOne(folder: Folder, id: string, finder: Finder, keywords: Keywords): Promise<Opened | undefined> {
  for (let tries = 0; tries < mostTries; tries++) {
    const found = await finder.stat(id);
    if (!found) return undefined;
    const path = `${folder.disk}/${found.message.folder}/${found.message.file}`;
    const opened = await openMessage(path, entryOf(folder, id, found, keywords), found.outside);
    if (opened) return opened;
  }
  throw itemRestless(id);
}

export const read = (
  root: DiskPath,
  folder: Folder,
  listing: Listing,
  ids: readonly string[],
  options: Options,
): AsyncIterable<ReadItem> => readOpened(openAll(root, folder, listing, ids, options));

export const headers = (
  root: DiskPath,
  folder: Folder,
  listing: Listing,
  ids: readonly string[],
  options: Options,
): AsyncIterable<Header> => headersOf(openAll(root, folder, listing, ids, options));
