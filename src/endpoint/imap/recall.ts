import type { Cursor, Feed, Page } from "../../model/item.ts";
import type { Json } from "../../model/json.ts";
import { standsAs } from "./changes.ts";

/**
 * What was read of folders that stand as they did, for whoever reads them next from the same cursor: mostly the apply behind its plan. Only
 * where modification sequences tell that nothing changed (RFC 7162), and each reading once.
 */
export interface Recall {
  /** Reads, or gives what was read before. */
  through(
    user: string,
    feed: Feed,
    since: Cursor | undefined,
    until: Json | undefined,
    read: () => AsyncIterable<Page>,
  ): AsyncIterable<Page>;
}

interface Reading {
  readonly since: string;
  readonly pages: readonly Page[];
  readonly entries: number;
}

/** Entries in all: a few hundred octets each. */
const most = 20_000;

export function createRecall(): Recall {
  const readings = new Map<string, Reading>();
  let held = 0;

  function take(key: string): Reading | undefined {
    const found = readings.get(key);
    if (found === undefined) return undefined;
    readings.delete(key);
    held -= found.entries;
    return found;
  }

  return {
    async *through(user, feed, since, until, read) {
      const key = JSON.stringify([user, feed.id]);
      const from = JSON.stringify(since ?? null);
      const known = take(key);
      if (known?.since === from && standsAs(feed, known.pages.at(-1)?.next)) {
        for (const page of known.pages) yield lateFrom(page, until);
        return;
      }
      let pages: Page[] | undefined = [];
      let entries = 0;
      for await (const page of read()) {
        entries += page.entries.length + page.gone.length;
        if (held + entries > most) pages = undefined;
        pages?.push(page);
        yield page;
      }
      if (pages === undefined || until !== undefined) return;
      readings.set(key, { since: from, pages, entries });
      held += entries;
    },
  };
}

/** As a reading with a watermark names what came after it. */
function lateFrom(page: Page, until: Json | undefined): Page {
  if (until === undefined) return page;
  const { next } = until as { readonly next: number };
  return {
    ...page,
    entries: page.entries.map((entry) => (Number(entry.id) >= next ? { ...entry, late: true } : entry)),
  };
}
