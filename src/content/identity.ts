import type { ItemStore } from "../contract/item-store.ts";
import type { Journal, JournalChange, Known, Side, Sighting } from "../contract/journal.ts";
import type { ItemId, PlaceId } from "../model/item.ts";
import { bodyHash, type Identity, identify } from "./fingerprint.ts";
import { pagesOf } from "./rows.ts";

/** Rows by the place of one side, those without an id left out. */
export function byPlace(rows: readonly Known[], side: Side): Map<PlaceId, Map<ItemId, Known>> {
  const places = new Map<PlaceId, Map<ItemId, Known>>();
  for (const row of rows) {
    const sighting = row[side];
    if (sighting?.id === undefined) continue;
    const ids = places.get(sighting.place) ?? new Map<ItemId, Known>();
    ids.set(sighting.id, row);
    places.set(sighting.place, ids);
  }
  return places;
}

/** Reads the headers of rows and tells who they are; rows that are gone meanwhile are left out. */
export async function* identities(
  store: ItemStore,
  rows: readonly Known[],
  side: Side,
  signal: AbortSignal,
): AsyncIterable<{ readonly row: Known; readonly identity: Identity }> {
  for (const [place, ids] of byPlace(rows, side)) {
    for await (const { id, header } of store.headers(place, [...ids.keys()], { signal })) {
      const row = ids.get(id);
      const date = row?.[side]?.date;
      if (row !== undefined && date !== undefined) yield { row, identity: identify(header, date) };
    }
  }
}

/** Gives every fresh row of a side its fingerprint, where it has none yet. */
export async function identifyFresh(
  journal: Journal,
  side: Side,
  store: ItemStore,
  readable: (place: PlaceId) => boolean,
  signal: AbortSignal,
): Promise<void> {
  for await (const page of pagesOf(journal, { rows: "fresh", side })) {
    const unknown = page.filter((row) => row[side]?.fingerprint === undefined && readable(row[side]?.place ?? ""));
    const changes: JournalChange[] = [];
    for await (const { row, identity } of identities(store, unknown, side, signal)) {
      changes.push({ act: "identify", row: row.row, side, fingerprint: identity.fingerprint, loose: identity.loose });
    }
    if (changes.length > 0) await journal.record(changes);
  }
}

/** Hashes bodies on demand, each once a pass. */
export interface BodyHashes {
  /** Undefined where the message cannot be read. */
  of(side: Side, sighting: Sighting | undefined): Promise<string | undefined>;
}

export function createBodyHashes(stores: Readonly<Record<Side, ItemStore>>, signal: AbortSignal): BodyHashes {
  const known = new Map<string, string>();
  return {
    of: async (side, sighting) => {
      if (sighting?.id === undefined || !sighting.there) return undefined;
      const key = JSON.stringify([side, sighting.place, sighting.id]);
      const before = known.get(key);
      if (before !== undefined) return before;
      for await (const item of stores[side].read(sighting.place, [sighting.id], { signal })) {
        if ("body" in item) known.set(key, await bodyHash(item.body));
      }
      return known.get(key);
    },
  };
}
