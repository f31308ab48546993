import type { ItemStore } from "../contract/item-store.ts";
import type { Journal, JournalChange, Known, Side, Sighting } from "../contract/journal.ts";
import { Fault } from "../model/fault.ts";
import type { ItemId, PlaceId } from "../model/item.ts";
import { bodyHash, type Identity, identify } from "./fingerprint.ts";
import { type Doubt, grouped } from "./pairing.ts";
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

/**
 * Gives every fresh row of a side its fingerprint, where it has none yet. Returns the places whose headers could not be read, with why:
 * nothing is known about their fresh messages, which must neither be matched nor copied.
 */
export async function identifyFresh(
  journal: Journal,
  side: Side,
  store: ItemStore,
  readable: (place: PlaceId) => boolean,
  signal: AbortSignal,
): Promise<ReadonlyMap<PlaceId, Fault>> {
  const failed = new Map<PlaceId, Fault>();
  const open = (row: Known): boolean => {
    const { place = "", fingerprint } = row[side] ?? {};
    return fingerprint === undefined && readable(place) && !failed.has(place);
  };
  for await (const page of pagesOf(journal, { rows: "fresh", side })) {
    for (const [place, rows] of grouped(page.filter(open), (row) => row[side]?.place ?? "")) {
      const fault = await spoilt(async () => {
        const changes: JournalChange[] = [];
        for await (const { row, identity } of identities(store, rows, side, signal))
          changes.push(identified(row, side, identity));
        if (changes.length > 0) await journal.record(changes);
      });
      if (fault !== undefined) failed.set(place, fault);
    }
  }
  return failed;
}

const identified = ({ row }: Known, side: Side, { fingerprint, loose }: Identity): JournalChange => ({
  act: "identify",
  row,
  side,
  fingerprint,
  loose,
});

/** Does the work; returns the fault where it spoils no more than a message or a place. */
async function spoilt(work: () => Promise<void>): Promise<Fault | undefined> {
  try {
    await work();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Fault && (thrown.spoils === "item" || thrown.spoils === "place")) return thrown;
    throw thrown;
  }
}

/** Hashes bodies on demand, each once a pass. */
export interface BodyHashes {
  /** Undefined where the message cannot be read. */
  of(side: Side, sighting: Sighting | undefined): Promise<string | undefined>;
  /** Present where equal hashes prove that messages are the same, and unequal ones nothing: a side shows otherwise what it keeps. */
  readonly doubt?: Doubts;
}

type Rowed = Pick<Known, "row">;

/** What was decided without proof, by row. */
interface Doubts extends Doubt<Rowed> {
  readonly taken: ReadonlySet<number>;
  /** Those that could not be told apart, and were not taken since. */
  readonly open: () => number;
}

function createDoubts(): Doubts {
  const taken = new Set<number>();
  const alike = new Set<number>();
  return {
    taken,
    took: ({ row }) => void taken.add(row),
    alike: ({ row }) => void alike.add(row),
    open: () => [...alike].filter((row) => !taken.has(row)).length,
  };
}

/** So often is a body asked for: a line that breaks each time breaks over the message. */
const tries = 3;

const isPassing = (fault: Fault | undefined): boolean => typeof fault?.retry === "object";

/**
 * Reads one body. A line that breaks on the way says nothing of the message, which would else count as no other's equal, and be copied
 * though it only moved; a server that is busy ends the pass, which is tried again.
 */
async function readHash(store: ItemStore, { place, id }: Held, signal: AbortSignal): Promise<string | undefined> {
  let hash: string | undefined;
  for (let left = tries; left > 0; left -= 1) {
    const fault = await spoilt(async () => {
      for await (const item of store.read(place, [id], { signal }))
        if (item.id === id && "body" in item) hash = await bodyHash(item.body);
    });
    if (!isPassing(fault)) return hash;
    if (fault?.code === "server.busy") throw fault;
  }
  return undefined;
}

type Held = Sighting & { readonly id: ItemId };

const isHeld = (sighting: Sighting | undefined): sighting is Held =>
  sighting?.id !== undefined && sighting.there === true;

export function createBodyHashes(stores: Readonly<Record<Side, ItemStore>>, signal: AbortSignal): BodyHashes {
  const known = new Map<string, string | undefined>();
  return {
    ...((stores.source.native ?? stores.destination.loses) !== undefined && { doubt: createDoubts() }),
    of: async (side, sighting) => {
      if (!isHeld(sighting)) return undefined;
      const key = JSON.stringify([side, sighting.place, sighting.id]);
      if (known.has(key)) return known.get(key);
      const hash = await readHash(stores[side], sighting, signal);
      known.set(key, hash);
      return hash;
    },
  };
}
