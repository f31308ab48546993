import type { DiskPath } from "../disk.ts";

/** A message's file by its name. */
export interface MessageFile {
  /** Before the colon: this names the message for as long as it lives. */
  readonly unique: DiskPath;
  readonly folder: "new" | "cur";
  readonly file: DiskPath;
  /** Letters of the info part, `:2,` (https://cr.yp.to/proto/maildir.html). */
  readonly letters: string;
}

/** How long the unique name at the beginning of a file's name is; all of it where nothing follows. */
export function uniqueLength(file: DiskPath): number {
  // Where a file system takes no colon, programs write a semicolon or an exclamation mark.
  const end = file.search(/[:;!]/);
  return end > 0 ? end : file.length;
}

export function parseFile(folder: MessageFile["folder"], file: DiskPath): MessageFile {
  const end = uniqueLength(file);
  const [, letters = ""] = /^.2,([^,]*)/s.exec(file.slice(end)) ?? [];
  return { unique: file.slice(0, end), folder, file, letters };
}

/** The file's name with other letters; what else stands in its info stays. Letters are in ASCII order, as the format asks. */
export function renamed({ file, unique }: MessageFile, letters: string): DiskPath {
  const [, separator = ":", rest = ""] = /^([:;!])(?:2,[^,]*(,.*)?|.*)$/s.exec(file.slice(unique.length)) ?? [];
  return `${unique}${separator}2,${ordered(letters)}${rest}`;
}

const ordered = (letters: string): string => [...new Set(letters)].toSorted().join("");

const flags: Readonly<Record<string, string>> = {
  D: "\\Draft",
  F: "\\Flagged",
  P: "$Forwarded",
  R: "\\Answered",
  S: "\\Seen",
  T: "\\Deleted",
};
const letterOf = new Map(Object.entries(flags).map(([letter, mark]) => [mark.toLowerCase(), letter]));

export const systemMarks: readonly string[] = Object.values(flags);

/** Marks by their letters; `keywords` are the folder's, a to z. A letter without a name says nothing. */
export function marksOf(letters: string, keywords: readonly (string | undefined)[]): readonly string[] {
  const named = [...letters].map((letter) => flags[letter] ?? keywords[letter.charCodeAt(0) - 97]);
  const seen = new Set<string>();
  return named.filter((mark): mark is string => {
    const fresh = mark !== undefined && !seen.has(mark.toLowerCase());
    if (fresh) seen.add(mark.toLowerCase());
    return fresh;
  });
}

/** Letters that stand for a mark: its flag's, its keyword's, or both ($Forwarded is P for most, a keyword for Dovecot). */
export function lettersOf(mark: string, keywords: readonly (string | undefined)[]): string {
  const at = keywords.findIndex((keyword) => keyword?.toLowerCase() === mark.toLowerCase());
  return (letterOf.get(mark.toLowerCase()) ?? "") + (at < 0 ? "" : String.fromCharCode(97 + at));
}
