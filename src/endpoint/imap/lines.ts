import { Buffer } from "node:buffer";

const cr = 13;
const lf = 10;

/** Line feeds that stand alone; `before` is the octet before the first. */
export function bareFeeds(octets: Uint8Array, before: number): number {
  let count = 0;
  for (let at = octets.indexOf(lf); at >= 0; at = octets.indexOf(lf, at + 1)) {
    if ((at === 0 ? before : octets[at - 1]) !== cr) count += 1;
  }
  return count;
}

/** Whether octets can stand in a literal as they are: no line feed is bare, and none is NUL (RFC 3501, 4.3). */
export interface Canon {
  /** The next octets, in any cut. */
  add(octets: Uint8Array): void;
  /** Of all that was added. */
  readonly kept: boolean;
}

export function createCanon(): Canon {
  let before = 0;
  let kept = true;
  return {
    add: (octets) => {
      kept &&= bareFeeds(octets, before) === 0 && !octets.includes(0);
      before = octets.at(-1) ?? before;
    },
    get kept() {
      return kept;
    },
  };
}

/**
 * Line ends as the wire has them (RFC 3501, 2.2; RFC 5322, 2.1): a bare LF becomes CRLF, everything else stays. Octets may come in any
 * cut.
 */
export function createLineEnds(): (octets: Uint8Array) => Uint8Array {
  let before = 0;
  return (octets) => {
    const bare = bareFeeds(octets, before);
    const first = before;
    before = octets.at(-1) ?? before;
    if (bare === 0) return octets;
    const out = Buffer.allocUnsafe(octets.length + bare);
    let to = 0;
    for (let at = 0; at < octets.length; at += 1) {
      const octet = octets[at] as number;
      if (octet === lf && (at === 0 ? first : octets[at - 1]) !== cr) out[to++] = cr;
      out[to++] = octet;
    }
    return out;
  };
}
