/** Finds where a trap closes in the stream of one way of one connection. */
import type { Buffer } from "node:buffer";
import { tallyOf, type Trap, type Way } from "./fault-rules.ts";

export interface Sprung {
  readonly trap: Trap;
  /** What passes before it. */
  readonly before: Buffer;
  readonly after: Buffer;
}

export interface Watch {
  /** The trap that closes in this chunk, which comes after all that has passed. */
  spring(chunk: Buffer, traps: readonly Trap[]): Sprung | undefined;
  passed(chunk: Buffer): void;
}

const windowSize = 8_192;

export function watch(way: Way): Watch {
  let total = 0;
  /** The last of what has passed. */
  let last = "";
  /** Traps by count whose byte has gone by. */
  const counted = new Set<Trap>();
  /** Where in the stream a trap's latest match began. */
  const latest = new Map<Trap, number>();

  const mayClose = (trap: Trap): boolean => trap.way === way && tallyOf(trap).done < (trap.times ?? 1);

  const countAt = (trap: Trap, size: number): number | undefined => {
    if (trap.after === undefined || total + size < trap.after || counted.has(trap)) return undefined;
    counted.add(trap);
    return trap.after < total ? undefined : trap.after - total;
  };

  const matchAt = (trap: Trap, text: string): number | undefined => {
    if (!trap.on) return undefined;
    for (const match of text.matchAll(new RegExp(trap.on, `${trap.on.flags.replaceAll(/[gy]/g, "")}g`))) {
      const [start, end] = [match.index, match.index + match[0].length];
      // What had ended before was looked at when it came.
      if (end <= last.length || total - last.length + start <= (latest.get(trap) ?? -1)) continue;
      latest.set(trap, total - last.length + start);
      const tally = tallyOf(trap);
      tally.seen += 1;
      if (tally.seen <= (trap.skip ?? 0)) continue;
      return (trap.pass && !trap.act ? end : start) - last.length;
    }
    return undefined;
  };

  return {
    spring(chunk, traps) {
      const text = last + chunk.toString("latin1");
      for (const trap of traps.filter(mayClose)) {
        const at = countAt(trap, chunk.length) ?? matchAt(trap, text);
        if (at === undefined) continue;
        tallyOf(trap).done += 1;
        const cut = Math.max(at, 0);
        return { trap, before: chunk.subarray(0, cut), after: chunk.subarray(cut) };
      }
      return undefined;
    },
    passed(chunk) {
      total += chunk.length;
      last = (last + chunk.toString("latin1")).slice(-windowSize);
    },
  };
}
