import { Fault, interrupted } from "../../model/fault.ts";
import type { Cursor, Entry, Feed, ItemId, Page } from "../../model/item.ts";
import type { Json } from "../../model/json.ts";
import type { AllMail } from "./all-mail.ts";
import type { Line } from "./connect.ts";
import { entryItems, entryOf } from "./entry.ts";
import { expectOk } from "./faults.ts";
import type { Lane } from "./lane.ts";
import { modseqOf, type Selected, versionOf } from "./select.ts";
import { countOf, numbersOf } from "./wire/command.ts";
import { type Response, textOf } from "./wire/response.ts";

/** Where a reading may go on. All were true before it began. */
interface FolderCursor {
  readonly validity: string;
  readonly next: number;
  readonly exists: number;
  /** Decimal; absent where the folder has no modification sequences. */
  readonly modseq?: string;
  /** The last message that was read there. */
  readonly last?: Witness;
}

/** A message that tells whether numbers are still those of the messages that had them. */
interface Witness {
  readonly uid: number;
  readonly size: number;
  readonly date: number;
}

const pageSize = 1000;
/** Pages that wait for their reader before the server is told to hold on. */
const waitingPages = 3;
/** Vanished UIDs that are taken one by one; a server that forgot its history names everything that is not there. */
const mostVanished = 50_000;

/** What a reading asks for: the messages changed since a modification sequence, or all of them. */
interface Ask {
  readonly whole: boolean;
  readonly since?: string;
  readonly vanished?: true;
}

function brokenCursor(feed: Feed, code: string, message: string): Fault {
  return new Fault({
    code,
    message,
    spoils: "mailbox",
    retry: "later",
    about: feed.id,
    remedy: "look whether the folder is the one it was; nothing was changed",
  });
}

/** Throws `cursor.expired` where the folder was renumbered, and `look.fallen` where its next UID is less than it was. */
function checkCursor(feed: Feed, cursor: FolderCursor | undefined, folder: Selected): void {
  if (folder.validity !== feed.epoch)
    throw new Fault({
      code: "place.restless",
      message: "The folder was renumbered while it was looked at",
      spoils: "place",
      retry: "later",
      about: feed.id,
    });
  if (cursor === undefined) return;
  if (cursor.validity !== folder.validity) throw brokenCursor(feed, "cursor.expired", "The folder was renumbered");
  if (folder.next !== undefined && cursor.next > folder.next)
    throw brokenCursor(
      feed,
      "look.fallen",
      "The folder's next UID has fallen: it is another folder, or an old copy of it",
    );
}

/**
 * What to ask for; undefined where that is to be counted first. Modification sequences that are missing, or lower than they were, tell
 * nothing (RFC 7162, 3.1.2.2).
 */
function askAtOnce(
  line: Line,
  cursor: FolderCursor | undefined,
  { modseq }: Pick<Selected, "modseq">,
): Ask | undefined {
  const since = modseqOf(cursor?.modseq);
  if (cursor === undefined || since === 0n || modseq < since) return { whole: true };
  return line.enabled.qresync ? { whole: false, since: String(since), vanished: true } : undefined;
}

/** The same where it may be counted. Without QRESYNC what vanished is not told: only where the numbers add up, nothing did. */
async function askFor(line: Line, cursor: FolderCursor | undefined, folder: Selected): Promise<Ask> {
  const atOnce = askAtOnce(line, cursor, folder);
  if (atOnce !== undefined || cursor?.modseq === undefined) return atOnce ?? { whole: true };
  const added = folder.next === undefined ? undefined : await countFrom(line, cursor.next, folder.next - 1);
  return cursor.exists + (added ?? Number.NaN) === folder.exists
    ? { whole: false, since: cursor.modseq }
    : { whole: true };
}

/** How many messages have a UID in the range, both ends included. */
async function countFrom({ wire }: Line, from: number, to: number): Promise<number | undefined> {
  if (from > to) return 0;
  let count = 0;
  const done = await wire.run([`UID SEARCH UID ${from}:${to}`], (response) => {
    if (response.name === "SEARCH")
      count += response.values.filter((value) => /^\d+$/.test(textOf(value) ?? "")).length;
  });
  return done.name === "OK" ? count : undefined;
}

/**
 * One reading of a folder in one command, page by page as it comes: nothing can be expunged meanwhile (RFC 3501, 7.4.1), so that a whole
 * reading is whole. The cursor is how the folder stood when it was opened.
 */
