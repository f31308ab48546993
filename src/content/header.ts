import { TextDecoder } from "node:util";

/** A header block as fields: names in lower case, values unfolded, octets as Latin-1 text so that none is lost. */
export type HeaderFields = readonly (readonly [name: string, value: string])[];

const [tab, cr, blank] = [9, 13, 32] as const;

/** The lines of a text without their ends; what follows the last end too. */
function* linesOf(text: string): Iterable<string> {
  let at = 0;
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", at)) {
    yield text.slice(at, end > at && text.charCodeAt(end - 1) === cr ? end - 1 : end);
    at = end + 1;
  }
  yield text.slice(at);
}

/**
 * Splits a header block (RFC 5322, 2.2) into its fields. Lines end in CRLF or LF; what follows the first empty line, and lines that
 * are no field, are left out, for mail in the wild has them.
 */
export function parseHeader(block: Uint8Array): HeaderFields {
  const fields: [string, string][] = [];
  for (const line of linesOf(Buffer.from(block.buffer, block.byteOffset, block.length).toString("latin1"))) {
    if (line === "") break;
    const first = line.charCodeAt(0);
    const last = fields.at(-1);
    if ((first === blank || first === tab) && last !== undefined) {
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

const strictUtf8 = new TextDecoder("utf-8", { fatal: true });

/** By the name of their charset in lower case, of which there are some two hundred (WHATWG Encoding, 4.2). */
const decoders = new Map<string, TextDecoder>();

/** Throws a RangeError for what is no charset. */
function decoderOf(charset: string): TextDecoder {
  const name = charset.toLowerCase();
  const decoder = decoders.get(name) ?? new TextDecoder(name);
  decoders.set(name, decoder);
  return decoder;
}

/** Octets kept as Latin-1 read as what they most likely are: UTF-8 (RFC 6532) where that fits, else Latin-1. */
function readRaw(text: string): string {
  if (!/[\x80-\xff]/.test(text)) return text;
  try {
    return strictUtf8.decode(Buffer.from(text, "latin1"));
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
    return decoderOf(charset.split("*")[0] ?? charset).decode(octets);
  } catch {
    return undefined;
  }
}

function decodeWords(text: string): string {
  if (!text.includes("=?")) return readRaw(text);
  return readRaw(text.replace(/(=\?[^?\s]+\?[bq]\?[^?]*\?=)\s+(?==\?[^?\s]+\?[bq]\?)/gi, "$1")).replace(
    /=\?([^?\s]+)\?([bq])\?([^?]*)\?=/gi,
    (word, charset: string, encoding: string, body: string) => decodeWord(charset, encoding, body) ?? word,
  );
}

/** Text with its encoded words (RFC 2047) decoded and white space folded to single blanks. */
export function decodeText(text: string): string {
  return decodeWords(text).replace(/\s+/g, " ").trim();
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
