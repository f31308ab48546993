import type { Budget } from "../../../contract/endpoint.ts";
import type { NativeItems } from "../../../contract/item-store.ts";
import type { Options } from "../../../contract/options.ts";
import { Fault, type FaultRecord, interrupted, recordOf } from "../../../model/fault.ts";
import type { ItemId, NativeItem, NewItem, PlaceId, Receipt } from "../../../model/item.ts";
import { inTurns } from "../../directory/turns.ts";
import { isDone, listOf, type Loose, looseOf, textOf } from "../answer.ts";
import { entryOf, readMessages } from "./changes.ts";
import { headerOf } from "./header.ts";
import { type ImportSession, timeFor } from "./import-session.ts";
import type { Mailbox } from "./mailbox.ts";
import { exactly, headed, marksOf, sizeOf } from "./marks.ts";
import { octetsOf } from "./octets.ts";

/** Items that one export takes (Microsoft Graph, mailbox: exportItems). */
const most = 20;

/** Imports that are under way at once; Exchange Online answers four requests of a mailbox at one time. */
const atOnce = 4;

export interface NativeSettings {
  readonly mailbox: Mailbox;
  readonly session: ImportSession;
  readonly budget: Budget;
  readonly id: (options: Options) => Promise<string>;
}

/** Messages as Exchange keeps them: exported from one mailbox, imported to another (FastTransfer streams, MS-OXCFXICS, 2.2.4). */
export const createNative = (settings: NativeSettings): NativeItems => ({
  form: "exchange",
  read: (place, ids, options) => exported(settings, place, ids, options),
  write: (items, options) => imported(settings, items, options),
});

async function* exported(
  settings: NativeSettings,
  place: PlaceId,
  ids: readonly ItemId[],
  options: Options,
): AsyncGenerator<NativeItem> {
  for (let begin = 0; begin < ids.length; begin += most) {
    const part = ids.slice(begin, begin + most);
    const known = await readMessages(settings.mailbox, part, options, headed);
    const asked = part.filter((id) => known.has(id));
    const data = await exportOf(settings, asked, known, options);
    for (const id of asked) {
      const [message, said] = [known.get(id), data.get(id)];
      if (message === undefined || said === undefined) continue;
      const entry = { ...entryOf(message, place, exactly), id };
      if (!("octets" in said)) yield { ...entry, fault: said };
      else {
        await settings.budget.charge({ messages: 1, bytes: said.octets.length }, options.signal);
        yield { ...entry, header: headerOf(message), body: said.octets };
      }
    }
  }
}

type Exported = { readonly octets: Uint8Array } | FaultRecord;

/** Exports by id; who is gone is left out. What an answer does not name is asked for alone, so that none is taken for another. */
async function exportOf(
  settings: NativeSettings,
  ids: readonly ItemId[],
  known: ReadonlyMap<ItemId, Loose>,
  options: Options,
): Promise<ReadonlyMap<ItemId, Exported>> {
  const found = new Map<ItemId, Exported>();
  if (ids.length === 0) return found;
  const { mailbox } = settings;
  const path = `/admin/exchange/mailboxes/${encodeURIComponent(await settings.id(options))}/exportItems`;
  const timeout = timeFor(ids.reduce((sum, id) => sum + sizeOf(known.get(id) ?? {}, exactly), 0));
  const body = { ItemIds: ids };
  const call = { ...mailbox.call("/"), path, method: "POST", body, repeatable: true, timeout } as const;
  const answered = await mailbox.graph.send(call, options);
  if (!isDone(answered)) throw mailbox.refusal(answered, "Exporting messages");
  const [only, ...others] = ids;
  const heard = new Set<ItemId>();
  for (const item of listOf(answered.body["value"])) {
    const named = textOf(item["itemId"]) ?? "";
    const id = ids.includes(named) ? named : others.length === 0 ? only : undefined;
    if (id === undefined) continue;
    heard.add(id);
    take(found, id, item);
  }
  for (const id of others.length === 0 ? [] : ids.filter((each) => !heard.has(each)))
    for (const [key, each] of await exportOf(settings, [id], known, options)) found.set(key, each);
  return found;
}

const errorOf = (item: Loose) => looseOf(item["error"]);
const isGone = (item: Loose): boolean => textOf(errorOf(item)["code"]) === "ErrorItemNotFound";

function take(found: Map<ItemId, Exported>, id: ItemId, item: Loose): void {
  const data = textOf(item["data"]);
  if (isGone(item)) return;
  if (data !== undefined) found.set(id, { octets: Buffer.from(data, "base64") });
  else found.set(id, unexported(errorOf(item), id));
}

const unexported = ({ code, message }: Loose, about: string): FaultRecord =>
  recordOf(
    new Fault({
      code: "item.unexported",
      message: `Exchange did not export the message (${[textOf(code), textOf(message)].filter(Boolean).join(": ") || "without a word"})`,
      spoils: "item",
      retry: "later",
      about,
      remedy: "open the message in Outlook; or leave it behind by `messages.skip`",
    }),
  );

/** What became of one import: what it is called, what it was refused for, or nothing where nobody knows. */
type Outcome = { readonly id: string | undefined } | { readonly fault: FaultRecord };

async function imported(
  settings: NativeSettings,
  items: readonly NewItem[],
  options: Options,
): Promise<readonly Receipt[]> {
  if (options.signal.aborted) throw interrupted();
  const outcomes = new Map<string, Outcome>();
  await inTurns(items, atOnce, async (item) => {
    const outcome = await importOne(settings, item, options);
    if (outcome !== undefined) outcomes.set(item.key, outcome);
  });
  return receiptsOf(settings, outcomes, options);
}

async function importOne(
  { session, mailbox, budget }: NativeSettings,
  { place, body }: NewItem,
  options: Options,
): Promise<Outcome | undefined> {
  const data = await octetsOf(body);
  await budget.charge({ messages: 1, bytes: data.length }, options.signal);
  try {
    const answered = await session.send({ folder: place, data }, options);
    if (isDone(answered)) return { id: textOf(answered.body["itemId"]) };
    return { fault: recordOf(mailbox.refusal(answered, "Importing a message", "item")) };
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.code === "outcome.unknown") return undefined;
    throw thrown;
  }
}

/** Reads back what was imported: so its id is the one that listings use, and its marks are those that are shown. */
async function receiptsOf(
  { mailbox }: NativeSettings,
  outcomes: ReadonlyMap<string, Outcome>,
  options: Options,
): Promise<readonly Receipt[]> {
  const ids = [...outcomes.values()].flatMap((outcome) => ("id" in outcome ? (outcome.id ?? []) : []));
  const found = await readMessages(mailbox, ids, options).catch((thrown: unknown) => {
    // They are there; which they are is looked for.
    if (thrown instanceof Fault && thrown.code !== "run.interrupted") return new Map<string, Loose>();
    throw thrown;
  });
  return [...outcomes].map(([key, outcome]): Receipt => {
    if ("fault" in outcome) return { key, fault: outcome.fault };
    const message = found.get(outcome.id ?? "");
    const id = textOf(message?.["id"]);
    return message === undefined || id === undefined
      ? { key }
      : { key, id, objectId: id, marks: marksOf(message, exactly) };
  });
}