export async function* readChanges(
  lane: Lane,
  feed: Feed,
  since: Cursor | undefined,
  options: { readonly signal: AbortSignal; readonly until?: Json },
  allMail?: AllMail,
): AsyncIterable<Page> {
  const seen = standingOf(feed);
  if (since === undefined && feed.count === 0 && seen.next === 1) {
    // It never held a message.
    yield { whole: true, entries: [], gone: [], next: nextOf(seen) };
    return;
  }
  const pages = createPages(options.signal);
  const limit = options.until === undefined ? undefined : (options.until as { readonly next: number }).next;
  const cursor = since as unknown as FolderCursor | undefined;
  const reading = lane
    .ahead(feed.id, { fresh: true }, async (line, opening) => {
      const opened = opening.then((folder) => {
        checkCursor(feed, cursor, folder);
        return folder;
      });
      const facts = { line, feed, last: cursor?.last, limit, pages, allMail };
      let outcome = await readAhead(facts, cursor, seen, opened);
      const folder = await opened;
      outcome ??= await fetchPages({ ...facts, folder, ask: await askFor(line, cursor, folder) }, opened);
      // What vanished cannot be named one by one: then the whole folder is read, and what it lacks is gone.
      if (outcome === "forgotten") await fetchPages({ ...facts, folder, ask: { whole: true } }, opened);
    })
    .then(pages.end, pages.fail);
  try {
    yield* pages.read();
  } finally {
    pages.abandon();
    await reading;
  }
}

/** How the folder stood when it was looked at. */
type Standing = Pick<Selected, "validity" | "next" | "exists" | "modseq">;

function standingOf({ epoch, count, version, watermark }: Feed): Standing {
  const modseq = modseqOf(version?.split(":").at(-1));
  return { validity: epoch, next: (watermark as { readonly next: number }).next, exists: count, modseq };
}

/** True where the folder stands as it did when a reading that ended in this cursor began. */
export function standsAs(feed: Feed, next: Cursor | undefined): boolean {
  const now = nextOf(standingOf(feed)) as unknown as FolderCursor;
  const { validity, next: uid, exists, modseq } = (next ?? {}) as Partial<FolderCursor>;
  return (
    modseq !== undefined &&
    modseq === now.modseq &&
    validity === now.validity &&
    uid === now.next &&
    exists === now.exists
  );
}

function nextOf({ validity, next = 1, exists, modseq }: Standing, last?: Witness): Cursor {
  const more = last === undefined ? {} : { last: { ...last } };
  return { validity, next, exists, ...(modseq > 0n ? { modseq: String(modseq) } : {}), ...more };
}

/**
 * A folder that was brought back from a backup gives the numbers since out anew, and once as many came again its own numbers do not tell:
 * the witness does, who is asked for ahead of the rest.
 */
interface Hearing {
  /** Resolves once the witness was heard, or is known to be gone; throws `cursor.expired` where it is another message by now. */
  readonly over: Promise<void>;
  take(entry: Entry & Witness): void;
  ended(done: Promise<Response>): void;
}

function hear(feed: Feed, last: Witness): Hearing {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  promise.catch(() => undefined);
  return {
    over: promise,
    take: ({ uid, size, date }) => {
      if (uid !== last.uid) return;
      if (size === last.size && date === last.date) resolve();
      else reject(brokenCursor(feed, "cursor.expired", "The folder's numbers are other messages' by now"));
    },
    ended: (done) =>
      void done.then((said) => void expectOk(said, "Reading what changed", feed.id, "place")).then(resolve, reject),
  };
}

interface Fetch {
  readonly line: Line;
  readonly feed: Feed;
  readonly folder: Standing;
  readonly ask: Ask;
  readonly last: Witness | undefined;
  readonly limit: number | undefined;
  readonly pages: Pages;
  readonly allMail: AllMail | undefined;
}

/**
 * Reads without waiting for the folder to be opened, by what the look told of it, which saves a round trip. Undefined where something
 * else is to be asked than was, or nothing could be asked so: then nothing was told to anyone.
 */
async function readAhead(
  facts: Omit<Fetch, "folder" | "ask">,
  cursor: FolderCursor | undefined,
  seen: Standing,
  opened: Promise<Selected>,
): Promise<"read" | "forgotten" | undefined> {
  const { line } = facts;
  const ask = askAtOnce(line, cursor, seen);
  if (ask === undefined) return undefined;
  const fits = opened.then((folder) => {
    const asked = askAtOnce(line, cursor, folder);
    if (asked?.whole !== ask.whole || folder.modseq > 0n !== seen.modseq > 0n) throw otherwise;
    return folder;
  });
  fits.catch(() => undefined);
  return fetchPages({ ...facts, folder: seen, ask }, fits).catch(async (thrown: unknown) => {
    // The folder's own fault says more than that of the command behind it.
    await opened;
    if (thrown === otherwise) return undefined;
    throw thrown;
  });
}

