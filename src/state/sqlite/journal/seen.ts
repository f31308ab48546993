/** A set of row numbers, a bit each: a reading of a million messages takes 125 KB. */
export interface Seen {
  add(row: number): void;
  has(row: number): boolean;
}

export function seenRows(): Seen {
  let bits = new Uint8Array(256);
  return {
    add(row) {
      const octet = row >>> 3;
      if (octet >= bits.length) {
        const wider = new Uint8Array(Math.max(octet + 1, bits.length * 2));
        wider.set(bits);
        bits = wider;
      }
      bits[octet] = (bits[octet] ?? 0) | (1 << (row & 7));
    },
    has: (row) => ((bits[row >>> 3] ?? 0) & (1 << (row & 7))) !== 0,
  };
}

/**
 * A reading under way. It lives in memory alone: one that a crash cut short is begun anew, so that only what a complete
 * whole reading named ever counts.
 */
export interface Reading {
  /** Known once the first page came. */
  whole: boolean | undefined;
  /** Rows that it named, or that were recorded since it began. */
  readonly seen: Seen;
}
