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
