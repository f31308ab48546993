/** One of several messages that share a key; `of` is whatever the asker knows it by. */
export interface Candidate<T> {
  readonly of: T;
  /** Octets. */
  readonly size: number;
  /** Internal date, milliseconds since 1970 UTC. */
  readonly date: number;
  /** Hash of its body, read on demand; undefined where it cannot be had. */
  hash(): Promise<string | undefined>;
}

export type Pairs<L, R> = readonly (readonly [left: L, right: R])[];

const seconds = (date: number): number => Math.floor(date / 1000);

/** Size and internal date to the second: what tells equals apart without reading them. */
const measure = (candidate: Candidate<unknown>): string => `${candidate.size}:${seconds(candidate.date)}`;

/** By size, then date; the order of coming stands where these agree. */
function inOrder<T>(candidates: readonly Candidate<T>[]): readonly Candidate<T>[] {
  return candidates.toSorted((a, b) => a.size - b.size || seconds(a.date) - seconds(b.date));
}

/** Pairs by size, date and order, only where number, sizes and dates agree one to one; otherwise nothing. */
function pairByMeasure<L, R>(left: readonly Candidate<L>[], right: readonly Candidate<R>[]): Pairs<L, R> | undefined {
  if (left.length !== right.length) return undefined;
  const others = inOrder(right);
  const pairs: [L, R][] = [];
  for (const [index, candidate] of inOrder(left).entries()) {
    const other = others[index];
    if (other === undefined || measure(candidate) !== measure(other)) return undefined;
    pairs.push([candidate.of, other.of]);
  }
  return pairs;
}

/** Of the candidates with one body, the one of the same measure, else any: their octets are equal. */
function take<R>(candidates: Candidate<R>[], like: Candidate<unknown>): Candidate<R> | undefined {
  const same = candidates.findIndex((candidate) => measure(candidate) === measure(like));
  return candidates.splice(Math.max(same, 0), 1)[0];
}

async function pairByHash<L, R>(left: readonly Candidate<L>[], right: readonly Candidate<R>[]): Promise<Pairs<L, R>> {
  const buckets = new Map<string, Candidate<R>[]>();
  for (const candidate of inOrder(right)) {
    const hash = await candidate.hash();
    if (hash !== undefined) buckets.set(hash, [...(buckets.get(hash) ?? []), candidate]);
  }
  const measures = new Set(right.map(measure));
  const exactFirst = inOrder(left).toSorted(
    (a, b) => Number(measures.has(measure(b))) - Number(measures.has(measure(a))),
  );
  const pairs: [L, R][] = [];
  for (const candidate of exactFirst) {
    const hash = await candidate.hash();
    const other = hash === undefined ? undefined : take(buckets.get(hash) ?? [], candidate);
    if (other !== undefined) pairs.push([candidate.of, other.of]);
  }
  return pairs;
}

/**
 * Pairs messages of one key: by measure where number, sizes and dates agree one to one, else by body hash, never by order alone: two
 * drafts with equal headers are two drafts. `confirm` asks for the hash in any case, for keys that are weaker than a fingerprint.
 */
export async function pairUp<L, R>(
  left: readonly Candidate<L>[],
  right: readonly Candidate<R>[],
  confirm = false,
): Promise<Pairs<L, R>> {
  if (left.length === 0 || right.length === 0) return [];
  return (confirm ? undefined : pairByMeasure(left, right)) ?? pairByHash(left, right);
}
