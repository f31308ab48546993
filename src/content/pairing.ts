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
export const measure = (candidate: Pick<Candidate<unknown>, "size" | "date">): string =>
  `${candidate.size}:${seconds(candidate.date)}`;

export function grouped<T, K>(all: readonly T[], keyOf: (one: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
}

/** Is told what was paired without proof, and what could not be told apart. */
export interface Doubt<L> {
  took(one: L): void;
  alike(one: L): void;
}

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

/** Candidates with one body, to be taken one by one. */
interface Pool<R> {
  /** One of the same measure, else any: their octets are equal. */
  take(like: Candidate<unknown>): Candidate<R> | undefined;
}

/** Candidates by body and measure; those whose body cannot be had are left out. */
async function poolsOf<R>(candidates: readonly Candidate<R>[]): Promise<ReadonlyMap<string, Pool<R>>> {
  const bodies = new Map<Candidate<R>, string>();
  for (const candidate of inOrder(candidates)) {
    const hash = await candidate.hash();
    if (hash !== undefined) bodies.set(candidate, hash);
  }
  const alike = grouped([...bodies.keys()], (candidate) => bodies.get(candidate) ?? "");
  return new Map([...alike].map(([hash, ofBody]) => [hash, poolOf(ofBody)]));
}

function poolOf<R>(candidates: readonly Candidate<R>[]): Pool<R> {
  const measures = new Map([...grouped(candidates, measure)].map(([key, alike]) => [key, alike.toReversed()]));
  return {
    take: (like) => {
      const [first] = measures.keys();
      const key = measures.has(measure(like)) ? measure(like) : first;
      const alike = measures.get(key ?? "");
      const taken = alike?.pop();
      if (alike?.length === 0) measures.delete(key ?? "");
      return taken;
    },
  };
}

async function pairByHash<L, R>(left: readonly Candidate<L>[], right: readonly Candidate<R>[]): Promise<Pairs<L, R>> {
  const pools = await poolsOf(right);
  const measures = new Set(right.map(measure));
  const exactFirst = inOrder(left).toSorted(
    (a, b) => Number(measures.has(measure(b))) - Number(measures.has(measure(a))),
  );
  const pairs: [L, R][] = [];
  for (const candidate of exactFirst) {
    const hash = await candidate.hash();
    const other = hash === undefined ? undefined : pools.get(hash)?.take(candidate);
    if (other !== undefined) pairs.push([candidate.of, other.of]);
  }
  return pairs;
}

/**
 * Pairs what is alone of its second on either side: of one key, and no other that it could be. What has its like on a side could be the
 * one as well as the other, and stays unpaired.
 */
function pairAlone<L, R>(left: readonly Candidate<L>[], right: readonly Candidate<R>[], doubt: Doubt<L>): Pairs<L, R> {
  const there = grouped(right, ({ date }) => seconds(date));
  const pairs: [L, R][] = [];
  for (const [second, here] of grouped(left, ({ date }) => seconds(date))) {
    const others = there.get(second) ?? [];
    const [one, other] = [here[0], others[0]];
    if (one === undefined || other === undefined) continue;
    if (here.length > 1 || others.length > 1) for (const { of } of here) doubt.alike(of);
    else {
      doubt.took(one.of);
      pairs.push([one.of, other.of]);
    }
  }
  return pairs;
}

/**
 * Pairs messages of one key: by measure where number, sizes and dates agree one to one, else by body hash, never by order alone: two
 * drafts with equal headers are two drafts. `confirm` asks for the hash in any case, for keys that are weaker than a fingerprint. With
 * `doubt` a hash that differs proves nothing: what is then left goes by the second, where it is alone.
 */
export async function pairUp<L, R>(
  left: readonly Candidate<L>[],
  right: readonly Candidate<R>[],
  confirm = false,
  doubt?: Doubt<L>,
): Promise<Pairs<L, R>> {
  if (left.length === 0 || right.length === 0) return [];
  const measured = confirm ? undefined : pairByMeasure(left, right);
  if (measured !== undefined) return measured;
  const proved = await pairByHash(left, right);
  if (confirm || doubt === undefined) return proved;
  const done = new Set<L | R>(proved.flat());
  const open = <T extends L | R>(all: readonly Candidate<T>[]) => all.filter(({ of }) => !done.has(of));
  return [...proved, ...pairAlone(open(left), open(right), doubt)];
}
