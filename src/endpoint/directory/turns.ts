/** Does the work for each, so many at one time, until one of them throws; then all that began is waited for, and the first is thrown. */
export async function inTurns<T>(all: Iterable<T>, width: number, work: (each: T) => Promise<void>): Promise<void> {
  const left = all[Symbol.iterator]();
  const failures: unknown[] = [];
  const hand = async (): Promise<void> => {
    for (let next = left.next(); next.done !== true && failures.length === 0; next = left.next())
      await work(next.value).catch((thrown: unknown) => failures.push(thrown));
  };
  await Promise.all(Array.from({ length: width }, hand));
  if (failures.length > 0) throw failures[0];
}
