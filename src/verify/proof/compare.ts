import { escapeJson } from "../../report/escape.ts";
import { type Fate, type Kept, pairAlike, pairRewritten, positionOf } from "./pairs.ts";
import { createSorter, type Sorter } from "./sorter.ts";

/** Holds a destination against a proof: all of both come in, in any order, and what became of each message comes out. */
export interface Comparison {
  was(message: Kept): Promise<void>;
  now(message: Kept): Promise<void>;
  fates(): AsyncIterable<Fate>;
  close(): Promise<void>;
}

/** Sorted on disk by fingerprint, and what is left by folder and date: no more is in memory than messages that share these. */
export function createComparison(limit?: number): Comparison {
  const sorters = Array.from({ length: 4 }, () => createSorter(limit));
  const [was, now, lost, found] = sorters as [Sorter, Sorter, Sorter, Sorter];
  return {
    was: (message) => was.add(entryOf(message.side.fingerprint ?? "", message)),
    now: (message) => now.add(entryOf(message.side.fingerprint ?? "", message)),
    async *fates() {
      for await (const [before, after] of sideBySide(was, now)) {
        const { fates, missing, extra } = pairAlike(before, after);
        yield* fates;
        for (const each of missing) await lost.add(entryOf(positionOf(each.side), each));
        for (const each of extra) await found.add(entryOf(positionOf(each.side), each));
      }
      for await (const [before, after] of sideBySide(lost, found)) {
        const { fates, missing, extra } = pairRewritten(before, after);
        yield* fates;
        for (const each of missing) yield { is: "missing", was: each };
        for (const each of extra) yield { is: "extra", now: each };
      }
    },
    async close() {
      await Promise.all(sorters.map((each) => each.close()));
    },
  };
}

const entryOf = (key: string, message: Kept): string => `${escapeJson(key)}\t${escapeJson(JSON.stringify(message))}`;

interface Group {
  readonly key: string;
  readonly all: Kept[];
}

async function* groupsOf(sorter: Sorter): AsyncIterable<Group> {
  let group: Group | undefined;
  for await (const entry of sorter.sorted()) {
    const tab = entry.indexOf("\t");
    const [key, message] = [entry.slice(0, tab), JSON.parse(entry.slice(tab + 1)) as Kept];
    if (group?.key === key) group.all.push(message);
    else {
      if (group !== undefined) yield group;
      group = { key, all: [message] };
    }
  }
  if (group !== undefined) yield group;
}

/** Groups of one key of both, each key once. */
async function* sideBySide(one: Sorter, other: Sorter): AsyncIterable<readonly [readonly Kept[], readonly Kept[]]> {
  const [left, right] = [groupsOf(one)[Symbol.asyncIterator](), groupsOf(other)[Symbol.asyncIterator]()];
  let [mine, theirs] = [await left.next(), await right.next()];
  while (mine.done !== true || theirs.done !== true) {
    const first = mine.done === true ? undefined : mine.value;
    const second = theirs.done === true ? undefined : theirs.value;
    const key = [first?.key, second?.key].filter((each) => each !== undefined).toSorted()[0];
    const [takeFirst, takeSecond] = [first?.key === key, second?.key === key];
    yield [takeFirst ? (first?.all ?? []) : [], takeSecond ? (second?.all ?? []) : []];
    if (takeFirst) mine = await left.next();
    if (takeSecond) theirs = await right.next();
  }
}
