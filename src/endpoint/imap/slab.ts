import { Buffer } from "node:buffer";
import { arenaOctets, theArena } from "./arena.ts";
import type { Room } from "./wire/reader.ts";

/**
 * Memory for the bodies of one command, lent to whoever gives it back. A buffer for each body would be thrown away as soon as it was sent:
 * the collector, which is told of octets and not of what they cost, would run all the time.
 */
export interface Slab {
  /** Room for one literal; undefined once it is used up. */
  readonly room: Room;
  /** Called when a body was lent; it must be given back once, by whoever had it. */
  hold(): () => void;
  /** All that will be lent was. */
  seal(): void;
}

/** The arena is lent in blocks of so many octets. What goes beyond it gets memory of its own for as long as it is used. */
const block = 64 * 1024;
const blocks = new Uint8Array(arenaOctets / block);

/** Where so many blocks in a row are free, from the lowest on, for those were touched before; -1 where there are none. */
function findFree(count: number): number {
  for (let from = 0, to = 0; to < blocks.length; to += 1) {
    if (blocks[to] !== 0) from = to + 1;
    else if (to + 1 - from === count) return from;
  }
  return -1;
}

/** Memory, and what gives it back. */
function take(octets: number): { readonly octets: Buffer; giveBack(): void } {
  const count = Math.ceil(octets / block);
  const at = findFree(count);
  if (at < 0) {
    const own = Buffer.allocUnsafeSlow(octets);
    // Nobody has it any more: the collector would find out late.
    return { octets: own, giveBack: () => void (own.buffer as ArrayBuffer).transfer(0) };
  }
  blocks.fill(1, at, at + count);
  return {
    octets: theArena().memory.subarray(at * block, (at + count) * block),
    giveBack: () => void blocks.fill(0, at, at + count),
  };
}

/** Memory for so many octets, if servers tell sizes right; what is beyond gets memory of its own. */
export function createSlab(wanted: number): Slab {
  const { octets, giveBack } = take(Math.max(1, wanted));
  let used = 0;
  let held = 1;
  const once = (): (() => void) => {
    let done = false;
    return () => {
      if (done) return;
      done = true;
      held -= 1;
      if (held === 0) giveBack();
    };
  };
  const seal = once();
  return {
    room: (size) => {
      if (used + size > octets.length) return undefined;
      used += size;
      return octets.subarray(used - size, used);
    },
    hold: () => {
      held += 1;
      return once();
    },
    seal,
  };
}
