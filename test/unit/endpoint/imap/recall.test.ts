import { describe, expect, it } from "vitest";
import { createRecall, type Recall } from "../../../../src/endpoint/imap/recall.ts";
import type { Feed, Page } from "../../../../src/model/item.ts";

interface Stand {
  readonly epoch?: string;
  readonly next?: number;
  readonly count?: number;
  readonly modseq?: number;
}

const feedAt = ({ epoch = "7", next = 4, count = 3, modseq = 9 }: Stand = {}): Feed => ({
  id: "INBOX",
  places: ["INBOX"],
  epoch,
  count,
  watermark: { next },
  ...(modseq > 0 ? { version: `${next}:${count}:${modseq}` } : {}),
});

const cursorAt = ({ epoch = "7", next = 4, count = 3, modseq = 9 }: Stand = {}) => ({
  validity: epoch,
  next,
  exists: count,
  ...(modseq > 0 ? { modseq: String(modseq) } : {}),
});

const entry = (uid: number) => ({ place: "INBOX", id: String(uid), date: 0, size: 1, marks: [] });

/** Pages as a reading gives them, the cursor on the last. */
function pagesOf(uids: readonly number[], stand?: Stand): readonly Page[] {
  const first = uids.map((uid): Page => ({ whole: true, entries: [entry(uid)], gone: [] }));
  return [...first, { whole: true, entries: [], gone: [], next: cursorAt(stand) }];
}

/** A server that counts how often it was read. */
function server(pages: readonly Page[]) {
  let reads = 0;
  return {
    reads: () => reads,
    async *read(): AsyncIterable<Page> {
      reads += 1;
      yield* pages;
    },
  };
}

interface Ask {
  readonly feed?: Feed;
  readonly user?: string;
  readonly since?: ReturnType<typeof cursorAt>;
  readonly until?: { readonly next: number };
}

async function readThrough(recall: Recall, from: ReturnType<typeof server>, ask: Ask = {}): Promise<readonly Page[]> {
  const { feed = feedAt(), user = "ana", since, until } = ask;
  const pages: Page[] = [];
  for await (const page of recall.through(user, feed, since, until, from.read)) pages.push(page);
  return pages;
}

describe("what was read of a folder", () => {
  it("is given once more where the folder stands as it did", async () => {
    const recall = createRecall();
    const from = server(pagesOf([1, 2, 3]));
    const first = await readThrough(recall, from);
    expect(await readThrough(recall, from)).toEqual(first);
    expect(from.reads()).toBe(1);
    await readThrough(recall, from);
    expect(from.reads()).toBe(2);
  });

  it.each<readonly [string, Ask]>([
    ["a message came", { feed: feedAt({ next: 5 }) }],
    ["a message went", { feed: feedAt({ count: 2 }) }],
    ["a flag changed", { feed: feedAt({ modseq: 10 }) }],
    ["the folder was renumbered", { feed: feedAt({ epoch: "8" }) }],
    ["nobody tells whether a flag changed", { feed: feedAt({ modseq: 0 }) }],
    ["the reading begins elsewhere", { since: cursorAt({ modseq: 8 }) }],
    ["it is somebody else's", { user: "bo" }],
  ])("is read anew where %s", async (_, ask) => {
    const recall = createRecall();
    const from = server(pagesOf([1, 2, 3]));
    await readThrough(recall, from);
    await readThrough(recall, from, ask);
    expect(from.reads()).toBe(2);
  });

  it("is read anew where the server has no modification sequences at all", async () => {
    const recall = createRecall();
    const from = server(pagesOf([1], { modseq: 0 }));
    const feed = feedAt({ modseq: 0 });
    await readThrough(recall, from, { feed });
    await readThrough(recall, from, { feed });
    expect(from.reads()).toBe(2);
  });

  it("counts for late what came after the watermark, as a reading would", async () => {
    const recall = createRecall();
    const from = server(pagesOf([1, 3]));
    await readThrough(recall, from);
    const pages = await readThrough(recall, from, { until: { next: 3 } });
    expect(pages.flatMap(({ entries }) => entries)).toEqual([entry(1), { ...entry(3), late: true }]);
  });

  it("is not kept where its reader left it", async () => {
    const recall = createRecall();
    const from = server(pagesOf([1, 2]));
    for await (const page of recall.through("ana", feedAt(), undefined, undefined, from.read)) {
      expect(page.entries).toHaveLength(1);
      break;
    }
    expect(await readThrough(recall, from)).toHaveLength(3);
    expect(from.reads()).toBe(2);
  });

  it("is not kept beyond what may be held in all", async () => {
    const recall = createRecall();
    const many: Page = { whole: true, entries: Array.from({ length: 15_000 }, (_, at) => entry(at + 1)), gone: [] };
    const from = server([many, ...pagesOf([])]);
    for (const user of ["ana", "bo"]) await readThrough(recall, from, { user });
    await readThrough(recall, from, { user: "bo" });
    expect(from.reads()).toBe(3);
    await readThrough(recall, from, { user: "ana" });
    expect(from.reads()).toBe(3);
  });
});
