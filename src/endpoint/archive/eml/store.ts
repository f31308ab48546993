import type { Clock } from "../../../contract/endpoint.ts";
import type { ItemStore, Look } from "../../../contract/item-store.ts";
import type { Options } from "../../../contract/options.ts";
import { recordOf } from "../../../model/fault.ts";
import type { Edit, Feed, NewItem, Page, Place, Receipt, Role } from "../../../model/item.ts";
import type { Json } from "../../../model/json.ts";
import { checkSignal, createTurns } from "../bounded.ts";
import { readDelivered } from "../delivered.ts";
import { deliver, type Means, nextStem, type Target } from "../delivery.ts";
import {
  type DiskPath,
  keepsBirths,
  lifeOf,
  listIfThere,
  rename,
  stat,
  syncFolder,
  toMs,
  unlinkIfThere,
} from "../disk.ts";
import { faultOf, itemGone } from "../faults.ts";
import { expired, headersOf, openMessage, type Opened, readOpened } from "../files.ts";
import { batchBytes, batchItems, pageSize, racy } from "../limits.ts";
import type { Mailbox } from "../mailbox.ts";
import { cameAfter, isOurs, isRecent, momentFrom, momentJson, momentOf } from "../moment.ts";
import { rolesOf } from "../../../kind/role.ts";
import {
  createFolder,
  findFolder,
  type Folder,
  isUntouched,
  listFolders,
  neverRemoved,
  recordName,
  renameFolder,
} from "./folders.ts";
import { entryOf, findMessage, listNames, lookAt, type Message, versionOf } from "./messages.ts";

