import { describe, expect, it } from "vitest";
import { type ExitFacts, exitCode, exitFactsOf } from "../../../src/cli/exit.ts";
import { Fault, interrupted } from "../../../src/model/fault.ts";

/** In the order in which the documentation names them. */
const order = ["interrupted", "locked", "stale", "refused", "unable", "incomplete", "changes"] as const;
const codes = [130, 6, 3, 5, 1, 4, 2];

const fault = (code: string) => new Fault({ code, message: "", spoils: "run" });

describe("the exit code", () => {
  it("is 0 where nothing is said, and for what is said not to be so", () => {
    expect(exitCode({})).toBe(0);
    expect(exitCode(Object.fromEntries(order.map((fact) => [fact, false])))).toBe(0);
  });

  it("is of the first fact that fits, whatever else holds", () => {
    for (const [at, fact] of order.entries()) {
      const rest: ExitFacts = Object.fromEntries(order.slice(at).map((each) => [each, true]));
      expect([exitCode({ [fact]: true }), exitCode(rest)]).toEqual([codes[at], codes[at]]);
    }
  });

  it("comes from a fault's code; whatever else is thrown means that nothing could begin", () => {
    const thrown = [
      interrupted(),
      fault("state.locked"),
      fault("plan.stale"),
      fault("plan.unapproved"),
      fault("state.newer"),
      new Error("bug"),
      "text",
    ];
    expect(thrown.map((each) => exitCode(exitFactsOf(each)))).toEqual([130, 6, 3, 5, 1, 1, 1]);
  });
});
