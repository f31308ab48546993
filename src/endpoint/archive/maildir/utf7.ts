import { Buffer } from "node:buffer";

/** Modified UTF-7 (RFC 3501, section 5.1.3), with the same strictness as Dovecot: plain characters are never in base64. */
export function encodeUtf7(text: string): string {
  // eslint-disable-next-line no-control-regex -- everything but printable ASCII is encoded
  return text.replace(/&|[^\u0020-\u007E]+/g, (run) => (run === "&" ? "&-" : `&${base64(run)}-`));
}

/** Undefined for what is no modified UTF-7. */
export function decodeUtf7(text: string): string | undefined {
  // eslint-disable-next-line no-control-regex -- everything but printable ASCII is refused
  if (/[^\u0020-\u007E]/.test(text)) return undefined;
  let plain = "";
  let at = 0;
  for (const shift of text.matchAll(/&([^-]*)(-?)/g)) {
    const inside = shift[2] === "" ? undefined : fromBase64(shift[1] ?? "");
    if (inside === undefined) return undefined;
    plain += text.slice(at, shift.index) + inside;
    at = shift.index + shift[0].length;
  }
  return plain + text.slice(at);
}

function base64(run: string): string {
  const units = Buffer.from(run, "utf16le").swap16();
  return units.toString("base64").replace(/=+$/, "").replaceAll("/", ",");
}

function fromBase64(text: string): string | undefined {
  if (text === "") return "&";
  if (!/^[A-Za-z0-9+,]+$/.test(text)) return undefined;
  const units = Buffer.from(text.replaceAll(",", "/"), "base64");
  if (units.length === 0 || units.length % 2 === 1) return undefined;
  const plain = units.swap16().toString("utf16le");
  return /[\u0020-\u007E]/.test(plain) || !plain.isWellFormed() ? undefined : plain;
}
