import { recordOf } from "../../../model/fault.ts";
import type { Edit, Entry, NewItem, Receipt } from "../../../model/item.ts";
import type { Json } from "../../../model/json.ts";
import type { Options } from "../../../contract/options.ts";
import { checkSignal, mapBounded } from "../bounded.ts";
import { readDelivered } from "../delivered.ts";
import { deliver, type Means, nextStem, type Target } from "../delivery.ts";
import {
  type DiskPath,
  idOfName,
  isMissing,
  listIfThere,
  makeFolder,
  rename,
  syncFolder,
  unlinkIfThere,
} from "../disk.ts";
import { faultOf, itemConflict, itemGone, itemRestless } from "../faults.ts";
import { atOnce, mostTries } from "../limits.ts";
import { cameAfter, momentFrom, momentJson, momentOf, isOurs, isRecent, ownNumber } from "../moment.ts";
import { type Folder, recordName } from "./folders.ts";
import { lettersOf, marksOf, type MessageFile, renamed } from "./info.ts";
import { type Keywords, learnKeywords, readKeywords } from "./keywords.ts";
import {
  createFinder,
  createListing,
  type Found,
  freeListing,
  isUntouched,
  type Listing,
  listMessages,
  stampOf,
} from "./messages.ts";
import { countOf, idsOf } from "./names.ts";
import { entryOf } from "./read.ts";

const hostPart = ".reconcile";

/** Unique as Maildir asks: time, then what no other delivery has, then who made it. */
const uniqueOf = (stem: string, at: number, size: number): DiskPath =>
  `${Math.floor(at / 1000)}.${stem}${hostPart},S=${size}`;

function targetOf(folder: Folder, now: number, lettersFor: (item: NewItem) => string): Target {
  const tmp = `${folder.disk}/tmp`;
  return {
    record: `${folder.disk}/${recordName}`,
    staging: tmp,
    final: `${folder.disk}/cur`,
    staged: (stem) => `${Math.floor(now / 1000)}.${stem}${hostPart}`,
    placed: (stem, item) => `${uniqueOf(stem, now, item.size)}:2,${lettersFor(item)}`,
    leftovers: async () => (await listIfThere(tmp)).map((each) => each.name),
    survey: async () => {
      const messages = await listMessages(folder.disk);
      const record = await readDelivered(`${folder.disk}/${recordName}`);
      const mixed = countOf(messages, (id) => !isOurs(id, record?.tag)) > 0;
      messages.free();
      return { fresh: messages.size === 0 && (await isUntouched(folder.disk)), mixed };
    },
  };
}

export async function write(folder: Folder, items: readonly NewItem[], means: Means): Promise<readonly Receipt[]> {
  await makeFolder(`${folder.disk}/tmp`);
  await makeFolder(`${folder.disk}/cur`);
  const keywords = await learnKeywords(
    folder.disk,
    items.flatMap((item) => item.marks),
    means.clock,
    means.signal,
  );
  const target = targetOf(folder, means.clock.now(), (item) => allLetters(item.marks, keywords));
  const parcels = await deliver(target, items, means);
  return parcels.map((parcel): Receipt => {
    if ("fault" in parcel) return { key: parcel.item.key, fault: recordOf(parcel.fault) };
    const letters = allLetters(parcel.item.marks, keywords);
    const id = parcel.file.slice(0, parcel.file.indexOf(":"));
    return { key: parcel.item.key, id, marks: marksOf(letters, keywords), revision: letters };
  });
}

const allLetters = (marks: readonly string[], keywords: Keywords): string =>
  [...new Set(marks.flatMap((mark) => [...lettersOf(mark, keywords)]))].toSorted().join("");

/** The folder's directories as our own last write left them, and what was near to that moment. */
export interface Quiet {
  readonly stamp: string;
  readonly recent: readonly string[];
}

/** Where the folder stands. Only where it changed a moment ago must its files be looked at. */
export async function moment(
  root: DiskPath,
  folder: Folder,
  at: number,
  quiet?: Quiet,
): Promise<Quiet & { readonly json: Json }> {
  const [record, stamp] = [await readDelivered(`${folder.disk}/${recordName}`), await stampOf(folder.disk)];
  const recent = await recentOnes();
  return { stamp: stamp.text, recent, json: momentJson(momentOf(record, at, recent)) };

  async function recentOnes(): Promise<readonly string[]> {
    if (stamp.text === quiet?.stamp) return quiet.recent;
    if (!isRecentStamp(stamp.newest, at)) return [];
    const listing = createListing(folder.disk);
    const finder = createFinder(root, folder.disk, listing, true);
    const foreign: string[] = [];
    for (const id of idsOf(await listing.messages)) if (!isOurs(id, record?.tag)) foreign.push(id);
    const recent = await mapBounded(foreign, atOnce, async (id) => {
      const found = await finder.stat(id);
      return found && isRecent(found.stats, at) ? id : undefined;
    });
    await freeListing(listing);
    return recent.filter((id) => id !== undefined);
  }
}

/** A little more than births need: a directory changes after the file is born. */
const isRecentStamp = (newest: number, at: number): boolean => newest >= at - 1000;

