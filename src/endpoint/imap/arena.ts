import { Buffer } from "node:buffer";
import { bareFeeds } from "./lines.ts";
import { createScanner, found, type Scanner } from "./scanner.ts";

/** Octets of one stretch of memory for the whole process, of which the system gives only what was touched. */
export const arenaOctets = 32 * 1024 * 1024;

interface Arena {
  readonly memory: Buffer;
  readonly scanner: Scanner | undefined;
}

let known: Arena | undefined;

export function theArena(): Arena {
  if (known !== undefined) return known;
  const scanner = createScanner(arenaOctets);
  known = { memory: scanner?.memory ?? Buffer.allocUnsafeSlow(arenaOctets), scanner };
  return known;
}

/** What a body's octets hold that matters on the wire: a line feed without CR before it, NUL, and 0x80, which Dovecot shows for NUL. */
export interface Oddities {
  readonly bare: boolean;
  readonly nul: boolean;
  readonly x80: boolean;
}

/** Octets of one step of a scan, and those of a body from which on it is worth a call. */
const step = 16;
const worthwhile = 64;

/** Looks a body, or a part of it behind the octet `before`, through; quickly where it lies in the arena. */
export function odditiesIn(octets: Buffer, before = 0): Oddities {
  const { buffer, byteOffset: begin, length } = octets;
  if (known?.scanner === undefined || buffer !== known.memory.buffer || length < worthwhile)
    return { bare: bareFeeds(octets, before) > 0, nul: octets.includes(0), x80: octets.includes(0x80) };
  const { scan } = known.scanner;
  // What a scan looks at has an octet before it, and the last step may take some once more.
  const steps = Math.floor((length - 1) / step);
  const bits = scan(begin + 1, begin + 1 + steps * step) | scan(begin + length - step, begin + length);
  const has = (bit: number, octet: number): boolean => (bits & bit) !== 0 || octets[0] === octet;
  const bare = (bits & found.bare) !== 0 || (octets[0] === 10 && before !== 13);
  return { bare, nul: has(found.nul, 0), x80: has(found.x80, 0x80) };
}
