import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { showNumber } from "../../../src/kind/normal.ts";

const format = new Intl.NumberFormat("en-US");

describe("a number for a reader", () => {
  test.each([
    [0, "0"],
    [-7, "-7"],
    [999, "999"],
    [1000, "1,000"],
    [-12_431, "-12,431"],
    [1_234_567, "1,234,567"],
    [Number.MAX_SAFE_INTEGER, "9,007,199,254,740,991"],
    [0.5, "0.5"],
    [1234.5678, "1,234.568"],
  ])("%d is %s", (value, text) => expect(showNumber(value)).toBe(text));

  test("is what the language's rules make of it", () =>
    fc.assert(fc.property(fc.maxSafeInteger(), (value) => showNumber(value) === format.format(value))));
});
