import type { Place } from "../model/item.ts";

/** Marks by their name without case (RFC 3501, 2.3.2), with the spelling to write. */
function byName(marks: readonly string[]): Map<string, string> {
  return new Map(marks.map((mark) => [mark.toLowerCase(), mark]));
}

export function sameMarks(a: readonly string[], b: readonly string[]): boolean {
  const left = byName(a);
  const right = byName(b);
  return left.size === right.size && [...left.keys()].every((name) => right.has(name));
}

const deleted = "\\deleted";

/**
 * False where its user changed the copy's marks. \Deleted alone, come since, keeps nobody from removing the copy: it is the first half of
 * a removal, the user's, or one of ours that broke off before its second (RFC 4315, 2.1).
 */
export function standsAsShown(shown: readonly string[], now: readonly string[]): boolean {
  const kept = byName(shown).has(deleted) ? now : now.filter((mark) => mark.toLowerCase() !== deleted);
  return sameMarks(shown, kept);
}

/** The marks that a place can keep. */
export function permitted(marks: readonly string[], place: Pick<Place, "marks">): readonly string[] {
  if (place.marks === "any") return marks;
  const allowed = byName(place.marks);
  return marks.filter((mark) => allowed.has(mark.toLowerCase()));
}

/** Keywords that the place refuses while it keeps other marks; where it keeps none at all, nobody need be told of each. */
export function refusedKeywords(marks: readonly string[], place: Pick<Place, "marks">): readonly string[] {
  if (place.marks === "any" || place.marks.length === 0) return [];
  const kept = new Set(permitted(marks, place));
  return marks.filter((mark) => !mark.startsWith("\\") && !kept.has(mark));
}

export interface MarkMerge {
  readonly add: readonly string[];
  readonly remove: readonly string[];
  /** What is agreed from now on. */
  readonly base: readonly string[];
}

/**
 * Three ways, each mark by itself: changed at the source alone, it follows; changed at the destination, the destination keeps it. The
 * base moves only where both sides agree. Marks that the place cannot keep take no part.
 */
export function mergeMarks(
  base: readonly string[],
  source: readonly string[],
  destination: readonly string[],
  place: Pick<Place, "marks">,
): MarkMerge {
  const agreed = byName(base);
  const wanted = byName(source);
  const shown = byName(destination);
  const kept = place.marks === "any" ? undefined : byName(place.marks);
  const add: string[] = [];
  const remove: string[] = [];
  const next: string[] = [];
  for (const [name, spelling] of new Map([...agreed, ...shown, ...wanted])) {
    const inBase = agreed.has(name);
    const atSource = wanted.has(name);
    const comparable = kept === undefined || kept.has(name);
    const follows = comparable && atSource !== inBase && shown.has(name) === inBase;
    if (follows) (atSource ? add : remove).push(spelling);
    const now = comparable && (follows || atSource === shown.has(name)) ? atSource : inBase;
    if (now) next.push(spelling);
  }
  return { add, remove, base: next };
}
