import { isComplete, newDelivered, readDelivered, writeDelivered } from "../delivered.ts";
import {
  type DiskPath,
  idOfName,
  lifeOf,
  listIfThere,
  makeFolder,
  nameOfId,
  openNew,
  rename,
  statIfThere,
  syncFolder,
} from "../disk.ts";
import { badName, leaves, noPlace } from "../faults.ts";
import { isInside, type Mailbox } from "../mailbox.ts";
import { type LongNames, readLongNames, rememberLongName, shortened } from "../longnames.ts";
import { distinctPaths, normalPath, samePath } from "../paths.ts";
import { isOurs } from "../moment.ts";
import { isUntouched } from "./messages.ts";
import { folderName, folderPath } from "./name.ts";
import { countOf, type Messages } from "./names.ts";
import type { Fault } from "../../../model/fault.ts";

export const recordName = "reconcile-delivered";

/** A folder of a Maildir++ mailbox. */
export interface Folder {
  readonly id: string;
  /** Its name in the mailbox's folder; empty for INBOX, which is that folder itself. */
  readonly name: DiskPath;
  readonly path: readonly string[];
  readonly disk: DiskPath;
  /** Why it cannot be read. */
  readonly barred?: Fault;
}

const inboxId = "INBOX";
const parts = ["tmp", "new", "cur"];

/** Every folder that is there: the top one, and those below that have a `cur`. */
export async function listFolders(mailbox: Mailbox): Promise<readonly Folder[]> {
  const entries = await listIfThere(mailbox.path);
  const names = entries.filter(({ name, kind }) => name.startsWith(".") && (kind === "folder" || kind === "link"));
  const there = [];
  for (const name of ["", ...names.map((each) => each.name).toSorted()]) {
    if (await isFolder(diskOf(mailbox, name))) there.push(name);
  }
  const long = await readLongNames(mailbox.path);
  const paths = distinctPaths(there, (name) => pathOf(name, long));
  return Promise.all(there.map((name) => toFolder(mailbox, name, paths.get(name) ?? [])));
}

const pathOf = (name: DiskPath, long: LongNames) => (name === "" ? ["INBOX"] : folderPath(long.get(name) ?? name));

const diskOf = (mailbox: Mailbox, name: DiskPath): DiskPath => (name === "" ? mailbox.path : `${mailbox.path}/${name}`);

async function isFolder(disk: DiskPath): Promise<boolean> {
  return (
    (await statIfThere(`${disk}/cur`))?.isDirectory() === true ||
    (await statIfThere(`${disk}/new`))?.isDirectory() === true
  );
}

async function toFolder(mailbox: Mailbox, name: DiskPath, path: readonly string[]): Promise<Folder> {
  const disk = diskOf(mailbox, name);
  const folder = { id: name === "" ? inboxId : idOfName(name), name, path, disk };
  for (const part of parts) {
    const inner = `${disk}/${part}`;
    if ((await statIfThere(inner)) && !(await isInside(mailbox.root, inner)))
      return { ...folder, barred: leaves(inner, "place") };
  }
  return folder;
}

/** Throws `place.missing`, and `archive.outside`. */
export async function findFolder(mailbox: Mailbox, id: string): Promise<Folder> {
  const name = id === inboxId ? "" : nameOfId(id);
  if ((name !== "" && !name.startsWith(".")) || name.includes("/") || name === "." || name === "..") throw noPlace(id);
  if (!(await isFolder(diskOf(mailbox, name)))) throw noPlace(id);
  const folder = await toFolder(mailbox, name, pathOf(name, await readLongNames(mailbox.path)));
  if (folder.barred) throw folder.barred;
  return folder;
}

/** Makes the folder, or finds it. Its `cur` comes last: until then there is no folder, and its record is there before. */
export async function createFolder(mailbox: Mailbox, path: readonly string[]): Promise<Folder> {
  const wanted = normalPath(path);
  const found = (await listFolders(mailbox)).find((folder) => samePath(folder.path, wanted));
  if (found) return found;
  const name = samePath(wanted, ["INBOX"]) ? "" : await nameFor(mailbox, wanted);
  const disk = diskOf(mailbox, name);
  if (!(await makeFolder(disk)) && name !== "" && !(await isInside(mailbox.root, disk))) throw leaves(disk, "place");
  for (const part of ["tmp", "new"]) await makeFolder(`${disk}/${part}`);
  if (name !== "") await touch(`${disk}/maildirfolder`);
  if (!(await readDelivered(`${disk}/${recordName}`)))
    await writeDelivered(`${disk}/${recordName}`, newDelivered(true));
  await makeFolder(`${disk}/cur`);
  await syncFolder(disk);
  await syncFolder(mailbox.path);
  await syncFolder(mailbox.root);
  return toFolder(mailbox, name, wanted);
}

async function nameFor(mailbox: Mailbox, path: readonly string[]): Promise<DiskPath> {
  if (path.length === 0) throw badName("", "it has no parts");
  const whole = folderName(path);
  const short = `.${shortened(whole.slice(1))}`;
  if (short !== whole) {
    await makeFolder(mailbox.path);
    await rememberLongName(`${mailbox.path}/${short}`, whole);
  }
  return short;
}

async function touch(path: DiskPath): Promise<void> {
  if ((await statIfThere(path)) === undefined) await (await openNew(path)).close();
}

/** Renames the folder and all below it; never over another, and never INBOX. */
export async function renameFolder(mailbox: Mailbox, id: string, path: readonly string[]): Promise<Folder> {
  const folders = await listFolders(mailbox);
  const folder = folders.find((each) => each.id === id);
  if (!folder) throw noPlace(id);
  const wanted = normalPath(path);
  if (folder.name === "") throw badName(wanted.join("/"), "INBOX cannot be renamed");
  const below = folders.filter((each) => folder.path.every((part, at) => each.path[at] === part) && each.name !== "");
  const moves = below.map((each) => ({ from: each, to: [...wanted, ...each.path.slice(folder.path.length)] }));
  const taken = moves.find(({ to }) => folders.some((each) => samePath(each.path, to)));
  if (taken) throw badName(taken.to.join("/"), "there is a folder of this name");
  for (const { from, to } of moves) {
    const target = diskOf(mailbox, await nameFor(mailbox, to));
    if (await statIfThere(target)) throw badName(to.join("/"), "there is something of this name on the disk");
    await rename(from.disk, target);
  }
  await syncFolder(mailbox.path);
  const now = (await listFolders(mailbox)).find((each) => samePath(each.path, wanted));
  if (!now) throw noPlace(wanted.join("/"));
  return now;
}

/** Lasts as long as the folder: another one of the same name has other directories. */
export async function epochOf(folder: Folder): Promise<string> {
  return (await statIfThere(`${folder.disk}/cur`)) ? lifeOf(`${folder.disk}/cur`) : lifeOf(`${folder.disk}/new`);
}

/** True when it is certain that no message was ever removed from the folder. */
export async function neverRemoved(folder: Folder, messages: Messages): Promise<boolean> {
  const record = await readDelivered(`${folder.disk}/${recordName}`);
  if (record === undefined) return messages.size === 0 && isUntouched(folder.disk);
  const ours = countOf(messages, (id) => isOurs(id, record.tag));
  return isComplete(record, messages.size, ours);
}
