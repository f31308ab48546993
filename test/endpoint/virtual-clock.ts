import type { Clock } from "../../src/contract/endpoint.ts";
import { interrupted } from "../../src/model/fault.ts";

export interface VirtualClock extends Clock {
  /** What was waited for, in milliseconds, as it was asked. */
  readonly waits: readonly number[];
  /** Lets time pass without anybody waiting. */
  pass(ms: number): void;
}

/** Time that jumps to the next moment that somebody waits for, once everything that can run now has run. */
export function createVirtualClock(begin = 1_000_000): VirtualClock {
  let now = begin;
  let due = false;
  const waits: number[] = [];
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();

  function jump(): void {
    due = false;
    const next = [...sleepers].toSorted((one, other) => one.at - other.at)[0];
    if (next === undefined) return;
    sleepers.delete(next);
    now = Math.max(now, next.at);
    next.wake();
    plan();
  }

  function plan(): void {
    if (due || sleepers.size === 0) return;
    due = true;
    setImmediate(jump);
  }

  return {
    waits,
    now: () => now,
    pass: (ms) => void (now += ms),
    wait: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(interrupted());
        waits.push(ms);
        const sleeper = { at: now + ms, wake: resolve };
        sleepers.add(sleeper);
        signal.addEventListener("abort", () => {
          sleepers.delete(sleeper);
          reject(interrupted());
        });
        plan();
      }),
  };
}