export async function* since(root: DiskPath, folder: Folder, bookmark: Json, options: Options): AsyncIterable<Entry> {
  const from = momentFrom(bookmark) ?? { tag: "", count: 0, at: Number.POSITIVE_INFINITY, recent: [] };
  const tag = (await readDelivered(`${folder.disk}/${recordName}`))?.tag;
  const listing = createListing(folder.disk);
  const finder = createFinder(root, folder.disk, listing, true);
  const keywords = await readKeywords(folder.disk);
  try {
    for (const id of idsOf(await listing.messages)) {
      checkSignal(options.signal);
      const own = ownNumber(id);
      if (own !== undefined && own.tag === from.tag && own.number <= from.count) continue;
      const found = await finder.stat(id);
      if (found && cameAfter(from, tag, id, found.message.unique, found.stats))
        yield entryOf(folder, id, found, keywords);
    }
  } finally {
    await freeListing(listing);
  }
}

/** What edits need of the folders they touch. */
export interface Desk {
  readonly root: DiskPath;
  find(place: string): Promise<Folder>;
  listing(folder: Folder): Listing;
  readonly means: Means;
}

/** Each edit by itself, in order; the folders are made durable once at the end. */
export async function edit(desk: Desk, edits: readonly Edit[]): Promise<readonly Receipt[]> {
  const touched = new Set<DiskPath>();
  const receipts: Receipt[] = [];
  for (const each of edits) {
    checkSignal(desk.means.signal);
    try {
      receipts.push(await editOne(desk, each, touched));
    } catch (thrown) {
      receipts.push({ key: each.key, fault: recordOf(faultOf(thrown, "item", `${each.place}/${each.id}`)) });
    }
  }
  for (const folder of touched) await syncFolder(folder);
  return receipts;
}

async function editOne(desk: Desk, each: Edit, touched: Set<DiskPath>): Promise<Receipt> {
  const folder = await desk.find(each.place);
  const finder = createFinder(desk.root, folder.disk, desk.listing(folder), false);
  const keywords = await keywordsFor(desk, folder, each);
  for (let tries = 0; tries < mostTries; tries++) {
    const found = await finder.stat(each.id);
    if (!found) {
      if (each.act === "remove") return { key: each.key };
      throw itemGone(each.id);
    }
    if (each.revision !== undefined && each.revision !== found.message.letters) throw itemConflict(each.id);
    try {
      return await act(desk, folder, each, found, keywords, touched);
    } catch (thrown) {
      // Renamed by somebody else in between: found again under its new name.
      if (!isMissing(thrown)) throw thrown;
    }
  }
  throw itemRestless(each.id);
}

const keywordsFor = (desk: Desk, folder: Folder, each: Edit): Promise<Keywords> =>
  each.act === "mark"
    ? learnKeywords(folder.disk, each.add, desk.means.clock, desk.means.signal)
    : readKeywords(folder.disk);

async function act(
  desk: Desk,
  folder: Folder,
  each: Edit,
  found: Found,
  keywords: Keywords,
  touched: Set<DiskPath>,
): Promise<Receipt> {
  const path = `${folder.disk}/${found.message.folder}/${found.message.file}`;
  if (each.act === "move") return move(desk, folder, each, found, keywords, touched);
  touched.add(`${folder.disk}/${found.message.folder}`);
  if (each.act === "remove") {
    await unlinkIfThere(path);
    return { key: each.key };
  }
  touched.add(`${folder.disk}/cur`);
  const letters = marked(found.message, each, keywords);
  if (letters !== found.message.letters) await rename(path, `${folder.disk}/cur/${renamed(found.message, letters)}`);
  return { key: each.key, id: each.id, marks: marksOf(letters, keywords), revision: letters };
}

function marked({ letters }: MessageFile, each: Edit & { act: "mark" }, keywords: Keywords): string {
  const gone = new Set(each.remove.flatMap((mark) => [...lettersOf(mark, keywords)]));
  const added = each.add.flatMap((mark) => [...lettersOf(mark, keywords)]);
  return [...new Set([...letters].filter((letter) => !gone.has(letter)).concat(added))].toSorted().join("");
}

/** Moves the file itself, under a new name of ours: its octets and its date come along, letters are those of the other folder. */
async function move(
  desk: Desk,
  folder: Folder,
  each: Edit & { act: "move" },
  { message, stats }: Found,
  keywords: Keywords,
  touched: Set<DiskPath>,
): Promise<Receipt> {
  const to = await desk.find(each.to);
  const marks = marksOf(message.letters, keywords);
  const theirs = await learnKeywords(to.disk, marks, desk.means.clock, desk.means.signal);
  const letters = allLetters(marks, theirs);
  const now = desk.means.clock.now();
  const stem = await nextStem(
    targetOf(to, now, () => letters),
    desk.means,
  );
  const unique = uniqueOf(stem, now, Number(stats.size));
  await rename(`${folder.disk}/${message.folder}/${message.file}`, `${to.disk}/cur/${unique}:2,${letters}`);
  touched.add(`${folder.disk}/${message.folder}`).add(`${to.disk}/cur`);
  return { key: each.key, id: idOfName(unique), marks: marksOf(letters, theirs), revision: letters };
}
