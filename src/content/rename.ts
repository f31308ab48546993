import type { Look } from "../contract/item-store.ts";
import type { PlaceRecord } from "../contract/journal.ts";
import type { Fault } from "../model/fault.ts";
import type { Place, PlaceId } from "../model/item.ts";
import { identify } from "./fingerprint.ts";
import { leftOut, routeFolders } from "./folders.ts";
import { ofPlace } from "./routes.ts";
import type { SyncRequest } from "./request.ts";
import { rowsOf } from "./rows.ts";

/** How many messages are compared by their headers before a folder is believed to be the same. */
const samples = 5;

async function knownThere(request: SyncRequest, record: PlaceRecord): Promise<number> {
  let count = 0;
  for await (const row of rowsOf(request.journal, { rows: "all" })) {
    if (row.source?.there === true && row.source.place === record.source) count += 1;
  }
  return count;
}

async function sameFingerprints(
  request: SyncRequest,
  record: PlaceRecord,
  place: Place,
  ids: readonly string[],
): Promise<boolean> {
  for await (const { id, header } of request.source.headers(place.id, ids, { signal: request.signal })) {
    const known = (await request.journal.find("source", record.source, id))?.source;
    if (known?.fingerprint !== undefined && known.fingerprint !== identify(header, known.date).fingerprint)
      return false;
  }
  return true;
}

/** Without an id that outlives renames: equal epoch, every id of the old folder with its size and date in the new one, samples equal. */
async function sameContent(request: SyncRequest, look: Look, record: PlaceRecord, place: Place): Promise<boolean> {
  const feed = look.feeds.find((one) => one.places.length === 1 && one.places[0] === place.id);
  const before = (await request.journal.feeds("source")).find((one) => one.id === record.source);
  if (feed === undefined || before === undefined || feed.epoch !== before.epoch) return false;
  const expected = await knownThere(request, record);
  const seen: string[] = [];
  let count = 0;
  for await (const page of request.source.changes(feed, undefined, { signal: request.signal })) {
    for (const entry of page.entries) {
      const known = (await request.journal.find("source", record.source, entry.id))?.source;
      if (known === undefined || !known.there || known.size !== entry.size || known.date !== entry.date) continue;
      count += 1;
      if (seen.length < samples) seen.push(entry.id);
    }
  }
  return expected > 0 && count === expected && sameFingerprints(request, record, place, seen);
}

async function sameFolder(request: SyncRequest, look: Look, record: PlaceRecord, place: Place): Promise<boolean> {
  if (record.objectId !== undefined && place.objectId !== undefined) return record.objectId === place.objectId;
  return sameContent(request, look, record, place);
}

const samePath = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((part, at) => part === b[at]);

/** What a run of renames goes by. */
interface Renaming {
  readonly request: SyncRequest;
  readonly records: readonly PlaceRecord[];
  look: Look;
  /** Paths, at the source, of folders renamed in this run: what was below them came along. */
  readonly renamed: (readonly string[])[];
}

const isBelow = (path: readonly string[], above: readonly string[]): boolean =>
  path.length > above.length && above.every((part, at) => part === path[at]);

/**
 * Renames our folder after the source's; undefined where it cannot: not ours, merged, in a role, or the name is taken. One that came
 * along when its parent was renamed is found under its new name.
 */
async function renameOurs(
  { request, records, look, renamed }: Renaming,
  record: PlaceRecord,
  place: Place,
): Promise<PlaceId | undefined> {
  const { rename } = request.destination.place;
  const { destination } = record;
  if (rename === undefined || destination === undefined || !record.made || place.role !== undefined) return undefined;
  const there = look.places.find((one) => one.id === destination);
  const shared = (id: PlaceId): boolean => records.some((other) => other !== record && other.destination === id);
  const route = routeFolders([place], look.places, request.folders, look.naming, new Map())[0];
  if (route === undefined || shared(destination)) return undefined;
  if (there === undefined) {
    const along =
      route.destination !== undefined &&
      !shared(route.destination.id) &&
      renamed.some((above) => isBelow(record.path, above));
    return along ? route.destination?.id : undefined;
  }
  if (route.destination !== undefined || there.role !== undefined) return undefined;
  return (await rename(destination, { path: route.path }, { signal: request.signal })).id;
}

/** The one new folder that a gone one has become; undefined where none or several could be it. */
async function successor(
  request: SyncRequest,
  source: Look,
  record: PlaceRecord,
  added: readonly Place[],
): Promise<Place | undefined> {
  const same: Place[] = [];
  for (const place of added) if (await sameFolder(request, source, record, place)) same.push(place);
  return same.length === 1 ? same[0] : undefined;
}

/**
 * A folder renamed at the source is renamed at the destination while it is still what we made; never INBOX, never into a merge. What
 * cannot be renamed so is moved message by message. Returns the destination as it looks afterwards, and how many were renamed.
 */
export async function followRenames(
  request: SyncRequest,
  source: Look,
  destination: Look,
): Promise<{ readonly look: Look; readonly count: number }> {
  const { journal, signal } = request;
  const records = await journal.places();
  const known = new Set(records.map((record) => record.source));
  const out = leftOut(source.places, request.folders);
  const added = source.places.filter((place) => place.selectable && !known.has(place.id) && !out.has(place.id));
  const renaming: Renaming = { request, records, look: destination, renamed: [] };
  const faults = new Map<PlaceId, Fault>();
  const follow = async (record: PlaceRecord, place: Place | undefined): Promise<void> => {
    const renamed = place === undefined ? undefined : await renameOurs(renaming, record, place);
    if (place === undefined || renamed === undefined || record.destination === undefined) return;
    if (place.id !== record.source) await journal.rename("source", record.source, place.id);
    if (renamed !== record.destination) await journal.rename("destination", record.destination, renamed);
    renaming.look = await request.destination.look({ signal });
    renaming.renamed.push(record.path);
  };
  for (const record of records.toSorted((a, b) => a.path.length - b.path.length)) {
    const place = source.places.find(({ id }) => id === record.source);
    await ofPlace(record.source, faults, async () => {
      // A label keeps its id, whatever it is called.
      if (place !== undefined) await (samePath(place.path, record.path) ? undefined : follow(record, place));
      else if (added.length > 0) await follow(record, await successor(request, source, record, added));
    });
  }
  return { look: renaming.look, count: renaming.renamed.length };
}
