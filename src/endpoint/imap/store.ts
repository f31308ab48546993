import type { ItemStore, Look, LookOptions } from "../../contract/item-store.ts";
import type { Budget, UseOptions } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import { Fault, spoiling } from "../../model/fault.ts";
import type { Bookmark, Entry, Naming, Place, PlaceId, Receipt } from "../../model/item.ts";
import { type AllMail, allMailOf, withArchive } from "./all-mail.ts";
import { readChanges } from "./changes.ts";
import type { Line } from "./connect.ts";
import type { Held } from "./parking.ts";
import { actsOf, editItems } from "./edit.ts";
import { createLane, type Lane, type LaneParts } from "./lane.ts";
import { createLanes } from "./lanes.ts";
import { batchBytes, batchItems, wholeBytes } from "./limits.ts";
import { lookOf, quietFolder, standingAt, type Survey, surveyFolders } from "./look.ts";
import { createNames } from "./names.ts";
import { createPlace, renamePlace, setSubscribed } from "./place.ts";
import { roomOf } from "./quota.ts";
import type { Recall } from "./recall.ts";
import { readEntries, readHeaders, readItems } from "./read.ts";
import { watchMailbox, type Watching } from "./watch.ts";
import { writeItems } from "./write.ts";

/** What a store is made of: the way to the server, and what its endpoint shares among all stores. */
export interface StoreParts extends Pick<LaneParts, "open" | "calm" | "note">, Watching {
  readonly about: string;
  readonly user: string;
  readonly budget: Budget;
  /** What folders may be called; asked of the server where something is to be made. */
  naming(line: Line, prefix: string): Promise<Naming>;
  /** Milliseconds of a round trip, the shortest that was seen: a busy process measures itself. */
  trip(): number;
  /** Another connection beside the first, where the limits have one to spare and the server lets it in. */
  more(): Promise<Held | undefined>;
  readonly recall: Recall;
  /** Takes a line that is needed no more, or says that it is to be closed. */
  keep(held: Held): boolean;
}

/** Where a folder stood before a write. */
interface FolderMark {
  readonly validity: string;
  readonly next: number;
}

/** Connections, and folders worked in at a time: more gain nothing where the servers are what is waited for. */
const lanes = { one: 1, near: 2, far: 4 } as const;
/** Milliseconds of a round trip from which on the way is what is waited for. */
const farAway = 5;

/** A login is a process at the server, which a mailbox among many does not earn. */
const lanesOf = ({ wide = false }: Pick<UseOptions, "wide">, trip: number): number =>
  lanes[!wide ? "one" : trip > farAway ? "far" : "near"];

