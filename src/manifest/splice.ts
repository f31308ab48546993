/** Text that takes the place of what stands between two offsets. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Carries out splices that do not overlap, however they are ordered; those that only put in at one place keep their order. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  const ordered = splices.toSorted((a, b) => a.start - b.start || a.end - b.end);
  const parts: string[] = [];
  let at = 0;
  for (const { start, end, text: fresh } of ordered) {
    if (start < at) throw new RangeError(`splices overlap at ${start}`);
    parts.push(text.slice(at, start), fresh);
    at = end;
  }
  return [...parts, text.slice(at)].join("");
}
