import type { Clock } from "../contract/endpoint.ts";
import type { Emit } from "../model/event.ts";
import { Fault } from "../model/fault.ts";

/** The first wait in milliseconds; it doubles with every try. */
const firstWait = 2000;
const mostMs = 30 * 60_000;

interface Context {
  readonly clock: Clock;
  /** Ends the waiting, and with it the trying. */
  readonly signal: AbortSignal;
  readonly emit: Emit;
}

/** Does what may be done over, until it ends well or its fault is none that a wait can help against; `last` when nothing comes after. */
export type Again = <T>(about: string, work: (last: boolean) => Promise<T>) => Promise<T>;

/** For readings alone: nothing is known here of what was done before the fault. */
export function createAgain({ clock, signal, emit }: Context, tries = 8): Again {
  return async (about, work) => {
    for (let [done, waited] = [1, 0]; ; done += 1) {
      try {
        return await work(done >= tries);
      } catch (thrown) {
        if (!(thrown instanceof Fault) || typeof thrown.retry === "string" || signal.aborted) throw thrown;
        const ms = Math.max(thrown.retry.afterMs, firstWait * 2 ** (done - 1));
        waited += ms;
        if (done >= tries || waited > mostMs) throw thrown;
        emit({ type: "waiting", about, ms, reason: thrown.message });
        await clock.wait(ms, signal);
      }
    }
  };
}
