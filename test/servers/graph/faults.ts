/** What goes wrong at the stand-in for Graph, by a script or by chance. */

/** What a request is answered instead; with `after` it is carried out all the same. */
export interface Trouble {
  readonly status: number;
  readonly retryAfter?: number;
  readonly after?: boolean;
  readonly body?: unknown;
  /** Cuts the line instead of answering. */
  readonly cut?: boolean;
}

export interface Faults {
  /** The next `times` requests that fit are answered so. */
  next(fits: (method: string, path: string) => boolean, trouble: Trouble, times?: number): void;
  /** Every request, and every part of a batch, with this chance, by a seed that is told where a test fails. */
  random(seed: number, chance: number): void;
  off(): void;
  of(method: string, path: string): Trouble | undefined;
}

/** Mulberry32: the same seed, the same faults. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const troubles: readonly Trouble[] = [
  { status: 429, retryAfter: 1 },
  { status: 429 },
  { status: 503 },
  { status: 503, after: true },
  { status: 504, after: true },
  { status: 500 },
];

export function createFaults(): Faults {
  let script: { readonly fits: (method: string, path: string) => boolean; readonly trouble: Trouble; left: number }[] =
    [];
  let chance = 0;
  let random = generator(0);
  return {
    next: (fits, trouble, times = 1) => void script.push({ fits, trouble, left: times }),
    random: (seed, share) => {
      random = generator(seed);
      chance = share;
    },
    off: () => {
      script = [];
      chance = 0;
    },
    of: (method, path) => {
      const found = script.find(({ fits, left }) => left > 0 && fits(method, path));
      if (found !== undefined) {
        found.left -= 1;
        return found.trouble;
      }
      if (chance === 0 || random() >= chance) return undefined;
      return troubles[Math.floor(random() * troubles.length)];
    },
  };
}