/** One mailbox as a tree of `.eml` files: a directory a folder, a file a message, its time the internal date. It holds no marks. */
export function createEmlStore(mailbox: Mailbox, clock: Clock): ItemStore {
  const { root } = mailbox;
  const turns = createTurns();
  const surveyed = new Set<DiskPath>();
  /** Directories as our own last write left them, and what was near to that moment. */
  const quiet = new Map<string, { readonly stamp: string; readonly recent: readonly string[] }>();
  const find = (id: string) => findFolder(mailbox, id);
  const means = ({ signal }: Options): Means => ({ clock, signal, surveyed });
  const messagesOf = async (folder: Folder, { signal }: Options) =>
    lookAt(root, folder, await listNames(folder), signal);

  async function show(folder: Folder): Promise<Place> {
    const all = await listFolders(mailbox);
    const there = all.find((each) => each.id === folder.id) ?? folder;
    return placeOf(there, await listNames(there), rolesOf(all.map((each) => each.path)).get(there.path));
  }

  async function look(options: Options): Promise<Look> {
    const folders = await listFolders(mailbox);
    const roles = rolesOf(folders.map((folder) => folder.path));
    const places: Place[] = [];
    const feeds: Feed[] = [];
    for (const folder of folders) {
      const messages = await readable(folder, options);
      places.push(
        await placeOf(
          folder,
          messages?.map(({ file }) => file),
          roles.get(folder.path),
        ),
      );
      feeds.push(await feedOf(folder, messages));
    }
    return { places, feeds, naming: { illegal: "", foldsCase: false, maxPart: 1000 }, marks: [] };
  }

  /** A folder that cannot be read is shown all the same, and reading it says why. */
  async function readable(folder: Folder, options: Options): Promise<readonly Message[] | undefined> {
    if (folder.barred) return undefined;
    return messagesOf(folder, options).catch((thrown: unknown) => void faultOf(thrown, "place", folder.id));
  }

  async function feedOf(folder: Folder, messages: readonly Message[] | undefined): Promise<Feed> {
    const { id } = folder;
    if (!messages) return { id, places: [id], epoch: await lifeOf(folder.disk), count: 0, watermark: null };
    const [at, version, known] = [clock.now(), versionOf(messages), await record(folder)];
    return {
      id,
      places: [id],
      epoch: await lifeOf(folder.disk),
      ...(version.newest < at - racy && { version: version.text }),
      count: messages.length,
      watermark: momentJson(momentOf(known, at, recentOf(messages, known?.tag, at))),
    };
  }

  /** A whole reading, each time: a directory keeps no history. */
  async function* changes(
    folder: Folder,
    since: Json | undefined,
    options: Options & { until?: Json },
  ): AsyncIterable<Page> {
    const epoch = await lifeOf(folder.disk);
    if (since !== undefined && since !== epoch) throw expired(folder.path);
    const [until, tag] = [momentFrom(options.until), (await record(folder))?.tag];
    const names = await listNames(folder);
    for (let at = 0; at === 0 || at < names.length; at += pageSize) {
      const messages = await lookAt(root, folder, names.slice(at, at + pageSize), options.signal);
      const entries = messages.map((each) => {
        const late = until !== undefined && cameAfter(until, tag, each.id, each.file, each.stats);
        return { ...entryOf(folder, each), ...(late && { late }) };
      });
      yield { whole: true, entries, gone: [], ...(at + pageSize < names.length ? {} : { next: epoch }) };
    }
  }

  async function* open(id: string, ids: readonly string[], { signal }: Options): AsyncIterable<Opened> {
    const folder = await find(id);
    for (const each of ids) {
      checkSignal(signal);
      const message = await findMessage(root, folder, each, signal);
      const opened =
        message && (await openMessage(`${folder.disk}/${message.file}`, entryOf(folder, message), message.outside));
      if (opened) yield opened;
    }
  }

  async function write(items: readonly NewItem[], options: Options): Promise<readonly Receipt[]> {
    const [first] = items;
    if (!first) return [];
    return turns(first.place, async () => {
      const folder = await find(first.place);
      const recent = await recentIn(folder, clock.now(), options);
      const parcels = await deliver(targetOf(folder), items, means(options));
      quiet.set(folder.id, { stamp: (await stampOf(folder)).text, recent });
      const placed = parcels.flatMap((each) => ("file" in each ? [each.file] : []));
      const ids = new Map((await lookAt(root, folder, placed, options.signal)).map(({ file, id }) => [file, id]));
      return parcels.map((parcel): Receipt => {
        const { key } = parcel.item;
        if ("fault" in parcel) return { key, fault: recordOf(parcel.fault) };
        const id = ids.get(parcel.file);
        return { key, marks: [], ...(id !== undefined && { id }) };
      });
    });
  }

  /** Others' messages that came a moment ago. Only where the directory changed, and not by us, must its files be looked at. */
  async function recentIn(folder: Folder, at: number, { signal }: Options): Promise<readonly string[]> {
    const [stamp, known] = [await stampOf(folder), quiet.get(folder.id)];
    if (stamp.text === known?.stamp) return known.recent;
    if (stamp.newest < at - 1000) return [];
    const tag = (await record(folder))?.tag;
    const foreign = (await listNames(folder)).filter((name) => !isOurs(name, tag));
    return recentOf(await lookAt(root, folder, foreign, signal), tag, at);
  }

  async function editOne(edit: Edit, options: Options, touched: Set<DiskPath>): Promise<Receipt> {
    const { key, id } = edit;
    const folder = await find(edit.place);
    const message = await findMessage(root, folder, id, options.signal);
    if (!message && edit.act === "remove") return { key };
    if (!message || edit.act === "mark") throw itemGone(id);
    const path = `${folder.disk}/${message.file}`;
    touched.add(folder.disk);
    if (edit.act === "remove") {
      await unlinkIfThere(path);
      return { key };
    }
    const to = await find(edit.to);
    touched.add(to.disk);
    const file = fileName(await nextStem(targetOf(to), means(options)), Number(message.stats.mtimeNs / 1_000_000n));
    await rename(path, `${to.disk}/${file}`);
    const [moved] = await lookAt(root, to, [file], options.signal);
    return { key, marks: [], ...(moved && { id: moved.id }) };
  }

  return {
    batch: { items: batchItems, bytes: batchBytes, inFlight: 1, atomic: false },
    look,
    changes: async function* (feed, since, options) {
      yield* changes(await find(feed.id), since, options);
    },
    headers: (id, ids, options) => headersOf(open(id, ids, options)),
    read: (id, ids, options) => readOpened(open(id, ids, options)),
    bookmark: async (id, options) => {
      const [folder, at] = [await find(id), clock.now()];
      return momentJson(momentOf(await record(folder), at, await recentIn(folder, at, options)));
    },
    write,
    since: async function* (id, bookmark, options) {
      const folder = await find(id);
      const from = momentFrom(bookmark);
      const tag = (await record(folder))?.tag;
      for (const message of await messagesOf(folder, options)) {
        if (from && cameAfter(from, tag, message.id, message.file, message.stats)) yield entryOf(folder, message);
      }
    },
    edit: {
      acts: new Set(["move", "remove"] as const),
      run: async (edits, options) => {
        const touched = new Set<DiskPath>();
        const receipts: Receipt[] = [];
        for (const edit of edits) {
          checkSignal(options.signal);
          const fail = (thrown: unknown): Receipt => ({
            key: edit.key,
            fault: recordOf(faultOf(thrown, "item", edit.id)),
          });
          receipts.push(await editOne(edit, options, touched).catch(fail));
        }
        for (const folder of touched) await syncFolder(folder);
        return receipts;
      },
    },
    place: {
      create: async (spec) => show(await createFolder(mailbox, spec.path)),
      rename: async (id, spec) => show(await renameFolder(mailbox, id, spec.path)),
    },
    close: async () => {},
  };
}