const otherwise = new Error("The folder stands otherwise than it was seen");

/** Nothing is given out before the folder is open, and what was asked fits it. */
async function fetchPages(
  { line, feed, folder, ask, last, limit, pages, allMail }: Fetch,
  opened: Promise<Selected>,
): Promise<"read" | "forgotten"> {
  const { whole } = ask;
  const held: Page[] = [];
  let open = false;
  let newest: Witness | undefined;
  let entries: Entry[] = [];
  const vanished: string[] = [];
  /** In another folder by now, where they are read. */
  const filed: ItemId[] = [];
  const give = (page: Page): void => void (open ? pages.put(page, line) : held.push(page));
  const hearing = whole || last === undefined ? undefined : hear(feed, last);
  const opening = opened.then(async (found) => {
    await hearing?.over;
    open = true;
    for (const page of held.splice(0)) pages.put(page, line);
    return found;
  });
  opening.catch(() => undefined);
  const take = (response: Response): void => {
    if (response.name === "VANISHED") vanished.push(textOf(response.values.at(-1)) ?? "");
    const entry = entryOf(feed.id, response);
    if (entry === undefined) return;
    const { uid, ...facts } = entry;
    hearing?.take(entry);
    if (uid > (newest?.uid ?? 0)) newest = { uid, size: entry.size, date: entry.date };
    if (allMail?.isFiled(response) === true) {
      filed.push(entry.id);
      return;
    }
    entries.push(limit !== undefined && uid >= limit ? { ...facts, late: true } : facts);
    if (entries.length < pageSize) return;
    give({ whole, entries, gone: [] });
    entries = [];
  };
  const labels = allMail === undefined ? "" : " X-GM-LABELS";
  const modifier = ask.since === undefined ? "" : ` (CHANGEDSINCE ${ask.since}${ask.vanished ? " VANISHED" : ""})`;
  const items = `${entryItems(line.abilities, folder)}${labels}`;
  // Dovecot answers a FETCH ahead of the tagged line of the one before: what comes may be either's.
  if (last !== undefined) hearing?.ended(line.wire.run([`UID FETCH ${last.uid} (${items})`], take));
  const done = await line.wire.run([`UID FETCH 1:* (${items})${modifier}`], take);
  const found = await opening;
  // Of an empty folder some servers have no message to name (RFC 3501, 9, seq-number).
  if (!(whole && found.exists === 0)) expectOk(done, "Reading what changed", feed.id, "place");
  const sets = vanished.filter((set) => set !== "");
  if (!whole && sets.reduce((sum, set) => sum + countOf(set), 0) > mostVanished) return "forgotten";
  const gone = whole ? [] : [...filed, ...sets.flatMap(numbersOf).map(String)];
  const next = nextOf({ ...found, next: found.next ?? standingOf(feed).next }, newest);
  const version = found.next === undefined ? {} : versionOf(found.next, found.exists, found.modseq);
  give({ whole, entries, gone: gone.map((id) => ({ place: feed.id, id })), next, ...version });
  return "read";
}

/** Pages between the line and their reader: a few wait, then the line does. */
interface Pages {
  put(page: Page, line: Line): void;
  end(): void;
  fail(thrown: unknown): void;
  read(): AsyncIterable<Page>;
  /** Nobody reads any more: what comes is thrown away. */
  abandon(): void;
}

function createPages(signal: AbortSignal): Pages {
  const waiting: Page[] = [];
  let line: Line | undefined;
  let over: { readonly thrown?: unknown } | undefined;
  let left = false;
  let wake: (() => void) | undefined;
  const resume = (): void => {
    if (left || waiting.length < waitingPages) line?.wire.resume();
  };
  return {
    put: (page, on) => {
      line = on;
      if (left) return;
      waiting.push(page);
      if (waiting.length >= waitingPages) on.wire.pause();
      wake?.();
    },
    end: () => {
      over = {};
      wake?.();
    },
    fail: (thrown) => {
      over = { thrown };
      wake?.();
    },
    read: async function* () {
      for (;;) {
        const page = waiting.shift();
        resume();
        if (page !== undefined) {
          yield page;
          if (signal.aborted) throw interrupted();
        } else if (over === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        } else if ("thrown" in over) throw over.thrown;
        else return;
      }
    },
    abandon: () => {
      left = true;
      resume();
    },
  };
}
