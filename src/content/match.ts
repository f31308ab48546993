import type { Journal, JournalChange, Known, Side } from "../contract/journal.ts";
import type { PlaceId } from "../model/item.ts";
import type { BodyHashes } from "./identity.ts";
import { candidates, pairLost } from "./lost.ts";
import { grouped, pairUp } from "./pairing.ts";
import { anyRow, pagesOf } from "./rows.ts";
import { unknownItem } from "./waiting.ts";

type Key = "fingerprint" | "loose";

export interface Matching {
  readonly journal: Journal;
  readonly hashes: BodyHashes;
  /** The destination place of a source place; undefined where it is not managed. */
  readonly route: (source: PlaceId) => PlaceId | undefined;
  /** True for source places that no pass has read since the state began: there is no base to tell new from deleted. */
  readonly unproven: (source: PlaceId) => boolean;
}

const isFresh = (row: Known, side: Side): boolean =>
  row.base === undefined && row[side]?.there === true && row[side].id !== undefined;
const isUnknown = (row: Known): boolean => row.base === undefined && row.pending?.code === unknownItem.code;
const isLost = (row: Known, side: Side): boolean =>
  (row.base !== undefined || isUnknown(row)) && (row[side]?.there !== true || row[side].id === undefined);

/**
 * Visits the keys of a side's fresh rows, each once, in pages: rows may be joined meanwhile. A visit returns how many rows have the key;
 * only what several have can come again, and is remembered.
 */
async function visitKeys(
  journal: Journal,
  side: Side,
  key: Key,
  visit: (value: string) => Promise<number>,
): Promise<void> {
  const visited = new Set<string>();
  for await (const page of pagesOf(journal, { rows: "fresh", side })) {
    for (const value of new Set(page.flatMap((row) => row[side]?.[key] ?? []))) {
      if (!visited.has(value) && (await visit(value)) > 1) visited.add(value);
    }
  }
}

/**
 * Finds again what one side renumbered, moved or brought back: a fresh row of a pair's fingerprint, while the pair's own is not there,
 * is the pair's. Tombstones take part, so that what its user deleted stays deleted under new UIDs; so do unknown messages.
 */
export async function rebindAbsent({ journal, hashes }: Matching, side: Side): Promise<void> {
  if (!(await anyRow(journal, { rows: "absent", side }))) return;
  await visitKeys(journal, side, "fingerprint", async (value) => {
    const peers = await journal.alike(side, "fingerprint", value);
    const lost = peers.filter((row) => isLost(row, side));
    const fresh = lost.length === 0 ? [] : peers.filter((row) => isFresh(row, side));
    const changes = (await pairLost(lost, fresh, side, hashes)).map(([row, found]): JournalChange => ({
      act: "rebind",
      row: row.row,
      side,
      with: found.row,
    }));
    if (changes.length > 0) await journal.record(changes);
    return peers.length;
  });
}

/** A copy whose id was never told. */
const isUntold = ({ base, destination }: Known): boolean =>
  base !== undefined && destination?.there === true && destination.id === undefined;

/** True while a message that nothing claims at the destination has one of the row's keys: it may be the row's copy. */
async function mayBeThere(journal: Journal, { destination }: Known, asked: Map<string, boolean>): Promise<boolean> {
  for (const key of ["fingerprint", "loose"] as const) {
    const value = destination?.[key];
    if (value === undefined) continue;
    const answer =
      asked.get(value) ??
      (await journal.alike("destination", key, value)).some((other) => isFresh(other, "destination"));
    asked.set(value, answer);
    if (answer) return true;
  }
  return false;
}

/**
 * Gives up copies of ours whose id was never told, in places whose reading was complete and where nothing is left that may be they:
 * their user deleted them. One that comes to light later is its pair's all the same.
 */
export async function buryUnfound({ journal }: Matching, complete: (place: PlaceId) => boolean): Promise<void> {
  const asked = new Map<string, boolean>();
  for await (const page of pagesOf(journal, { rows: "absent", side: "destination" })) {
    const gone: JournalChange[] = [];
    for (const row of page.filter((one) => isUntold(one) && complete(one.destination?.place ?? "")))
      if (!(await mayBeThere(journal, row, asked))) gone.push({ act: "gone", row: row.row, side: "destination" });
    if (gone.length > 0) await journal.record(gone);
  }
}