/** The mail of one owner on an IMAP server, over one connection or several. `held` is the one that is always there. */
export function createImapStore(held: Held, how: Pick<UseOptions, "use" | "wide">, parts: StoreParts): ItemStore {
  const { use } = how;
  const { about, user, budget } = parts;
  const { line: first } = held;
  const { abilities } = first;
  const names = createNames(first.namespaces, abilities.utf8);
  const marks = new Map<PlaceId, Place["marks"]>();
  /** UIDVALIDITY of each folder as it was last seen. */
  const validities = new Map<PlaceId, string>();
  /** UIDNEXT after the last write that was acknowledged, and how many are under way. */
  const writes = new Map<PlaceId, { mark: FolderMark; under: number }>();
  /** Of a source at Gmail, as the last look showed it. */
  let allMail: AllMail | undefined;
  const laneOver = ({ line, release }: Held): Lane =>
    createLane({
      first: line,
      open: parts.open,
      wireName: names.wireOf,
      calm: parts.calm,
      note: parts.note,
      selected: (folder) => {
        marks.set(folder.place, folder.marks);
        validities.set(folder.place, folder.validity);
      },
      keep: (kept) => parts.keep({ line: kept, release }),
      release,
    });
  const places = lanesOf(how, parts.trip());
  const one = laneOver(held);
  const lane = createLanes(one, places, async () => {
    const more = await parts.more();
    return more && laneOver(more);
  });

  /** What a folder keeps that was not opened for writing: what any other does, for servers set it for all alike. */
  const marksOf = (id: PlaceId | undefined): Place["marks"] =>
    (id === undefined ? undefined : marks.get(id)) ?? marks.values().next().value ?? "any";

  /** PERMANENTFLAGS come with SELECT alone, which also tells this session what is \Recent: a folder is taken where that changes nothing. */
  async function learnMarks(survey: Survey): Promise<void> {
    if (use === "source" || marks.size > 0) return;
    const place = quietFolder(survey) ?? survey.listed.find(({ id }) => survey.standings.has(id))?.id;
    if (place !== undefined) await lane.inside(place, { writing: true }, async () => undefined).catch(ofPlace);
  }

  /** What may be written here, and how much where somebody wants to know. */
  async function askLimits(line: Line, wanted: boolean): Promise<Pick<Look, "naming" | "room">> {
    if (use === "source") return { naming: anyName };
    const asked = [
      parts.naming(line, names.idAt([""])),
      wanted ? roomOf(line, names.wireOf("INBOX")) : undefined,
    ] as const;
    const [naming, room] = await Promise.all(asked);
    return { naming, ...(room === undefined ? {} : { room }) };
  }

  async function look({ room }: LookOptions): Promise<Look> {
    try {
      const ask = (line: Line) => Promise.all([surveyFolders(line, names, about), askLimits(line, room === true)]);
      const [survey, { naming, ...more }] = await lane.outside(ask).catch((thrown: unknown) => {
        if (!isLost(thrown)) throw thrown;
        return lane.outside(ask);
      });
      await learnMarks(survey);
      const seen = { ...lookOf(survey, { names, naming, marksOf }, user), ...more };
      allMail = use === "source" && abilities.gmail ? allMailOf(survey, seen, names) : undefined;
      return allMail === undefined ? seen : withArchive(seen, allMail);
    } catch (thrown) {
      throw thrown instanceof Fault && thrown.spoils === "item" ? spoiling(thrown, "mailbox") : thrown;
    }
  }

  /**
   * Asked anew wherever nothing is being written: what a user filed before is never taken for ours. Beside a write the server would answer
   * after it alone, and the next one would wait: the ids that it gave out last tell nearly the same.
   */
  async function bookmark(place: PlaceId): Promise<Bookmark> {
    const write = writes.get(place);
    if (write !== undefined && write.under > 0) return { ...write.mark };
    const { validity, next } = await lane.beside(place, (line) => standingAt(line, place, names));
    validities.set(place, validity);
    const mark = { validity, next };
    if (write === undefined) writes.set(place, { mark, under: 0 });
    else write.mark = mark;
    return { ...mark };
  }

  /** Runs a write, and keeps where the folder stands after it. */
  async function marking(place: PlaceId, work: () => Promise<readonly Receipt[]>): Promise<readonly Receipt[]> {
    const write = writes.get(place) ?? { mark: { validity: "", next: 1 }, under: 0 };
    writes.set(place, write);
    write.under += 1;
    try {
      const receipts = await work();
      const ids = receipts.map((receipt) => ("id" in receipt ? Number(receipt.id) : 0));
      write.mark = { ...write.mark, next: Math.max(write.mark.next, ...ids.map((id) => id + 1)) };
      return receipts;
    } finally {
      write.under -= 1;
    }
  }

  async function* since(place: PlaceId, mark: Bookmark): AsyncIterable<Entry> {
    const { validity, next } = mark as unknown as FolderMark;
    const came = await lane.inside(place, { fresh: true }, async (line, folder) => {
      const from = folder.validity === validity ? next : 1;
      // `n:*` names the last message even when n is beyond it (RFC 3501, 6.4.8).
      return [...(await readEntries(line, folder, `${from}:*`))].filter(([uid]) => uid >= from);
    });
    for (const [, entry] of came) yield entry;
  }

  async function write(items: Parameters<ItemStore["write"]>[0], options: Options): ReturnType<ItemStore["write"]> {
    const [head] = items;
    if (head === undefined) return [];
    const keywords = items.some((item) => item.marks.some((mark) => !mark.startsWith("\\")));
    if (keywords && !marks.has(head.place)) await lane.inside(head.place, { writing: true }, async () => undefined);
    const validity = validities.get(head.place);
    const target = { place: head.place, name: names.wireOf(head.place), validity, marks: marksOf(head.place), budget };
    try {
      // Courier appends to no folder that this session has open for reading.
      return await marking(head.place, () =>
        lane.beside(head.place, (line) => writeItems({ ...target, line }, items, options)),
      );
    } catch (thrown) {
      parts.note(thrown);
      throw thrown;
    }
  }

  const inPlace = { lane, names, marksOf };
  return {
    batch: {
      items: batchItems,
      bytes: batchBytes,
      whole: wholeBytes,
      inFlight: 2,
      places,
      ahead: true,
      atomic: abilities.multiappend,
    },
    tellsVersion: true,
    look,
    changes: (feed, cursor, options) => {
      if (feed.id === allMail?.id) return readChanges(lane, feed, cursor, options, allMail);
      const read = () => readChanges(lane, feed, cursor, options);
      // Who writes is no plan, whose readings somebody will want again.
      return writes.size > 0 ? read() : parts.recall.through(user, feed, cursor, options.until, read);
    },
    headers: (place, ids, options) => readHeaders(lane, place, ids, options),
    read: (place, ids, options) => readItems(lane, place, ids, budget, options),
    bookmark,
    write,
    since,
    edit: { acts: actsOf(first), run: (edits, options) => editItems(lane, edits, names.wireOf, options) },
    place: {
      create: (spec) => createPlace(inPlace, spec),
      rename: (place, spec) => renamePlace(inPlace, place, spec),
      // On one line alone: Courier writes its list of subscriptions anew for each, and of two at a time one is lost.
      subscribe: (place, on) => setSubscribed({ ...inPlace, lane: one }, place, on),
    },
    ...(abilities.idle ? { watch: (options: Options) => watchMailbox(lane, parts, options) } : {}),
    close: lane.close,
  };
}

/** A server ends a line between two commands as it likes (Cyrus where the open folder is deleted): it shows at the next one. */
const isLost = (thrown: unknown): boolean => thrown instanceof Fault && thrown.code === "connection.lost";

const anyName: Naming = { illegal: "", foldsCase: false, maxPart: 1000 };

/** A folder that cannot be opened tells nothing, and spoils nothing. */
function ofPlace(thrown: unknown): void {
  if (!(thrown instanceof Fault) || thrown.spoils !== "place") throw thrown;
}
