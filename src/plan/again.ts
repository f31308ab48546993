import type { Clock } from "../contract/endpoint.ts";
import type { Emit } from "../model/event.ts";
import { Fault } from "../model/fault.ts";

/** Milliseconds that a plan waits for one mailbox, at most: a person waits for the plan. */
const longest = 60_000;

/** Looks that are tried once more, where what broke the first one off passes. */
export interface SecondLooks {
  run<T>(about: string, look: () => Promise<T>): Promise<T>;
}

/** The looks of one plan: what failed twice keeps no other mailbox waiting, for a server that is down is so for all of them. */
export function createSecondLooks({ clock, signal, emit }: Context): SecondLooks {
  const hopeless = new Set<string>();
  return {
    async run(about, look) {
      try {
        return await look();
      } catch (thrown) {
        const fault = passing(thrown);
        const where = `${fault?.code} ${fault?.about}`;
        if (fault === undefined || hopeless.has(where) || signal.aborted) throw thrown;
        emit({ type: "waiting", about, ms: fault.ms, reason: fault.message });
        await clock.wait(fault.ms, signal);
        try {
          return await look();
        } catch (again) {
          hopeless.add(where);
          throw again;
        }
      }
    },
  };
}

interface Context {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly emit: Emit;
}

function passing(thrown: unknown): (Pick<Fault, "code" | "about" | "message"> & { readonly ms: number }) | undefined {
  if (!(thrown instanceof Fault) || typeof thrown.retry !== "object") return undefined;
  const { code, about, message, retry } = thrown;
  return retry.afterMs > longest ? undefined : { code, about, message, ms: retry.afterMs };
}
