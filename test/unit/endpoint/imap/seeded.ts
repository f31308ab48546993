import fc from "fast-check";

/** Checks a property with a seed that is printed, so that a failure can be had again: PROPERTY_SEED=… */
export async function holds<T extends [unknown, ...unknown[]]>(
  name: string,
  property: fc.IAsyncProperty<T> | fc.IProperty<T>,
  runs = 500,
): Promise<void> {
  const seed = Number(process.env["PROPERTY_SEED"] ?? Date.now() % 2 ** 31);
  process.stderr.write(`${name}: seed ${seed}, ${runs} runs\n`);
  await fc.assert(property as fc.IAsyncProperty<T>, { numRuns: runs, seed });
}

/** Octets cut at places that chance chose. */
export const cuts = fc.array(fc.nat(200), { maxLength: 30 });

export function* cut(octets: Buffer, sizes: readonly number[]): Iterable<Buffer> {
  let at = 0;
  for (const size of sizes) {
    yield octets.subarray(at, at + size);
    at = Math.min(octets.length, at + size);
  }
  yield octets.subarray(at);
}
