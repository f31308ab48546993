/** Octets of a header that are looked through; what comes later is no header of a person's mail. */
const most = 256 * 1024;

/**
 * The Message-ID of a message or of a header block, with its angle brackets; undefined where there is none, or where nobody could ask for
 * it by its name alone.
 */
export function messageIdOf(octets: Uint8Array): string | undefined {
  const text = Buffer.from(octets.buffer, octets.byteOffset, Math.min(octets.byteLength, most)).toString("latin1");
  const header = text.split(/\r?\n\r?\n/, 1)[0] ?? "";
  const unfolded = header.replaceAll(/\r?\n[ \t]+/g, " ");
  return /^message-id:\s*(<[^\s<>]{1,900}>)\s*$/im.exec(unfolded)?.[1];
}
