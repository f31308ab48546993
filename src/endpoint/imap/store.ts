import type { ItemStore, Look } from "../../contract/item-store.ts";
import type { Budget } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import { Fault } from "../../model/fault.ts";
import type { Bookmark, Entry, Naming, Place, PlaceId } from "../../model/item.ts";
import { readChanges } from "./changes.ts";
import type { Line } from "./connect.ts";
import { actsOf, editItems } from "./edit.ts";
import { spoiling } from "./faults.ts";
import { createLane, type LaneParts } from "./lane.ts";
import { batchBytes, batchItems } from "./limits.ts";
import { lookOf, quietFolder, standingAt, type Survey, surveyFolders } from "./look.ts";
import { createNames } from "./names.ts";
import { createPlace, renamePlace, setSubscribed } from "./place.ts";
import { roomOf } from "./quota.ts";
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
  release(): void;
}

/** Where a folder stood before a write. */
interface FolderMark {
  readonly validity: string;
  readonly next: number;
}

/** The mail of one owner on an IMAP server, over one connection. `first` is that connection. */
export function createImapStore(first: Line, use: "source" | "destination", parts: StoreParts): ItemStore {
  const { about, user, budget } = parts;
  const { abilities } = first;
  const names = createNames(first.namespaces, abilities.utf8);
  const marks = new Map<PlaceId, Place["marks"]>();
  /** UIDVALIDITY of each folder as it was last seen. */
  const validities = new Map<PlaceId, string>();
  let opened: Line | undefined = first;
  const lane = createLane({
    open: async () => {
      const line = opened ?? (await parts.open());
      opened = undefined;
      return line;
    },
    wireName: names.wireOf,
    calm: parts.calm,
    note: parts.note,
    selected: (folder) => {
      marks.set(folder.place, folder.marks);
      validities.set(folder.place, folder.validity);
    },
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

  async function look(): Promise<Look> {
    try {
      const survey = await lane.outside((line) => surveyFolders(line, names, about));
      await learnMarks(survey);
      const naming = use === "source" ? anyName : await lane.outside((line) => parts.naming(line, names.idAt([""])));
      const room = use === "source" ? undefined : await lane.outside((line) => roomOf(line, names.wireOf("INBOX")));
      return { ...lookOf(survey, { names, naming, marksOf }, user), ...(room === undefined ? {} : { room }) };
    } catch (thrown) {
      throw thrown instanceof Fault && thrown.spoils === "item" ? spoiling(thrown, "mailbox") : thrown;
    }
  }

  /** Asked anew each time: what a user filed before is never taken for ours. */
  async function bookmark(place: PlaceId): Promise<Bookmark> {
    const { validity, next } = await lane.outside((line) => standingAt(line, place, names));
    validities.set(place, validity);
    return { validity, next };
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
    const [one] = items;
    if (one === undefined) return [];
    const keywords = items.some((item) => item.marks.some((mark) => !mark.startsWith("\\")));
    if (keywords && !marks.has(one.place)) await lane.inside(one.place, { writing: true }, async () => undefined);
    const validity = validities.get(one.place);
    // Courier appends to no folder that this session has open for reading.
    const line = await lane.outside(async (on) => on);
    const target = {
      line,
      place: one.place,
      name: names.wireOf(one.place),
      validity,
      marks: marksOf(one.place),
      budget,
    };
    try {
      return await writeItems(target, items, options);
    } catch (thrown) {
      parts.note(thrown);
      throw thrown;
    }
  }

  const inPlace = { lane, names, marksOf };
  return {
    batch: { items: batchItems, bytes: batchBytes, inFlight: 2, atomic: abilities.multiappend },
    look,
    changes: (feed, cursor, options) => readChanges(lane, feed, cursor, options),
    headers: (place, ids, options) => readHeaders(lane, place, ids, options),
    read: (place, ids, options) => readItems(lane, place, ids, budget, options),
    bookmark,
    write,
    since,
    edit: { acts: actsOf(first), run: (edits, options) => editItems(lane, edits, names.wireOf, options) },
    place: {
      create: (spec) => createPlace(inPlace, spec),
      rename: (place, spec) => renamePlace(inPlace, place, spec),
      subscribe: (place, on) => setSubscribed(inPlace, place, on),
    },
    ...(abilities.idle ? { watch: (options: Options) => watchMailbox(lane, parts, options) } : {}),
    close: async () => {
      await lane.close();
      parts.release();
    },
  };
}

const anyName: Naming = { illegal: "", foldsCase: false, maxPart: 1000 };

/** A folder that cannot be opened tells nothing, and spoils nothing. */
function ofPlace(thrown: unknown): void {
  if (!(thrown instanceof Fault) || thrown.spoils !== "place") throw thrown;
}
