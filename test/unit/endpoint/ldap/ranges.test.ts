import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import type { RawEntry } from "../../../../src/endpoint/ldap/wire/decode.ts";
import { completed, Unsteady } from "../../../../src/endpoint/ldap/wire/whole.ts";

const names = (from: number, to: number): Buffer[] =>
  Array.from({ length: to - from }, (_, index) => Buffer.from(`cn=p${from + index}`));
const entry = (type: string, values: Buffer[], stamp = "7"): RawEntry => ({
  dn: "cn=g",
  attributes: [
    { type, values },
    { type: "uSNChanged", values: [Buffer.from(stamp)] },
  ],
});
/** A server that gives 1,500 values at most, of a set whose size and stamp may change with every look. */
const serving =
  (sizes: readonly number[], asked: string[] = []) =>
  async ([attribute = ""]: readonly string[]): Promise<RawEntry | undefined> => {
    const size = sizes[Math.min(asked.push(attribute), sizes.length) - 1] ?? 0;
    const from = Number(/range=(\d+)-/.exec(attribute)?.[1]);
    const to = Math.min(from + 1500, size);
    return entry(`member;range=${from}-${to === size ? "*" : to - 1}`, names(from, to), String(size));
  };
const first: RawEntry = {
  dn: "cn=g",
  attributes: [
    { type: "member", values: [] },
    { type: "member;range=0-1499", values: names(0, 1500) },
    { type: "cn", values: [Buffer.from("g")] },
  ],
};
const membersOf = (whole: RawEntry) => whole.attributes.filter(({ type }) => type.startsWith("member"));

describe("an entry with a part of an attribute", () => {
  test("gets the rest, in order, under the attribute's own name", async () => {
    const asked: string[] = [];
    const whole = await completed(first, serving([4001], asked));
    expect(membersOf(whole)).toEqual([{ type: "member", values: names(0, 4001) }]);
    expect(whole.attributes).toHaveLength(2);
    expect(asked).toEqual(["member;range=0-*", "member;range=1500-*", "member;range=3000-*"]);
  });

  test("is as it is where nothing is a part", async () => {
    const plain = entry("member", names(0, 3));
    expect(await completed(plain, serving([3]))).toBe(plain);
  });

  test("is read anew where it was changed between the parts", async () => {
    const whole = await completed(first, serving([3000, 3001]));
    expect(membersOf(whole)[0]?.values).toHaveLength(3001);
  });

  test("is no entry where it never holds still, or is gone", async () => {
    const sizes = Array.from({ length: 20 }, (_, index) => 3000 + index);
    await expect(completed(first, serving(sizes))).rejects.toThrow(Unsteady);
    await expect(completed(first, async () => undefined)).rejects.toThrow(Unsteady);
  });
});
