import type { Look } from "../../../contract/item-store.ts";
import type { Options } from "../../../contract/options.ts";
import { Fault } from "../../../model/fault.ts";
import type { Feed, Place, PlaceId } from "../../../model/item.ts";
import { historySince } from "./history.ts";
import { createLabels, type Labels, markable } from "./labels.ts";
import type { Mailbox } from "./mailbox.ts";

/** The whole mailbox is one feed: a message is one, whatever labels it has. Its ids never change, so neither does its epoch. */
const feedId = "mailbox";
const epoch = "1";

/** Octets that an upload may have: `maxSize` of the API's description. */
export const largest = 157_286_400;

/** The first history there can be. */
const beginning = "1";

export interface Stand {
  readonly historyId: string;
  readonly messages: number;
}

export async function standOf(mailbox: Mailbox, options: Options): Promise<Stand> {
  const gmail = await mailbox.apis.gmail();
  const { data } = await gmail.users.getProfile({ userId: "me", auth: mailbox.auth("profile", options) });
  return { historyId: data.historyId ?? "", messages: data.messagesTotal ?? 0 };
}

export async function labelsOf(
  mailbox: Mailbox,
  options: Options,
  neverRemoved: (place: PlaceId) => boolean = () => false,
): Promise<Labels> {
  const gmail = await mailbox.apis.gmail();
  const { data } = await gmail.users.labels.list({ userId: "me", auth: mailbox.auth("labels", options) });
  return createLabels(data.labels ?? [], neverRemoved);
}

/** `proves` asks what was ever removed, which matters at a destination. */
export async function lookAt(mailbox: Mailbox, options: Options, proves: boolean): Promise<Look> {
  const stand = await standOf(mailbox, options);
  const plain = await labelsOf(mailbox, options);
  const lost = proves ? await removedFrom(mailbox, plain, options) : () => true;
  const places = plain.places.map((place): Place => {
    const may = lost?.(place.id) ?? stand.messages > 0;
    return { ...place, neverRemoved: !may, ...(lost === undefined && may && { forgets: true }) };
  });
  return {
    places,
    feeds: [
      feedOf(
        mailbox,
        stand,
        places.map(({ id }) => id),
      ),
    ],
    naming: { illegal: "/", foldsCase: true, maxPart: 200 },
    marks: markable,
    room: { item: largest },
  };
}

function feedOf({ clock }: Mailbox, { historyId, messages }: Stand, places: readonly PlaceId[]): Feed {
  return { id: feedId, places, epoch, version: historyId, count: messages, watermark: { historyId, at: clock.now() } };
}

/**
 * From which places something was ever removed, as the history of a mailbox says that still goes back to its beginning; undefined where
 * Gmail has forgotten it. Nothing was of one that is empty, and any other may have lost something.
 */
async function removedFrom(
  mailbox: Mailbox,
  labels: Labels,
  options: Options,
): Promise<((place: PlaceId) => boolean) | undefined> {
  try {
    const traces = [...(await historySince(mailbox, beginning, labels, options)).values()];
    const lost = new Set(traces.flatMap(({ outOf }) => [...outOf]));
    const uprooted = traces.some((trace) => trace.uprooted && trace.outOf.size === 0);
    return (place) => uprooted || lost.has(place);
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.code !== "cursor.expired") throw thrown;
    return undefined;
  }
}
