import { describe, expect, it } from "vitest";
import { sameField } from "../../../src/kind/field.ts";

const at = (mobile: string, email = "a@x.example") => ({ email, mobile });

describe("two values of a field", () => {
  it("are one where one is written as empty, and the other is not there", () => {
    for (const empty of ["", [], {}, { to: [], keepCopy: true }]) {
      expect(sameField(empty, undefined)).toBe(true);
      expect(sameField(undefined, empty)).toBe(true);
    }
    for (const value of ["x", ["a"], { email: "a@x.example" }, { to: ["a@x.example"], keepCopy: true }, 0, false, null])
      expect(sameField(value, undefined)).toBe(false);
  });

  it("are one where a mobile number is parted otherwise, and nothing else is", () => {
    expect(sameField(at("+49 170 1234567"), at("+491701234567"))).toBe(true);
    expect(sameField(at("+49 (170) 123-4567"), at("+491701234567"))).toBe(true);
    expect(sameField(at("+49 170 1234567"), at("+491701234568"))).toBe(false);
    expect(sameField(at("+49 170 1234567"), at("+491701234567", "b@x.example"))).toBe(false);
  });
});
