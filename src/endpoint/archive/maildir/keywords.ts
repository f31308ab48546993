import { Buffer } from "node:buffer";
import type { Clock } from "../../../contract/endpoint.ts";
import { type DiskPath, diskPath, readIfThere, replaceFile, shown } from "../disk.ts";
import { withDotlock } from "../dotlock.ts";
import { lettersOf } from "./info.ts";

const fileName = "dovecot-keywords";
const most = 26;

/** A folder's keywords, by letter from a to z: lines of `NUMBER NAME`, as Dovecot keeps them. */
export type Keywords = readonly (string | undefined)[];

export async function readKeywords(folder: DiskPath): Promise<Keywords> {
  const content = await readIfThere(`${folder}/${fileName}`);
  const keywords: (string | undefined)[] = [];
  for (const line of content?.toString("latin1").split("\n") ?? []) {
    const [, number, name] = /^(\d+) (.+)$/.exec(line) ?? [];
    if (name !== undefined && Number(number) < most) keywords[Number(number)] = shown(name);
  }
  return Array.from({ length: keywords.length }, (_, at) => keywords[at]);
}

/** Marks that can be kept in the folder. */
export const permitted = (keywords: Keywords, system: readonly string[]): "any" | readonly string[] => {
  const named = keywords.filter((keyword) => keyword !== undefined);
  return named.length < most ? "any" : [...new Set([...system, ...named])];
};

/** Gives letters to keywords that have none yet, while there is room. Returns the folder's keywords as they are then. */
export async function learnKeywords(
  folder: DiskPath,
  marks: Iterable<string>,
  clock: Clock,
  signal: AbortSignal,
): Promise<Keywords> {
  const wanted = [...new Set(marks)].filter(isKeyword);
  const keywords = await readKeywords(folder);
  if (wanted.every((mark) => lettersOf(mark, keywords) !== "") || isFull(keywords)) return keywords;
  const path = `${folder}/${fileName}`;
  return withDotlock(path, clock, signal, async () => {
    const now = await readKeywords(folder);
    const grown = withMore(now, wanted);
    // Beside the lock, not in it: a lock that is renamed into place would be gone when it is to be released.
    if (grown.some((keyword, at) => keyword !== now[at])) await replaceFile(path, textOf(grown));
    return grown;
  });
}

const isFull = (keywords: Keywords): boolean => keywords.length === most && !keywords.includes(undefined);

/** An atom, as IMAP asks of keywords, or at least one word: the file is made of lines. */
const isKeyword = (mark: string): boolean =>
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  !mark.startsWith("\\") && mark.length <= 200 && !/[\s\u0000-\u001F\u007F]/.test(mark) && mark !== "";

function withMore(keywords: Keywords, wanted: readonly string[]): Keywords {
  const grown = [...keywords];
  for (const mark of wanted.filter((each) => lettersOf(each, grown) === "")) {
    const gap = grown.indexOf(undefined);
    if (gap >= 0) grown[gap] = mark;
    else if (grown.length < most) grown.push(mark);
  }
  return grown;
}

function textOf(keywords: Keywords): Buffer {
  const lines = keywords.flatMap((keyword, at) => (keyword === undefined ? [] : [`${at} ${keyword}\n`]));
  return Buffer.from(diskPath(lines.join("")), "latin1");
}
