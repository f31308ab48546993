/** Messages of one batch, and octets of their bodies; what is larger goes alone, and by way of the disk beyond `wholeBytes`. */
export const batchItems = 100;
export const batchBytes = 4 * 1024 * 1024;
export const wholeBytes = 12 * 1024 * 1024;

/** Ids in one command: their set stays far below the line that every server takes (RFC 7162, section 4: 8192 octets). */
const idsAtOnce = 500;

export function* portions<T>(all: readonly T[]): Iterable<readonly T[]> {
  for (let at = 0; at < all.length; at += idsAtOnce) yield all.slice(at, at + idsAtOnce);
}
