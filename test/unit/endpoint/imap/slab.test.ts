import { describe, expect, it } from "vitest";
import { createSlab } from "../../../../src/endpoint/imap/slab.ts";

const mib = 1024 * 1024;

/** Whether two slices lie in one memory. */
const together = (a: Buffer | undefined, b: Buffer | undefined): boolean =>
  a !== undefined && b !== undefined && a.buffer === b.buffer;

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

  it("is used again only when all who had a part gave it back, and no more is to be given away", () => {
    const slab = createSlab(2 * mib);
    const had = slab.room(1000);
    const [one, two] = [slab.hold(), slab.hold()];
    one();
    slab.seal();
    const other = createSlab(2 * mib);
    expect(together(other.room(1000), had)).toBe(false);
    // Giving back twice counts once.
    one();
    const third = createSlab(2 * mib);
    expect(together(third.room(1000), had)).toBe(false);
    two();
    const next = createSlab(2 * mib);
    expect(together(next.room(1000), had)).toBe(true);
    for (const each of [other, third, next]) each.seal();
  });
});
