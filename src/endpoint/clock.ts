import type { Clock } from "../contract/endpoint.ts";
import { interrupted } from "../model/fault.ts";

/** The longest that a timer of Node runs, in milliseconds; a longer one would fire at once. */
const longest = 2 ** 31 - 1;

/** The machine's time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async wait(ms, signal) {
    if (signal.aborted) throw interrupted();
    for (let left = ms; left > 0; left -= longest) await pause(Math.min(left, longest), signal);
  },
};

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(interrupted());
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}
