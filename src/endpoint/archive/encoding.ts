import { Buffer } from "node:buffer";
import { type DiskPath, diskPath, shown } from "./disk.ts";

/**
 * Folder names as file names, for mbox and EML: UTF-8, with `%XX` for the octets of what is no safe part of a file name anywhere
 * (control characters, `/ \ : * ? " < > | %`, a dot or a tilde at the front, a dot or a blank at the end), and for the dot before an
 * ending that a format gives a meaning to. Reversible: every `%` of a name's own is written so, too.
 */
export function percentEncode(part: string, endings: RegExp): DiskPath {
  const safe = part
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    .replace(/[\u0000-\u001F\u007F/\\:*?"<>|%]|^[.~]|[. ]$/gu, percent)
    .replace(endings, (ending) => `%2E${ending.slice(1)}`);
  return diskPath(safe);
}

/** Undoes it; a name that was not made so is taken as it stands. */
export function percentDecode(name: DiskPath): string {
  const octets = name.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const text = shown(octets);
  return diskPath(text) === octets ? text : Buffer.from(octets, "latin1").toString("latin1");
}

/** The same name as one that is not INBOX: some letters of another case must not make it the inbox. */
export function percentFirst(part: string): DiskPath {
  return diskPath(percent(part.slice(0, 1)) + part.slice(1));
}

const percent = (text: string): string =>
  [...Buffer.from(text)].map((octet) => `%${octet.toString(16).toUpperCase().padStart(2, "0")}`).join("");
