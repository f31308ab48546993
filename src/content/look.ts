import type { ItemStore, Look } from "../contract/item-store.ts";
import type { FeedRecord, Journal, Known, Side } from "../contract/journal.ts";
import { asFault, Fault, interrupted } from "../model/fault.ts";
import type { Entry, Feed, PlaceId } from "../model/item.ts";
import type { SyncScope } from "../model/plan.ts";
import { sideBySide } from "./lane.ts";
import { type SyncRequest, widthOf } from "./request.ts";
import { rowsOf } from "./rows.ts";
import { keepLate } from "./waiting.ts";

/** What a reading of one side left behind. */
export interface Reading {
  /** Places whose reading failed, with why: nothing is concluded about them. */
  readonly unread: ReadonlyMap<PlaceId, Fault>;
  /** Keys (`idKey`) of entries that came after the plan. */
  readonly late: ReadonlySet<string>;
  /** The newest internal date read in this pass, by place. */
  readonly newest: ReadonlyMap<PlaceId, number>;
}

export function idKey(place: PlaceId, id: string): string {
  return `${id}\u0000${place}`;
}

const isInbox = (id: string): boolean => /^inbox$/i.test(id);

/** What is wrong with a look, where something is; the numbers of a folder that is there must be there too. */
function wrongLook(side: Side, look: Look, known: readonly FeedRecord[]): Pick<Fault, "code" | "message"> | undefined {
  if (look.places.length === 0 && (side === "source" || known.length > 0)) {
    return { code: "look.empty", message: `The ${side} shows no folder at all` };
  }
  const numbered = new Set(look.feeds.flatMap((feed) => feed.places));
  const silent = look.places.find(
    (place) => place.selectable && !numbered.has(place.id) && known.some((feed) => feed.id === place.id),
  );
  if (silent !== undefined) {
    return { code: "look.incomplete", message: `The ${side} does not tell how ${silent.path.join("/")} stands` };
  }
  if (
    known.some((feed) => isInbox(feed.id)) &&
    !look.places.some((place) => place.role === "inbox" || isInbox(place.id))
  ) {
    return { code: "look.inboxMissing", message: `The ${side} no longer shows an INBOX` };
  }
  return undefined;
}

/** True where INBOX was made anew, empty, while messages are known in it: nobody's deletions, but another mailbox or a lost one. */
async function inboxRenewed(
  { journal, mode, restore }: Trusting,
  side: Side,
  look: Look,
  known: readonly FeedRecord[],
): Promise<boolean> {
  if (side === "source" ? mode === "copy" : restore === true) return false;
  const feed = look.feeds.find((one) => isInbox(one.id) && one.count === 0);
  const before = known.find((one) => one.id === feed?.id);
  if (feed === undefined || before === undefined || before.epoch === feed.epoch) return false;
  for await (const row of rowsOf(journal, { rows: "all" }))
    if (row[side]?.there === true && row[side].place === feed.places[0]) return true;
  return false;
}

type Trusting = Pick<SyncRequest, "address" | "journal" | "mode" | "restore">;

/** A store that shows nothing where something must be is a fault, never an empty mailbox. */
export async function trustLook(request: Trusting, side: Side, look: Look): Promise<void> {
  const known = await request.journal.feeds(side);
  const facts = { spoils: "mailbox", retry: "later", about: request.address } as const;
  const wrong = wrongLook(side, look, known);
  if (wrong !== undefined)
    throw new Fault({
      ...facts,
      ...wrong,
      remedy: "look whether the mailbox is where the manifest says; nothing was changed",
    });
  if (!(await inboxRenewed(request, side, look, known))) return;
  throw new Fault({
    ...facts,
    code: "look.renewed",
    message: `The ${side}'s INBOX is new and empty, and messages are known in it`,
    remedy: "look at the mailbox; if it was made anew at the destination, bring its mail back with `restore: true`",
  });
}

function unchanged(feed: Feed, record: FeedRecord | undefined): boolean {
  return (
    record !== undefined &&
    record.complete &&
    record.epoch === feed.epoch &&
    record.version !== undefined &&
    record.version === feed.version
  );
}

interface Notes {
  readonly late: Set<string>;
  readonly newest: Map<PlaceId, number>;
}

/** One side's reading under way. */
interface Reader extends Pick<SyncRequest, "journal" | "signal"> {
  readonly side: Side;
  readonly store: ItemStore;
  readonly scope: SyncScope | undefined;
  readonly notes: Notes;
  /** True where the feed was looked at long ago: its version is then what the reading itself tells. */
  readonly later?: true;
}

/** Rows of entries that no pair has claimed. */
async function freshOf(journal: Journal, side: Side, entries: readonly Entry[]): Promise<readonly Known[]> {
  const rows: Known[] = [];
  for (const { place, id } of entries) {
    const row = await journal.find(side, place, id);
    if (row !== undefined && row.base === undefined && row.pending === undefined) rows.push(row);
  }
  return rows;
}

