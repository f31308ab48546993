import type { ItemStore } from "../../../contract/item-store.ts";
import type { Emit } from "../../../model/event.ts";
import type { Edit, Page } from "../../../model/item.ts";
import type { Json } from "../../../model/json.ts";
import type { Rounds } from "../../http/round.ts";
import { isDone, textOf } from "../answer.ts";
import type { Options } from "../../../contract/options.ts";
import { readChanges, readMessages } from "./changes.ts";
import { createCreated } from "./created.ts";
import { runEdits } from "./edit.ts";
import { createGraphStore, type GraphStoreSettings } from "./graph-store.ts";
import { headerOf } from "./header.ts";
import { createImportSession } from "./import-session.ts";
import { createMailbox, type Mailbox } from "./mailbox.ts";
import { exactly, headed } from "./marks.ts";
import { createNative } from "./native.ts";
import { createPlaces } from "./places.ts";

export interface TransferSettings extends GraphStoreSettings {
  readonly use: "source" | "destination";
  /** By which items are imported: without a token. */
  readonly rounds: Rounds;
  readonly outlook: string;
  readonly emit: Emit;
}

const acts: ReadonlySet<Edit["act"]> = new Set<Edit["act"]>(["mark", "move", "remove"]);

/** Where a folder's two deltas stand: all that changed, and what came. */
interface Stand {
  readonly changes: string;
  readonly created: string;
}

/** A mailbox whose messages go to another one of Exchange Online as they are: by its export and import. */
export function createTransferStore(settings: TransferSettings): ItemStore {
  const { about, user, graph, clock, budget, use, emit } = settings;
  const mailbox = createMailbox(about, user, graph, clock);
  const reading = createGraphStore(settings, { proves: use === "destination" });
  const created = createCreated(mailbox);
  const places = createPlaces(mailbox);
  const unset = new Map<string, number>();
  const note = (mark: string): void => void unset.set(mark, (unset.get(mark) ?? 0) + 1);
  let known: Promise<string> | undefined;
  const id = (options: Options): Promise<string> => {
    const mine = (known ??= mailboxId(mailbox, options));
    mine.catch(() => (known = undefined));
    return mine;
  };
  const session = createImportSession({ ...settings, mailbox, id });

  return {
    ...reading,
    batch: { items: 20, bytes: 4 * 1024 * 1024, inFlight: 1, places: 2, atomic: false },
    native: createNative({ mailbox, session, budget, id }),
    look(options) {
      places.forget();
      return reading.look(options);
    },
    async *changes(feed, since, options) {
      const from = since as Stand | undefined;
      const told = { ...options, telling: exactly };
      if (use === "source") return yield* readChanges(mailbox, feed, since, told);
      // Taken first, so that nothing that comes meanwhile is before it.
      const mark = await created.mark(feed.id, options, from?.created);
      for await (const page of readChanges(mailbox, feed, from?.changes, told))
        yield page.next === undefined
          ? page
          : ({ ...page, next: { changes: page.next, created: mark } } satisfies Page);
    },
    async *headers(_, ids, options) {
      const found = await readMessages(mailbox, ids, options, headed);
      for (const each of ids) {
        const message = found.get(each);
        if (message !== undefined) yield { id: each, header: headerOf(message) };
      }
    },
    bookmark: (place, options): Promise<Json> => created.mark(place, options),
    since: (place, bookmark, options) => created.since(place, bookmark, options),
    edit: {
      acts,
      run: (edits, options) => runEdits({ mailbox, unset: note }, edits, options),
    },
    place: { create: places.create, rename: places.rename },
    close: async () => {
      if (unset.size > 0) emit({ type: "finding", finding: unsetFinding(user, unset) });
      unset.clear();
    },
  };
}

/** The mailbox as Exchange's import and export call it (Microsoft Graph, exchangeSettings). */
export async function mailboxId(mailbox: Mailbox, options: Options): Promise<string> {
  const answered = await mailbox.graph.send({ ...mailbox.call("/settings/exchange"), method: "GET" }, options);
  const id = textOf(answered.body["primaryMailboxId"]);
  if (!isDone(answered) || id === undefined) throw mailbox.refusal(answered, "Asking for the mailbox's id");
  return id;
}

const unsetFinding = (about: string, unset: ReadonlyMap<string, number>) =>
  ({
    code: "marks.unset",
    severity: "warning",
    about,
    message: `Set at the source since the messages were brought, and by Graph in none that is there: ${[...unset].map(([mark, count]) => `${mark} (${count})`).join(", ")}`,
  }) as const;
