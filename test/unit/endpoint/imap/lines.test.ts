import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLineEnds } from "../../../../src/endpoint/imap/lines.ts";
import { cut, cuts, holds } from "./seeded.ts";

/** In one go, by another way: every LF that no CR stands before. */
const expected = (octets: Buffer): Buffer =>
  Buffer.from(octets.toString("latin1").replace(/(?<!\r)\n/g, "\r\n"), "latin1");

describe("line ends for the wire", () => {
  it.each<[string, string]>([
    ["", ""],
    ["a\nb\n", "a\r\nb\r\n"],
    ["a\r\nb\r\n", "a\r\nb\r\n"],
    ["\n\n\r\n", "\r\n\r\n\r\n"],
    ["a\rb\r\r\n", "a\rb\r\r\n"],
    ["no end", "no end"],
    ["nul\0\n\xff", "nul\0\r\n\xff"],
  ])("of %j are %j", (text, wire) => {
    expect(Buffer.from(createLineEnds()(Buffer.from(text, "latin1"))).toString("latin1")).toBe(wire);
  });

  it("are the same for every cut, and change nothing where they are right", async () => {
    const octets = fc
      .array(fc.oneof(fc.constantFrom(13, 10), fc.integer({ min: 0, max: 255 })), { maxLength: 80 })
      .map((all) => Buffer.from(all));
    await holds(
      "line ends in any cut",
      fc.property(octets, cuts, (all, sizes) => {
        const convert = createLineEnds();
        const once = Buffer.concat([...cut(all, sizes)].map((chunk) => convert(chunk)));
        expect(once).toEqual(expected(all));
        expect(Buffer.from(createLineEnds()(once))).toEqual(once);
      }),
      2000,
    );
  });
});
