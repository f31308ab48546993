import { type DiskPath, entriesIfThere, lstatIfThere, stat, statIfThere, toMs } from "../disk.ts";
import { itemRestless } from "../faults.ts";
import { type Seen, statMessage } from "../files.ts";
import { mostTries, tick } from "../limits.ts";
import type { MessageFile } from "./info.ts";
import { countOf, createNames, idsOf, joined, type Messages } from "./names.ts";

const places = ["new", "cur"] as const;
const mostPasses = 8;

/**
 * Lists a folder while others may write to it. A file that is renamed while a folder is read may show under both names or under none,
 * so the folder is read again until nothing moved meanwhile, and what any reading showed is taken; `new` goes first, for files go
 * from there to `cur`. A name that no longer holds is found again by a finder.
 */
export async function listMessages(folder: DiskPath): Promise<Messages> {
  const missed = new Map<string, MessageFile>();
  let last: Messages | undefined;
  for (let pass = 0; pass < mostPasses; pass++) {
    const before = await stampOf(folder);
    const now = await listOnce(folder);
    const quiet = before.text === (await stampOf(folder)).text && before.newest < Date.now() - tick;
    const same = last?.size === now.size && countOf(last, (id) => now.find(id) === undefined) === 0;
    if (quiet || same) return now;
    for (const id of missed.keys()) if (now.find(id)) missed.delete(id);
    for (const id of last ? idsOf(last) : []) {
      const message = now.find(id) ? undefined : last?.find(id);
      if (message) missed.set(id, message);
    }
    last = now;
  }
  return joined(last ?? (await listOnce(folder)), missed);
}

async function listOnce(folder: DiskPath): Promise<Messages> {
  const names = createNames();
  for (const place of places) {
    for await (const { name, kind } of entriesIfThere(`${folder}/${place}`)) {
      if (!name.startsWith(".") && kind !== "folder" && kind !== "other") names.add(place, name);
    }
  }
  return names.messages((alike) => partAlike(folder, alike));
}

/** Most are one file that was renamed under our eyes; of true twins, all but the first inode get an id of their own. */
async function partAlike(folder: DiskPath, alike: readonly MessageFile[]): Promise<ReadonlyMap<string, MessageFile>> {
  const inodes = new Map<bigint, MessageFile>();
  for (const message of alike) {
    const stats = await statFile(folder, message);
    if (stats && !inodes.has(stats.ino)) inodes.set(stats.ino, message);
  }
  const [first, ...others] = [...inodes].toSorted(([a], [b]) => (a < b ? -1 : 1));
  // Where all were renamed once more, any name will do to find it again.
  const [, message] = first ?? [0n, alike[0]];
  return new Map(
    message && [
      [message.unique, message],
      ...others.map(([inode, each]) => [`${each.unique}/${inode}`, each] as const),
    ],
  );
}

const statFile = (folder: DiskPath, { folder: place, file }: MessageFile) => lstatIfThere(`${folder}/${place}/${file}`);

export interface Found extends Seen {
  readonly message: MessageFile;
}

/** A listing that is made anew when names in it no longer hold; a name that holds is right however old the listing. */
export interface Listing {
  messages: Promise<Messages>;
  round: number;
  /** False where it was read but once: good to find a name, no proof that one is gone. */
  whole: boolean;
}

export const createListing = (folder: DiskPath): Listing => ({
  messages: listMessages(folder),
  round: 0,
  whole: true,
});

/** Where nobody else has it. */
export async function freeListing(listing: Listing): Promise<void> {
  (await listing.messages.catch(() => undefined))?.free();
}

export interface Finder {
  /** Undefined when the message is gone; throws `item.restless` where that cannot be told. */
  stat(id: string): Promise<Found | undefined>;
}

/** `fresh` says that the listing was just made: what it does not name is gone. */
export function createFinder(root: DiskPath, folder: DiskPath, listing: Listing, fresh: boolean): Finder {
  const first = fresh ? listing.round - 1 : listing.round;
  const again = (seen: number, whole: boolean): void => {
    // Everybody who missed in the same round shares the next listing.
    if (seen !== listing.round) return;
    listing.round += 1;
    listing.whole = whole;
    listing.messages = whole ? listMessages(folder) : listOnce(folder);
  };
  return {
    async stat(id) {
      for (let tries = 0; tries < mostTries; tries++) {
        const { round, whole, messages } = listing;
        const message = (await messages).find(id);
        const found = message && (await follow(root, folder, message));
        if (found) return found;
        if (message === undefined && whole && round > first) return undefined;
        again(round, message === undefined);
      }
      throw itemRestless(id);
    },
  };
}

async function follow(root: DiskPath, folder: DiskPath, message: MessageFile): Promise<Found | undefined> {
  const seen = await statMessage(root, `${folder}/${message.folder}/${message.file}`);
  return seen && { message, ...seen };
}

export interface Stamp {
  /** Equal while nothing was added, removed or renamed, but for changes within one tick of the clock. */
  readonly text: string;
  /** The newest time in it, in milliseconds. */
  readonly newest: number;
}

/** What the folder's directories say of the last change. The content of a maildir's file never changes. */
export async function stampOf(folder: DiskPath, more: readonly DiskPath[] = []): Promise<Stamp> {
  const paths = [...places.map((place) => `${folder}/${place}`), ...more];
  const all = await Promise.all(paths.map((path) => statIfThere(path)));
  const text = all.map((each) => (each ? `${each.ino}.${each.mtimeNs}.${each.ctimeNs}` : "-")).join(" ");
  const times = all.flatMap((each) => (each ? [toMs(each.mtimeNs), toMs(each.ctimeNs)] : []));
  return { text, newest: Math.max(0, ...times) };
}

/** True where the folder's directories are as they were made: nothing was ever put there or taken away. */
export async function isUntouched(folder: DiskPath): Promise<boolean> {
  const all = await Promise.all(places.map((place) => stat(`${folder}/${place}`).catch(() => undefined)));
  return all.every((each) => each !== undefined && each.birthtimeNs > 0n && each.birthtimeNs === each.mtimeNs);
}
