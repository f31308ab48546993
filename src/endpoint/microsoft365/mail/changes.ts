import type { Options } from "../../../contract/options.ts";
import { Fault } from "../../../model/fault.ts";
import type { Cursor, Entry, Feed, Page } from "../../../model/item.ts";
import type { Json } from "../../../model/json.ts";
import { isDone, listOf, type Loose, textOf } from "../answer.ts";
import { sendBatch } from "../batch.ts";
import type { Call } from "../graph.ts";
import type { Mailbox } from "./mailbox.ts";
import { dateOf, listed, marksOf, sizeOf, type Telling } from "./marks.ts";

const idOf = (message: Loose): string => textOf(message["id"]) ?? "";

export function entryOf(message: Loose, place: string, telling?: Telling): Entry {
  const id = idOf(message);
  const [size, marks] = [sizeOf(message, telling), marksOf(message, telling)];
  return { place, id, date: dateOf(message), size, marks, objectId: id };
}

/** A folder's messages by its delta: all of them, or what changed since a link that an earlier reading ended with. */
export async function* readChanges(
  mailbox: Mailbox,
  feed: Feed,
  since: Cursor | undefined,
  options: Options & { readonly until?: Json; readonly telling?: Telling },
): AsyncGenerator<Page> {
  const whole = since === undefined;
  let path = whole ? `/mailFolders/${encodeURIComponent(feed.id)}/messages/delta?${listed}` : String(since);
  for (;;) {
    const page = await askDelta(mailbox, path, feed.id, options);
    const messages = listOf(page["value"]);
    const gone = messages.filter((each) => "@removed" in each).map((each) => ({ place: feed.id, id: idOf(each) }));
    const there = await completed(
      mailbox,
      messages.filter((each) => !("@removed" in each)),
      options,
    );
    const entries = there.map((each) => judged(each, feed.id, options));
    const next = textOf(page["@odata.nextLink"]);
    if (next === undefined) {
      const link = textOf(page["@odata.deltaLink"]);
      yield { whole, entries, gone, ...(link !== undefined && { next: mailbox.graph.pathOf(link) }) };
      return;
    }
    yield { whole, entries, gone };
    path = mailbox.graph.pathOf(next);
  }
}

/** A page of a delta. Throws `cursor.expired`. */
export async function askDelta(
  mailbox: Mailbox,
  path: string,
  place: string,
  options: Options,
  page = 200,
): Promise<Loose> {
  const call = mailbox.call(path);
  const headers = { ...call.headers, prefer: `${call.headers?.["prefer"]}, odata.maxpagesize=${page}` };
  const answered = await mailbox.graph.send({ ...call, headers, method: "GET" }, options);
  if (isDone(answered)) return answered.body;
  if (answered.status !== 410) throw mailbox.refusal(answered, "Reading a folder");
  throw new Fault({
    code: "cursor.expired",
    message: "The service no longer knows what changed since",
    spoils: "place",
    retry: "later",
    about: place,
    remedy: "nothing: the folder is read anew",
  });
}

/** A changed message may be told by what changed alone: the rest is asked for. */
async function completed(mailbox: Mailbox, messages: readonly Loose[], options: Options): Promise<readonly Loose[]> {
  const partial = messages.filter(
    (each) => each["receivedDateTime"] === undefined && each["createdDateTime"] === undefined,
  );
  if (partial.length === 0) return messages;
  const asked = await readMessages(mailbox, partial.map(idOf), options);
  return messages.flatMap((each): readonly Loose[] => {
    const whole = partial.includes(each) ? asked.get(idOf(each)) : each;
    return whole === undefined ? [] : [whole];
  });
}

/** Messages by their ids, as a listing shows them; who is gone is left out. */
export async function readMessages(
  mailbox: Mailbox,
  ids: readonly string[],
  options: Options,
  asked = listed,
): Promise<ReadonlyMap<string, Loose>> {
  const calls = ids.map((id): Call => ({
    ...mailbox.call(`/messages/${encodeURIComponent(id)}?${asked}`),
    method: "GET",
  }));
  const answers = await sendBatch(mailbox.graph, calls, mailbox, options);
  const found = new Map<string, Loose>();
  for (const [index, answered] of answers.entries()) {
    if (answered.status === 404) continue;
    if (!isDone(answered)) throw mailbox.refusal(answered, "Reading messages");
    found.set(ids[index] ?? "", answered.body);
  }
  return found;
}

/** Whatever was made after the watermark came late. */
function judged(
  message: Loose,
  place: string,
  { until, telling }: { readonly until?: Json; readonly telling?: Telling },
): Entry {
  const entry = entryOf(message, place, telling);
  const made = Date.parse(textOf(message["createdDateTime"]) ?? "");
  return typeof until === "number" && made > until ? { ...entry, late: true } : entry;
}
