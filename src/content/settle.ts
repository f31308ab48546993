import type { Base, Intent, IntentItem, JournalChange, Known } from "../contract/journal.ts";
import { Fault } from "../model/fault.ts";
import type { Entry } from "../model/item.ts";
import { identify } from "./fingerprint.ts";
import type { BodyHashes } from "./identity.ts";
import { permitted } from "./marks.ts";
import { type Candidate, measure, pairUp } from "./pairing.ts";
import type { SyncRequest } from "./request.ts";

/** A message that came into a place after an intent's bookmark and that no pair claims. */
export interface Unclaimed {
  readonly entry: Entry;
  readonly fingerprint: string;
  readonly loose: string;
  /** The destination's own row of it, where a reading saw it already. */
  readonly row: Known | undefined;
}

async function entriesSince(request: SyncRequest, intent: Intent): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  try {
    for await (const entry of request.destination.since(intent.place, intent.bookmark, { signal: request.signal }))
      entries.push(entry);
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.code !== "place.missing") throw thrown;
  }
  return entries;
}

export async function unclaimedSince(request: SyncRequest, intent: Intent): Promise<readonly Unclaimed[]> {
  const entries = new Map<string, { readonly entry: Entry; readonly row: Known | undefined }>();
  for (const entry of await entriesSince(request, intent)) {
    const row = await request.journal.find("destination", entry.place, entry.id);
    if (row?.base === undefined) entries.set(entry.id, { entry, row });
  }
  const unclaimed: Unclaimed[] = [];
  if (entries.size === 0) return unclaimed;
  for await (const { id, header } of request.destination.headers(intent.place, [...entries.keys()], {
    signal: request.signal,
  })) {
    const one = entries.get(id);
    if (one !== undefined) unclaimed.push({ ...one, ...identify(header, one.entry.date) });
  }
  return unclaimed;
}

function candidatesOf(unclaimed: readonly Unclaimed[], hashes: BodyHashes): readonly Candidate<Unclaimed>[] {
  return unclaimed.map((one) => ({
    of: one,
    size: one.entry.size,
    date: one.entry.date,
    hash: () => hashes.of("destination", sightingOf(one)),
  }));
}

export function sightingOf({ entry, fingerprint, loose }: Unclaimed): NonNullable<Known["destination"]> {
  const { late: _, ...facts } = entry;
  return { ...facts, there: true, fingerprint, loose };
}

type Open = IntentItem & { readonly known: Known };

export function wantedOf(items: readonly Open[], hashes: BodyHashes): readonly Candidate<Open>[] {
  return items.map((item) => ({
    of: item,
    size: item.size,
    date: item.date,
    hash: () => hashes.of("source", item.known.source),
  }));
}

/** Finds the intent's messages among what came in: by fingerprint, then by the second key for servers that rewrite headers. */
async function findWritten(
  items: readonly Open[],
  came: readonly Unclaimed[],
  hashes: BodyHashes,
): Promise<ReadonlyMap<number, Unclaimed>> {
  const found = new Map<number, Unclaimed>();
  for (const key of ["fingerprint", "loose"] as const) {
    const open = items.filter((item) => !found.has(item.row));
    const taken = new Set(found.values());
    for (const value of new Set(open.map((item) => item[key]))) {
      const left = wantedOf(
        open.filter((item) => item[key] === value),
        hashes,
      );
      const right = candidatesOf(
        came.filter((one) => one[key] === value && !taken.has(one)),
        hashes,
      );
      for (const [item, one] of await pairUp(left, right, key === "loose", hashes.doubt)) found.set(item.row, one);
    }
  }
  for (const item of items.filter((one) => !found.has(one.row) && one.known.source?.there !== true)) {
    const copy = onlyByMeasure(item, items, came, new Set(found.values()));
    if (copy !== undefined) found.set(item.row, copy);
  }
  return found;
}

/** A source that is gone can confirm nothing: of a message that is alone in its batch, a copy of its size and date must do. */
function onlyByMeasure(
  item: Open,
  items: readonly Open[],
  came: readonly Unclaimed[],
  taken: ReadonlySet<Unclaimed>,
): Unclaimed | undefined {
  if (items.some((other) => other !== item && other.fingerprint === item.fingerprint)) return undefined;
  const like = (one: Unclaimed): boolean =>
    one.fingerprint === item.fingerprint && measure(one.entry) === measure(item);
  return came.find((one) => like(one) && !taken.has(one));
}

