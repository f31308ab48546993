import type { Known, Side } from "../contract/journal.ts";
import type { PlaceId } from "../model/item.ts";
import type { BodyHashes } from "./identity.ts";
import { type Candidate, grouped, measure, pairUp, type Pairs } from "./pairing.ts";

/** Rows of one key: those that lost a side, and fresh ones of that side. */
interface Search {
  readonly lost: readonly Known[];
  readonly fresh: readonly Known[];
  readonly side: Side;
  readonly hashes: BodyHashes;
  readonly pairs: (readonly [Known, Known])[];
  /** Rows that are paired. */
  readonly done: Set<Known>;
}

export function candidates(
  rows: readonly Known[],
  side: Side,
  hash: (row: Known) => Promise<string | undefined>,
): readonly Candidate<Known>[] {
  return rows.flatMap((row) => {
    const sighting = row[side];
    return sighting === undefined ? [] : [{ of: row, size: sighting.size, date: sighting.date, hash: () => hash(row) }];
  });
}

const otherOf = (side: Side): Side => (side === "source" ? "destination" : "source");

/** Ids that their epoch's end made void, or that were never told: such messages are renumbered, not moved. */
const isVoid = (row: Known, side: Side): boolean => row[side]?.id === undefined;

const placeOf = (row: Known, side: Side): PlaceId => row[side]?.place ?? "";

const measureOf = (row: Known, side: Side): string => measure(row[side] ?? { size: 0, date: 0 });

const open = (search: Search, rows: readonly Known[]): readonly Known[] => rows.filter((row) => !search.done.has(row));

function join(search: Search, found: Pairs<Known, Known>): void {
  for (const pair of found) {
    search.pairs.push(pair);
    for (const row of pair) search.done.add(row);
  }
}

/** What the side lost is compared with the copy that the other side holds. */
async function pair(search: Search, lost: readonly Known[], fresh: readonly Known[], confirm: boolean): Promise<void> {
  const { side, hashes } = search;
  const other = otherOf(side);
  const left = candidates(open(search, lost), side, (row) => hashes.of(other, row[other]));
  const right = candidates(open(search, fresh), side, (row) => hashes.of(side, row[side]));
  join(search, await pairUp(left, right, confirm, hashes.doubt));
}

/** By an id of the content, which goes with it wherever it is filed: where bodies prove nothing, that does. */
function pairObjects(search: Search): void {
  const { side } = search;
  const objects = grouped(open(search, search.fresh), (row) => row[side]?.objectId);
  const taken = new Map<string, number>();
  const pairs = open(search, search.lost).flatMap((row): readonly (readonly [Known, Known])[] => {
    const object = row[side]?.objectId;
    if (object === undefined) return [];
    const at = taken.get(object) ?? 0;
    const found = objects.get(object)?.[at];
    if (found === undefined) return [];
    taken.set(object, at + 1);
    return [[row, found]];
  });
  join(search, pairs);
}

async function haveOneBody(rows: readonly Known[], { side, hashes }: Search): Promise<boolean> {
  const bodies = new Set<string | undefined>();
  for (const row of rows) bodies.add(await hashes.of(side, row[side]));
  return bodies.size === 1 && !bodies.has(undefined);
}

/** Of a tombstone no body is left to compare with: any fresh row of its measure will do, if all of these have one body. */
async function pairTombstones(search: Search): Promise<void> {
  const { side } = search;
  const other = otherOf(side);
  const tombstones = open(search, search.lost).filter((row) => row[other]?.there !== true || isVoid(row, other));
  const like = grouped(open(search, search.fresh), (row) => measureOf(row, side));
  const alike = grouped(tombstones, (row) =>
    JSON.stringify([measureOf(row, side), isVoid(row, side) ? null : placeOf(row, side)]),
  );
  for (const rows of alike.values()) {
    const [first] = rows;
    if (first === undefined) continue;
    const fresh = open(search, like.get(measureOf(first, side)) ?? []).filter(
      (row) => isVoid(first, side) || placeOf(row, side) !== placeOf(first, side),
    );
    if (fresh.length > 1 && !(await haveOneBody(fresh, search))) continue;
    join(
      search,
      rows.flatMap((row, index) => {
        const found = fresh[index];
        return found === undefined ? [] : [[row, found] as const];
      }),
    );
  }
}

/**
 * Pairs lost rows with fresh ones of their key. What was renumbered is matched by measure, in its own place first. An id that vanished
 * while its epoch stands is another message until the body says otherwise; only where no copy is left to compare with, and never inside
 * one place, the measure must do.
 */
export async function pairLost(
  lost: readonly Known[],
  fresh: readonly Known[],
  side: Side,
  hashes: BodyHashes,
): Promise<Pairs<Known, Known>> {
  const search: Search = { lost, fresh, side, hashes, pairs: [], done: new Set() };
  if (hashes.doubt !== undefined) pairObjects(search);
  const renumbered = lost.filter((row) => isVoid(row, side));
  const there = grouped(fresh, (row) => placeOf(row, side));
  for (const [place, rows] of grouped(renumbered, (row) => placeOf(row, side)))
    await pair(search, rows, there.get(place) ?? [], false);
  const vanished = lost.filter((row) => !isVoid(row, side));
  await pair(search, vanished, fresh, true);
  await pair(search, renumbered, fresh, false);
  await pairTombstones(search);
  return search.pairs;
}
