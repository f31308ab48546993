import type {
  Base,
  Intent,
  JournalChange,
  JournalCounts,
  Known,
  PlaceRecord,
  Side,
  Sighting,
  Which,
} from "../../src/contract/journal.ts";
import type { Entry, Feed, FeedId, ItemId, Page, PlaceId } from "../../src/model/item.ts";
import type { Json } from "../../src/model/json.ts";

/** A journal as its door's words tell it, without a thought for speed or disks: the truth that a store is held against. */

type Row = {
  row: number;
  source?: Sighting;
  destination?: Sighting;
  base?: Base;
  pending?: NonNullable<Known["pending"]>;
  changed: boolean;
  /** Sides whose date and size a reading showed; those of our own writes are assumed. */
  shown: Record<Side, boolean>;
};
interface ModelFeed {
  id: FeedId;
  epoch: string;
  complete: boolean;
  version?: string;
  cursor?: Json;
}
interface ModelReading {
  whole: boolean | undefined;
  named: Set<number>;
}

export interface Model {
  rows: Row[];
  readonly feeds: Record<Side, Map<FeedId, ModelFeed>>;
  readonly readings: Record<Side, Map<FeedId, ModelReading>>;
  /** Which feed a place belongs to. */
  readonly owner: Record<Side, Map<PlaceId, FeedId>>;
  intents: Intent[];
  places: PlaceRecord[];
  last: number;
}

const maps = <T>() => ({ source: new Map<string, T>(), destination: new Map<string, T>() });

export function emptyModel(): Model {
  return { rows: [], feeds: maps(), readings: maps(), owner: maps(), intents: [], places: [], last: 0 };
}

const setOf = (marks: readonly string[]): string =>
  JSON.stringify([...new Set(marks.map((mark) => mark.toLowerCase()))].toSorted());
const sameSet = (a: readonly string[], b: readonly string[]): boolean => setOf(a) === setOf(b);
const isThere = (seen: Sighting | undefined): boolean => seen?.there === true;

function rowOf(model: Model, number: number): Row {
  const row = model.rows.find((each) => each.row === number);
  if (!row) throw new Error(`the model has no row ${number}`);
  return row;
}

function end(model: Model, number: number): void {
  model.rows = model.rows.filter((each) => each.row !== number);
}

const isNamed = (model: Model, number: number): boolean =>
  model.intents.some((intent) => intent.items.some(({ row }) => row === number));

const isUnknown = (row: Row): boolean => !row.base && row.pending?.code === "item.unknown";
const isHeld = (model: Model, row: Row): boolean => row.base !== undefined || isUnknown(row) || isNamed(model, row.row);

/** A pair is changed; a message that nothing was agreed about ends, unless an intent waits for it or it is unknown. */
function vanish(model: Model, row: Row, side: Side): void {
  const seen = row[side];
  if (!seen) return;
  if (!isHeld(model, row)) return end(model, row.row);
  if (row.base && seen.there) row.changed = true;
  row[side] = { ...seen, there: false };
}

/** A message that is nowhere any more ends once nothing holds it. */
function release(model: Model, row: Row): void {
  if (!isHeld(model, row) && !isThere(row.source) && !isThere(row.destination)) end(model, row.row);
}

/** Ids mean nothing any more. */
function voidRow(model: Model, row: Row, side: Side): void {
  vanish(model, row, side);
  const { id: _, ...seen } = row[side] as Sighting;
  row[side] = seen;
  if (row.base) row.changed = true;
}

const at = (model: Model, side: Side, place: PlaceId): Row[] => model.rows.filter((row) => row[side]?.place === place);
const holding = (model: Model, side: Side, place: PlaceId, id: ItemId): Row[] =>
  at(model, side, place).filter((row) => row[side]?.id === id);
const ofFeed = (model: Model, side: Side, feed: FeedId): Row[] =>
  [...model.owner[side]].flatMap(([place, owner]) => (owner === feed ? at(model, side, place) : []));

function fresh(model: Model, side: Side, seen: Sighting, shown: boolean): Row {
  model.last += 1;
  const row: Row = {
    row: model.last,
    [side]: seen,
    changed: false,
    shown: { source: false, destination: false, [side]: shown },
  };
  model.rows.push(row);
  return row;
}

export function begin(model: Model, side: Side, feed: Feed, whole: boolean): Json | undefined {
  const known: ModelFeed = model.feeds[side].get(feed.id) ?? { id: feed.id, epoch: feed.epoch, complete: false };
  model.feeds[side].set(feed.id, known);
  for (const place of feed.places) model.owner[side].set(place, feed.id);
  model.readings[side].set(feed.id, { whole: undefined, named: new Set() });
  if (known.epoch !== feed.epoch) for (const row of ofFeed(model, side, feed.id)) voidRow(model, row, side);
  if (known.epoch !== feed.epoch || whole)
    model.feeds[side].set(feed.id, { id: feed.id, epoch: feed.epoch, complete: false });
  return model.feeds[side].get(feed.id)?.cursor;
}