/** What is agreed about a message that was brought: the marks that were sent, and those the destination shows. */
export function broughtBase(
  source: { readonly marks: readonly string[]; readonly place: string },
  sent: readonly string[],
  shown: readonly string[],
): Base {
  return { how: "brought", marks: sent, shown, from: source.place };
}

function claim(item: Open, one: Unclaimed): readonly JournalChange[] {
  const marks = permitted(item.known.source?.marks ?? [], { marks: "any" });
  const base = broughtBase({ marks, place: item.known.source?.place ?? "" }, marks, one.entry.marks);
  const { fingerprint, loose } = item;
  if (one.row === undefined)
    return [{ act: "brought", row: item.row, destination: sightingOf(one), source: { fingerprint, loose }, base }];
  return [
    { act: "identify", row: item.row, side: "source", fingerprint, loose },
    { act: "identify", row: one.row.row, side: "destination", fingerprint: one.fingerprint, loose: one.loose },
    { act: "adopt", row: item.row, with: one.row.row, base },
  ];
}

/** So many of a batch that one of them alone may be another's: its user may have filed an equal message just before. */
const many = 10;

/** Whether what was found tells that the whole batch was written. */
const isProof = ({ atomic, items }: Intent, found: number): boolean => atomic && found > (items.length >= many ? 1 : 0);

/** Of a batch that is written as a whole or not at all, what is missing beside what is there was deleted by its user. */
function bury(item: Open, intent: Intent): JournalChange {
  const marks = item.known.source?.marks ?? [];
  return {
    act: "brought",
    row: item.row,
    destination: {
      place: intent.place,
      there: false,
      date: item.date,
      size: item.size,
      marks,
      fingerprint: item.fingerprint,
      loose: item.loose,
    },
    source: { fingerprint: item.fingerprint, loose: item.loose },
    base: broughtBase({ marks, place: item.known.source?.place ?? "" }, marks, marks),
  };
}

/**
 * Settles an intent whose outcome is not known, by what came into its place since. Returns the rows that were not found: they are fresh
 * still and may be written again; the intent then stays, as doubtful, for a copy may yet come. A doubtful one stays until it is closed.
 */
export async function settleIntent(
  request: SyncRequest,
  hashes: BodyHashes,
  intent: Intent,
): Promise<readonly number[]> {
  const items: Open[] = [];
  for (const item of intent.items) {
    const known = await request.journal.row(item.row);
    if (known !== undefined && known.base === undefined && (await heir(request, item, known)) === undefined)
      items.push({ ...item, known });
  }
  const found =
    items.length === 0
      ? new Map<number, Unclaimed>()
      : await findWritten(items, await unclaimedSince(request, intent), hashes);
  const claims = items.flatMap((item) => {
    const one = found.get(item.row);
    return one === undefined ? [] : claim(item, one);
  });
  const missing = items.filter((item) => !found.has(item.row));
  const buried = isProof(intent, found.size) ? await withoutTwin(request, missing) : [];
  const open = missing.filter((item) => !buried.includes(item));
  await request.journal.record([...claims, ...buried.map((item) => bury(item, intent))], {
    intent: intent.id,
    doubtful: intent.doubtful || open.length > 0,
  });
  return open.map((item) => item.row);
}

/** Of equal messages that left in several batches, a claim may have taken another's copy: only what has no equal is told for certain. */
async function withoutTwin(request: SyncRequest, items: readonly Open[]): Promise<readonly Open[]> {
  const alone: Open[] = [];
  for (const item of items) {
    const twins = (await request.journal.alike("source", "fingerprint", item.fingerprint)).filter(
      (row) => row.row !== item.row,
    );
    if (twins.length === 0 && items.every((other) => other === item || other.fingerprint !== item.fingerprint))
      alone.push(item);
  }
  return alone;
}

/** The pair that took over from a row whose source is gone: renumbered or moved, it was copied again meanwhile. */
export async function heir({ journal }: SyncRequest, item: IntentItem, known: Known): Promise<Known | undefined> {
  if (known.source?.there === true) return undefined;
  const alike = await journal.alike("source", "fingerprint", item.fingerprint);
  const isSame = ({ source }: Known): boolean => source?.there === true && measure(source) === measure(item);
  return alike.find((row) => row.row !== item.row && row.base !== undefined && isSame(row));
}

/** Settles what earlier passes left open, and tells which intents were doubtful already. */
export async function settleIntents(request: SyncRequest, hashes: BodyHashes): Promise<ReadonlySet<number>> {
  const intents = await request.journal.intents();
  for (const intent of intents.filter((one) => !one.doubtful)) await settleIntent(request, hashes, intent);
  return new Set(intents.filter((one) => one.doubtful).map((one) => one.id));
}
