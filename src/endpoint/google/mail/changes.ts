import type { Options } from "../../../contract/options.ts";
import { Fault, interrupted } from "../../../model/fault.ts";
import type { Cursor, Entry, Page, PlaceId } from "../../../model/item.ts";
import type { Json } from "../../../model/json.ts";
import { pagesOf } from "../directory/pages.ts";
import { entryOf } from "./entry.ts";
import { historySince, throughOf, type Traces } from "./history.ts";
import type { Labels } from "./labels.ts";
import { labelsOf, standOf } from "./look.ts";
import { sideways } from "../sideways.ts";
import { glance, type Mailbox } from "./mailbox.ts";

/** Where a reading began: the history, and the labels that people had made then. */
interface Mark {
  readonly historyId: string;
  readonly labels: readonly PlaceId[];
}

/** Requests beside each other; the throttle says how many of them begin. */
const width = 16;

/** Messages on a page of a delta. */
const pageSize = 500;

/** Everything from the beginning, or what changed since. The cursor is taken before reading. */
export async function* changes(
  mailbox: Mailbox,
  since: Cursor | undefined,
  options: Options & { readonly until?: Json },
): AsyncGenerator<Page> {
  const { historyId } = await standOf(mailbox, options);
  const labels = await labelsOf(mailbox, options);
  const next = { historyId, labels: labels.own } satisfies Mark as unknown as Cursor;
  const isLate = await lateness(mailbox, options.until, labels, options);
  const pages =
    since === undefined ? whole(mailbox, labels, options) : delta(mailbox, since as unknown as Mark, labels, options);
  let held: Page = { whole: since === undefined, entries: [], gone: [] };
  let first = true;
  for await (const page of pages) {
    if (!first) yield held;
    first = false;
    held = { ...page, entries: page.entries.map((entry) => (isLate(entry) ? { ...entry, late: true } : entry)) };
  }
  yield { ...held, next };
}

async function* whole(mailbox: Mailbox, labels: Labels, options: Options): AsyncGenerator<Page> {
  const gmail = await mailbox.apis.gmail();
  const asked = { userId: "me", includeSpamTrash: true, maxResults: 500 };
  const page = (token: object) =>
    gmail.users.messages.list({ ...asked, ...token, auth: mailbox.auth("list", options) });
  for await (const { messages = [] } of pagesOf(page, options)) {
    const entries: Entry[] = [];
    for await (const some of sideways(idsOf(messages), width, (id) => entriesOf(mailbox, id, labels, options)))
      entries.push(...some);
    yield { whole: true, entries, gone: [] };
  }
}

const idsOf = (messages: readonly { readonly id?: string | null }[]): readonly string[] =>
  messages.flatMap(({ id }) => id ?? []);

async function entriesOf(mailbox: Mailbox, id: string, labels: Labels, options: Options): Promise<readonly Entry[]> {
  if (options.signal.aborted) throw interrupted();
  const message = await glance(mailbox, id, options);
  return message === undefined ? [] : labels.placesOf(message.labelIds ?? []).map((place) => entryOf(message, place));
}

/** A label that was deleted may have left its messages without a word of it: then everything is read. */
async function* delta(mailbox: Mailbox, since: Mark, labels: Labels, options: Options): AsyncGenerator<Page> {
  if (since.labels.some((id) => !labels.own.includes(id))) throw expired(mailbox);
  const traces = await historySince(mailbox, since.historyId, labels, options);
  const every = labels.places.map(({ id }) => id);
  const ids = [...traces.keys()];
  for (let from = 0; from < ids.length; from += pageSize) {
    const entries: Entry[] = [];
    const gone: { place: PlaceId; id: string }[] = [];
    const some = ids.slice(from, from + pageSize);
    const read = async (id: string) => ({ id, now: await entriesOf(mailbox, id, labels, options) });
    for await (const { id, now } of sideways(some, width, read)) {
      entries.push(...now);
      const there = new Set(now.map(({ place }) => place));
      for (const place of leftPlaces(traces.get(id), there.size, every))
        if (!there.has(place)) gone.push({ place, id });
    }
    yield { whole: false, entries, gone };
  }
}

/** Places that a message may have left. */
function leftPlaces(traces: Traces | undefined, now: number, every: readonly PlaceId[]): Iterable<PlaceId> {
  return traces === undefined || traces.uprooted || now === 0 ? every : throughOf(traces);
}

function expired({ user }: Mailbox): Fault {
  return new Fault({
    code: "cursor.expired",
    message: "A label was deleted since the last pass",
    spoils: "mailbox",
    retry: "later",
    about: user,
  });
}

/** Whether an entry came after a watermark: as the history says, or, where it no longer tells, by its date. */
async function lateness(
  mailbox: Mailbox,
  until: Json | undefined,
  labels: Labels,
  options: Options,
): Promise<(entry: Entry) => boolean> {
  if (until === undefined) return () => false;
  const { historyId, at } = until as unknown as { readonly historyId: string; readonly at: number };
  try {
    const traces = await historySince(mailbox, historyId, labels, options);
    return ({ place, id }) => traces.get(id)?.into.has(place) === true;
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.code !== "cursor.expired") throw thrown;
    return ({ date }) => date > at;
  }
}