/** A feed that the plan did not know came after it as a whole. */
async function readFeed(
  { journal, side, store, scope, notes, signal, later }: Reader,
  feed: Feed,
  whole: boolean,
): Promise<void> {
  const cursor = await journal.begin(side, feed, whole);
  const planned = scope?.watermarks[feed.id];
  const options = planned === undefined ? { signal } : { signal, until: planned.watermark };
  let complete = false;
  for await (const page of store.changes(feed, cursor, options)) {
    const late = page.entries.filter((entry) => entry.late === true || (scope !== undefined && planned === undefined));
    for (const entry of late) notes.late.add(idKey(entry.place, entry.id));
    for (const entry of page.entries)
      notes.newest.set(entry.place, Math.max(notes.newest.get(entry.place) ?? 0, entry.date));
    const { version } = page;
    await journal.fold(side, later === true && version !== undefined ? { ...feed, version } : feed, page);
    if (scope !== undefined) await keepLate(journal, await freshOf(journal, side, late), scope);
    complete = page.next !== undefined;
    if (signal.aborted) throw interrupted();
  }
  if (!complete)
    throw new Fault({
      code: "read.incomplete",
      message: "The reading of a folder ended early",
      spoils: "place",
      retry: "later",
      about: feed.id,
    });
}

/** Whole where the cursor expired; once more where it broke and may be tried again: a dropped line resumes in the same folder. */
async function readFeedResuming(reader: Reader, feed: Feed, tries = 2): Promise<void> {
  try {
    await readFeed(reader, feed, false);
  } catch (thrown) {
    if (!(thrown instanceof Fault) || reader.signal.aborted) throw thrown;
    if (thrown.code === "cursor.expired") await readFeed(reader, feed, true);
    else if (tries > 1 && isBrief(thrown)) await readFeedResuming(reader, feed, tries - 1);
    else throw thrown;
  }
}

/** Reads on, from its cursor, in a feed that was looked at long ago: by such a look nothing is read whole. */
export async function readAgain(
  { journal, signal }: Pick<SyncRequest, "journal" | "signal">,
  side: Side,
  store: ItemStore,
  feed: Feed,
): Promise<void> {
  const notes: Notes = { late: new Set(), newest: new Map() };
  await readFeed({ journal, signal, side, store, scope: undefined, notes, later: true }, feed, false);
}

/** Places whose numbers a look does not tell; nobody may take them for empty. */
function silentPlaces({ places, feeds }: Look): readonly PlaceId[] {
  const numbered = new Set(feeds.flatMap((feed) => feed.places));
  return places.filter((place) => place.selectable && !numbered.has(place.id)).map((place) => place.id);
}

function uncounted(about: PlaceId): Fault {
  return new Fault({
    code: "look.incomplete",
    message: "Its numbers are not told",
    spoils: "place",
    retry: "later",
    about,
    remedy: "look at the folder's rights",
  });
}

const isBrief = ({ spoils, retry }: Fault): boolean =>
  typeof retry === "object" && (spoils === "place" || spoils === "item");

/**
 * Takes into the journal what changed on one side: only feeds whose numbers are no longer the journal's are read, and feeds that are gone
 * are dropped. `managed` says which feeds count; others are left as they were. A folder that cannot be read spoils itself alone.
 */
export async function readSide(
  request: Pick<SyncRequest, "journal" | "signal">,
  side: Side,
  store: ItemStore,
  look: Look,
  managed: (feed: Pick<Feed, "id" | "places">) => boolean,
  scope: SyncScope | undefined,
): Promise<Reading> {
  const { journal, signal } = request;
  const records = new Map((await journal.feeds(side)).map((record) => [record.id, record]));
  const notes: Notes = { late: new Set(), newest: new Map() };
  const unread = new Map<PlaceId, Fault>();
  const moved = look.feeds.filter((feed) => managed(feed) && !unchanged(feed, records.get(feed.id)));
  await sideBySide(moved, widthOf(store), async (feed) => {
    try {
      await readFeedResuming({ journal, signal, side, store, scope, notes }, feed);
    } catch (thrown) {
      if (signal.aborted) throw interrupted();
      const fault = asFault(thrown, { code: "read.failed", spoils: "mailbox", retry: "later", about: feed.id });
      if (fault.spoils !== "place" && fault.spoils !== "item") throw fault;
      for (const place of feed.places) unread.set(place, fault);
    }
  });
  for (const place of silentPlaces(look)) {
    if (managed({ id: place, places: [place] })) unread.set(place, uncounted(place));
  }
  const there = new Set(look.feeds.map(({ id }) => id));
  for (const id of records.keys()) if (!there.has(id) && managed({ id, places: [] })) await journal.drop(side, id);
  return { unread, ...notes };
}
