import { Fault, interrupted } from "../model/fault.ts";

/** The ways in which a run is stopped from outside it. */
export interface StopControl {
  /** What is under way ends, nothing new begins. */
  readonly soft: AbortSignal;
  /** All that can be broken off is. */
  readonly hard: AbortSignal;
  /** Stops softly once the time in milliseconds is over. */
  limit(ms: number): void;
  /** Stops hard: nothing more may be written. */
  breakOff(fault: Fault): void;
  /** Leaves the signals to the system again. */
  release(): void;
}

const signals = ["SIGINT", "SIGTERM"] as const;

/** The first signal stops softly, the second ends the process at once: what is written down is safe against that at any moment. */
export function catchSignals(say: (text: string) => void): StopControl {
  const [soft, hard] = [new AbortController(), new AbortController()];
  let timer: NodeJS.Timeout | undefined;
  let caught = 0;
  const onSignal = (): void => {
    caught += 1;
    if (caught > 1) {
      hard.abort(interrupted());
      process.exit(130);
    }
    say("Stopping: what is under way ends, nothing new begins. Once more stops at once.\n");
    soft.abort(interrupted());
  };
  for (const signal of signals) process.on(signal, onSignal);
  return {
    soft: soft.signal,
    hard: hard.signal,
    limit(ms) {
      timer = setTimeout(() => {
        say("The time is over: what is under way ends, nothing new begins.\n");
        soft.abort(timeIsOver());
      }, ms).unref();
    },
    breakOff(fault) {
      soft.abort(fault);
      hard.abort(fault);
    },
    release() {
      clearTimeout(timer);
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}

function timeIsOver(): Fault {
  return new Fault({
    code: "run.timeout",
    message: "The time given with --max-duration is over",
    spoils: "run",
    retry: "later",
    remedy: "run again to go on",
  });
}
