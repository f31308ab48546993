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

/**
 * Does the work for each, up to `width` at once, in their order. Work that calls `next` is counted no more while it ends, though never
 * are more than twice as many under way. Throws the first that failed, once all that began have ended.
 */
export async function sideBySide<T>(
  all: Iterable<T>,
  width: number,
  work: (one: T, next: () => void) => Promise<void>,
): Promise<void> {
  const under = new Set<Promise<void>>();
  let counted = 0;
  let failed: { readonly reason: unknown } | undefined;
  let wake: (() => void) | undefined;
  const begin = (one: T): void => {
    counted += 1;
    let counts = true;
    const next = (): void => {
      if (counts) counted -= 1;
      counts = false;
      wake?.();
    };
    const tracked: Promise<void> = work(one, next)
      .catch((reason: unknown) => void (failed ??= { reason }))
      .finally(() => {
        under.delete(tracked);
        next();
      });
    under.add(tracked);
  };
  const isFull = (): boolean => failed === undefined && (counted >= width || under.size >= 2 * width);
  for (const one of all) {
    while (isFull())
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    if (failed !== undefined) break;
    begin(one);
  }
  await Promise.all(under);
  if (failed !== undefined) throw failed.reason;
}
