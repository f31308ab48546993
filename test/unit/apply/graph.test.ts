import { describe, expect, it } from "vitest";
import { createGraph } from "../../../src/apply/graph.ts";
import type { Step } from "../../../src/model/plan.ts";

function step(id: string, ...after: readonly string[]): Step {
  const change = { act: "record", set: { protect: true } } as const;
  return {
    id,
    address: `account/${id}@example.com`,
    at: [],
    phase: "directory",
    change,
    after,
    precondition: { none: true },
  };
}

const ids = (steps: readonly Step[]) => steps.map(({ id }) => id);

describe("the graph of a plan's steps", () => {
  it("gives each step once, when all that it waits for is done", () => {
    const graph = createGraph([step("a"), step("b", "a"), step("c", "a", "b"), step("d")]);
    expect(ids(graph.take())).toEqual(["a", "d"]);
    expect(ids(graph.take())).toEqual([]);
    graph.done("a");
    expect(ids(graph.take())).toEqual(["b"]);
    graph.done("b");
    graph.done("d");
    expect(ids(graph.take())).toEqual(["c"]);
    expect(graph.rest()).toEqual([]);
  });

  it("ends all that needs a step that was not done, and nothing else", () => {
    const graph = createGraph([
      step("a"),
      step("b", "a"),
      step("c", "b"),
      step("d", "c", "e"),
      step("e"),
      step("f", "e"),
    ]);
    graph.take();
    expect(graph.spoil("a").map(({ step, on }) => [step.id, on.id])).toEqual([
      ["b", "a"],
      ["c", "b"],
      ["d", "c"],
    ]);
    graph.done("e");
    expect(ids(graph.take())).toEqual(["f"]);
    expect(graph.rest()).toEqual([]);
  });

  it("holds nothing up for what the selection left out", () => {
    expect(ids(createGraph([step("a", "unselected")]).take())).toEqual(["a"]);
  });

  it("leaves steps that wait on one another to the rest", () => {
    const graph = createGraph([step("a", "b"), step("b", "a")]);
    expect(graph.take()).toEqual([]);
    expect(ids(graph.rest())).toEqual(["a", "b"]);
  });
});
