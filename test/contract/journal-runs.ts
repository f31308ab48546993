import fc from "fast-check";
import { expect } from "vitest";
import type { Base, Journal, JournalChange, Known, Side, Sighting, Which } from "../../src/contract/journal.ts";
import type { Entry, Feed, Page } from "../../src/model/item.ts";
import * as model from "./journal-model.ts";

/** Random runs of a journal, told to a store and to the model alike. */

const sides = ["source", "destination"] as const;
const places: Record<string, readonly string[]> = { A: ["A"], B: ["B"], L: ["L1", "L2"] };
const placeNames = Object.values(places).flat();
const marks = [
  [],
  ["\\Seen"],
  ["\\seen"],
  ["\\Seen", "\\Flagged"],
  ["\\Flagged", "\\Seen"],
  ["$Odd\nmark", "x"],
  ["[x"],
];
const keys = [
  "00112233445566778899aabbccddeeff",
  "ffeeddccbbaa99887766554433221100",
  "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f",
];
const faults = [
  { code: "item.refused", message: "refused", spoils: "item" },
  { code: "item.unknown", message: "unknown", spoils: "item" },
  { code: "item.unknown", message: "unknown", spoils: "item" },
  undefined,
] as const;

type Dice = (sides: number) => number;
export interface Turn {
  readonly act: (typeof acts)[number];
  readonly dice: readonly number[];
}
const acts = [
  "begin",
  "page",
  "page",
  "page",
  "drop",
  "record",
  "record",
  "record",
  "record",
  "intend",
  "close",
  "rename",
  "place",
  "reopen",
] as const;

export const turns: fc.Arbitrary<Turn[]> = fc.array(
  fc.record({
    act: fc.constantFrom(...acts),
    dice: fc.array(fc.nat({ max: 0xffff }), { minLength: 12, maxLength: 40 }),
  }),
  { minLength: 5, maxLength: 60, size: "max" },
);

/** Reads a turn's numbers one after the other, and begins again after the last. */
function diceOf({ dice }: Turn): Dice {
  let next = 0;
  return (count) => {
    next += 1;
    return (dice[(next - 1) % dice.length] ?? 0) % count;
  };
}

const pick = <T>(dice: Dice, from: readonly T[]): T => from[dice(from.length)] as T;
const maybe = <T extends object>(dice: Dice, value: T): T | object => (dice(2) === 0 ? value : {});

function feedOf(dice: Dice, id: string, epoch: string): Feed {
  const version = maybe(dice, { version: `v${dice(3)}` });
  return { id, places: places[id] ?? [id], epoch, count: 0, watermark: null, ...version };
}

function entryOf(dice: Dice, place: string): Entry {
  const facts = {
    place,
    id: pick(dice, ["1", "2", "10", "007", "new/x"]),
    date: 1e12 + dice(2) * 1.5,
    size: 100 + dice(2),
  };
  return {
    ...facts,
    marks: pick(dice, marks),
    ...maybe(dice, { objectId: `o${dice(2)}` }),
    ...maybe(dice, { revision: `r${dice(2)}` }),
  };
}

function pageOf(dice: Dice, feed: Feed, whole: boolean): Page {
  const some = <T>(make: () => T): T[] => Array.from({ length: dice(4) }, make);
  const next = maybe(dice, { next: pick(dice, [null, 7, { at: "9" }]) });
  const entries = some(() => entryOf(dice, pick(dice, feed.places)));
  return { whole, entries, gone: some(() => ({ place: pick(dice, feed.places), id: entryOf(dice, "").id })), ...next };
}

function sightingOf(dice: Dice): Sighting {
  const { id, objectId: _, ...seen } = entryOf(dice, pick(dice, placeNames));
  const there = dice(4) > 0;
  return {
    ...seen,
    there,
    ...(dice(4) > 0 && { id }),
    ...maybe(dice, { fingerprint: pick(dice, keys), loose: pick(dice, keys) }),
  };
}

const baseOf = (dice: Dice): Base => ({
  how: pick(dice, ["brought", "adopted"]),
  marks: pick(dice, marks),
  shown: pick(dice, marks),
  from: pick(dice, placeNames),
});

type Row = model.Model["rows"][number];

/** Mostly what a transfer would record, sometimes something else. */
function broughtOf(dice: Dice, { row, source }: Row, destination: Sighting): JournalChange {
  const { marks = [], place = "" } = source ?? {};
  const agreed = { how: "brought", marks, shown: destination.marks, from: place } as const;
  const base = dice(3) > 0 ? agreed : baseOf(dice);
  return {
    act: "brought",
    row,
    destination,
    source: maybe(dice, { fingerprint: pick(dice, keys), loose: pick(dice, keys) }),
    base,
  };
}

