import { Buffer } from "node:buffer";

const cr = 13;
const lf = 10;

const none = new Int32Array(0);

/** Line feeds that stand alone; `before` is the octet before the first. Four octets are looked at together, where memory has them so. */
function bareFeeds(octets: Uint8Array, before: number): number {
  const { buffer, byteOffset, length } = octets;
  const isBare = (at: number): boolean => octets[at] === lf && (at === 0 ? before : octets[at - 1]) !== cr;
  const head = Math.min(length, -byteOffset & 3);
  const words = head === length ? none : new Int32Array(buffer, byteOffset + head, (length - head) >> 2);
  let count = 0;
  for (let at = 0; at < head; at += 1) if (isBare(at)) count += 1;
  for (let word = 0; word < words.length; word += 1) {
    const zeroed = (words[word] as number) ^ 0x0a0a0a0a;
    if ((zeroed - 0x01010101) & ~zeroed & 0x80808080) {
      const first = head + word * 4;
      for (let at = first; at < first + 4; at += 1) if (isBare(at)) count += 1;
    }
  }
  for (let at = head + words.length * 4; at < length; at += 1) if (isBare(at)) count += 1;
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
