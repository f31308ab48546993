import type { OpenContext } from "../../contract/endpoint.ts";
import { Fault } from "../../model/fault.ts";

/** Leaves a server alone for as long as it asked to be: one for all connections of an endpoint. */
export interface Calm {
  /** Waits until the time is over. Throws what was noted where that is longer than anybody should wait in a run. */
  wait(): Promise<void>;
  /** Takes in a fault that tells of throttling; others are none of its business. */
  note(thrown: unknown): void;
}

/** Milliseconds that are waited for at most. */
const patience = 10 * 60_000;

export function createCalm(
  about: string,
  { clock, signal, emit }: Pick<OpenContext, "clock" | "signal" | "emit">,
): Calm {
  let until = 0;
  let said: Fault | undefined;
  return {
    wait: async () => {
      const ms = until - clock.now();
      if (ms <= 0) return;
      if (ms > patience && said !== undefined) throw said;
      emit({ type: "waiting", about, ms, reason: said?.message ?? "the server asked for it" });
      await clock.wait(ms, signal);
    },
    note: (thrown) => {
      if (!(thrown instanceof Fault) || thrown.code !== "server.busy" || typeof thrown.retry !== "object") return;
      until = Math.max(until, clock.now() + thrown.retry.afterMs);
      said = thrown;
    },
  };
}
