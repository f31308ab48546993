import { Fault, interrupted } from "../../model/fault.ts";
import type { Cursor, Entry, Feed, ItemId, Page } from "../../model/item.ts";
import type { Json } from "../../model/json.ts";
import type { AllMail } from "./all-mail.ts";
import type { Line } from "./connect.ts";
import { entryItems, entryOf } from "./entry.ts";
import { expectOk } from "./faults.ts";
import type { Lane } from "./lane.ts";
import { modseqOf, type Selected } from "./select.ts";
import { countOf, numbersOf } from "./wire/command.ts";
import { type Response, textOf } from "./wire/response.ts";

/** Where a reading may go on. All were true before it began. */
interface FolderCursor {
  readonly validity: string;
  readonly next: number;
  readonly exists: number;
  /** Decimal; absent where the folder has no modification sequences. */
  readonly modseq?: string;
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
 * What to ask for. Modification sequences that are missing, or lower than they were, tell nothing (RFC 7162, 3.1.2.2). Without QRESYNC
 * what vanished is not told: only where the numbers add up, nothing did.
 */
async function askFor(line: Line, cursor: FolderCursor | undefined, folder: Selected): Promise<Ask> {
  const since = modseqOf(cursor?.modseq);
  if (cursor === undefined || since === 0n || folder.modseq < since) return { whole: true };
  if (line.enabled.qresync) return { whole: false, since: String(since), vanished: true };
  const added = folder.next === undefined ? undefined : await countFrom(line, cursor.next, folder.next - 1);
  return cursor.exists + (added ?? Number.NaN) === folder.exists
    ? { whole: false, since: String(since) }
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
  const pages = createPages(options.signal);
  const limit = options.until === undefined ? undefined : (options.until as { readonly next: number }).next;
  const reading = lane
    .inside(feed.id, { fresh: true }, async (line, folder) => {
      const cursor = since as unknown as FolderCursor | undefined;
      checkCursor(feed, cursor, folder);
      const ask = await askFor(line, cursor, folder);
      const outcome = await fetchPages(line, feed, folder, ask, limit, pages, allMail);
      // What vanished cannot be named one by one: then the whole folder is read, and what it lacks is gone.
      if (outcome === "forgotten") await fetchPages(line, feed, folder, { whole: true }, limit, pages, allMail);
    })
    .then(pages.end, pages.fail);
  try {
    yield* pages.read();
  } finally {
    pages.abandon();
    await reading;
  }
}

function nextOf(feed: Feed, folder: Selected): Cursor {
  const next = folder.next ?? (feed.watermark as { readonly next: number }).next;
  const { validity, exists, modseq } = folder;
  return { validity, next, exists, ...(modseq > 0n ? { modseq: String(modseq) } : {}) };
}

async function fetchPages(
  line: Line,
  feed: Feed,
  folder: Selected,
  ask: Ask,
  limit: number | undefined,
  pages: Pages,
  allMail: AllMail | undefined,
): Promise<"read" | "forgotten"> {
  const { whole } = ask;
  let entries: Entry[] = [];
  const vanished: string[] = [];
  /** In another folder by now, where they are read. */
  const filed: ItemId[] = [];
  const take = (response: Response): void => {
    if (response.name === "VANISHED") vanished.push(textOf(response.values.at(-1)) ?? "");
    const entry = entryOf(feed.id, response);
    if (entry === undefined) return;
    const { uid, ...facts } = entry;
    if (allMail?.isFiled(response) === true) {
      filed.push(entry.id);
      return;
    }
    entries.push(limit !== undefined && uid >= limit ? { ...facts, late: true } : facts);
    if (entries.length < pageSize) return;
    pages.put({ whole, entries, gone: [] }, line);
    entries = [];
  };
  const last = (gone: readonly ItemId[]): void =>
    pages.put({ whole, entries, gone: gone.map((id) => ({ place: feed.id, id })), next: nextOf(feed, folder) }, line);
  if (folder.exists === 0 && whole) {
    last([]);
    return "read";
  }
  const labels = allMail === undefined ? "" : " X-GM-LABELS";
  const modifier = ask.since === undefined ? "" : ` (CHANGEDSINCE ${ask.since}${ask.vanished ? " VANISHED" : ""})`;
  const done = await line.wire.run([`UID FETCH 1:* (${entryItems(line.abilities, folder)}${labels})${modifier}`], take);
  expectOk(done, "Reading what changed", feed.id, "place");
  const sets = vanished.filter((set) => set !== "");
  if (!whole && sets.reduce((sum, set) => sum + countOf(set), 0) > mostVanished) return "forgotten";
  last(whole ? [] : [...filed, ...sets.flatMap(numbersOf).map(String)]);
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
