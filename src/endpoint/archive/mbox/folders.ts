import { newDelivered, writeDelivered } from "../delivered.ts";
import {
  type DiskPath,
  folderOf,
  idOfName,
  link,
  listIfThere,
  lstatIfThere,
  makeFolder,
  nameOfId,
  openNew,
  rename,
  statIfThere,
  syncFolder,
  unlink,
} from "../disk.ts";
import { percentDecode, percentEncode, percentFirst } from "../encoding.ts";
import { badName, leaves, noPlace } from "../faults.ts";
import { type LongNames, readLongNames, rememberLongName, shortened } from "../longnames.ts";
import { isInside, type Mailbox } from "../mailbox.ts";
import { distinctPaths, normalPath, samePath } from "../paths.ts";
import { besideOf } from "./journal.ts";

/**
 * A folder is a file, `Work` or `Work.mbox`; folders below it are files in a directory beside, `Work.sbd/` as Thunderbird calls it, or
 * `Work/`; Apple Mail's `Work.mbox/mbox` is read, too. We write `Work` and `Work.sbd/`.
 */
export interface Folder {
  readonly id: string;
  readonly path: readonly string[];
  readonly disk: DiskPath;
}

/** Files that mail programs keep beside their mail, and endings with a meaning here. */
const notMail = /\.(?:msf|dat|html?|lock|log|json|sqlite|ini|js|md|cmeta|summary)$/i;
const endings = /\.(?:sbd|mbox|msf|dat|html?|lock|log|json|sqlite|ini|js|md|cmeta|summary)$/i;
const below = ".sbd";
const mostDepth = 100;

interface Found {
  readonly relative: DiskPath;
  readonly path: readonly string[];
}

export async function listFolders(mailbox: Mailbox): Promise<readonly Folder[]> {
  const found: Found[] = [];
  await walk(mailbox, { relative: "", path: [] }, found);
  const paths = distinctPaths(found, (each) => each.path);
  return found.map((each) => toFolder(mailbox, each.relative, paths.get(each) ?? each.path));
}

async function walk(mailbox: Mailbox, at: Found, found: Found[]): Promise<void> {
  const disk = diskOf(mailbox, at.relative);
  const entries = (await listIfThere(disk))
    .filter(({ name }) => !name.startsWith("."))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const names = entries.length > 0 ? await readLongNames(disk) : new Map<DiskPath, DiskPath>();
  for (const { name, kind } of entries) {
    const relative = at.relative === "" ? name : `${at.relative}/${name}`;
    const path = [...at.path, partOf(name, names, at.path.length === 0)];
    const folder =
      kind === "folder" || (kind === "link" && (await statIfThere(`${disk}/${name}`))?.isDirectory() === true);
    if (kind === "folder" && path.length < mostDepth) await walkBelow(mailbox, { relative, path }, found);
    else if (!folder && kind !== "other" && !notMail.test(name)) found.push({ relative, path });
  }
}

async function walkBelow(mailbox: Mailbox, at: Found, found: Found[]): Promise<void> {
  const apple =
    /\.mbox$/i.test(at.relative) && (await statIfThere(`${diskOf(mailbox, at.relative)}/mbox`))?.isFile() === true;
  if (apple) found.push({ relative: `${at.relative}/mbox`, path: at.path });
  else await walk(mailbox, at, found);
}

function partOf(name: DiskPath, names: LongNames, top: boolean): string {
  const bare = name.replace(/\.(?:sbd|mbox)$/i, "");
  if (top && /^inbox$/i.test(bare)) return "INBOX";
  return percentDecode(names.get(bare) ?? bare).normalize("NFC");
}

const diskOf = (mailbox: Mailbox, relative: DiskPath): DiskPath =>
  relative === "" ? mailbox.path : `${mailbox.path}/${relative}`;

