import type { Options } from "../../../contract/options.ts";
import { Fault } from "../../../model/fault.ts";
import type { Bookmark, Entry, PlaceId } from "../../../model/item.ts";
import type { Json } from "../../../model/json.ts";
import { listOf, textOf } from "../answer.ts";
import { askDelta, entryOf, readMessages } from "./changes.ts";
import type { Mailbox } from "./mailbox.ts";
import type { Telling } from "./marks.ts";

/** Only ids are asked for: a page may hold many. */
const page = 1000;

/** What comes into each folder, apart from what is changed there: a delta of its own (Microsoft Graph, message: delta, changeType). */
export interface Created {
  /** Where a folder stands; from where it stood earlier, where that is known. */
  mark(place: PlaceId, options: Options, from?: Json): Promise<string>;
  since(place: PlaceId, bookmark: Bookmark, options: Options): AsyncGenerator<Entry>;
}

export function createCreated(mailbox: Mailbox, telling: Telling): Created {
  const marks = new Map<PlaceId, string>();

  /** What came since, by id, and where the folder stands then. Throws `cursor.expired`. */
  async function follow(place: PlaceId, from: string | undefined, options: Options) {
    const ids = new Set<string>();
    const all = `/mailFolders/${encodeURIComponent(place)}/messages/delta?changeType=created&$select=id`;
    for (let path = from ?? all; ;) {
      const said = await askDelta(mailbox, path, place, options, page);
      for (const each of listOf(said["value"])) if (!("@removed" in each)) ids.add(textOf(each["id"]) ?? "");
      const [next, end] = [textOf(said["@odata.nextLink"]), textOf(said["@odata.deltaLink"])];
      if (next === undefined) return { ids, mark: end === undefined ? all : mailbox.graph.pathOf(end) };
      path = mailbox.graph.pathOf(next);
    }
  }

  /** All that is there, where the service no longer tells what came. */
  const followed = (place: PlaceId, from: string | undefined, options: Options) =>
    follow(place, from, options).catch((thrown: unknown) => {
      if (from === undefined || !(thrown instanceof Fault) || thrown.code !== "cursor.expired") throw thrown;
      return follow(place, undefined, options);
    });

  return {
    async mark(place, options, from) {
      const known = marks.get(place) ?? (typeof from === "string" ? from : undefined);
      const { mark } = await followed(place, known, options);
      marks.set(place, mark);
      return mark;
    },
    async *since(place, bookmark, options) {
      const { ids } = await followed(place, String(bookmark), options);
      const found = await readMessages(mailbox, [...ids], options);
      for (const message of found.values())
        if (message["parentFolderId"] === place) yield entryOf(message, place, telling);
    },
  };
}
