import { createTwoFilesPatch } from "diff";
import { escapeLine } from "./escape.ts";

/** What an edit changes in a file, as a unified diff. */
export function patchText(file: string, before: string, after: string): string {
  const patch = createTwoFilesPatch(file, file, before, after, undefined, undefined, { context: 1 });
  const [, ...lines] = patch.trimEnd().split("\n");
  return `${lines.map((line) => escapeLine(line.replace(/\t$/u, ""))).join("\n")}\n`;
}
