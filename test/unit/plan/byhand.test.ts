import { describe, expect, it } from "vitest";
import type { Handler } from "../../../src/contract/endpoint.ts";
import { byHand } from "../../../src/plan/byhand.ts";
import type { Draft } from "../../../src/plan/draft.ts";
import { create } from "./made.ts";

const draft = (name: string): Draft => create(`alias/${name}`, { target: "ana@x.example" });

/** What begins with p is a person's, and what begins with i shows nobody. */
const hand: NonNullable<Handler<"alias">["byHand"]> = (change) => {
  const { name } = change.act === "delete" ? change.was : change.want;
  return name.startsWith("p") ? [`Make ${name}`] : name.startsWith("i") ? [] : undefined;
};

const views = (hands: boolean) => {
  const handler = { fields: new Set(["target"]), ...(hands && { byHand: hand }) } as unknown as Handler<"alias">;
  return new Map([["alias", { seen: new Map(), handler } as never]]) as never;
};

describe("what an endpoint sees and cannot make", () => {
  it("is a step for a person, which needs nothing to stand as it was", () => {
    const [step, ...rest] = byHand([draft("p@x.example")], { views: views(true) });
    expect(rest).toEqual([]);
    expect(step).toEqual({
      address: "alias/p@x.example",
      at: ["new"],
      phase: "directory",
      change: { act: "manual", instructions: ["Make p@x.example"], expect: [{ field: "target", to: "ana@x.example" }] },
      precondition: { none: true },
    });
  });

  it("is none where nobody could see it done", () => {
    expect(byHand([draft("i@x.example")], { views: views(true) })).toEqual([]);
  });

  it("leaves the endpoint's own changes as they are", () => {
    const mine = [draft("a@x.example"), draft("p@x.example")];
    expect(byHand(mine, { views: views(false) })).toEqual(mine);
    expect(byHand(mine.slice(0, 1), { views: views(true) })).toEqual(mine.slice(0, 1));
  });
});
