import type { Look } from "../contract/item-store.ts";
import type { Journal, Known, Sighting } from "../contract/journal.ts";
import type { DriftedItem, MailboxChange } from "../model/drift.ts";
import type { Fault } from "../model/fault.ts";
import type { PlaceId } from "../model/item.ts";
import { measure } from "./pairing.ts";
import { pagesOf, rowsOf } from "./rows.ts";

/** What was known of the destination before it is read again. */
export interface Before {
  readonly look: Look;
  /** Folders that were read before, with their epochs. */
  readonly epochs: ReadonlyMap<PlaceId, string>;
  /** Pairs whose copy was gone already, by row. */
  readonly tombstones: ReadonlySet<number>;
  /** Messages of the destination's own, by row. */
  readonly own: ReadonlyMap<number, Sighting>;
}

export type Tell = (change: MailboxChange) => void;

/** Rows of pairs whose copy was lost from sight, with the fresh row that it is now. */
interface Found {
  readonly now: ReadonlyMap<number, Sighting>;
  /** The fresh rows that are such copies. */
  readonly taken: ReadonlySet<number>;
}

interface Folders {
  readonly made: readonly PlaceId[];
  readonly gone: readonly PlaceId[];
  readonly renamed: ReadonlyMap<PlaceId, PlaceId>;
  readonly renumbered: readonly PlaceId[];
}

interface Told {
  readonly before: Before;
  readonly found: Found;
  readonly folders: Folders;
  readonly unread: ReadonlyMap<PlaceId, Fault>;
}

const isLost = ({ base, destination }: Known): boolean =>
  base !== undefined && (destination?.there !== true || destination.id === undefined);
const isFresh = ({ base, destination }: Known): boolean =>
  base === undefined && destination?.there === true && destination.id !== undefined;

/**
 * Finds lost copies again by fingerprint, size and date; one whose id was never told by its fingerprint alone, for its size is only what
 * was sent. A report may go by that; what is written goes by bodies (`match.ts`).
 */
export async function findAgain(journal: Journal, { own }: Before): Promise<Found> {
  const now = new Map<number, Sighting>();
  const taken = new Set<number>();
  const visited = new Set<string>();
  for await (const page of pagesOf(journal, { rows: "fresh", side: "destination" })) {
    for (const { row, destination } of page) {
      const key = destination?.fingerprint;
      if (own.has(row) || key === undefined || visited.has(key)) continue;
      const peers = await journal.alike("destination", "fingerprint", key);
      if (peers.length > 2) visited.add(key);
      const fresh = peers.filter((peer) => isFresh(peer) && !own.has(peer.row));
      for (const lost of peers.filter(isLost)) pairOne(lost, fresh, now, taken);
    }
  }
  return { now, taken };
}

function pairOne(lost: Known, fresh: readonly Known[], now: Map<number, Sighting>, taken: Set<number>): void {
  const was = lost.destination;
  if (was === undefined || now.has(lost.row)) return;
  const open = fresh.filter(({ row }) => !taken.has(row));
  const alike = open.filter((row) => row.destination !== undefined && measure(row.destination) === measure(was));
  const untold = was.there && was.id === undefined;
  const found = alike.find((row) => row.destination?.place === was.place) ?? alike[0] ?? (untold ? open[0] : undefined);
  if (found?.destination === undefined) return;
  now.set(lost.row, found.destination);
  taken.add(found.row);
}

/** A folder that is gone and most of whose messages are in one that is new was renamed. */
export async function foldersOf(
  journal: Journal,
  { look, epochs, tombstones }: Before,
  found: Found,
): Promise<Folders> {
  const shared = new Set(look.places.flatMap(({ id, optional }) => (optional ? [id] : [])));
  const there = new Map(look.feeds.map(({ id, epoch }) => [id, epoch]));
  const made = new Set([...there.keys()].filter((id) => !epochs.has(id) && !shared.has(id)));
  const gone = new Set([...epochs.keys()].filter((id) => !there.has(id)));
  const ways = await waysOf(journal, gone, found, tombstones);
  const renamed = new Map<PlaceId, PlaceId>();
  for (const [from, { all, to }] of ways) {
    const best = [...to].find(([place, count]) => made.has(place) && count * 2 > all);
    if (best === undefined) continue;
    renamed.set(from, best[0]);
    made.delete(best[0]);
    gone.delete(from);
  }
  const renumbered = [...there].flatMap(([id, epoch]) => ((epochs.get(id) ?? epoch) === epoch ? [] : [id]));
  return { made: [...made], gone: [...gone], renamed, renumbered };
}

interface Ways {
  all: number;
  readonly to: Map<PlaceId, number>;
}

