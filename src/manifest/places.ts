export type Part = "key" | "value";

/** Where the parts of maps and lists begin, by offset. Kept as bare numbers: a large manifest has hundreds of thousands. */
export interface Places {
  /** A map or a list begins; what is told until it is closed is of its parts, in their order. */
  open(): void;
  /** `holder` is what closing the part gave, where it is a map or a list itself. */
  part(key: number, value: number, holder: number): void;
  /** A map's keys, or none of a list. */
  close(keys?: readonly string[]): number;
  /** The part that a path leads to from a holder of this value, or the last on the way that is there; undefined where none is. */
  find(holder: number, value: unknown, path: readonly string[], part: Part): number | undefined;
}

/** What holds no parts. */
export const scalar = 0;

/** Keys beyond which a map is looked up by an index of them. */
const few = 8;
/** Such keys come first in an object, wherever they are written. */
const moves = (key: string): boolean => isDigit(key.charCodeAt(0)) && /^\d+$/u.test(key);
const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** `most` parts and holders together. */
export function createPlaces(most: number): Places {
  /** Of each holder three numbers for each of its parts. */
  const records = new Int32Array(3 * most + 1);
  let next = scalar + 1;
  const pending: number[] = [];
  const begun: number[] = [];
  const indexes = new Map<number, ReadonlyMap<string, number>>();

  function indexOf(holder: number, value: unknown, step: string): number {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return -1;
    if (Array.isArray(value)) return moves(step) ? Number(step) : -1;
    return indexes.get(holder)?.get(step) ?? Object.keys(value).indexOf(step);
  }

  return {
    open: () => void begun.push(pending.length),
    part: (key, value, holder) => void pending.push(key, value, holder),
    close(keys = []) {
      const from = begun.pop() ?? 0;
      const holder = next;
      for (let at = from; at < pending.length; at += 1) records[next++] = pending[at] ?? 0;
      pending.length = from;
      if (keys.length > few || keys.some(moves)) indexes.set(holder, new Map(keys.map((key, index) => [key, index])));
      return holder;
    },
    find(root, whole, path, part) {
      let [holder, value, found]: [number, unknown, number | undefined] = [root, whole, undefined];
      for (const step of path) {
        const index = holder === scalar ? -1 : indexOf(holder, value, step);
        if (index < 0) break;
        const at = holder + index * 3;
        found = records[part === "key" ? at : at + 1];
        holder = records[at + 2] ?? scalar;
        value = (value as Record<string, unknown>)[step];
      }
      return found;
    },
  };
}
