import { createHash } from "node:crypto";
import type { Entry } from "../../../model/item.ts";
import { checkSignal, mapBounded } from "../bounded.ts";
import { type DiskPath, idOfName, list, nameOfId, stat, toMs } from "../disk.ts";
import { type Seen, statMessage } from "../files.ts";
import { atOnce, tick } from "../limits.ts";
import { type Folder, isMessage } from "./folders.ts";

/** A message's file. A file may be edited in place, so its id holds its size and time as well as its name. */
export interface Message extends Seen {
  readonly id: string;
  readonly file: DiskPath;
}

const mostPasses = 4;

/** Names of the messages' files. Read again while the directory changes: a file renamed meanwhile may have been missed. */
export async function listNames(folder: Folder): Promise<readonly DiskPath[]> {
  let names = new Set<DiskPath>();
  for (let pass = 0; pass < mostPasses; pass++) {
    const before = await stat(folder.disk);
    const now = (await list(folder.disk)).filter(
      ({ name, kind }) => isMessage(name) && (kind === "file" || kind === "link"),
    );
    const after = await stat(folder.disk);
    const same = pass > 0 && now.length === names.size && now.every(({ name }) => names.has(name));
    names = new Set([...names, ...now.map(({ name }) => name)]);
    const quiet = before.mtimeNs === after.mtimeNs && toMs(after.mtimeNs) < Date.now() - tick;
    if (quiet || same) return now.map(({ name }) => name).toSorted();
  }
  return [...names].toSorted();
}

/** Looks at files; those that are gone are left out. */
export async function lookAt(
  root: DiskPath,
  folder: Folder,
  names: readonly DiskPath[],
  signal: AbortSignal,
): Promise<readonly Message[]> {
  const all = await mapBounded(names, atOnce, async (file): Promise<Message | undefined> => {
    checkSignal(signal);
    const seen = await statMessage(root, `${folder.disk}/${file}`);
    return (
      seen && {
        ...seen,
        file,
        id: `${idOfName(file)}/${seen.stats.size.toString(36)}-${seen.stats.mtimeNs.toString(36)}`,
      }
    );
  });
  return all.filter((each) => each !== undefined);
}

const fileOfId = (id: string): DiskPath => nameOfId(id.slice(0, id.lastIndexOf("/")));

/** The message of this id; undefined once its file is gone, or holds something else. */
export async function findMessage(
  root: DiskPath,
  folder: Folder,
  id: string,
  signal: AbortSignal,
): Promise<Message | undefined> {
  const file = fileOfId(id);
  if (!isMessage(file) || file.includes("/")) return undefined;
  const [message] = await lookAt(root, folder, [file], signal);
  return message?.id === id ? message : undefined;
}

export const entryOf = (folder: Folder, { id, stats, outside }: Message): Entry => ({
  place: folder.id,
  id,
  date: toMs(stats.mtimeNs),
  size: outside ? 0 : Number(stats.size),
  marks: [],
});

/** Equal only while no file was added, removed or touched; `newest` is the newest time in it, in milliseconds. */
export function versionOf(messages: readonly Message[]): { readonly text: string; readonly newest: number } {
  const hash = createHash("sha256");
  let newest = 0;
  for (const { id, stats } of messages) {
    hash.update(`${id} ${stats.ino} ${stats.ctimeNs}\n`);
    newest = Math.max(newest, toMs(stats.ctimeNs));
  }
  return { text: hash.digest("base64url").slice(0, 22), newest };
}
