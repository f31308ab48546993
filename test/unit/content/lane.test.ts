import { describe, expect, it } from "vitest";
import { sideBySide } from "../../../src/content/lane.ts";

/** All that can begin has begun. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Work that is let on by hand. */
function scene(count: number, width: number) {
  const begun: number[] = [];
  const works = Array.from({ length: count }, () => Promise.withResolvers<void>());
  const nexts = new Map<number, () => void>();
  const done = sideBySide(works.keys(), width, (one, next) => {
    begun.push(one);
    nexts.set(one, next);
    return (works[one] as PromiseWithResolvers<void>).promise;
  });
  done.catch(() => undefined);
  return {
    begun,
    done,
    end: async (one: number) => {
      works[one]?.resolve();
      await settled();
    },
    fail: async (one: number, reason: Error) => {
      works[one]?.reject(reason);
      await settled();
    },
    next: async (one: number) => {
      nexts.get(one)?.();
      await settled();
    },
  };
}

describe("work side by side", () => {
  it("begins in order, and goes on as others end", async () => {
    const { begun, end, done } = scene(5, 2);
    expect(begun).toEqual([0, 1]);
    await end(1);
    expect(begun).toEqual([0, 1, 2]);
    for (const one of [2, 0, 3]) await end(one);
    expect(begun).toEqual([0, 1, 2, 3, 4]);
    await end(4);
    await done;
  });

  it("lets others begin while it ends, and never more than twice as many", async () => {
    const { begun, next, end, done } = scene(9, 2);
    for (const one of [0, 0, 0]) await next(one);
    expect(begun).toEqual([0, 1, 2]);
    await next(1);
    await next(2);
    expect(begun).toEqual([0, 1, 2, 3]);
    await end(0);
    expect(begun).toEqual([0, 1, 2, 3, 4]);
    await end(1);
    expect(begun).toEqual([0, 1, 2, 3, 4]);
    await end(3);
    expect(begun).toEqual([0, 1, 2, 3, 4, 5]);
    for (const one of [2, 4, 5, 6, 7, 8]) await end(one);
    await done;
  });

  it("begins nothing after a failure, and tells it once all have ended", async () => {
    const { begun, fail, end, done } = scene(4, 2);
    const reason = new Error("the first");
    let told: unknown;
    done.catch((thrown: unknown) => {
      told = thrown;
    });
    await fail(1, reason);
    expect(begun).toEqual([0, 1]);
    expect(told).toBeUndefined();
    await fail(0, new Error("the second"));
    await end(0);
    expect(begun).toEqual([0, 1]);
    expect(told).toBe(reason);
  });
});
