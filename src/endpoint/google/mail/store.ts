import type { ItemStore } from "../../../contract/item-store.ts";
import { interrupted } from "../../../model/fault.ts";
import type { Edit, NewItem } from "../../../model/item.ts";
import type { Options } from "../../../contract/options.ts";
import { changes } from "./changes.ts";
import { createCopies } from "./copies.ts";
import { edit } from "./edit.ts";
import type { Labels } from "./labels.ts";
import { labelsOf, lookAt, standOf } from "./look.ts";
import { asMailFault, type Mailbox, told } from "./mailbox.ts";
import { createPlace, renamePlace } from "./places.ts";
import { headers, read } from "./read.ts";
import { since } from "./since.ts";
import { write } from "./write.ts";

const batch = { items: 50, bytes: 4 * 1024 * 1024, inFlight: 2, atomic: false } as const;
const acts: ReadonlySet<Edit["act"]> = new Set<Edit["act"]>(["mark", "move", "remove"]);

/** A mailbox by the Gmail API. */
export function createMailStore(mailbox: Mailbox, use: "source" | "destination", giveBack: () => void): ItemStore {
  let known: Labels | undefined;
  let empty = false;
  let undated = 0;
  const copies = createCopies(mailbox, () => empty);
  const labels = async (options: Options): Promise<Labels> => (known ??= await labelsOf(mailbox, options));
  const anew = async (options: Options): Promise<Labels> => (known = await labelsOf(mailbox, options));

  const ofMailbox = async <T>({ signal }: Options, work: () => Promise<T>): Promise<T> => {
    if (signal.aborted) throw interrupted();
    try {
      return await work();
    } catch (thrown) {
      throw asMailFault(thrown, mailbox);
    }
  };

  const undate = (item: NewItem): void => {
    if (item.place !== "TRASH" && item.place !== "SPAM") undated += 1;
  };

  return {
    batch,
    look: (options) =>
      ofMailbox(options, async () => {
        const look = await lookAt(mailbox, options, use === "destination");
        known = undefined;
        empty ||= look.feeds[0]?.count === 0;
        return look;
      }),
    changes: (_, cursor, options) => told(changes(mailbox, cursor, options), mailbox),
    headers: async function* (place, ids, options) {
      yield* told(headers(mailbox, place, ids, await labels(options), options), mailbox);
    },
    read: async function* (place, ids, options) {
      yield* told(read(mailbox, place, ids, await labels(options), batch.bytes, options), mailbox);
    },
    bookmark: (_, options) =>
      ofMailbox(options, async () => ({ historyId: (await standOf(mailbox, options)).historyId })),
    write: (items, options) =>
      ofMailbox(options, async () => {
        if (items.length === 0) return [];
        const writer = { mailbox, copies, labels: await labels(options), large: batch.bytes, undated: undate };
        return write(writer, items, options);
      }),
    since: async function* (place, bookmark, options) {
      yield* told(since(mailbox, place, bookmark, await anew(options), options), mailbox);
    },
    edit: {
      acts,
      run: (edits, options) => ofMailbox(options, async () => edit(mailbox, edits, await labels(options), options)),
    },
    place: {
      create: (spec, options) => ofMailbox(options, () => createPlace(mailbox, spec, () => anew(options), options)),
      rename: (id, spec, options) =>
        ofMailbox(options, () => renamePlace(mailbox, id, spec, () => anew(options), options)),
    },
    close: async () => {
      if (undated > 0) mailbox.emit({ type: "finding", finding: undatedFinding(mailbox.user, undated) });
      undated = 0;
      giveBack();
    },
  };
}

const undatedFinding = (about: string, count: number) =>
  ({
    code: "google.dates",
    severity: "warning",
    about,
    message: `${count} messages came at another time than their Date header says, or have none: Gmail's API sorts them by that header, or as of now`,
    remedy: "where that matters, write `mail: {by: imap}` in the endpoint: IMAP brings the date",
  }) as const;
