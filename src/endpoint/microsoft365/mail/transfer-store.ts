import type { ItemStore } from "../../../contract/item-store.ts";
import type { Options } from "../../../contract/options.ts";
import type { Rounds } from "../../http/round.ts";
import { isDone, textOf } from "../answer.ts";
import { readChanges, readMessages } from "./changes.ts";
import { createGraphStore } from "./graph-store.ts";
import { headerOf } from "./header.ts";
import { createImportSession } from "./import-session.ts";
import { createMailbox, type Mailbox } from "./mailbox.ts";
import { exactly, headed } from "./marks.ts";
import { createNative } from "./native.ts";
import { type WritingSettings, writingBy } from "./writing.ts";

export interface TransferSettings extends WritingSettings {
  readonly use: "source" | "destination";
  /** By which items are imported: without a token. */
  readonly rounds: Rounds;
  readonly outlook: string;
}

/** A mailbox whose messages go to another one of Exchange Online as they are: by its export and import. */
export function createTransferStore(settings: TransferSettings): ItemStore {
  const { about, user, graph, clock, budget, use } = settings;
  const mailbox = createMailbox(about, user, graph, clock);
  const reading = createGraphStore(settings, { proves: use === "destination" });
  const writing = writingBy(mailbox, settings, exactly);
  let known: Promise<string> | undefined;
  const id = (options: Options): Promise<string> => {
    const mine = (known ??= mailboxId(mailbox, options));
    mine.catch(() => (known = undefined));
    return mine;
  };
  const session = createImportSession({ ...settings, mailbox, id });

  return {
    ...reading,
    ...writing,
    batch: { items: 20, bytes: 4 * 1024 * 1024, inFlight: 1, places: 2, atomic: false },
    native: createNative({ mailbox, session, budget, id }),
    look(options) {
      writing.forget();
      return reading.look(options);
    },
    changes: (feed, since, options) =>
      use === "destination"
        ? writing.changes(feed, since, options)
        : readChanges(mailbox, feed, since, { ...options, telling: exactly }),
    async *headers(_, ids, options) {
      const found = await readMessages(mailbox, ids, options, headed);
      for (const each of ids) {
        const message = found.get(each);
        if (message !== undefined) yield { id: each, header: headerOf(message) };
      }
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
