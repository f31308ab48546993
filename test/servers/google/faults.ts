/** What goes wrong at the fake: by a script, and by chance from a seed. */
import { type Ask, refuse, type Reply } from "./said.ts";

/** What becomes of one request. */
interface Mishap {
  readonly reply?: Reply;
  /** The line is cut in place of an answer. */
  readonly cut?: true;
  /** It takes effect all the same. */
  readonly after?: true;
}

interface Scripted {
  readonly method: string;
  readonly path: RegExp;
  readonly mishap: Mishap;
  times: number;
}

export interface Faults {
  /** The next requests that fit go wrong so. */
  script(method: string, path: RegExp, mishap: Mishap, times?: number): void;
  /** From now on one request in so many goes wrong somehow, by this seed; 0 for none. */
  chance(seed: number, oneIn: number): void;
  of(ask: Pick<Ask, "method" | "url">): Mishap | undefined;
  /** How many went wrong. */
  readonly count: () => number;
}

const mishaps: readonly Mishap[] = [
  { reply: refuse(429, "rateLimitExceeded", "Too many requests", { "retry-after": "3" }) },
  { reply: refuse(429, "rateLimitExceeded", "Too many requests") },
  { reply: refuse(403, "userRateLimitExceeded", "User-rate limit exceeded.") },
  { reply: refuse(503, "backendError", "Backend Error") },
  { reply: refuse(503, "backendError", "Backend Error"), after: true },
  { reply: refuse(500, "internalError", "Internal error"), after: true },
  { cut: true },
  { cut: true, after: true },
];

export function createFaults(): Faults {
  const scripted: Scripted[] = [];
  let [state, oneIn, count] = [1, 0, 0];
  /** A linear congruential generator (Numerical Recipes), so that a seed tells the whole course. */
  const roll = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return {
    count: () => count,
    script: (method, path, mishap, times = 1) => void scripted.push({ method, path, mishap, times }),
    chance: (seed, rate) => {
      state = seed >>> 0;
      oneIn = rate;
    },
    of({ method, url }) {
      const hit = scripted.find((one) => one.times > 0 && one.method === method && one.path.test(url.pathname));
      if (hit !== undefined) hit.times -= 1;
      const mishap =
        hit?.mishap ?? (oneIn > 0 && roll() < 1 / oneIn ? mishaps[Math.floor(roll() * mishaps.length)] : undefined);
      if (mishap !== undefined) count += 1;
      return mishap;
    },
  };
}