export function fold(model: Model, side: Side, feed: Feed, page: Page): void {
  const reading = model.readings[side].get(feed.id) as ModelReading;
  reading.whole = page.whole;
  if (page.whole) {
    model.feeds[side].set(feed.id, { id: feed.id, epoch: feed.epoch, complete: false });
  }
  for (const entry of page.entries) foldEntry(model, side, entry, reading);
  for (const { place, id } of page.gone) for (const row of holding(model, side, place, id)) vanish(model, row, side);
  if (page.next === undefined) return;
  if (reading.whole) {
    const unnamed = ofFeed(model, side, feed.id).filter(
      (row) => row[side]?.id !== undefined && !reading.named.has(row.row),
    );
    for (const row of unnamed.filter((each) => isThere(each[side]))) vanish(model, row, side);
  }
  const version = feed.version === undefined ? {} : { version: feed.version };
  model.feeds[side].set(feed.id, { id: feed.id, epoch: feed.epoch, complete: true, ...version, cursor: page.next });
  model.readings[side].delete(feed.id);
}

function foldEntry(
  model: Model,
  side: Side,
  { place, id, date, size, marks, objectId, revision }: Entry,
  reading: ModelReading,
): void {
  const facts = { place, id, date, size, marks, ...(revision === undefined ? {} : { revision }) };
  const holders = holding(model, side, place, id);
  const isOther = (row: Row): boolean => row.shown[side] && (row[side]?.date !== date || row[side]?.size !== size);
  const others = holders.filter(isOther);
  const known = holders.filter((row) => !isOther(row));
  for (const row of others) voidRow(model, row, side);
  if (known.length === 0) {
    const row = fresh(model, side, { ...facts, there: true, ...(objectId === undefined ? {} : { objectId }) }, true);
    reading.named.add(row.row);
  }
  for (const row of known) {
    reading.named.add(row.row);
    const { revision: was, ...before } = row[side] as Sighting;
    const other = was !== undefined && revision !== undefined && was !== revision;
    if ((!before.there || !sameSet(before.marks, marks) || other) && row.base) row.changed = true;
    row.shown[side] = true;
    row[side] = { ...before, ...facts, there: true, ...(objectId === undefined ? {} : { objectId }) };
  }
}

export function drop(model: Model, side: Side, feed: FeedId): void {
  if (!model.feeds[side].has(feed)) return;
  for (const row of ofFeed(model, side, feed)) voidRow(model, row, side);
  for (const [place, owner] of model.owner[side]) if (owner === feed) model.owner[side].delete(place);
  model.feeds[side].delete(feed);
  model.readings[side].delete(feed);
}

export function rename(model: Model, side: Side, from: PlaceId, to: PlaceId): void {
  drop(model, side, to);
  for (const row of at(model, side, to)) voidRow(model, row, side);
  for (const row of at(model, side, from)) row[side] = { ...(row[side] as Sighting), place: to };
  if (side === "source") {
    for (const row of model.rows) if (row.base?.from === from) row.base = { ...row.base, from: to };
  }
  for (const map of [model.feeds, model.readings, model.owner] as Record<Side, Map<string, unknown>>[]) {
    const value = map[side].get(from);
    map[side].delete(from);
    if (value !== undefined) map[side].set(to, map === (model.owner as unknown) && value === from ? to : value);
  }
  const feed = model.feeds[side].get(to);
  if (feed) feed.id = to;
  if (side === "destination")
    model.intents = model.intents.map((each) => (each.place === from ? { ...each, place: to } : each));
  const renamed = model.places.filter((each) => each[side] === from).map((each) => ({ ...each, [side]: to }));
  const kept = model.places.filter(
    (each) => each[side] !== from && !renamed.some((other) => other.source === each.source),
  );
  model.places = [...kept, ...renamed];
}

/** What was recorded since a reading began is not gone by not being named. */
function touch(model: Model, side: Side, row: Row): void {
  const feed = model.owner[side].get(row[side]?.place ?? "");
  if (feed !== undefined) model.readings[side].get(feed)?.named.add(row.row);
}

function shed(model: Model, row: Row, side: Side): void {
  const seen = row[side];
  if (seen?.there && seen.id !== undefined) touch(model, side, fresh(model, side, seen, row.shown[side]));
}

function put(model: Model, row: Row, side: Side, seen: Sighting): void {
  row[side] = seen;
  row.shown[side] = false;
  for (const twin of holding(model, side, seen.place, seen.id ?? "")) {
    if (seen.id !== undefined && twin !== row && !twin.base) end(model, twin.row);
  }
  touch(model, side, row);
}

