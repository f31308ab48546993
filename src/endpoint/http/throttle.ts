import type { Clock } from "../../contract/endpoint.ts";
import { interrupted } from "../../model/fault.ts";

/** What a system allows under one name; what is absent is not limited. */
export interface Allowance {
  /** Requests under way at one time. */
  readonly atOnce?: number;
  /** Units in any span of this many milliseconds. */
  readonly units?: { readonly amount: number; readonly ms: number };
}

/** What a request counts against: a name (`tenant`, `mailbox ana@example.com`), and how much of its units. */
export interface Charge {
  readonly name: string;
  /** 1 by default. More than is allowed at all counts as that much. */
  readonly units?: number;
}

/** A system's limits, kept by name. */
export interface Throttle {
  /**
   * Waits until there is room under all of these names, one after the other; call what it returns when the request has ended. Everybody
   * names the narrowest first, so that nobody keeps what is everybody's while waiting for what is his own.
   */
  enter(charges: readonly Charge[], signal: AbortSignal): Promise<() => void>;
  /** Nobody begins under this name for so long: the server said so. */
  hold(name: string, ms: number): void;
}

interface Gate {
  enter(units: number, signal: AbortSignal): Promise<() => void>;
  hold(ms: number): void;
}

export function createThrottle(allowance: (name: string) => Allowance, clock: Clock): Throttle {
  const gates = new Map<string, Gate>();
  const gate = (name: string): Gate => {
    const known = gates.get(name) ?? createGate(allowance(name), clock);
    gates.set(name, known);
    return known;
  };
  return {
    async enter(charges, signal) {
      const leave: (() => void)[] = [];
      const leaveAll = () => leave.splice(0).forEach((each) => each());
      try {
        for (const { name, units = 1 } of charges) leave.push(await gate(name).enter(units, signal));
      } catch (thrown) {
        leaveAll();
        throw thrown;
      }
      return leaveAll;
    },
    hold: (name, ms) => gate(name).hold(ms),
  };
}

/**
 * First come, first served. A request counts from when it begins until the span after its end, for nobody knows when in between the
 * server counted it: so no span of the server's ever holds more than is allowed.
 */
function createGate({ atOnce = 0, units }: Allowance, clock: Clock): Gate {
  const { amount, ms } = units ?? { amount: Number.POSITIVE_INFINITY, ms: 0 };
  const past: { readonly cost: number; readonly until: number }[] = [];
  let [running, spent, heldUntil] = [0, 0, 0];
  let ended = Promise.withResolvers<void>();
  let last: Promise<void> = Promise.resolve();

  function forget(): void {
    while (past[0] !== undefined && past[0].until <= clock.now()) spent -= past.shift()?.cost ?? 0;
  }

  /** Milliseconds until somebody may begin: 0 for now, undefined for not before somebody else has ended. */
  function pause(cost: number): number | undefined {
    forget();
    const held = heldUntil - clock.now();
    if (held > 0) return held;
    if (atOnce > 0 && running >= atOnce) return undefined;
    if (spent + cost <= amount) return 0;
    return past[0] === undefined ? undefined : past[0].until - clock.now();
  }

  async function turn(cost: number, signal: AbortSignal): Promise<void> {
    for (let wait = pause(cost); wait !== 0; wait = pause(cost)) {
      if (wait === undefined) await orAbort(ended.promise, signal);
      else await clock.wait(wait, signal);
    }
    running += 1;
    spent += cost;
  }

  function leave(cost: number): void {
    running -= 1;
    if (units === undefined) spent -= cost;
    else past.push({ cost, until: clock.now() + ms });
    ended.resolve();
    ended = Promise.withResolvers();
  }

  return {
    async enter(wanted, signal) {
      const cost = Math.min(wanted, amount);
      const before = last;
      const done = Promise.withResolvers<void>();
      last = done.promise;
      // Who gives up leaves the queue as it was: whoever comes after waits for all before.
      const pass = () => void before.then(done.resolve);
      try {
        await orAbort(before, signal);
        await turn(cost, signal);
      } finally {
        pass();
      }
      let left = false;
      return () => {
        if (!left) leave(cost);
        left = true;
      };
    },
    hold: (time) => {
      heldUntil = Math.max(heldUntil, clock.now() + time);
    },
  };
}

/** The promise, or `run.interrupted` where the signal fires first. */
function orAbort(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.reject(interrupted());
  return new Promise((resolve, reject) => {
    const stop = () => reject(interrupted());
    signal.addEventListener("abort", stop, { once: true });
    void promise.then(resolve).finally(() => signal.removeEventListener("abort", stop));
  });
}