const recentOf = (messages: readonly Message[], tag: string | undefined, at: number): readonly string[] =>
  messages.filter(({ file, stats }) => !isOurs(file, tag) && isRecent(stats, at)).map(({ id }) => id);

/** Equal while no name in the directory changed, but for changes within one tick of the clock; the newest time in milliseconds. */
async function stampOf(folder: Folder): Promise<{ readonly text: string; readonly newest: number }> {
  const { ino, mtimeNs, ctimeNs } = await stat(folder.disk);
  return { text: `${ino}.${mtimeNs}.${ctimeNs}`, newest: Math.max(toMs(mtimeNs), toMs(ctimeNs)) };
}

async function placeOf(folder: Folder, names: readonly DiskPath[] | undefined, role: Role | undefined): Promise<Place> {
  const { id, path, disk } = folder;
  return {
    id,
    path,
    ...(role && { role }),
    selectable: true,
    marks: [],
    ...(names && role !== "inbox" && (await keepsBirths()) && { objectId: await lifeOf(disk) }),
    neverRemoved: names !== undefined && (await neverRemoved(folder, names)),
  };
}

/** Its date in UTC for whoever sorts by name, then what makes it unique. */
function fileName(stem: string, date: number): DiskPath {
  const day = Math.abs(date) < 8e15 ? new Date(date).toISOString().replace(/[-:]|\.\d+/g, "") : "undated";
  return `${day}-${stem}.eml`;
}

function targetOf(folder: Folder): Target {
  return {
    record: `${folder.disk}/${recordName}`,
    staging: folder.disk,
    final: folder.disk,
    staged: (stem) => `.reconcile-new-${stem}.eml`,
    placed: (stem, item) => fileName(stem, item.date),
    leftovers: async () => (await listIfThere(folder.disk)).map(({ name }) => name).filter(aside),
    survey: async () => {
      const names = await listNames(folder);
      const record = await readDelivered(`${folder.disk}/${recordName}`);
      const mixed = names.some((name) => !isOurs(name, record?.tag));
      return { fresh: names.length === 0 && (await isUntouched(folder)), mixed };
    },
  };
}

const record = (folder: Folder) => readDelivered(`${folder.disk}/${recordName}`);

const aside = (name: DiskPath): boolean => name.startsWith(".reconcile-new-");
