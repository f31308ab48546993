/** What the stand-in's tenant holds, and when it shows: a reading may be some readings behind what was written. */
import { randomUUID } from "node:crypto";

export type Properties = Readonly<Record<string, unknown>>;

interface Shown {
  readonly value: Properties | undefined;
  /** Readings that still show what was before. */
  left: number;
}

/** Objects of one sort, by id. */
interface Shelf {
  /** What is there, whoever may see it yet. */
  all(): readonly Properties[];
  get(id: string): Properties | undefined;
  set(id: string, value: Properties): void;
  delete(id: string): void;
  /** As a reading shows it. */
  shown(): readonly Properties[];
  see(fits: (value: Properties) => boolean): Properties | undefined;
}

/** `lag`: readings of an object after a change of it that show what was before. */
function createShelf(lag: () => number): Shelf {
  const now = new Map<string, Properties>();
  const stale = new Map<string, Shown>();
  const before = (id: string): void => {
    if (lag() > 0 && !stale.has(id)) stale.set(id, { value: now.get(id), left: lag() });
  };
  const look = (id: string): Properties | undefined => {
    const old = stale.get(id);
    if (old === undefined) return now.get(id);
    old.left -= 1;
    if (old.left <= 0) stale.delete(id);
    return old.value;
  };
  return {
    all: () => [...now.values()],
    get: (id) => now.get(id),
    set: (id, value) => {
      before(id);
      now.set(id, value);
    },
    delete: (id) => {
      before(id);
      now.delete(id);
    },
    shown: () =>
      [...new Set([...now.keys(), ...stale.keys()])].flatMap((id): readonly Properties[] => {
        const value = look(id);
        return value === undefined ? [] : [value];
      }),
    see: (fits) => {
      const ids = [...now.entries(), ...[...stale.entries()].map(([id, { value }]) => [id, value] as const)].flatMap(
        ([id, value]) => (value !== undefined && fits(value) ? [id] : []),
      );
      for (const id of new Set(ids)) {
        const value = look(id);
        if (value !== undefined && fits(value)) return value;
      }
      return undefined;
    },
  };
}

export interface TenantObjects {
  readonly users: Shelf;
  readonly groups: Shelf;
  readonly deleted: Shelf;
  readonly domains: Map<string, Properties>;
  readonly contacts: Map<string, Properties>;
  readonly skus: Map<string, { name: string; enabled: number }>;
  /** Members and owners of groups, by `members ID`. */
  readonly people: Map<string, Set<string>>;
  /** Domains whose verification record is in the DNS. */
  readonly published: Set<string>;
  /** Passwords, as they were last written. */
  readonly passwords: Map<string, { readonly password: string; readonly mustChange: boolean }>;
  newId(): string;
}

export function createObjects(lag: () => number): TenantObjects {
  return {
    users: createShelf(lag),
    groups: createShelf(lag),
    deleted: createShelf(() => 0),
    domains: new Map(),
    contacts: new Map(),
    skus: new Map(),
    people: new Map(),
    published: new Set(),
    passwords: new Map(),
    newId: randomUUID,
  };
}

export const lower = (value: unknown): string => String(value ?? "").toLowerCase();
