import type { ItemStore } from "../../contract/item-store.ts";
import type { Spoils } from "../../model/fault.ts";
import { diskFault } from "./faults.ts";

/** The store, with every error of the disk turned into a fault that says what it spoils. `mailbox` is named where no folder is. */
export function guarded(store: ItemStore, mailbox: string): ItemStore {
  const at = (place: string) => `${mailbox}: ${place}`;
  const { edit, place } = store;
  const { rename, subscribe } = place;
  return {
    batch: store.batch,
    look: (options) => call("mailbox", mailbox, () => store.look(options)),
    changes: (feed, since, options) => walk(at(feed.id), store.changes(feed, since, options)),
    headers: (id, ids, options) => walk(at(id), store.headers(id, ids, options)),
    read: (id, ids, options) => walk(at(id), store.read(id, ids, options)),
    bookmark: (id, options) => call("place", at(id), () => store.bookmark(id, options)),
    write: (items, options) => call("place", at(items[0]?.place ?? ""), () => store.write(items, options)),
    since: (id, bookmark, options) => walk(at(id), store.since(id, bookmark, options)),
    ...(edit && {
      edit: {
        acts: edit.acts,
        run: (edits, options) => call("place", at(edits[0]?.place ?? ""), () => edit.run(edits, options)),
      },
    }),
    place: {
      create: (spec, options) => call("place", at(spec.path.join("/")), () => place.create(spec, options)),
      ...(rename && { rename: (id, spec, options) => call("place", at(id), () => rename(id, spec, options)) }),
      ...(subscribe && { subscribe: (id, on, options) => call("place", at(id), () => subscribe(id, on, options)) }),
    },
    close: () => store.close(),
  };
}

async function call<T>(spoils: Spoils, about: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw diskFault(thrown, spoils, about);
  }
}

async function* walk<T>(about: string, items: AsyncIterable<T>): AsyncIterable<T> {
  try {
    yield* items;
  } catch (thrown) {
    throw diskFault(thrown, "place", about);
  }
}
