import type { ItemStore } from "../../../contract/item-store.ts";
import type { Options } from "../../../contract/options.ts";
import { Fault, type FaultRecord, interrupted, recordOf } from "../../../model/fault.ts";
import type { NewItem, Receipt } from "../../../model/item.ts";
import { isDone, textOf } from "../answer.ts";
import { createGraphStore } from "./graph-store.ts";
import { madeAnew } from "./made-anew.ts";
import { createMailbox, type Mailbox } from "./mailbox.ts";
import { marksOf, plainly } from "./marks.ts";
import { octetsOf } from "./octets.ts";
import { type WritingSettings, writingBy } from "./writing.ts";

/** Octets of a message that one request takes: Graph takes four MB, and a message is made whole, or not at all. */
const largest = 3 * 1024 * 1024;

const loses =
  "their octets as they came: signatures and encryption, all header fields but sender, recipients, subject, Message-ID and date, the text beside HTML, and how parts were put together";

/**
 * A mailbox to which messages are written by making them anew of what Graph has words for. Messages are no drafts by a property that no
 * document promises (PidTagMessageFlags).
 */
export function createReducedStore(settings: WritingSettings): ItemStore {
  const mailbox = createMailbox(settings.about, settings.user, settings.graph, settings.clock);
  const writing = writingBy(mailbox, settings, plainly);
  const reading = createGraphStore(settings, { proves: true });
  return {
    ...reading,
    ...writing,
    batch: { items: 20, bytes: largest, inFlight: 1, places: 2, atomic: false },
    flags: true,
    loses,
    async look(options) {
      writing.forget();
      return { ...(await reading.look(options)), room: { item: largest } };
    },
    write: (items, options) => makeAll({ ...settings, mailbox }, items, options),
  };
}

interface Making extends WritingSettings {
  readonly mailbox: Mailbox;
}

async function makeAll(making: Making, items: readonly NewItem[], options: Options): Promise<readonly Receipt[]> {
  const receipts: Receipt[] = [];
  for (const item of items) {
    if (options.signal.aborted) throw interrupted();
    const receipt = await makeOne(making, item, options);
    if (receipt !== undefined) receipts.push(receipt);
  }
  return receipts;
}

/** Undefined where nobody knows whether it was made. */
async function makeOne({ mailbox, budget }: Making, item: NewItem, options: Options): Promise<Receipt | undefined> {
  const { key, place, size } = item;
  const octets = await octetsOf(item.body);
  if (octets.length !== size) return { key, fault: fault("item.cut", "Not all of the message was read") };
  if (size > largest) return { key, fault: tooLarge };
  await budget.charge({ messages: 1, bytes: size }, options.signal);
  const body = await madeAnew(item, octets).catch(() => undefined);
  if (body === undefined)
    return { key, fault: fault("item.unreadable", "The message's parts could not be told apart") };
  const call = { ...mailbox.call(`/mailFolders/${encodeURIComponent(place)}/messages`), method: "POST", body } as const;
  try {
    const answered = await mailbox.graph.send(call, options);
    const id = textOf(answered.body["id"]);
    if (isDone(answered)) return { key, ...(id !== undefined && { id, objectId: id }), marks: marksOf(answered.body) };
    return { key, fault: recordOf(mailbox.refusal(answered, "Making a message", "item")) };
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.code === "outcome.unknown") return undefined;
    throw thrown;
  }
}

const fault = (code: string, message: string): FaultRecord =>
  recordOf(new Fault({ code, message, spoils: "item", retry: "later" }));

const tooLarge = recordOf(
  new Fault({
    code: "item.tooLarge",
    message: "Graph makes no message of more than 3 MB in one request",
    spoils: "item",
    retry: "later",
    remedy: "carry it by IMAP, or leave it out by `messages.maxSize`",
  }),
);
