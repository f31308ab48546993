import { describe, expect, it } from "vitest";
import { parseDuration } from "../../../src/cli/flags.ts";

describe("a duration", () => {
  it.each([
    ["90s", 90_000],
    ["45m", 2_700_000],
    ["1h30m", 5_400_000],
    ["2d", 172_800_000],
  ])("reads %s", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(["", "0s", "soon", "90", "1h 30m", "-5m", "1.5h", "31d", "5mm", "5m!"])("refuses %j", (text) => {
    expect(() => parseDuration(text)).toThrow(/90s, 45m/u);
  });
});
