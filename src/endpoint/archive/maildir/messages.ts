import { type DiskPath, listIfThere, lstatIfThere, stat, statIfThere, toMs } from "../disk.ts";
import { type Seen, statMessage } from "../files.ts";
import { tick } from "../limits.ts";
import { type MessageFile, parseFile } from "./info.ts";

/** Messages by id: the unique name; where two files share it (a copy by hand), the later inode has `UNIQUE/INODE`. */
export type Messages = ReadonlyMap<string, MessageFile>;

const places = ["new", "cur"] as const;
const mostPasses = 8;

/**
 * Lists a folder while others may write to it. A file that is renamed while a folder is read may show under both names or under none,
 * so the folder is read again until nothing moved meanwhile, and what any reading showed is taken; `new` goes first, for files go
 * from there to `cur`. A name that no longer holds is found again by a finder.
 */
export async function listMessages(folder: DiskPath): Promise<Messages> {
  let all = new Map<string, MessageFile>();
  let last: ReadonlySet<string> | undefined;
  for (let pass = 0; pass < mostPasses; pass++) {
    const before = await stampOf(folder);
    const now = await listOnce(folder);
    const quiet = before.text === (await stampOf(folder)).text && before.newest < Date.now() - tick;
    const same = last !== undefined && last.size === now.size && [...now.keys()].every((id) => last?.has(id));
    if (quiet || same) return now;
    all = new Map([...all, ...now]);
    last = new Set(now.keys());
  }
  return all;
}

async function listOnce(folder: DiskPath): Promise<Map<string, MessageFile>> {
  const messages = new Map<string, MessageFile>();
  const twins: MessageFile[] = [];
  for (const place of places) {
    for (const { name, kind } of await listIfThere(`${folder}/${place}`)) {
      if (name.startsWith(".") || kind === "folder" || kind === "other") continue;
      const message = parseFile(place, name);
      if (messages.has(message.unique)) twins.push(message);
      else messages.set(message.unique, message);
    }
  }
  for (const twin of twins) await placeTwin(folder, messages, twin);
  return messages;
}

/** Most twins are one file that was renamed under our eyes; a true one gets an id of its own. */
async function placeTwin(folder: DiskPath, messages: Map<string, MessageFile>, twin: MessageFile): Promise<void> {
  const first = messages.get(twin.unique);
  const [mine, its] = [await statFile(folder, twin), first && (await statFile(folder, first))];
  if (mine === undefined) return;
  if (first === undefined || its === undefined) messages.set(twin.unique, twin);
  else if (mine.ino > its.ino) messages.set(`${twin.unique}/${mine.ino}`, twin);
  else if (mine.ino < its.ino) {
    messages.set(twin.unique, twin);
    messages.set(`${twin.unique}/${its.ino}`, first);
  }
}

const statFile = (folder: DiskPath, { folder: place, file }: MessageFile) => lstatIfThere(`${folder}/${place}/${file}`);

export interface Found extends Seen {
  readonly message: MessageFile;
}

/** A listing that is made anew when names in it no longer hold; a name that holds is right however old the listing. */
export interface Listing {
  messages: Promise<Messages>;
  round: number;
}

export const createListing = (folder: DiskPath): Listing => ({ messages: listMessages(folder), round: 0 });

export interface Finder {
  /** Undefined when the message is gone. */
  stat(id: string): Promise<Found | undefined>;
}

/** `fresh` says that the listing was just made: what it does not name is gone. */
export function createFinder(root: DiskPath, folder: DiskPath, listing: Listing, fresh: boolean): Finder {
  const first = fresh ? listing.round - 1 : listing.round;
  const again = (seen: number): void => {
    // Everybody who missed in the same round shares the next listing.
    if (seen !== listing.round) return;
    listing.round += 1;
    listing.messages = listMessages(folder);
  };
  return {
    async stat(id) {
      for (let tries = 0; tries < 4; tries++) {
        const mine = listing.round;
        const message = (await listing.messages).get(id);
        const found = message && (await follow(root, folder, message));
        if (found) return found;
        if (message === undefined && mine > first) return undefined;
        again(mine);
      }
      return undefined;
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
