import { Buffer, isUtf8 } from "node:buffer";

/** UTF-16, big endian, as text; undefined for half a character. */
function fromUtf16(octets: Buffer): string | undefined {
  return octets.length % 2 === 0 ? Buffer.from(octets).swap16().toString("utf16le") : undefined;
}

/** Decodes modified UTF-7 (RFC 3501, 5.1.3); undefined where it is none. */
function decodeUtf7(name: string): string | undefined {
  const parts = name.split(/(&[^-]*-)/);
  const decoded = parts.map((part, index) => {
    if (index % 2 === 0) return part.includes("&") ? undefined : part;
    const inner = part.slice(1, -1);
    return inner === "" ? "&" : fromUtf16(Buffer.from(inner.replace(/,/g, "/"), "base64"));
  });
  return decoded.every((part) => part !== undefined) ? decoded.join("") : undefined;
}

function encodeUtf7(name: string): string {
  return name.replace(/&|[^\x20-\x7e]+/g, (run) => {
    if (run === "&") return "&-";
    const octets = Buffer.from(run, "utf16le").swap16();
    return `&${octets.toString("base64").replace(/\//g, ",").replace(/=+$/, "")}-`;
  });
}

const asLatin1 = (name: string): string => Buffer.from(name, "utf8").toString("latin1");

/**
 * A folder's name as people read it, from the octets of the wire (Latin-1): modified UTF-7, or UTF-8 where a server sends that, by leave
 * (RFC 6855) or without. What is neither, or could not be written back, stays as it is.
 */
export function decodeName(wire: string, utf8: boolean): string {
  const eightBit = /[\x80-\xff]/.test(wire);
  const octets = Buffer.from(wire, "latin1");
  if (utf8 || (eightBit && isUtf8(octets))) return octets.toString("utf8");
  const decoded = decodeUtf7(wire);
  // Half a surrogate pair would not come back from a file or a database.
  return decoded !== undefined && decoded.isWellFormed() && encodeUtf7(decoded) === wire ? decoded : wire;
}

/** A folder's name for the wire, as Latin-1 text of its octets. */
export function encodeName(name: string, utf8: boolean): string {
  return utf8 ? asLatin1(name) : encodeUtf7(name);
}
