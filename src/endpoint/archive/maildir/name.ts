import { type DiskPath, diskPath, shown } from "../disk.ts";
import { badName } from "../faults.ts";
import { decodeUtf7, encodeUtf7 } from "./utf7.ts";

/**
 * Folder names of Maildir++: `.Part.Part`, each part in modified UTF-7. What a part cannot hold there (a dot, a slash, a tilde at the
 * front, and the backslash itself) is `\` and two hex digits, as Dovecot's listescape plugin writes it. INBOX is the top folder; a
 * name of the top level that only looks like INBOX, in another case, has its first letter written so.
 */
export function folderName(path: readonly string[]): DiskPath {
  for (const part of path) if (part === "") throw badName(path.join("/"), "a part of the name is empty");
  const parts = path.map((part) => encodeUtf7(part.replace(/[./\\]|^~/g, escaped)));
  const [first = ""] = parts;
  if (/^inbox$/i.test(first) && (first !== "INBOX" || path.length === 1))
    parts[0] = escaped(first.slice(0, 1)) + first.slice(1);
  return diskPath(`.${parts.join(".")}`);
}

/** A folder's path by its name on disk. Names in UTF-8 are read as they stand, and so is what is no modified UTF-7. */
export function folderPath(name: DiskPath): readonly string[] {
  return name
    .slice(1)
    .split(".")
    .map((part) => unescaped(decodeUtf7(part) ?? shown(part)).normalize("NFC"));
}

const escaped = (character: string): string => `\\${character.charCodeAt(0).toString(16).padStart(2, "0")}`;

const unescaped = (text: string): string =>
  text.replace(/\\(2e|2f|7e|5c|49|69)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
