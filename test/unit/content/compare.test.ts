import { describe, expect, it } from "vitest";
import { type Action, decide, type Standing } from "../../../src/content/compare.ts";

/** The table of the three ways: source, destination, then what copy and mirror do with what we brought and nobody touched. */
const rows: readonly (readonly [Standing, Standing, Action, Action])[] = [
  ["there", "there", "marks", "marks"],
  ["there", "gone", "bury", "bury"],
  ["there", "elsewhere", "marks", "marks"],
  ["gone", "there", "leave", "remove"],
  ["gone", "elsewhere", "leave", "leave"],
  ["elsewhere", "there", "follow", "follow"],
  ["elsewhere", "elsewhere", "marks", "marks"],
  ["elsewhere", "gone", "bury", "bury"],
  ["gone", "gone", "forget", "forget"],
];

describe("the three-way table", () => {
  it.each(rows)("source %s, destination %s: copy %s, mirror %s", (source, destination, copy, mirror) => {
    const facts = { source, destination, how: "brought", touched: false, restore: false } as const;
    expect(decide({ ...facts, mode: "copy" })).toBe(copy);
    expect(decide({ ...facts, mode: "mirror" })).toBe(mirror);
  });

  it("mirror removes neither what was adopted nor what its user touched", () => {
    const facts = { source: "gone", destination: "there", mode: "mirror", restore: false } as const;
    expect(decide({ ...facts, how: "adopted", touched: false })).toBe("leave");
    expect(decide({ ...facts, how: "brought", touched: true })).toBe("leave");
  });

  it("restore brings back what its user deleted, and nothing else", () => {
    const facts = { how: "brought", touched: false, restore: true, mode: "copy" } as const;
    expect(decide({ ...facts, source: "there", destination: "gone" })).toBe("restore");
    expect(decide({ ...facts, source: "gone", destination: "gone" })).toBe("forget");
  });

  it("what was adopted stays where its user has it when the source's message moves", () => {
    expect(
      decide({
        source: "elsewhere",
        destination: "there",
        how: "adopted",
        mode: "copy",
        touched: false,
        restore: false,
      }),
    ).toBe("marks");
  });
});
