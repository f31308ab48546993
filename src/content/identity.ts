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

type Keys = Partial<Pick<Identity, "fingerprint" | "loose">>;

/** Hashes bodies on demand, each once a pass. */
export interface BodyHashes {
  /** Undefined where the message cannot be read. */
  of(side: Side, sighting: Sighting | undefined): Promise<string | undefined>;
  /** Present where equal hashes prove that messages are the same, and unequal ones nothing: a side shows otherwise what it keeps. */
  readonly doubt?: Doubts;
  /**
   * True where a message of one of these keys could not be compared, on this side, though the next pass may be able to: it may be the one
   * that is asked for.
   */
  likeUncompared(side: Side, keys: Keys | undefined): boolean;
  /** True where this message itself could not be compared. */
  uncompared(side: Side, sighting: Sighting | undefined): boolean;
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

/** So often is a body asked for in one pass. */
const tries = 3;

const isPassing = ({ retry }: Fault): boolean => typeof retry === "object";

/** What is read of one body: its hash, nothing where there is none, or why it could not be read now. */
type Reading = string | Fault | undefined;

/** Reads one body, anew where a line broke: that says nothing of the message. A server that is busy ends the pass. */
async function readHash(store: ItemStore, one: Held, signal: AbortSignal, left = tries): Promise<Reading> {
  let hash: string | undefined;
  const fault = await spoilt(async () => {
    for await (const item of store.read(one.place, [one.id], { signal }))
      if (item.id === one.id && "body" in item) hash = await bodyHash(item.body);
  });
  if (fault === undefined || fault.retry === "never") return hash;
  if (fault.code === "server.busy") throw fault;
  return isPassing(fault) && left > 1 ? readHash(store, one, signal, left - 1) : fault;
}

type Held = Sighting & { readonly id: ItemId };

const isHeld = (sighting: Sighting | undefined): sighting is Held =>
  sighting?.id !== undefined && sighting.there === true;

const keyOf = (side: Side, { place, id }: Sighting): string => JSON.stringify([side, place, id]);

export function createBodyHashes(stores: Readonly<Record<Side, ItemStore>>, signal: AbortSignal): BodyHashes {
  const known = new Map<string, Reading>();
  const doubtful = { source: new Set<string>(), destination: new Set<string>() };
  return {
    ...((stores.source.native ?? stores.destination.loses) !== undefined && { doubt: createDoubts() }),
    likeUncompared: (side, { fingerprint, loose } = {}) =>
      doubtful[side].size > 0 && [fingerprint, loose].some((key) => key !== undefined && doubtful[side].has(key)),
    uncompared: (side, sighting) => sighting !== undefined && known.get(keyOf(side, sighting)) instanceof Fault,
    of: async (side, sighting) => {
      if (!isHeld(sighting)) return undefined;
      const key = keyOf(side, sighting);
      const read = known.has(key) ? known.get(key) : await readHash(stores[side], sighting, signal);
      known.set(key, read);
      if (!(read instanceof Fault)) return read;
      for (const each of [sighting.fingerprint, sighting.loose]) if (each !== undefined) doubtful[side].add(each);
      return undefined;
    },
  };
}
