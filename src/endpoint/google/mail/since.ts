import type { Options } from "../../../contract/options.ts";
import { Fault } from "../../../model/fault.ts";
import type { Bookmark, Entry, PlaceId } from "../../../model/item.ts";
import { pagesOf } from "../directory/pages.ts";
import { entryOf } from "./entry.ts";
import { historySince } from "./history.ts";
import { archive, type Labels } from "./labels.ts";
import { sideways } from "../sideways.ts";
import { glance, type Mailbox } from "./mailbox.ts";

const width = 16;

/** What came into a place since; all that is there where Gmail no longer tells. */
export async function* since(
  mailbox: Mailbox,
  place: PlaceId,
  bookmark: Bookmark,
  labels: Labels,
  options: Options,
): AsyncGenerator<Entry> {
  const { historyId } = bookmark as unknown as { readonly historyId: string };
  const ids = await idsSince(mailbox, place, historyId, labels, options);
  for await (const message of sideways(ids, width, (id) => glance(mailbox, id, options)))
    if (message !== undefined && labels.placesOf(message.labelIds ?? []).includes(place)) yield entryOf(message, place);
}

async function idsSince(
  mailbox: Mailbox,
  place: PlaceId,
  historyId: string,
  labels: Labels,
  options: Options,
): Promise<readonly string[]> {
  try {
    const traces = await historySince(mailbox, historyId, labels, options);
    return [...traces].flatMap(([id, { into }]) => (into.has(place) ? [id] : []));
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.code !== "cursor.expired") throw thrown;
    return idsIn(mailbox, place, options);
  }
}

/** The archive is no label: everything is looked through for it. */
async function idsIn(mailbox: Mailbox, place: PlaceId, options: Options): Promise<readonly string[]> {
  const gmail = await mailbox.apis.gmail();
  const within = place === archive ? {} : { labelIds: [place] };
  const asked = { userId: "me", includeSpamTrash: true, maxResults: 500, ...within };
  const page = (token: object) =>
    gmail.users.messages.list({ ...asked, ...token, auth: mailbox.auth("list", options) });
  const ids: string[] = [];
  for await (const { messages = [] } of pagesOf(page, options)) ids.push(...messages.flatMap(({ id }) => id ?? []));
  return ids;
}
