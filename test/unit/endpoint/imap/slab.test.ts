import { describe, expect, it } from "vitest";
import { createSlab } from "../../../../src/endpoint/imap/slab.ts";

const mib = 1024 * 1024;

/** Where a slice begins, in which memory. */
const placeOf = (part: Buffer | undefined) => [part?.buffer, part?.byteOffset] as const;

describe("memory for bodies", () => {
  it("is given out once, and what is beyond it is refused", () => {
    const slab = createSlab(64 * 1024);
    const first = slab.room(40_000);
    const second = slab.room(20_000);
    expect([first?.length, second?.length]).toEqual([40_000, 20_000]);
    first?.fill(1);
    second?.fill(2);
    expect(first?.every((octet) => octet === 1)).toBe(true);
    expect(slab.room(10_000)).toBeUndefined();
    slab.seal();
  });

  it("is used again only when all who had a part gave it back, and no more is to be lent", () => {
    const slab = createSlab(2 * mib);
    const had = slab.room(1000);
    const [one, two] = [slab.hold(), slab.hold()];
    one();
    slab.seal();
    const other = createSlab(2 * mib);
    expect(placeOf(other.room(1000))).not.toEqual(placeOf(had));
    // Giving back twice counts once.
    one();
    const third = createSlab(2 * mib);
    expect(placeOf(third.room(1000))).not.toEqual(placeOf(had));
    two();
    const next = createSlab(2 * mib);
    expect(placeOf(next.room(1000))).toEqual(placeOf(had));
    for (const each of [other, third, next]) each.seal();
  });

  it("is nobody else's, however much there is and in whatever order it comes back", () => {
    const held = new Map<number, { readonly part: Buffer; seal(): void }>();
    const overwritten: number[] = [];
    const giveBack = (number: number): void => {
      const { part, seal } = held.get(number) as { part: Buffer; seal(): void };
      if (part[0] !== number % 251 || part.at(-1) !== number % 251) overwritten.push(number);
      held.delete(number);
      seal();
    };
    let seed = 7;
    const chance = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    for (let number = 1; number <= 400; number += 1) {
      const size = 1 + chance(number % 5 === 0 ? 9 * mib : 300_000);
      const slab = createSlab(size);
      const part = slab.room(size);
      if (part === undefined) throw new Error("there is no room for what was asked for");
      part[0] = number % 251;
      part[size - 1] = number % 251;
      held.set(number, { part, seal: slab.seal });
      if (held.size > 12) giveBack([...held.keys()][chance(held.size)] as number);
    }
    for (const number of held.keys()) giveBack(number);
    expect(overwritten).toEqual([]);
  });
});
