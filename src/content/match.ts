import type { Journal, JournalChange, Known, Side } from "../contract/journal.ts";
import type { PlaceId } from "../model/item.ts";
import type { BodyHashes } from "./identity.ts";
import { type Candidate, pairUp, type Pairs } from "./pairing.ts";
import { anyRow, pagesOf } from "./rows.ts";

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
const isAbsent = (row: Known, side: Side): boolean =>
  row.base !== undefined && (row[side]?.there !== true || row[side].id === undefined);

function candidates(
  rows: readonly Known[],
  side: Side,
  hash: (row: Known) => Promise<string | undefined>,
): readonly Candidate<Known>[] {
  return rows.flatMap((row) => {
    const sighting = row[side];
    return sighting === undefined ? [] : [{ of: row, size: sighting.size, date: sighting.date, hash: () => hash(row) }];
  });
}

/** Keys of the fresh rows of a side, each once, in pages: rows may be joined while they pass. */
async function* freshKeys(journal: Journal, side: Side, key: Key): AsyncIterable<string> {
  for await (const page of pagesOf(journal, { rows: "fresh", side })) {
    yield* new Set(page.flatMap((row) => row[side]?.[key] ?? []));
  }
}

/** Ids that their epoch's end made void, or that were never told: such messages are renumbered, not moved. */
const isVoid = (row: Known, side: Side): boolean => row[side]?.id === undefined;

/** Of a tombstone no body is left to compare with: any fresh row of its measure will do, if all of these have one body. */
async function indifferent(
  lost: Known,
  fresh: readonly Known[],
  side: Side,
  hashes: BodyHashes,
): Promise<Known | undefined> {
  const measure = (row: Known): string => `${row[side]?.size}:${Math.floor((row[side]?.date ?? 0) / 1000)}`;
  const like = fresh.filter((row) => measure(row) === measure(lost));
  const bodies =
    like.length < 2 ? new Set() : new Set(await Promise.all(like.map((row) => hashes.of(side, row[side]))));
  return bodies.size < 2 ? like[0] : undefined;
}

/**
 * Pairs lost rows with fresh ones of their fingerprint. What was renumbered is matched by measure, in its own place first. An id that
 * vanished while its epoch stands is another message until the body says otherwise; only where no copy is left to compare with, and
 * never inside one place, the measure must do.
 */
async function pairLost(
  lost: readonly Known[],
  fresh: readonly Known[],
  side: Side,
  hashes: BodyHashes,
): Promise<Pairs<Known, Known>> {
  const other: Side = side === "source" ? "destination" : "source";
  const pairs: (readonly [Known, Known])[] = [];
  const left = (test: (row: Known) => boolean): readonly Known[] =>
    lost.filter((row) => test(row) && !pairs.some(([one]) => one === row));
  const right = (test: (row: Known) => boolean): readonly Known[] =>
    fresh.filter((row) => test(row) && !pairs.some(([, one]) => one === row));
  const pair = async (rows: readonly Known[], others: readonly Known[], confirm: boolean): Promise<void> => {
    const ofOther = candidates(rows, side, (row) => hashes.of(other, row[other]));
    pairs.push(
      ...(await pairUp(
        ofOther,
        candidates(others, side, (row) => hashes.of(side, row[side])),
        confirm,
      )),
    );
  };
  const places = new Set(lost.map((row) => row[side]?.place));
  const at = (place: string | undefined) => (row: Known) => row[side]?.place === place;
  for (const place of places)
    await pair(
      left((row) => isVoid(row, side) && at(place)(row)),
      right(at(place)),
      false,
    );
  await pair(
    left((row) => !isVoid(row, side)),
    right(() => true),
    true,
  );
  await pair(
    left((row) => isVoid(row, side)),
    right(() => true),
    false,
  );
  for (const row of left((one) => one[other]?.there !== true || one[other].id === undefined)) {
    const elsewhere = right((one) => isVoid(row, side) || !at(row[side]?.place)(one));
    const found = await indifferent(row, elsewhere, side, hashes);
    if (found !== undefined) pairs.push([row, found]);
  }
  return pairs;
}

/**
 * Finds again what one side renumbered, moved or brought back: a fresh row of a pair's fingerprint, while the pair's own is not there,
 * is the pair's. Tombstones take part, so that what its user deleted stays deleted under new UIDs.
 */
export async function rebindAbsent(matching: Matching, side: Side): Promise<void> {
  const { journal, hashes } = matching;
  if (!(await anyRow(journal, { rows: "absent", side }))) return;
  for await (const key of freshKeys(journal, side, "fingerprint")) {
    const peers = await journal.alike(side, "fingerprint", key);
    const lost = peers.filter((row) => isAbsent(row, side));
    if (lost.length === 0) continue;
    const pairs = await pairLost(
      lost,
      peers.filter((row) => isFresh(row, side)),
      side,
      hashes,
    );
    const changes = pairs.map(([pair, fresh]): JournalChange => ({
      act: "rebind",
      row: pair.row,
      side,
      with: fresh.row,
    }));
    if (changes.length > 0) await journal.record(changes);
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
  for await (const value of freshKeys(journal, "source", key)) {
    const there = (await journal.alike("destination", key, value)).filter((row) => isFresh(row, "destination"));
    if (there.length === 0) continue;
    const here = (await journal.alike("source", key, value)).filter(
      (row) => isFresh(row, "source") && matching.route(row.source?.place ?? "") !== undefined,
    );
    for (const group of groupBy(here, there, matching, where)) {
      const left = candidates(group.left, "source", (row) => hashes.of("source", row.source));
      const right = candidates(group.right, "destination", (row) => hashes.of("destination", row.destination));
      const changes = (await pairUp(left, right, key === "loose")).map(adoption);
      adopted += changes.length;
      if (changes.length > 0) await journal.record(changes);
    }
  }
  return adopted;
}

/** All source rows that share a destination form one group with what that destination holds. */
function groupBy(
  here: readonly Known[],
  there: readonly Known[],
  matching: Matching,
  where: (source: PlaceId, destination: PlaceId) => boolean,
): readonly { readonly left: readonly Known[]; readonly right: readonly Known[] }[] {
  const routes = new Set(here.map((row) => matching.route(row.source?.place ?? "")));
  return [...routes].map((route) => {
    const left = here.filter((row) => matching.route(row.source?.place ?? "") === route);
    const right = there.filter((row) =>
      left.some((one) => where(one.source?.place ?? "", row.destination?.place ?? "")),
    );
    return { left, right };
  });
}

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