/** A change that the rows allow; undefined where none of this kind fits. */
function changeOf(dice: Dice, { rows }: model.Model): JournalChange | undefined {
  const side = pick(dice, sides);
  const any = rows.length > 0 ? pick(dice, rows) : undefined;
  const choose = (test: (row: Row) => unknown): Row | undefined => {
    const fit = rows.filter(test);
    return fit.length > 0 ? pick(dice, fit) : undefined;
  };
  const pair = choose((row) => row.base);
  const fresh = choose((row) => !row.base && row[side]);
  const lost = choose((row) => !row.base && row.pending?.code === "item.unknown" && row[side]?.there === false);
  const source = choose((row) => row.source);
  const foreign = choose((row) => !row.base && row.destination);
  const base = baseOf(dice);
  const destination = sightingOf(dice);
  const all: readonly (JournalChange | undefined | false)[] = [
    source && broughtOf(dice, source, destination),
    source && foreign && { act: "adopt", row: source.row, with: foreign.row, base },
    pair && fresh && { act: "rebind", row: pair.row, side, with: fresh.row },
    lost && fresh && lost !== fresh && { act: "rebind", row: lost.row, side, with: fresh.row },
    pair && {
      act: "agree",
      row: pair.row,
      base,
      ...maybe(dice, { marks: pick(dice, marks) }),
      ...maybe(dice, { revision: "r9" }),
    },
    pair && { act: "moved", row: pair.row, destination },
    any?.[side] && { act: "gone", row: any.row, side },
    any && { act: "pending", row: any.row, fault: pick(dice, faults) },
    pair && { act: "part", row: pair.row },
    any?.[side] && { act: "identify", row: any.row, side, fingerprint: pick(dice, keys), loose: pick(dice, keys) },
    any && dice(4) === 0 && { act: "forget", row: any.row },
    pair && { act: "settled", row: pair.row },
  ];
  const fit = all.filter((change) => change !== undefined && change !== false);
  return fit.length > 0 ? pick(dice, fit) : undefined;
}

/** What a run needs of the store: its journal, and the same one after the store was closed and opened again. */
export interface Subject {
  journal(): Promise<Journal>;
  reopen(): Promise<void>;
}

/** Takes one turn on both; they must agree on what a method answers. */
export async function takeTurn(turn: Turn, truth: model.Model, subject: Subject): Promise<void> {
  const dice = diceOf(turn);
  const journal = await subject.journal();
  const side = pick(dice, sides);
  const id = pick(dice, ["A", "A", "A", "B", "L", "L"]);
  switch (turn.act) {
    case "begin": {
      const feed = feedOf(dice, id, dice(4) === 0 ? `e${dice(3)}` : (truth.feeds[side].get(id)?.epoch ?? "e1"));
      const whole = dice(6) === 0;
      expect(await journal.begin(side, feed, whole)).toEqual(model.begin(truth, side, feed, whole));
      return;
    }
    case "page": {
      const before = truth.feeds[side].get(id);
      if (!truth.readings[side].has(id)) {
        const begun = feedOf(dice, id, before?.epoch ?? "e1");
        expect(await journal.begin(side, begun)).toEqual(model.begin(truth, side, begun, false));
      }
      const [known, reading] = [truth.feeds[side].get(id), truth.readings[side].get(id)];
      if (!known || !reading) throw new Error("the model has no reading");
      const feed = feedOf(dice, id, known.epoch);
      const page = pageOf(dice, feed, reading.whole ?? (!known.complete || dice(4) === 0));
      await journal.fold(side, feed, page);
      model.fold(truth, side, feed, page);
      return;
    }
    case "drop":
      if (dice(4) > 0) return;
      await journal.drop(side, id);
      model.drop(truth, side, id);
      return;
    case "record":
      await recordOne(dice, truth, journal);
      return;
    case "intend": {
      const rows = model.list(truth, { rows: "fresh", side: "source" }).slice(0, 1 + dice(3));
      const items = rows.map(({ row }) => ({
        row,
        fingerprint: pick(dice, keys),
        loose: pick(dice, keys),
        size: 5,
        date: 1.5,
      }));
      const intent = { place: id, bookmark: { uid: dice(9) }, atomic: dice(2) === 0, items };
      const number = await journal.intend(intent);
      expect(truth.intents.map((each) => each.id)).not.toContain(number);
      model.intend(truth, number, intent);
      return;
    }
    case "close": {
      if (truth.intents.length === 0) return;
      const intent = pick(dice, truth.intents).id;
      const doubtful = dice(3) === 0;
      await journal.record([], { intent, doubtful });
      model.close(truth, intent, doubtful);
      return;
    }
    case "rename": {
      const [from, to] = dice(2) === 0 ? ["A", "B"] : ["B", "A"];
      if (!truth.feeds[side].has(from as string)) return;
      await journal.rename(side, from as string, to as string);
      model.rename(truth, side, from as string, to as string);
      return;
    }
    case "place": {
      const record = { source: pick(dice, placeNames), path: ["p"], destination: id, made: dice(2) === 0 };
      truth.places = truth.places.filter((each) => each.source !== record.source);
      if (dice(3) === 0) return journal.dropPlace(record.source);
      truth.places.push(record);
      return journal.setPlaces([record]);
    }
    case "reopen":
      for (const each of sides) truth.readings[each].clear();
      return subject.reopen();
  }
}