/** Of each folder that is gone: how many pairs it held, and where those are now. */
async function waysOf(
  journal: Journal,
  gone: ReadonlySet<PlaceId>,
  { now }: Found,
  tombstones: ReadonlySet<number>,
): Promise<ReadonlyMap<PlaceId, Ways>> {
  const ways = new Map<PlaceId, Ways>();
  if (gone.size === 0) return ways;
  for await (const { row, destination } of rowsOf(journal, { rows: "absent", side: "destination" })) {
    if (destination === undefined || tombstones.has(row) || !gone.has(destination.place)) continue;
    const way = ways.get(destination.place) ?? { all: 0, to: new Map<PlaceId, number>() };
    ways.set(destination.place, way);
    way.all += 1;
    const to = now.get(row)?.place;
    if (to === undefined) continue;
    way.to.set(to, (way.to.get(to) ?? 0) + 1);
  }
  return ways;
}

export function tellFolders({ made, gone, renamed, renumbered }: Folders, tell: Tell): void {
  for (const place of made) tell({ what: "folderMade", place });
  for (const [place, to] of renamed) tell({ what: "folderRenamed", place, to });
  for (const place of gone) tell({ what: "folderDeleted", place });
  for (const place of renumbered) tell({ what: "renumbered", place });
}

const itemOf = ({ place, id, date, size, fingerprint }: Sighting): DriftedItem => ({
  place,
  date,
  size,
  ...(id === undefined ? {} : { id }),
  ...(fingerprint === undefined ? {} : { fingerprint }),
});

/** Messages that we and the source know: deleted, moved, or back again. */
export async function tellMessages(
  journal: Journal,
  { before, found, folders, unread }: Told,
  tell: Tell,
): Promise<void> {
  for await (const { row, base, destination: was } of rowsOf(journal, { rows: "absent", side: "destination" })) {
    if (base === undefined || was === undefined || unread.has(was.place)) continue;
    const now = found.now.get(row);
    const gone = before.tombstones.has(row);
    if (now === undefined) {
      if (!gone) tell({ what: "deleted", item: itemOf(was) });
    } else if (gone) tell({ what: "restored", item: itemOf(now) });
    else if (now.place !== was.place && folders.renamed.get(was.place) !== now.place)
      tell({ what: "moved", item: itemOf(was), to: now.place });
  }
  for await (const { row, base, destination } of rowsOf(journal, { rows: "changed" }))
    if (base !== undefined && destination?.there === true && destination.id !== undefined && before.tombstones.has(row))
      tell({ what: "restored", item: itemOf(destination) });
}

/**
 * Messages that the destination alone has: those that came, and those that were there and are not any more. One that was moved, or
 * numbered anew, is known by its size and date, for nobody has read its header; inside a folder that stands an id is another message's.
 */
export async function tellOwn(journal: Journal, { before, found, folders, unread }: Told, tell: Tell): Promise<void> {
  const left = new Map(before.own);
  const came: Sighting[] = [];
  for await (const { row, destination } of rowsOf(journal, { rows: "fresh", side: "destination" })) {
    if (!left.delete(row) && destination !== undefined && !found.taken.has(row)) came.push(destination);
  }
  const lost = Map.groupBy(
    [...left.values()].filter(({ place }) => !unread.has(place)),
    measure,
  );
  const renumbered = new Set(folders.renumbered);
  for (const now of came) {
    const same = lost.get(measure(now)) ?? [];
    const stays = (was: Sighting): boolean =>
      was.place === now.place ? renumbered.has(now.place) : folders.renamed.get(was.place) === now.place;
    const at = [same.findIndex(stays), same.findIndex(({ place }) => place !== now.place)].find((index) => index >= 0);
    const was = at === undefined ? undefined : same.splice(at, 1)[0];
    if (was === undefined) tell({ what: "added", item: itemOf(now) });
    else if (!stays(was)) tell({ what: "moved", item: itemOf(was), to: now.place });
  }
  for (const was of [...lost.values()].flat()) tell({ what: "gone", item: itemOf(was) });
}

/** Flags and keywords that are no longer as both sides agreed; a pair that was compared since is no change. */
export async function tellMarks(journal: Journal, unread: ReadonlyMap<PlaceId, Fault>, tell: Tell): Promise<void> {
  for await (const { base, destination: now } of rowsOf(journal, { rows: "changed" })) {
    if (base === undefined || now?.there !== true || now.id === undefined || unread.has(now.place)) continue;
    const add = without(now.marks, base.shown);
    const remove = without(base.shown, now.marks);
    if (add.length + remove.length > 0) tell({ what: "marked", item: itemOf(now), add, remove });
  }
}

/** Case does not count (RFC 3501, section 2.3.2). */
function without(marks: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others.map((mark) => mark.toLowerCase()));
  return marks.filter((mark) => !known.has(mark.toLowerCase()));
}
