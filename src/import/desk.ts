import type { Edit } from "../manifest/merge.ts";
import type { Value } from "../manifest/scalar.ts";
import type { Standing } from "../manifest/standing.ts";

/** Gathers edits, so that each map and each list is edited once. */
export interface Desk {
  put(at: Standing, key: string, value: Value, order: readonly string[] | "sorted"): void;
  drop(at: Standing, key: string, order: readonly string[] | "sorted"): void;
  add(at: Standing, item: string): void;
  take(at: Standing, index: number): void;
  /** By the path of their file. */
  edits(): ReadonlyMap<string, readonly Edit[]>;
}

interface Draft {
  readonly at: Standing;
  readonly order: readonly string[] | "sorted" | "list";
  readonly put: Map<string, Value>;
  readonly drop: Set<string>;
  readonly add: Set<string>;
  readonly take: Set<number>;
}

export function createDesk(pathOf: (at: Standing) => string): Desk {
  const drafts = new Map<string, Draft>();
  const draft = (at: Standing, order: Draft["order"]): Draft => {
    const key = JSON.stringify([pathOf(at), at.document.startAt([], "value"), at.path]);
    const known = drafts.get(key) ?? { at, order, put: new Map(), drop: new Set(), add: new Set(), take: new Set() };
    drafts.set(key, known);
    return known;
  };
  return {
    put: (at, key, value, order) => void draft(at, order).put.set(key, value),
    drop: (at, key, order) => void draft(at, order).drop.add(key),
    add: (at, item) => void draft(at, "list").add.add(item),
    take: (at, index) => void draft(at, "list").take.add(index),
    edits: () => {
      const grouped = Map.groupBy(drafts.values(), ({ at }) => pathOf(at));
      return new Map([...grouped].map(([path, some]) => [path, some.map(editOf)]));
    },
  };
}

function editOf({ at, order, put, drop, add, take }: Draft): Edit {
  const where = { document: at.document.startAt([], "value"), path: at.path };
  if (order === "list") return { ...where, act: "list", add: [...add], drop: [...take] };
  return { ...where, act: "map", put: [...put], drop: [...drop], order };
}