async function recordOne(dice: Dice, truth: model.Model, journal: Journal): Promise<void> {
  const change = changeOf(dice, truth);
  if (!change) return;
  await journal.record([change]);
  model.record(truth, change);
}

const lists: readonly Which[] = [
  { rows: "all" },
  { rows: "changed" },
  { rows: "pending" },
  { rows: "deleted" },
  ...sides.flatMap((side): Which[] => [
    { rows: "fresh", side },
    { rows: "absent", side },
    ...placeNames.map((place): Which => ({ rows: "fresh", side, place })),
  ]),
];

/** All rows of a list, in small pages. */
export async function allRows(journal: Journal, which: Which, page = 3): Promise<Known[]> {
  const found: Known[] = [];
  for (;;) {
    const rows = await journal.rows(which, found.at(-1)?.row ?? 0, page);
    found.push(...rows);
    if (rows.length < page) return found;
  }
}

/** Marks as the sets that they are: how a store spells and orders them does not count. */
function plain(row: Known | Row): unknown {
  const { changed: _, shown: __, ...known } = row as Row;
  return JSON.parse(
    JSON.stringify(known, (key, value: unknown) => {
      if (key !== "marks" && key !== "shown") return value;
      return [...new Set((value as string[]).map((mark) => mark.toLowerCase()))].toSorted();
    }),
  ) as unknown;
}

/** The journal answers every question as the model does. */
export async function expectSame(journal: Journal, truth: model.Model): Promise<void> {
  for (const which of lists) {
    const found = (await allRows(journal, which)).map(plain);
    expect({ which, found }).toEqual({ which, found: model.list(truth, which).map(plain) });
  }
  expect(await journal.counts()).toEqual(model.count(truth));
  for (const side of sides) {
    expect(await journal.feeds(side)).toEqual(
      [...truth.feeds[side].values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    );
    for (const key of ["fingerprint", "loose"] as const)
      for (const value of keys) {
        const alike = truth.rows
          .filter((row) => row[side]?.[key] === value && (key === "fingerprint" || row.base === undefined))
          .toSorted((a, b) => a.row - b.row);
        expect((await journal.alike(side, key, value)).map(plain)).toEqual(alike.map(plain));
      }
  }
  for (const row of truth.rows) {
    expect(plain((await journal.row(row.row)) as Known)).toEqual(plain(row));
    for (const side of sides) await expectFound(journal, truth, side, row[side]);
  }
  expect(await journal.row(truth.last + 1)).toBeUndefined();
  expect(await journal.intents()).toEqual(truth.intents);
  expect(await journal.places()).toEqual(truth.places.toSorted((a, b) => (a.source < b.source ? -1 : 1)));
  const nothing =
    truth.rows.length + truth.intents.length + truth.feeds.source.size + truth.feeds.destination.size === 0;
  expect(await isEmpty(journal)).toBe(nothing);
}

async function expectFound(
  journal: Journal,
  truth: model.Model,
  side: Side,
  seen: Sighting | undefined,
): Promise<void> {
  if (seen?.id === undefined) return;
  const found = await journal.find(side, seen.place, seen.id);
  const holders = truth.rows.filter((row) => row[side]?.place === seen.place && row[side]?.id === seen.id);
  const pairs = holders.filter((row) => row.base);
  expect((pairs.length > 0 ? pairs : holders).map(plain)).toContainEqual(plain(found as Known));
}

/** True when a journal knows nothing: no message, no feed, no open intent. */
export async function isEmpty(journal: Journal): Promise<boolean> {
  const known = [
    await journal.rows({ rows: "all" }, 0, 1),
    await journal.feeds("source"),
    await journal.feeds("destination"),
    await journal.intents(),
  ];
  return known.every((found) => found.length === 0);
}
