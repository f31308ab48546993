import type { Buffer } from "node:buffer";
import { odditiesIn } from "./arena.ts";

/** Whether octets can stand in a literal as they are: no line feed is bare, and none is NUL (RFC 3501, 4.3). */
export interface Canon {
  /** The next octets, in any cut. */
  add(octets: Buffer): void;
  /** Of all that was added. */
  readonly kept: boolean;
}

export function createCanon(): Canon {
  let before = 0;
  let kept = true;
  return {
    add: (octets) => {
      if (!kept || octets.length === 0) return;
      const { bare, nul } = odditiesIn(octets, before);
      kept = !bare && !nul;
      before = octets.at(-1) ?? before;
    },
    get kept() {
      return kept;
    },
  };
}
