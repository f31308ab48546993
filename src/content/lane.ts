/** Work that goes on side by side, up to a number at once, for one place. Never rejects by itself: results are collected. */
export interface Lane<T> {
  /** Waits until there is room, then begins the work; throws what an earlier one threw, once all have ended. */
  start(work: () => Promise<T>): Promise<void>;
  /** Waits for all, and returns what has come since the last time; the first rejection is thrown once everything has ended. */
  drain(): Promise<readonly T[]>;
  /** Waits for all, and throws nothing. */
  idle(): Promise<void>;
  /** What has come and was not collected yet. */
  readonly done: readonly T[];
}

export function createLane<T>(width: number): Lane<T> {
  const under = new Set<Promise<void>>();
  let results: T[] = [];
  let failed: { readonly reason: unknown } | undefined;
  return {
    get done() {
      return results;
    },
    start: async (work) => {
      while (under.size >= width) await Promise.race(under);
      if (failed !== undefined) {
        await Promise.all(under);
        throw failed.reason;
      }
      const tracked: Promise<void> = work()
        .then(
          (result) => void results.push(result),
          (reason: unknown) => void (failed ??= { reason }),
        )
        .finally(() => under.delete(tracked));
      under.add(tracked);
    },
    idle: async () => void (await Promise.all(under)),
    drain: async () => {
      await Promise.all(under);
      if (failed !== undefined) throw failed.reason;
      const collected = results;
      results = [];
      return collected;
    },
  };
}

/** Does the work for each, up to `width` at once, in their order. Throws the first that failed, once all that began have ended. */
export async function sideBySide<T>(all: Iterable<T>, width: number, work: (one: T) => Promise<void>): Promise<void> {
  const lane = createLane<void>(width);
  try {
    for (const one of all) await lane.start(() => work(one));
    await lane.drain();
  } finally {
    await lane.idle();
  }
}
