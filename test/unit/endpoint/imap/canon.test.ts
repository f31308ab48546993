import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCanon } from "../../../../src/endpoint/imap/canon.ts";
import { inArena } from "./in-arena.ts";
import { cut, cuts, holds } from "./seeded.ts";

const right = fc.constantFrom("\r\n", "a", "\r", "long ".repeat(20));
const wrong = fc.constantFrom("\n", "\0");

describe("octets that may stand in a literal", () => {
  it.each([
    ["by themselves", (octets: Buffer) => octets],
    ["in the arena", (octets: Buffer) => inArena(octets, 4096)],
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
    canon.add(inArena(Buffer.from(before), 4096));
    canon.add(inArena(Buffer.from(`\n${"long ".repeat(20)}`), 4096));
    expect(canon.kept).toBe(kept);
  });
});
