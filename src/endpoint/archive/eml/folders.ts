import type { Fault } from "../../../model/fault.ts";
import { isComplete, newDelivered, readDelivered, writeDelivered } from "../delivered.ts";
import {
  type DiskPath,
  idOfName,
  listIfThere,
  lstatIfThere,
  makeFolder,
  nameOfId,
  realPath,
  rename,
  stat,
  statIfThere,
  syncFolder,
} from "../disk.ts";
import { percentDecode, percentEncode, percentFirst } from "../encoding.ts";
import { badName, leaves, noPlace } from "../faults.ts";
import { type LongNames, readLongNames, rememberLongName, shortened } from "../longnames.ts";
import { isInside, type Mailbox } from "../mailbox.ts";
import { isOurs } from "../moment.ts";
import { distinctPaths, normalPath, samePath } from "../paths.ts";

export const recordName = ".reconcile-delivered";

/** A folder of a tree of message files: a directory. */
export interface Folder {
  readonly id: string;
  readonly path: readonly string[];
  readonly disk: DiskPath;
  /** Why it cannot be read. */
  readonly barred?: Fault;
}

interface Directory {
  /** Below the mailbox's folder, with slashes; empty for that folder itself. */
  readonly relative: DiskPath;
  readonly path: readonly string[];
  readonly link: boolean;
}

const topId = ".";
const noEndings = /(?!)/;
const mostDepth = 100;

/** A message's file. What begins with a dot is no message: programs keep their own things so (`._name.eml` on a Mac). */
export const isMessage = (name: DiskPath): boolean => /^[^.].*\.eml$|^[^.]\.eml$/is.test(name);

/** Every directory; the mailbox's own folder too where messages lie in it, as INBOX unless there is one. */
export async function listFolders(mailbox: Mailbox): Promise<readonly Folder[]> {
  const found: Directory[] = [];
  await walk(mailbox, { relative: "", path: [], link: false }, found);
  const top = await listIfThere(mailbox.path);
  const loose = top.some(({ name, kind }) => kind !== "folder" && isMessage(name));
  const all = loose ? [...found, { relative: "", path: ["INBOX"], link: false }] : found;
  const paths = distinctPaths(all, (each) => each.path);
  return Promise.all(all.map((each) => toFolder(mailbox, each, paths.get(each) ?? each.path)));
}

async function walk(mailbox: Mailbox, at: Directory, found: Directory[]): Promise<void> {
  const disk = diskOf(mailbox, at.relative);
  const folders = (await listIfThere(disk)).filter(
    ({ name, kind }) => !name.startsWith(".") && (kind === "folder" || kind === "link"),
  );
  const names = folders.length > 0 ? await readLongNames(disk) : new Map<DiskPath, DiskPath>();
  const inbox = at.relative === "" ? inboxOf(folders.map(({ name }) => name)) : undefined;
  for (const { name, kind } of folders.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (kind === "link" && (await statIfThere(`${disk}/${name}`))?.isDirectory() !== true) continue;
    const path = [...at.path, name === inbox ? "INBOX" : partOf(name, names)];
    const relative = at.relative === "" ? name : `${at.relative}/${name}`;
    const inner = { relative, path, link: kind === "link" };
    found.push(inner);
    if (kind === "folder" && path.length < mostDepth) await walk(mailbox, inner, found);
  }
}

/** INBOX in any case, but the exact one first. */
const inboxOf = (names: readonly DiskPath[]): DiskPath | undefined =>
  names.find((name) => name === "INBOX") ?? names.toSorted().find((name) => /^inbox$/i.test(name));

const partOf = (name: DiskPath, names: LongNames): string => percentDecode(names.get(name) ?? name).normalize("NFC");

const diskOf = (mailbox: Mailbox, relative: DiskPath): DiskPath =>
  relative === "" ? mailbox.path : `${mailbox.path}/${relative}`;

function toFolder(
  mailbox: Mailbox,
  { relative, link }: Pick<Directory, "relative" | "link">,
  path: readonly string[],
): Folder {
  const folder = { id: relative === "" ? topId : idOfName(relative), path, disk: diskOf(mailbox, relative) };
  // A link to a folder would show its messages twice, or lead out, or round in a circle.
  return link ? { ...folder, barred: leaves(folder.disk, "place") } : folder;
}

