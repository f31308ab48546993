import { type StructuredPatchHunk, structuredPatch } from "diff";
import { escapeLine } from "./escape.ts";
import type { TextOptions } from "./options.ts";
import { createPaint, type Paint } from "./paint.ts";

interface ChangedFile {
  readonly path: string;
  /** Absent where the file is new. */
  readonly before?: string;
  readonly after: string;
}

/** A file's change as a unified diff, safe for a terminal. */
export function patchText({ path, before, after }: ChangedFile, options: TextOptions): string {
  const paint = createPaint(options.color);
  const hunks =
    before === undefined
      ? added(after)
      : structuredPatch(path, path, before, after, undefined, undefined, { context: 3 }).hunks;
  const name = escapeLine(path);
  const head = [paint.strong(`--- ${before === undefined ? "/dev/null" : name}`), paint.strong(`+++ ${name}`)];
  const lines = hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines: body }) => [
    paint.move(`@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`),
    ...body.map((line) => painted(line, paint)),
  ]);
  return `${[...head, ...lines].join("\n")}\n`;
}

/** Of no lines, the one that they would come after (POSIX diff, "Diff -u output format"). */
const range = (start: number, count: number): string => `${count === 0 ? start - 1 : start},${count}`;

/** All of a new file, for which nothing needs to be compared. */
function added(text: string): readonly StructuredPatchHunk[] {
  if (text === "") return [];
  const whole = text.endsWith("\n");
  const lines = (whole ? text.slice(0, -1) : text).split("\n").map((line) => `+${line}`);
  const last = whole ? [] : ["\\ No newline at end of file"];
  return [{ oldStart: 1, oldLines: 0, newStart: 1, newLines: lines.length, lines: [...lines, ...last] }];
}

function painted(line: string, paint: Paint): string {
  const text = escapeLine(line.replace(/\r$/u, ""));
  if (line.startsWith("+")) return paint.good(text);
  return line.startsWith("-") ? paint.bad(text) : text;
}
