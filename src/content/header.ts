/** A header block as fields: names in lower case, values unfolded, octets as Latin-1 text so that none is lost. */
export type HeaderFields = readonly (readonly [name: string, value: string])[];

/**
 * Splits a header block (RFC 5322, 2.2) into its fields. Lines end in CRLF or LF; what follows the first empty line, and lines that
 * are no field, are left out, for mail in the wild has them.
 */
export function parseHeader(block: Uint8Array): HeaderFields {
  const fields: [string, string][] = [];
  for (const line of Buffer.from(block.buffer, block.byteOffset, block.length).toString("latin1").split(/\r?\n/)) {
    if (line === "") break;
    const last = fields.at(-1);
    if (/^[ \t]/.test(line) && last !== undefined) {
      last[1] += ` ${line.trim()}`;
      continue;
    }
    const colon = line.indexOf(":");
    if (colon > 0) fields.push([line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]);
  }
  return fields;
}

export function firstField(fields: HeaderFields, name: string): string {
  return fields.find(([field]) => field === name)?.[1] ?? "";
}

/** Octets kept as Latin-1 read as what they most likely are: UTF-8 (RFC 6532) where that fits, else Latin-1. */
function readRaw(text: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(text, "latin1"));
  } catch {
    return text;
  }
}

function decodeWord(charset: string, encoding: string, text: string): string | undefined {
  const octets =
    encoding.toLowerCase() === "b"
      ? Buffer.from(text, "base64")
      : Buffer.from(
          text
            .replace(/_/g, " ")
            .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
          "latin1",
        );
  try {
    return new TextDecoder(charset.split("*")[0] ?? charset).decode(octets);
  } catch {
    return undefined;
  }
}

/** Text with its encoded words (RFC 2047) decoded and white space folded to single blanks. */
export function decodeText(text: string): string {
  return readRaw(text.replace(/(=\?[^?\s]+\?[bq]\?[^?]*\?=)\s+(?==\?[^?\s]+\?[bq]\?)/gi, "$1"))
    .replace(
      /=\?([^?\s]+)\?([bq])\?([^?]*)\?=/gi,
      (word, charset: string, encoding: string, body: string) => decodeWord(charset, encoding, body) ?? word,
    )
    .replace(/\s+/g, " ")
    .trim();
}

/** The addr-specs of an address field, in lower case and in their order, without names and comments. */
export function addrSpecs(text: string): readonly string[] {
  return (text.match(/[^\s<>,;:"()[\]]+@[^\s<>,;:"()]+/g) ?? []).map((address) => address.toLowerCase());
}

/** A Date field as an instant, milliseconds since 1970 UTC; as its text where it says none. */
export function instantOf(text: string): number | string {
  const plain = text.replace(/\([^()]*\)/g, " ").trim();
  const parsed = Date.parse(/(?:[+-]\d{4}|[a-z]{1,5})$/i.test(plain) ? plain : `${plain} +0000`);
  return Number.isNaN(parsed) ? text.toLowerCase().replace(/\s+/g, " ") : parsed;
}
