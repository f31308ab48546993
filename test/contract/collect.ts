/** Everything that is told, in order. */
export async function collect<T>(told: AsyncIterable<T> | undefined): Promise<T[]> {
  const all: T[] = [];
  for await (const each of told ?? []) all.push(each);
  return all;
}