const toFolder = (mailbox: Mailbox, relative: DiskPath, path: readonly string[]): Folder => ({
  id: idOfName(relative),
  path,
  disk: diskOf(mailbox, relative),
});

/** Throws `place.missing`, and `archive.outside`. */
export async function findFolder(mailbox: Mailbox, id: string): Promise<Folder> {
  const relative = nameOfId(id);
  const folder = toFolder(mailbox, relative, [id]);
  if (relative.split("/").some((part) => part === "" || part.startsWith("."))) throw noPlace(id);
  if ((await lstatIfThere(folder.disk)) === undefined) throw noPlace(id);
  if (!(await isInside(mailbox.root, folder.disk))) throw leaves(folder.disk, "place");
  return folder;
}

export async function createFolder(mailbox: Mailbox, path: readonly string[]): Promise<Folder> {
  const wanted = normalPath(path);
  const found = (await listFolders(mailbox)).find((folder) => samePath(folder.path, wanted));
  if (found) return found;
  const relative = await makePath(mailbox, wanted);
  const folder = toFolder(mailbox, relative, wanted);
  await writeDelivered(besideOf(folder.disk, "delivered"), newDelivered(true));
  await (await openNew(folder.disk)).close();
  await syncFolder(folderOf(folder.disk));
  await syncFolder(mailbox.root);
  return folder;
}

/** Makes the directories above, and returns where the file itself is to be. */
async function makePath(mailbox: Mailbox, path: readonly string[]): Promise<DiskPath> {
  if (path.length === 0) throw badName("", "it has no parts");
  let parent = "";
  for (const [at, part] of path.entries()) {
    const folder = diskOf(mailbox, parent);
    await makeFolder(folder);
    if (!(await isInside(mailbox.root, folder))) throw leaves(folder, "place");
    const name = await nameFor(folder, part, at === 0);
    const relative = parent === "" ? name : `${parent}/${name}`;
    if (at === path.length - 1) return relative;
    parent = `${relative}${below}`;
    await syncFolder(folder);
  }
  return parent;
}

async function nameFor(parent: DiskPath, part: string, top: boolean): Promise<DiskPath> {
  if (part === "") throw badName(part, "a part of the name is empty");
  const whole = top && /^inbox$/i.test(part) && part !== "INBOX" ? percentFirst(part) : percentEncode(part, endings);
  const short = shortened(whole, below.length);
  if (short !== whole) await rememberLongName(`${parent}/${short}`, whole);
  return short;
}

/** Renames the file with what lies below it; never over another, and never INBOX. */
export async function renameFolder(mailbox: Mailbox, id: string, path: readonly string[]): Promise<Folder> {
  const folders = await listFolders(mailbox);
  const folder = folders.find((each) => each.id === id);
  const wanted = normalPath(path);
  if (!folder) throw noPlace(id);
  if (samePath(folder.path, ["INBOX"])) throw badName(wanted.join("/"), "INBOX cannot be renamed");
  if (folders.some((each) => samePath(each.path, wanted)))
    throw badName(wanted.join("/"), "there is a folder of this name");
  const target = toFolder(mailbox, await makePath(mailbox, wanted), wanted);
  const bare = folder.disk.replace(/\.mbox$/i, "");
  if ((await lstatIfThere(target.disk)) ?? (await lstatIfThere(`${target.disk}${below}`))) {
    throw badName(wanted.join("/"), "there is something of this name on the disk");
  }
  // A link first: unlike a rename it never replaces what came there meanwhile.
  await link(folder.disk, target.disk);
  await unlink(folder.disk);
  for (const [from, to] of [
    [besideOf(folder.disk, "delivered"), besideOf(target.disk, "delivered")],
    [`${bare}${below}`, `${target.disk}${below}`],
  ] as const) {
    if (await lstatIfThere(from)) await rename(from, to);
  }
  await syncFolder(folderOf(folder.disk));
  await syncFolder(folderOf(target.disk));
  return target;
}
