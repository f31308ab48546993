/** Does the work for each, several at a time, in the order of what comes; nothing is left running where one throws. */
export async function* sideways<T, R>(
  all: Iterable<T>,
  width: number,
  work: (each: T) => Promise<R>,
): AsyncGenerator<R> {
  const running: Promise<R>[] = [];
  const left = all[Symbol.iterator]();
  const start = (): void => {
    const next = left.next();
    if (next.done === true) return;
    const begun = work(next.value);
    // Whoever waits for one before it hears of it later.
    begun.catch(() => undefined);
    running.push(begun);
  };
  try {
    for (let count = 0; count < width; count += 1) start();
    for (let first = running[0]; first !== undefined; first = running[0]) {
      const done = await first;
      running.shift();
      start();
      yield done;
    }
  } finally {
    await Promise.allSettled(running);
  }
}
