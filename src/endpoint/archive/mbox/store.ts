import type { Clock } from "../../../contract/endpoint.ts";
import type { ItemStore, Look } from "../../../contract/item-store.ts";
import type { Options } from "../../../contract/options.ts";
import type { Emit } from "../../../model/event.ts";
import type { Edit, Feed, NewItem, Page, Place, Receipt, Role } from "../../../model/item.ts";
import type { Json } from "../../../model/json.ts";
import { checkSignal, createTurns } from "../bounded.ts";
import { type Delivered, isComplete, readDelivered } from "../delivered.ts";
import { type DiskPath, stat } from "../disk.ts";
import { faultOf } from "../faults.ts";
import { batchBytes, batchItems, pageSize, racy } from "../limits.ts";
import { isInside, type Mailbox, requireInside } from "../mailbox.ts";
import { rolesOf } from "../../../kind/role.ts";
import type { Dialect } from "./dialect.ts";
import { editFile } from "./edit.ts";
import { createFolder, findFolder, type Folder, listFolders, renameFolder } from "./folders.ts";
import { type Index, indexOf, newest, openMbox, probeOf, visibleSize } from "./index.ts";
import { entryOf, headers, read, type Source } from "./read.ts";
import type { Scanned } from "./scan.ts";
import { appendAll, isUntouched, nextNumber, recordOfFolder } from "./write.ts";

/** Ids are hashes of what they name, so they hold for ever. */
const epoch = "content";
/** Messages whose places are remembered, over all files; the files looked at last stay. */
const mostIndexed = 200_000;

/** One mailbox as mbox files: a file a folder. Marks are header lines, dates are the From_ lines'. */
export function createMboxStore(mailbox: Mailbox, dialect: Dialect, clock: Clock, emit: Emit): ItemStore {
  const turns = createTurns();
  const indexes = new Map<DiskPath, Index>();
  const find = (id: string) => findFolder(mailbox, id);

  async function index(folder: Folder, { signal }: Options): Promise<Index> {
    const now = await turns(`index ${folder.disk}`, () =>
      indexOf(folder.disk, dialect, clock, signal, indexes.get(folder.disk)),
    );
    indexes.delete(folder.disk);
    indexes.set(folder.disk, now);
    let kept = [...indexes.values()].reduce((sum, each) => sum + each.count, 0);
    for (const [file, each] of indexes) {
      if (kept <= mostIndexed || file === folder.disk) continue;
      kept -= each.count;
      indexes.delete(file);
    }
    return now;
  }

  async function look(options: Options): Promise<Look> {
    const folders = await listFolders(mailbox);
    const roles = rolesOf(folders.map((folder) => folder.path));
    const places: Place[] = [];
    const feeds: Feed[] = [];
    for (const folder of folders) {
      checkSignal(options.signal);
      const feed = await feedOf(folder, options).catch((thrown: unknown) => spoilt(folder, thrown));
      feeds.push(feed);
      places.push(
        await placeOf(folder, roles.get(folder.path), feed.watermark === null ? undefined : indexes.get(folder.disk)),
      );
    }
    return { places, feeds, naming: { illegal: "", foldsCase: false, maxPart: 1000 }, marks: "any" };
  }

  async function feedOf(folder: Folder, options: Options): Promise<Feed> {
    await requireInside(mailbox.root, folder.disk, "place");
    const at = clock.now();
    const { count, stamp } = await index(folder, options);
    const fresh = newest(await stat(folder.disk)) >= at - racy;
    return {
      id: folder.id,
      places: [folder.id],
      epoch,
      ...(!fresh && { version: stamp }),
      count,
      watermark: await moment(folder),
    };
  }

  async function show(folder: Folder, options: Options): Promise<Place> {
    const all = await listFolders(mailbox);
    const there = all.find((each) => each.id === folder.id) ?? folder;
    return placeOf(there, rolesOf(all.map((each) => each.path)).get(there.path), await index(there, options));
  }

  /** Where the file stands: a watermark and a bookmark. */
  async function moment(folder: Folder): Promise<Json> {
    const handle = await openMbox(folder.disk);
    try {
      const size = await visibleSize(folder.disk, Number((await handle.stat()).size));
      const tag = (await readDelivered(recordOfFolder(folder)))?.tag ?? "";
      return { size, probe: await probeOf(handle, size), tag, number: nextNumber(clock.now()) };
    } finally {
      await handle.close();
    }
  }

  /** A whole reading, each time: a file keeps no history. */
  async function* changes(folder: Folder, options: Options & { readonly until?: Json }): AsyncIterable<Page> {
    const { table, count } = await index(folder, options);
    const isLate = await after(folder, options.until);
    for (let at = 0; at === 0 || at < count; at += pageSize) {
      checkSignal(options.signal);
      const last = at + pageSize >= count;
      const entries = Array.from({ length: Math.min(pageSize, count - at) }, (_, offset) => {
        const message = table.message(at + offset);
        return { ...entryOf(folder, table.id(at + offset), message), ...(isLate(message) && { late: true }) };
      });
      yield { whole: true, entries, gone: [], ...(last && { next: epoch }) };
    }
  }

  async function write(items: readonly NewItem[], options: Options): Promise<readonly Receipt[]> {
    const [first] = items;
    if (!first) return [];
    return turns(first.place, async () => {
      const folder = await find(first.place);
      const before = await index(folder, options);
      const mixed = ({ tag }: Delivered) => before.table.tagged(tag) < before.table.count;
      const { good, faults, doubtful } = await appendAll(folder, items, dialect, mixed, {
        clock,
        ...options,
        surveyed: new Set(),
      });
      if (doubtful > 0) emit({ type: "finding", finding: altered(folder, doubtful) });
      const now = await index(folder, options);
      const told = now.table === before.table && now.count - before.count === good.length;
      return [...faults, ...good.map((item, at) => receiptOf(folder, item, now, told ? before.count + at : undefined))];
    });
  }

  async function edit(edits: readonly Edit[], options: Options): Promise<readonly Receipt[]> {
    const receipts: Receipt[] = [];
    for (const [place, all] of Map.groupBy(edits, (each) => each.place)) {
      const work = async () => {
        const folder = await find(place);
        return editFile(folder, all, dialect, { clock, ...options, surveyed: new Set() }, () => index(folder, options));
      };
      receipts.push(...(await turns(place, work)));
    }
    return receipts;
  }

  const source = async (id: string, options: Options): Promise<Source> => {
    const folder = await find(id);
    return { folder, dialect, index: () => index(folder, options) };
  };

  return {
    batch: { items: batchItems, bytes: batchBytes, inFlight: 1, atomic: true },
    look,
    changes: async function* (feed, _, options) {
      yield* changes(await find(feed.id), options);
    },
    headers: async function* (id, ids, options) {
      yield* headers(await source(id, options), ids, options);
    },
    read: async function* (id, ids, options) {
      yield* read(await source(id, options), ids, options);
    },
    bookmark: async (id) => moment(await find(id)),
    write,
    since: async function* (id, bookmark, options) {
      const folder = await find(id);
      const { table, count } = await index(folder, options);
      const isAfter = await after(folder, bookmark);
      for (let row = 0; row < count; row++) {
        const message = table.message(row);
        if (isAfter(message)) yield entryOf(folder, table.id(row), message);
      }
    },
    edit: { acts: new Set(["mark", "remove"] as const), run: edit },
    place: {
      create: async (spec, options) => show(await createFolder(mailbox, spec.path), options),
      rename: async (id, spec, options) => show(await renameFolder(mailbox, id, spec.path), options),
    },
    close: async () => indexes.clear(),
  };

  async function placeOf(folder: Folder, role: Role | undefined, known: Index | undefined): Promise<Place> {
    const neverRemoved =
      known !== undefined && (await isInside(mailbox.root, folder.disk)) && (await isWhole(folder, known));
    return { id: folder.id, path: folder.path, ...(role && { role }), selectable: true, marks: "any", neverRemoved };
  }
}

