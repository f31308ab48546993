import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { theArena } from "../../../../src/endpoint/imap/arena.ts";
import { createCanon } from "../../../../src/endpoint/imap/canon.ts";
import { cut, cuts, holds } from "./seeded.ts";

/** Where bodies lie that are read in windows. */
function inArena(octets: Buffer): Buffer {
  const { memory } = theArena();
  octets.copy(memory, 4096);
  return memory.subarray(4096, 4096 + octets.length);
}

const right = fc.constantFrom("\r\n", "a", "\r", "long ".repeat(20));
const wrong = fc.constantFrom("\n", "\0");

describe("octets that may stand in a literal", () => {
  it.each([
    ["by themselves", (octets: Buffer) => octets],
    ["in the arena", inArena],
  ])("are known for every cut, %s", async (where, put) => {
    const octets = fc
      .array(fc.oneof({ weight: 19, arbitrary: right }, wrong), { maxLength: 30 })
      .map((all) => Buffer.from(all.join(""), "latin1"));
    await holds(
      `canonical in any cut, ${where}`,
      fc.property(octets, cuts, (all, sizes) => {
        const canon = createCanon();
        for (const chunk of cut(all, sizes)) canon.add(put(Buffer.from(chunk)));
        const text = all.toString("latin1");
        expect(canon.kept).toBe(!/(?<!\r)\n/.test(text) && !text.includes("\0"));
      }),
      2000,
    );
  });

  it.each([
    ["a\r", true],
    ["a", false],
  ])("go on behind %j with a line feed: %j", (before, kept) => {
    const canon = createCanon();
    canon.add(inArena(Buffer.from(before)));
    canon.add(inArena(Buffer.from(`\n${"long ".repeat(20)}`)));
    expect(canon.kept).toBe(kept);
  });
});
