import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeMarks, permitted, sameMarks, standsAsShown } from "../../../src/content/marks.ts";

const any = { marks: "any" } as const;

describe("marks", () => {
  it.each([
    ["changed at the source alone: follows", [], ["\\Seen"], [], ["\\Seen"], []],
    ["taken off at the source alone: follows", ["\\Seen"], [], ["\\Seen"], [], ["\\Seen"]],
    ["changed at the destination: the destination keeps it", [], [], ["\\Flagged"], [], []],
    ["taken off at the destination: stays off", ["\\Seen"], ["\\Seen"], [], [], []],
    ["changed alike on both sides: agreed", [], ["\\Seen"], ["\\Seen"], [], []],
    ["keywords have no case", ["work"], ["WORK"], ["Work"], [], []],
  ] as const)("%s", (_, base, source, destination, add, remove) => {
    expect(mergeMarks(base, source, destination, any)).toMatchObject({ add, remove });
  });

  it("takes nothing off that the place cannot keep any more", () => {
    expect(mergeMarks(["old"], [], ["old"], { marks: ["\\Seen"] })).toEqual({ add: [], remove: [], base: ["old"] });
    expect(permitted(["\\Seen", "$Label"], { marks: ["\\seen"] })).toEqual(["\\Seen"]);
  });

  it("adds and never removes without a base", () => {
    expect(mergeMarks([], ["\\Seen"], ["\\Flagged"], any)).toMatchObject({ add: ["\\Seen"], remove: [] });
  });

  it("settles: after the merge there is nothing more to do, whatever the marks", () => {
    const marks = fc.uniqueArray(fc.constantFrom("\\Seen", "\\Flagged", "a", "b"));
    fc.assert(
      fc.property(marks, marks, marks, (base, source, destination) => {
        const first = mergeMarks(base, source, destination, any);
        const after = [...destination.filter((mark) => !first.remove.includes(mark)), ...first.add];
        const second = mergeMarks(first.base, source, after, any);
        expect(second).toMatchObject({ add: [], remove: [] });
        const ofItsUser = destination.filter((mark) => !base.includes(mark));
        expect(after).toEqual(expect.arrayContaining(ofItsUser));
      }),
    );
  });

  it("compares as sets", () => {
    expect(sameMarks(["a", "\\Seen"], ["\\SEEN", "A"])).toBe(true);
    expect(sameMarks(["a"], ["a", "b"])).toBe(false);
  });
});

describe("a copy's marks", () => {
  it.each([
    [["\\Seen"], ["\\seen"], true],
    [["\\Seen"], ["\\Seen", "\\Deleted"], true],
    [["\\Seen", "\\deleted"], ["\\Deleted", "\\Seen"], true],
    [["\\Deleted"], [], false],
    [[], ["\\Flagged", "\\Deleted"], false],
    [["\\Seen"], ["\\Deleted"], false],
  ])("shown %j, now %j: as its user found it: %s", (shown, now, stands) => {
    expect(standsAsShown(shown, now)).toBe(stands);
  });
});