/** Forgets unknown messages that left the source. Only after a pass that read and matched the whole source: elsewhere they may wait still. */
export async function forgetUnfound({ journal }: Matching): Promise<void> {
  for await (const page of pagesOf(journal, { rows: "absent", side: "source" })) {
    const unfound = page.filter((row) => isUnknown(row) && row.source?.there === false);
    if (unfound.length > 0) await journal.record(unfound.map(({ row }) => ({ act: "forget", row })));
  }
}

function adoption([source, destination]: readonly [Known, Known]): JournalChange {
  const shown = destination.destination?.marks ?? [];
  return {
    act: "adopt",
    row: source.row,
    with: destination.row,
    base: { how: "adopted", marks: [], shown, from: source.source?.place ?? "" },
  };
}

/** `where` says which destination places a source place may find its messages in. */
async function adoptBy(
  matching: Matching,
  key: Key,
  where: (source: PlaceId, destination: PlaceId) => boolean,
): Promise<number> {
  const { journal, hashes } = matching;
  let adopted = 0;
  await visitKeys(journal, "source", key, async (value) => {
    const theirs = await journal.alike("destination", key, value);
    const there = theirs.filter((row) => isFresh(row, "destination"));
    if (there.length === 0) return theirs.length;
    const ours = await journal.alike("source", key, value);
    const here = ours.filter((row) => isFresh(row, "source"));
    const taken = new Set<number>();
    for (const group of groupsOf(here, there, matching, where)) {
      const left = candidates(group.left, "source", (row) => hashes.of("source", row.source));
      const open = group.right.filter((row) => !taken.has(row.row));
      const right = candidates(open, "destination", (row) => hashes.of("destination", row.destination));
      const pairs = await pairUp(left, right, key === "loose", hashes.doubt);
      for (const [, { row }] of pairs) taken.add(row);
      const changes = pairs.map(adoption);
      adopted += changes.length;
      if (changes.length > 0) await journal.record(changes);
    }
    return Math.max(ours.length, theirs.length);
  });
  return adopted;
}

/** All source rows that share a destination form one group with what that destination holds; unmanaged ones form none. */
function groupsOf(
  here: readonly Known[],
  there: readonly Known[],
  matching: Matching,
  where: (source: PlaceId, destination: PlaceId) => boolean,
): readonly { readonly left: readonly Known[]; readonly right: readonly Known[] }[] {
  const left = grouped(here, (row) => row.source?.place ?? "");
  const right = grouped(there, (row) => row.destination?.place ?? "");
  const routes = new Map<PlaceId, PlaceId[]>();
  for (const place of left.keys()) {
    const route = matching.route(place);
    if (route !== undefined) routes.set(route, [...(routes.get(route) ?? []), place]);
  }
  return [...routes.values()].map((places) => ({
    left: places.flatMap((place) => left.get(place) ?? []).toSorted(byRow),
    right: [...right]
      .filter(([destination]) => places.some((place) => where(place, destination)))
      .flatMap(([, rows]) => rows)
      .toSorted(byRow),
  }));
}

const byRow = (a: Known, b: Known): number => a.row - b.row;

/**
 * Adopts what the destination holds already: by fingerprint in the place it belongs to, by the second key there, and, where no base
 * tells what was there before, by fingerprint in any place, for its user may have moved it. Returns how many.
 */
export async function adoptFresh(matching: Matching): Promise<number> {
  const { journal } = matching;
  if (
    !(await anyRow(journal, { rows: "fresh", side: "source" })) ||
    !(await anyRow(journal, { rows: "fresh", side: "destination" }))
  )
    return 0;
  const inPlace = (source: PlaceId, destination: PlaceId): boolean => matching.route(source) === destination;
  const byFingerprint = await adoptBy(matching, "fingerprint", inPlace);
  const byLoose = await adoptBy(matching, "loose", inPlace);
  return byFingerprint + byLoose + (await adoptBy(matching, "fingerprint", (source) => matching.unproven(source)));
}
