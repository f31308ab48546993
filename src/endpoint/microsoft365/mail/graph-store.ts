import { Readable } from "node:stream";
import type { Budget, Clock } from "../../../contract/endpoint.ts";
import type { ItemStore } from "../../../contract/item-store.ts";
import type { Options } from "../../../contract/options.ts";
import { Fault, recordOf } from "../../../model/fault.ts";
import type { ItemId, PlaceId, ReadItem } from "../../../model/item.ts";
import { isDone } from "../answer.ts";
import type { Graph } from "../graph.ts";
import { entryOf, readChanges, readMessages } from "./changes.ts";
import { readFolders } from "./folders.ts";
import { createMailbox, type Mailbox } from "./mailbox.ts";
import { flagOf } from "./marks.ts";
import { octetsOf } from "./octets.ts";

/** Octets of a batch; what is larger comes as a stream. */
const largest = 4 * 1024 * 1024;

/** Bodies that are read at one time; Exchange Online answers four requests of a mailbox at once. */
const window = 4;

export interface GraphStoreSettings {
  readonly about: string;
  readonly user: string;
  readonly graph: Graph;
  readonly clock: Clock;
  readonly budget: Budget;
}

/** A mailbox by Graph, to be read: for where IMAP is closed. Graph makes only drafts, so that nothing is written here. */
export function createGraphStore(
  { about, user, graph, clock, budget }: GraphStoreSettings,
  { proves = false }: { readonly proves?: boolean } = {},
): ItemStore {
  const mailbox = createMailbox(about, user, graph, clock);
  const readonly = (): Promise<never> => Promise.reject(unwritten(about));
  return {
    batch: { items: 50, bytes: largest, inFlight: 1, places: 2, atomic: false },
    async look(options) {
      const folders = await readFolders(mailbox, options, proves);
      if (folders.length === 0) throw empty(about);
      // Taken before anything is read: what comes from now on is late.
      const watermark = clock.now();
      return {
        places: folders.map(({ place }) => place),
        feeds: folders.map(({ place, count }) => ({
          id: place.id,
          places: [place.id],
          epoch: "graph",
          count,
          watermark,
        })),
        naming: { illegal: "", foldsCase: true, maxPart: 255 },
        marks: "any",
      };
    },
    changes: (feed, since, options) => readChanges(mailbox, feed, since, options),
    async *headers(place, ids, options) {
      for await (const item of bodies({ mailbox, budget }, place, ids, options))
        if ("body" in item) yield { id: item.id, header: headerOf(await octetsOf(item.body)) };
    },
    read: (place, ids, options) => bodies({ mailbox, budget }, place, ids, options),
    bookmark: readonly,
    write: readonly,
    since: () => {
      throw unwritten(about);
    },
    place: { create: readonly },
    close: async () => {},
  };
}

/** Up to the blank line, whatever ends its lines. */
function headerOf(body: Uint8Array): Uint8Array {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const ends = ["\r\n\r\n", "\n\n"].map((end) => text.indexOf(end)).filter((at) => at >= 0);
  return ends.length === 0 ? body : body.subarray(0, Math.min(...ends));
}

interface From {
  readonly mailbox: Mailbox;
  readonly budget: Budget;
}

/** Messages with their octets (MIME), some at a time and in their order; a message that is refused is told alone. */
async function* bodies(from: From, place: PlaceId, ids: readonly ItemId[], options: Options): AsyncGenerator<ReadItem> {
  for (let begin = 0; begin < ids.length; begin += 20) {
    const known = await readMessages(from.mailbox, ids.slice(begin, begin + 20), options);
    const left = [...known];
    const under: Promise<ReadItem | undefined>[] = [];
    while (left.length > 0 || under.length > 0) {
      while (under.length < window && left.length > 0) {
        const [id, message] = left.shift() ?? ["", {}];
        const flag = flagOf(message);
        const entry = { ...entryOf(message, place), id, ...(flag !== undefined && { flag }) };
        const reading = readBody(from, entry, options);
        // Whoever stops listening before its turn hears of no failure.
        reading.catch(() => undefined);
        under.push(reading);
      }
      const item = await under.shift();
      if (item !== undefined) yield item;
    }
  }
}

async function readBody(
  { mailbox, budget }: From,
  entry: Omit<ReadItem, "body" | "fault">,
  options: Options,
): Promise<ReadItem | undefined> {
  const call = mailbox.call(`/messages/${encodeURIComponent(entry.id)}/$value`);
  const answered = await mailbox.graph.send({ ...call, method: "GET", spoils: "item" }, options);
  if (answered.status === 404) return undefined;
  if (isDone(answered)) {
    await budget.charge({ messages: 1, bytes: answered.octets.length }, options.signal);
    const { octets } = answered;
    const body = octets.length > largest ? Readable.from([octets], { objectMode: false }) : octets;
    return { ...entry, size: octets.length, body };
  }
  const fault = mailbox.refusal(answered, "Reading a message");
  if (fault.code === "permission.missing" || fault.code === "login.refused") throw fault;
  return { ...entry, fault: { ...recordOf(fault), spoils: "item" } };
}

export const unwritten = (about: string): Fault =>
  new Fault({
    code: "mail.readonly",
    message: "A mailbox is read by Graph, and not written: Graph makes drafts alone",
    spoils: "endpoint",
    about,
    remedy:
      "write mail: imap in the endpoint that is the destination; from tenant to tenant mail: transfer; or, where what is lost may be, reducedFidelity: true",
  });

const empty = (about: string): Fault =>
  new Fault({
    code: "look.empty",
    message: "The mailbox shows no folder at all",
    spoils: "mailbox",
    retry: "later",
    about,
    remedy: "run again: a mailbox that was just made has none for some minutes",
  });
