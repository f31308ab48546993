import type { Clock } from "../../../contract/endpoint.ts";
import type { ItemStore, Look } from "../../../contract/item-store.ts";
import type { Options } from "../../../contract/options.ts";
import type { Feed, Place, Role } from "../../../model/item.ts";
import { createTurns } from "../bounded.ts";
import type { Means } from "../delivery.ts";
import { type DiskPath, keepsBirths } from "../disk.ts";
import { faultOf } from "../faults.ts";
import { batchBytes, batchItems, racy } from "../limits.ts";
import type { Mailbox } from "../mailbox.ts";
import { rolesOf } from "../../../kind/role.ts";
import { createFolder, epochOf, findFolder, type Folder, listFolders, neverRemoved, renameFolder } from "./folders.ts";
import { systemMarks } from "./info.ts";
import { permitted, readKeywords } from "./keywords.ts";
import { createListing, type Listing, listMessages, stampOf } from "./messages.ts";
import type { Messages } from "./names.ts";
import { changes, headers, read } from "./read.ts";
import { isSubscribed, readSubscriptions, setSubscribed, type Subscriptions } from "./subscriptions.ts";
import { edit, moment, type Quiet, since, write } from "./write.ts";

const keptListings = 4;

/** One mailbox as Maildir++: `<path>/<user>/{cur,new,tmp}` and sub-folders `.A.B` beside them. */
export function createMaildirStore(mailbox: Mailbox, clock: Clock): ItemStore {
  const { root } = mailbox;
  const turns = createTurns();
  const surveyed = new Set<DiskPath>();
  const listings = new Map<string, Listing>();
  const quiet = new Map<string, Quiet>();
  const find = (id: string) => findFolder(mailbox, id);
  const means = ({ signal }: Options): Means => ({ clock, signal, surveyed });

  function listing(folder: Folder): Listing {
    const kept = listings.get(folder.id) ?? createListing(folder.disk);
    listings.delete(folder.id);
    listings.set(folder.id, kept);
    for (const id of listings.keys()) if (listings.size > keptListings) listings.delete(id);
    return kept;
  }

  async function show(folder: Folder): Promise<Place> {
    const paths = (await listFolders(mailbox)).map((each) => each.path);
    const place = paths.find((path) => path.join("\0") === folder.path.join("\0"));
    const role = place && rolesOf(paths).get(place);
    const messages = await listMessages(folder.disk);
    try {
      return await placeOf(folder, messages, role, await readSubscriptions(mailbox.path));
    } finally {
      messages.free();
    }
  }

  async function look(): Promise<Look> {
    const folders = await listFolders(mailbox);
    const roles = rolesOf(folders.map((folder) => folder.path));
    const subscriptions = await readSubscriptions(mailbox.path);
    const places: Place[] = [];
    const feeds: Feed[] = [];
    for (const folder of folders) {
      const messages = await readable(folder);
      try {
        places.push(await placeOf(folder, messages, roles.get(folder.path), subscriptions));
        feeds.push(await feedOf(root, folder, messages, clock));
      } finally {
        messages?.free();
      }
    }
    return { places, feeds, naming: { illegal: "", foldsCase: false, maxPart: 1000 }, marks: "any" };
  }

  return {
    batch: { items: batchItems, bytes: batchBytes, inFlight: 1, atomic: false },
    look,
    changes: async function* (feed, cursor, options) {
      yield* changes(root, await find(feed.id), cursor, options);
    },
    headers: async function* (id, ids, options) {
      const folder = await find(id);
      yield* headers(root, folder, listing(folder), ids, options);
    },
    read: async function* (id, ids, options) {
      const folder = await find(id);
      yield* read(root, folder, listing(folder), ids, options);
    },
    bookmark: async (id) => (await moment(root, await find(id), clock.now(), quiet.get(id))).json,
    write: async (items, options) => {
      const [first] = items;
      if (!first) return [];
      return turns(first.place, async () => {
        const folder = await find(first.place);
        const before = await moment(root, folder, clock.now(), quiet.get(folder.id));
        const receipts = await write(folder, items, means(options));
        quiet.set(folder.id, { stamp: (await stampOf(folder.disk)).text, recent: before.recent });
        return receipts;
      });
    },
    since: async function* (id, bookmark, options) {
      yield* since(root, await find(id), bookmark, options);
    },
    edit: {
      acts: new Set(["mark", "move", "remove"] as const),
      run: (edits, options) => edit({ root, find, listing, means: means(options) }, edits),
    },
    place: {
      create: async (spec) => show(await createFolder(mailbox, spec.path)),
      rename: async (id, spec) => show(await renameFolder(mailbox, id, spec.path)),
      subscribe: async (id, on, options) => setSubscribed(mailbox.path, await find(id), on, clock, options.signal),
    },
    close: async () => {},
  };
}

async function placeOf(
  folder: Folder,
  messages: Messages | undefined,
  role: Role | undefined,
  all: Subscriptions,
): Promise<Place> {
  const { id, path } = folder;
  if (!messages) return { id, path, selectable: true, marks: [], neverRemoved: false };
  const subscribed = isSubscribed(all, folder);
  return {
    id,
    path,
    ...(role && { role }),
    ...(subscribed !== undefined && { subscribed }),
    selectable: true,
    marks: permitted(await readKeywords(folder.disk), systemMarks),
    ...(folder.name !== "" && (await keepsBirths()) && { objectId: await epochOf(folder) }),
    neverRemoved: await neverRemoved(folder, messages),
  };
}

async function feedOf(root: DiskPath, folder: Folder, messages: Messages | undefined, clock: Clock): Promise<Feed> {
  const { id } = folder;
  if (!messages) return { id, places: [id], epoch: await epochOf(folder), count: 0, watermark: null };
  const at = clock.now();
  const stamp = await stampOf(folder.disk, [`${folder.disk}/dovecot-keywords`]);
  return {
    id,
    places: [id],
    epoch: await epochOf(folder),
    ...(stamp.newest < at - racy && { version: stamp.text }),
    count: messages.size,
    watermark: (await moment(root, folder, at)).json,
  };
}

/** A folder that cannot be read is shown all the same, and reading it says why. */
async function readable(folder: Folder): Promise<Messages | undefined> {
  if (folder.barred) return undefined;
  return listMessages(folder.disk).catch((thrown: unknown) => void faultOf(thrown, "place", folder.id));
}