/** Throws `place.missing`, and `archive.outside`. */
export async function findFolder(mailbox: Mailbox, id: string): Promise<Folder> {
  const relative = id === topId ? "" : nameOfId(id);
  const disk = diskOf(mailbox, relative);
  const tame = relative.split("/").every((part) => (part !== "" || id === topId) && !part.startsWith("."));
  if (!tame || (await statIfThere(disk))?.isDirectory() !== true) throw noPlace(id);
  if ((await realPath(disk)) !== `${await realPath(mailbox.path)}${relative === "" ? "" : `/${relative}`}`)
    throw leaves(disk, "place");
  return toFolder(mailbox, { relative, link: false }, [id]);
}

export async function createFolder(mailbox: Mailbox, path: readonly string[]): Promise<Folder> {
  const wanted = normalPath(path);
  const found = (await listFolders(mailbox)).find((folder) => samePath(folder.path, wanted));
  if (found) return found;
  const relative = await makePath(mailbox, wanted);
  const disk = diskOf(mailbox, relative);
  const fresh = await makeFolder(disk);
  if (!(await isInside(mailbox.root, disk))) throw leaves(disk, "place");
  if (fresh) await writeDelivered(`${disk}/${recordName}`, newDelivered(true));
  await syncFolder(mailbox.root);
  return toFolder(mailbox, { relative, link: false }, wanted);
}

/** Makes the parents, and returns where the folder itself is to be. Folders that are there keep the names they have. */
async function makePath(mailbox: Mailbox, path: readonly string[]): Promise<DiskPath> {
  if (path.length === 0) throw badName("", "it has no parts");
  let relative = "";
  for (const [at, part] of path.entries()) {
    const parent = diskOf(mailbox, relative);
    await makeFolder(parent);
    if (!(await isInside(mailbox.root, parent))) throw leaves(parent, "place");
    const there = (await listFolders(mailbox)).find(
      (folder) => samePath(folder.path, path.slice(0, at + 1)) && folder.id !== topId,
    );
    const name = there
      ? nameOfId(there.id)
      : `${relative === "" ? "" : `${relative}/`}${await nameFor(parent, part, at === 0)}`;
    relative = name;
    if (at < path.length - 1) await makeFolder(diskOf(mailbox, relative));
    await syncFolder(parent);
  }
  return relative;
}

async function nameFor(parent: DiskPath, part: string, top: boolean): Promise<DiskPath> {
  if (part === "") throw badName(part, "a part of the name is empty");
  const whole = top && /^inbox$/i.test(part) && part !== "INBOX" ? percentFirst(part) : percentEncode(part, noEndings);
  const short = shortened(whole);
  if (short !== whole) await rememberLongName(`${parent}/${short}`, whole);
  return short;
}

/** Renames the directory with all below; never over another, and never INBOX. */
export async function renameFolder(mailbox: Mailbox, id: string, path: readonly string[]): Promise<Folder> {
  const folders = await listFolders(mailbox);
  const folder = folders.find((each) => each.id === id);
  if (!folder) throw noPlace(id);
  const wanted = normalPath(path);
  if (id === topId || samePath(folder.path, ["INBOX"])) throw badName(wanted.join("/"), "INBOX cannot be renamed");
  if (folders.some((each) => samePath(each.path, wanted)))
    throw badName(wanted.join("/"), "there is a folder of this name");
  const relative = await makePath(mailbox, wanted);
  const disk = diskOf(mailbox, relative);
  if (await lstatIfThere(disk)) throw badName(wanted.join("/"), "there is something of this name on the disk");
  await rename(folder.disk, disk);
  await syncFolder(mailbox.path);
  return toFolder(mailbox, { relative, link: false }, wanted);
}

/** True when it is certain that no message was ever removed from the folder. */
export async function neverRemoved(folder: Folder, messages: readonly DiskPath[]): Promise<boolean> {
  const record = await readDelivered(`${folder.disk}/${recordName}`);
  if (record === undefined) return messages.length === 0 && isUntouched(folder);
  return isComplete(record, messages.length, messages.filter((name) => isOurs(name, record.tag)).length);
}

/** True where the directory is as it was made. */
export async function isUntouched(folder: Folder): Promise<boolean> {
  const { birthtimeNs, mtimeNs } = await stat(folder.disk);
  return birthtimeNs > 0n && birthtimeNs === mtimeNs;
}