/** True when it is certain that no message was ever removed from the file. */
async function isWhole(folder: Folder, { table }: Index): Promise<boolean> {
  const record = await readDelivered(recordOfFolder(folder));
  if (record === undefined) return table.count === 0 && isUntouched(folder);
  return isComplete(record, table.count, table.tagged(record.tag));
}

function receiptOf(folder: Folder, { key }: NewItem, { table }: Index, row: number | undefined): Receipt {
  if (row === undefined) return { key };
  const { id, marks, revision } = entryOf(folder, table.id(row), table.message(row));
  return { key, id, marks, ...(revision !== undefined && { revision }) };
}

const altered = ({ path }: Folder, messages: number) => ({
  code: "archive.quoting",
  severity: "warning" as const,
  about: path.join("/"),
  message: `${messages} messages hold a line that begins with >From, which mboxo brings back without the >`,
  remedy: "write to an archive of the dialect mboxrd",
  detail: { messages },
});

/** A file that cannot be read is shown all the same, and reading it says why. */
function spoilt({ id }: Folder, thrown: unknown): Feed {
  faultOf(thrown, "place", id);
  return { id, places: [id], epoch, count: 0, watermark: null };
}

/** Whether a message came after a moment: by its place while the file still begins as it did, else by our number in it. */
async function after(folder: Folder, json: Json | undefined): Promise<(message: Scanned) => boolean> {
  const from = json as { size: number; probe: string; tag: string; number: number } | null | undefined;
  if (from === undefined || from === null) return () => false;
  const handle = await openMbox(folder.disk);
  try {
    const standing =
      Number((await handle.stat()).size) >= from.size && (await probeOf(handle, from.size)) === from.probe;
    if (standing) return ({ start }) => start >= from.size;
  } finally {
    await handle.close();
  }
  const tag = (await readDelivered(recordOfFolder(folder)))?.tag;
  return ({ group }) => group?.number !== undefined && group.tag === tag && group.number > from.number;
}