function take(model: Model, row: Row, side: Side, other: Row): void {
  const { fingerprint, loose } = row[side] ?? {};
  const keys = { ...(fingerprint === undefined ? {} : { fingerprint }), ...(loose === undefined ? {} : { loose }) };
  row[side] = { ...keys, ...(other[side] as Sighting) };
  row.shown[side] = other.shown[side];
  end(model, other.row);
  touch(model, side, row);
}

function pair(row: Row, base: Base, changed: boolean): void {
  row.base = base;
  row.changed = changed;
  delete row.pending;
}

export function record(model: Model, change: JournalChange): void {
  if (change.act === "forget") return end(model, change.row);
  const row = rowOf(model, change.row);
  switch (change.act) {
    case "brought": {
      const now = row.source as Sighting;
      shed(model, row, "destination");
      put(model, row, "destination", change.destination);
      row.source = { ...now, ...change.source };
      const open = !now.there || now.place !== change.base.from || !sameSet(now.marks, change.base.marks);
      return pair(row, change.base, open || !sameSet(change.destination.marks, change.base.shown));
    }
    case "adopt":
      shed(model, row, "destination");
      take(model, row, "destination", rowOf(model, change.with));
      return pair(row, change.base, true);
    case "rebind":
      shed(model, row, change.side);
      take(model, row, change.side, rowOf(model, change.with));
      row.changed = row.base !== undefined;
      return;
    case "agree": {
      const seen = row.destination as Sighting;
      const revision = change.revision === undefined ? {} : { revision: change.revision };
      row.destination = { ...seen, marks: change.marks ?? seen.marks, ...revision };
      row.base = change.base;
      row.changed = false;
      return;
    }
    case "moved": {
      const { fingerprint, loose } = row.destination ?? {};
      const keys = { ...(fingerprint === undefined ? {} : { fingerprint }), ...(loose === undefined ? {} : { loose }) };
      return put(model, row, "destination", { ...keys, ...change.destination });
    }
    case "gone": {
      const { changed } = row;
      vanish(model, row, change.side);
      row.changed = changed;
      return;
    }
    case "pending":
      if (change.fault) row.pending = { ...change.fault, tries: (row.pending?.tries ?? 0) + 1 };
      else delete row.pending;
      return release(model, row);
    case "part":
      shed(model, row, "destination");
      delete row.destination;
      delete row.base;
      delete row.pending;
      row.changed = false;
      if (!isThere(row.source)) vanish(model, row, "source");
      return;
    case "identify":
      row[change.side] = { ...(row[change.side] as Sighting), fingerprint: change.fingerprint, loose: change.loose };
      return;
    case "settled":
      row.changed = false;
  }
}

export function intend(model: Model, id: number, intent: Omit<Intent, "id" | "doubtful">): void {
  model.intents.push({ ...intent, id, doubtful: false });
}

export function close(model: Model, id: number, doubtful: boolean): void {
  const intent = model.intents.find((each) => each.id === id);
  if (!intent) return;
  model.intents = model.intents.flatMap((each) =>
    each.id !== id ? [each] : doubtful ? [{ ...each, doubtful: true }] : [],
  );
  if (doubtful) return;
  for (const { row } of intent.items) {
    const known = model.rows.find((each) => each.row === row);
    if (known) release(model, known);
  }
}

export function list(model: Model, which: Which): Row[] {
  return model.rows.filter((row) => belongs(row, which)).toSorted((a, b) => a.row - b.row);
}

function belongs(row: Row, which: Which): boolean {
  switch (which.rows) {
    case "all":
      return true;
    case "fresh":
      return (
        !row.base && isThere(row[which.side]) && (which.place === undefined || row[which.side]?.place === which.place)
      );
    case "absent":
      return (
        (row.base !== undefined || (isUnknown(row) && row[which.side] !== undefined)) &&
        (!isThere(row[which.side]) || row[which.side]?.id === undefined)
      );
    case "changed":
      return row.base !== undefined && row.changed;
    case "pending":
      return row.pending !== undefined;
    case "deleted":
      return row.base !== undefined && isThere(row.source) && !isThere(row.destination);
  }
}

export function count(model: Model): JournalCounts {
  const paired = model.rows.filter((row) => row.base && isThere(row.source) && isThere(row.destination));
  return {
    paired: paired.length,
    adopted: paired.filter((row) => row.base?.how === "adopted").length,
    fresh: list(model, { rows: "fresh", side: "source" }).length,
    pending: list(model, { rows: "pending" }).length,
    deletedByUser: list(model, { rows: "deleted" }).length,
    foreign: list(model, { rows: "fresh", side: "destination" }).length,
  };
}
