import type { ItemStore } from "../../../contract/item-store.ts";
import type { Emit } from "../../../model/event.ts";
import type { Edit, Page } from "../../../model/item.ts";
import type { Json } from "../../../model/json.ts";
import { readChanges } from "./changes.ts";
import { createCreated } from "./created.ts";
import { runEdits } from "./edit.ts";
import type { GraphStoreSettings } from "./graph-store.ts";
import type { Mailbox } from "./mailbox.ts";
import type { Telling } from "./marks.ts";
import { createPlaces } from "./places.ts";

export interface WritingSettings extends GraphStoreSettings {
  readonly emit: Emit;
}

const acts: ReadonlySet<Edit["act"]> = new Set<Edit["act"]>(["mark", "move", "remove"]);

/** Where a folder's two deltas stand: all that changed, and what came. */
interface Stand {
  readonly changes: string;
  readonly created: string;
}

type Writing = Pick<ItemStore, "changes" | "bookmark" | "since" | "edit" | "place" | "close"> & {
  /** Forgets which folders there are: they are about to be looked at. */
  forget(): void;
};

/** What a mailbox that is written to by Graph does whatever its messages are made of. */
export function writingBy(mailbox: Mailbox, { user, emit }: WritingSettings, telling: Telling): Writing {
  const created = createCreated(mailbox, telling);
  const places = createPlaces(mailbox);
  const unset = new Map<string, number>();
  const note = (mark: string): void => void unset.set(mark, (unset.get(mark) ?? 0) + 1);
  return {
    async *changes(feed, since, options) {
      const from = since as Stand | undefined;
      // Taken first, so that nothing that comes meanwhile is before it.
      const mark = await created.mark(feed.id, options, from?.created);
      for await (const page of readChanges(mailbox, feed, from?.changes, { ...options, telling }))
        yield page.next === undefined
          ? page
          : ({ ...page, next: { changes: page.next, created: mark } } satisfies Page);
    },
    bookmark: (place, options): Promise<Json> => created.mark(place, options),
    since: (place, bookmark, options) => created.since(place, bookmark, options),
    edit: { acts, run: (edits, options) => runEdits({ mailbox, telling, unset: note }, edits, options) },
    place: { create: places.create, rename: places.rename },
    forget: places.forget,
    close: async () => {
      if (unset.size > 0) emit({ type: "finding", finding: unsetFinding(user, unset) });
      unset.clear();
    },
  };
}

const unsetFinding = (about: string, unset: ReadonlyMap<string, number>) =>
  ({
    code: "marks.unset",
    severity: "warning",
    about,
    message: `Set at the source since the messages were brought, and by Graph in none that is there: ${[...unset].map(([mark, count]) => `${mark} (${count})`).join(", ")}`,
  }) as const;
