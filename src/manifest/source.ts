import type { Origin } from "../model/resource.ts";

/** A manifest file as read. `file` is its path as the reader knows it, `folder` the absolute one that its paths are relative to. */
export interface Source {
  readonly file: string;
  readonly folder: string;
  readonly text: string;
  /** Offset of each line's first character. */
  readonly lines: readonly number[];
}

/** A run of characters, by offset; the end is not part of it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export function sourceOf(file: string, folder: string, text: string): Source {
  const lines = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines.push(at + 1);
  return { file, folder, text, lines };
}

/** Index of the line that holds the offset. */
export function lineAt(source: Source, offset: number): number {
  let low = 0;
  let high = source.lines.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((source.lines[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Columns count UTF-16 units from 1, as editors do. */
export function originAt(source: Source, offset: number): Origin {
  const line = lineAt(source, offset);
  return { file: source.file, line: line + 1, column: offset - (source.lines[line] ?? 0) + 1 };
}

/** The line's characters, without its break. */
export function lineSpan(source: Source, line: number): Span {
  const start = source.lines[line] ?? 0;
  let end = source.lines[line + 1] ?? source.text.length;
  if (source.text[end - 1] === "\n" && end > start) end -= 1;
  if (source.text[end - 1] === "\r" && end > start) end -= 1;
  return { start, end };
}

/** The same characters in disjoint spans, sorted. */
export function mergedSpans(spans: readonly Span[]): readonly Span[] {
  const merged: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last !== undefined && span.start <= last.end)
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
    else merged.push(span);
  }
  return merged;
}

/** The first of disjoint, sorted spans that shares a character with `start` to `end`. */
export function firstWithin(spans: readonly Span[], start: number, end: number): Span | undefined {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.end ?? 0) > start) high = middle;
    else low = middle + 1;
  }
  const span = spans[low];
  return span !== undefined && span.start < end ? span : undefined;
}
