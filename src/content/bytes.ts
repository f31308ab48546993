import { interrupted } from "../model/fault.ts";

/** Bounds the octets of message bodies held by the whole process. */
export interface ByteBudget {
  /** Waits for room, in order of asking; call what it returns to give it back. More than there is in all counts as all. */
  take(octets: number, signal: AbortSignal): Promise<() => void>;
}

interface Waiter {
  readonly octets: number;
  readonly go: () => void;
}

export function createByteBudget(total: number): ByteBudget {
  let free = total;
  const queue: Waiter[] = [];
  const serve = (): void => {
    for (let first = queue[0]; first !== undefined && first.octets <= free; first = queue[0]) {
      queue.shift();
      free -= first.octets;
      first.go();
    }
  };
  const giver = (octets: number): (() => void) => {
    let given = false;
    return () => {
      if (given) return;
      given = true;
      free += octets;
      serve();
    };
  };
  return {
    take: (asked, signal) => {
      const octets = Math.min(asked, total);
      return new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(interrupted());
          return;
        }
        const waiter: Waiter = {
          octets,
          go: () => (signal.removeEventListener("abort", leave), resolve(giver(octets))),
        };
        const leave = (): void => {
          queue.splice(queue.indexOf(waiter), 1);
          reject(interrupted());
          serve();
        };
        signal.addEventListener("abort", leave, { once: true });
        queue.push(waiter);
        serve();
      });
    },
  };
}
