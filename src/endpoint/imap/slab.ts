import { Buffer } from "node:buffer";
import type { Room } from "./wire/reader.ts";

/**
 * Memory for the bodies of one command. A buffer for each would be thrown away as soon as it was sent, and the collector, which is told
 * of octets and not of what they cost, would run all the time.
 */
export interface Slab {
  /** Room for one literal; undefined once it is used up. */
  readonly room: Room;
  /** Called when a body was given away; it must be given back once, by whoever had it, or the slab is left to the collector. */
  hold(): () => void;
  /** All that will be given away was. */
  seal(): void;
}

const smallest = 64 * 1024;
const largest = 4 * 1024 * 1024;
/** Octets that are kept for whoever comes next, by the whole process. */
const mostKept = 12 * 1024 * 1024;

const free = new Map<number, Buffer[]>();
let kept = 0;

function take(size: number): Buffer {
  const found = free.get(size)?.pop();
  if (found === undefined) return Buffer.allocUnsafeSlow(size);
  kept -= size;
  return found;
}

function giveBack(memory: Buffer): void {
  if (kept + memory.length > mostKept) {
    // Nobody has it any more: the collector would find out late.
    (memory.buffer as ArrayBuffer).transfer(0);
    return;
  }
  kept += memory.length;
  const same = free.get(memory.length);
  if (same === undefined) free.set(memory.length, [memory]);
  else same.push(memory);
}

/** Memory for so many octets, if servers tell sizes right; what is beyond gets memory of its own. */
export function createSlab(octets: number): Slab {
  let size = smallest;
  while (size < octets && size < largest) size *= 2;
  const memory = take(size);
  let used = 0;
  let held = 1;
  const release = (): void => {
    held -= 1;
    if (held === 0) giveBack(memory);
  };
  const once = (): (() => void) => {
    let done = false;
    return () => {
      if (done) return;
      done = true;
      release();
    };
  };
  const seal = once();
  return {
    room: (wanted) => {
      if (used + wanted > size) return undefined;
      used += wanted;
      return memory.subarray(used - wanted, used);
    },
    hold: () => {
      held += 1;
      return once();
    },
    seal,
  };
}
