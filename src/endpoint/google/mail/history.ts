import type { gmail_v1 } from "googleapis/build/src/apis/gmail/index.js";
import type { Options } from "../../../contract/options.ts";
import { Fault } from "../../../model/fault.ts";
import type { PlaceId } from "../../../model/item.ts";
import { pagesOf } from "../directory/pages.ts";
import { isRefused } from "../refused.ts";
import { archive, isExclusive, type Labels } from "./labels.ts";
import type { Mailbox, Message } from "./mailbox.ts";

type Event = gmail_v1.Schema$History;

/** What the history tells of one message. */
export interface Traces {
  /** Places that it came into, or may have. */
  readonly into: ReadonlySet<PlaceId>;
  /** Places beside those that it may have been in. */
  readonly through: ReadonlySet<PlaceId>;
  /** It was deleted for good, or put in the trash or among the spam, or out of there. */
  readonly uprooted: boolean;
  /** Something was taken away from a place. */
  readonly outOf: ReadonlySet<PlaceId>;
}

interface Trace {
  readonly into: Set<PlaceId>;
  readonly through: Set<PlaceId>;
  readonly outOf: Set<PlaceId>;
  uprooted: boolean;
}

/**
 * What happened to messages since, by message. Throws `cursor.expired` where Gmail no longer tells: it keeps a history for a week or so,
 * and answers 404 then.
 */
export async function historySince(
  mailbox: Mailbox,
  startHistoryId: string,
  labels: Labels,
  options: Options,
): Promise<ReadonlyMap<string, Traces>> {
  const gmail = await mailbox.apis.gmail();
  const asked = { userId: "me", startHistoryId, maxResults: 500 };
  const traces = new Map<string, Trace>();
  try {
    const page = (token: object) =>
      gmail.users.history.list({ ...asked, ...token, auth: mailbox.auth("history", options) });
    for await (const { history = [] } of pagesOf(page, options))
      for (const event of history) take(event, labels, traces);
  } catch (thrown) {
    if (!isRefused(thrown, 404)) throw thrown;
    throw new Fault({
      code: "cursor.expired",
      message: "Gmail no longer tells what changed since the last pass",
      spoils: "mailbox",
      retry: "later",
      about: mailbox.user,
    });
  }
  return traces;
}

function take(event: Event, labels: Labels, traces: Map<string, Trace>): void {
  const of = ({ id }: Message = {}): Trace => {
    const known = traces.get(id ?? "") ?? { into: new Set(), through: new Set(), outOf: new Set(), uprooted: false };
    traces.set(id ?? "", known);
    return known;
  };
  const rooted = (message: Message = {}): readonly PlaceId[] =>
    labels.placesOf((message.labelIds ?? []).filter((id) => !isExclusive(id)));
  for (const { message } of event.messagesAdded ?? []) add(of(message).into, labels.placesOf(message?.labelIds ?? []));
  for (const { message } of event.messagesDeleted ?? []) {
    const trace = of(message);
    trace.uprooted = true;
    if (message?.labelIds !== undefined) add(trace.outOf, labels.placesOf(message.labelIds ?? []));
  }
  for (const { message, labelIds } of event.labelsAdded ?? []) {
    const trace = of(message);
    add(trace.into, labelIds ?? []);
    // What had no label before was in the archive.
    trace.through.add(archive);
    if (labelIds?.some(isExclusive) !== true) continue;
    trace.uprooted = true;
    add(trace.outOf, rooted(message));
  }
  for (const { message, labelIds } of event.labelsRemoved ?? []) {
    const trace = of(message);
    add(trace.outOf, labelIds ?? []);
    if (labelIds?.some((id) => labels.places.some((place) => place.id === id)) !== true) continue;
    trace.into.add(archive);
    if (!labelIds.some(isExclusive)) continue;
    trace.uprooted = true;
    add(trace.into, rooted(message));
  }
  for (const message of event.messages ?? []) of(message);
}

/** Where a message may have been at some time of these traces. */
export const throughOf = ({ into, outOf, through }: Traces): ReadonlySet<PlaceId> =>
  new Set([...into, ...outOf, ...through]);

const add = <T>(to: Set<T>, all: Iterable<T>): void => {
  for (const each of all) to.add(each);
};
