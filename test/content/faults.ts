/** Faults put around the doors: a process that dies at the n-th await, a write whose outcome is not told, a write that happens late. */
import { buffer } from "node:stream/consumers";
import type { ItemStore } from "../../src/contract/item-store.ts";
import type { Journal } from "../../src/contract/journal.ts";
import type { NewItem } from "../../src/model/item.ts";

/** The process ended here: nothing after it happens. */
export class Crash extends Error {}

export interface Fuse {
  /** Counts one await; throws from the n-th on. */
  burn(): void;
  readonly blown: boolean;
}

export function createFuse(awaits: number): Fuse {
  let left = awaits;
  return {
    burn: () => {
      left -= 1;
      if (left < 0) throw new Crash("the process died");
    },
    get blown() {
      return left < 0;
    },
  };
}

type Method = (...values: unknown[]) => unknown;

async function* guarded(values: AsyncIterable<unknown>, fuse: Fuse): AsyncIterable<unknown> {
  for await (const value of values) {
    fuse.burn();
    yield value;
  }
  fuse.burn();
}

const yielding = new Set(["changes", "headers", "read", "since"]);

/** Burns before and after every call of a door, and at every element of what it yields. */
export function fused<T extends object>(door: T, fuse: Fuse): T {
  const wrap = (target: object, method: Method, yields: boolean): Method => {
    return (...values) => {
      try {
        fuse.burn();
      } catch (error) {
        if (yields) throw error;
        return Promise.reject(error as Error);
      }
      const result = method.apply(target, values);
      if (result instanceof Promise) {
        return result.then((value: unknown) => {
          fuse.burn();
          return value;
        });
      }
      return typeof result === "object" && result !== null && Symbol.asyncIterator in result
        ? guarded(result as AsyncIterable<unknown>, fuse)
        : result;
    };
  };
  return new Proxy(door, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value === "function") return wrap(target, value as Method, yielding.has(String(name)));
      return (name === "edit" || name === "place") && typeof value === "object" && value !== null
        ? fused(value, fuse)
        : value;
    },
  });
}

export interface Postman {
  /** Writes that the server took only after the line was cut. */
  readonly late: (() => Promise<void>)[];
}

export type WriteFate = "told" | "untold" | "lost" | "late";

/** What a server has heard by now: the octets are lent, and only until the write ends. */
export const keep = (items: readonly NewItem[]): Promise<readonly NewItem[]> =>
  Promise.all(
    items.map(async (item) => ({
      ...item,
      body: item.body instanceof Uint8Array ? Buffer.from(item.body) : await buffer(item.body),
    })),
  );

/** Each write meets the next fate: told; done but not told; not done and not told; done after the line was cut. */
export function unreliable(store: ItemStore, fates: readonly WriteFate[], postman: Postman): ItemStore {
  let turn = 0;
  const write: ItemStore["write"] = async (items, options) => {
    const fate = fates[turn % fates.length] ?? "told";
    turn += 1;
    if (fate === "told") return store.write(items, options);
    if (fate === "untold") await store.write(items, options);
    if (fate === "late") {
      const kept = await keep(items);
      postman.late.push(async () => void (await store.write(kept, options)));
    }
    throw new Error("the line was cut");
  };
  return { ...store, write };
}

export function fusedJournal(fuse: Fuse): (journal: Journal) => Journal {
  return (journal) => fused(journal, fuse);
}
