import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/model/plan.ts";
import { planChecksum, planId, stepId } from "../../../src/plan/hash.ts";
import { checkFresh, decodePlan, encodePlan } from "../../../src/plan/planfile.ts";
import { create, madeForecast, planOf, remove, step, sync } from "./made.ts";

const plan = planOf([
  step(create("account/ana@x.example", { displayName: "Ana\u001b]0;x\u0007\u202e\ud800", quota: 5 })),
  step(remove("account/zed@x.example", {}, { id: "1", revision: "r", holds: { messages: 2, bytes: 3 } })),
  step(sync("ana@x.example", { copy: 3, skipped: { maxSize: 1 } })),
]);
const code = (json: string): unknown => {
  try {
    decodePlan(json, "plan.json");
    return "read";
  } catch (thrown) {
    return (thrown as { code: string }).code;
  }
};
const changed = (change: object): Plan => ({ ...plan, ...change }) as Plan;
const signed = (value: Plan): string => encodePlan({ ...value, id: planId(value) });
/** A saved plan with something in it changed by hand. */
const edited = (change: (document: Plan) => object): string => {
  const document = JSON.parse(encodePlan(plan)) as Plan;
  return JSON.stringify({ ...document, ...change(document) });
};
const bounded = (watermark: string): Plan => {
  const seen = sync("ana@x.example", { copy: 3 });
  if (seen.change.act !== "sync") throw new Error("It is a sync");
  const scope = { watermarks: { INBOX: { epoch: "1", watermark } } };
  return planOf([step({ ...seen, change: { ...seen.change, scope } })]);
};

describe("a saved plan", () => {
  it("comes back as it was", () => {
    expect(decodePlan(encodePlan(plan), "plan.json")).toEqual(plan);
    const foreseen = changed({ forecast: madeForecast });
    expect(decodePlan(encodePlan(foreseen), "plan.json")).toEqual(foreseen);
  });

  it("has one id whatever is foreseen of it, and another checksum", () => {
    const foreseen = changed({ forecast: madeForecast });
    expect(planId(foreseen)).toBe(plan.id);
    expect(planChecksum(foreseen)).not.toBe(planChecksum(plan));
  });

  it.each<[string, string, string]>([
    ["of nothing", "", "plan.unreadable"],
    ["cut short", encodePlan(plan).slice(0, -20), "plan.unreadable"],
    ["that is something else", "[]", "plan.unreadable"],
    ["without a format", "{}", "plan.unreadable"],
    ["of a later format", encodePlan(changed({ format: 2 })), "plan.newer"],
    ["with a step taken out by hand", edited(({ steps }) => ({ steps: steps.slice(1) })), "plan.edited"],
    ["with a name changed by hand", encodePlan(plan).replace("account/ana@x", "account/eve@x"), "plan.edited"],
    ["with a limit raised by hand", encodePlan(plan).replace('"percent": 5', '"percent": 100'), "plan.edited"],
    [
      "with a forecast of something else",
      signed(changed({ forecast: { whole: { basis: "sure" } } })),
      "plan.unreadable",
    ],
    ["with a key that is not known", signed(changed({ hook: "rm" })), "plan.unreadable"],
    [
      "with an act that is not known",
      signed(changed({ steps: [{ ...plan.steps[0], change: { act: "run" } }] })),
      "plan.unreadable",
    ],
    [
      "with an act of the prototype",
      signed(changed({ steps: [{ ...plan.steps[0], change: { act: "toString" } }] })),
      "plan.unreadable",
    ],
    ["without its guards", signed(changed({ guards: {} })), "plan.unreadable"],
    ["with another time only", encodePlan(changed({ createdAt: "2027-01-01T00:00:00.000Z" })), "read"],
    ["with a time changed by hand", edited(() => ({ createdAt: "2027-01-01T00:00:00.000Z" })), "plan.edited"],
    ["with a watermark changed by hand", encodePlan(bounded("41")).replace('"41"', '"99"'), "plan.edited"],
    ["without a checksum", edited(() => ({ checksum: undefined })), "plan.unreadable"],
    ["with a checksum that fits and an id that does not", encodePlan(changed({ recopy: true })), "plan.edited"],
  ])("%s", (_, json, expected) => {
    expect(code(json)).toBe(expected);
  });

  it("has an id that the order of keys and the time do not change, and content does", () => {
    const turned = Object.fromEntries(Object.entries(plan).toReversed()) as unknown as Plan;
    expect(planId(turned)).toBe(plan.id);
    expect(planId({ ...plan, createdAt: "later" })).toBe(plan.id);
    expect(planId({ ...plan, recopy: true })).not.toBe(plan.id);
  });

  it("has an id, and steps have ids, that the bounds of a mailbox's step do not change; the checksum covers them", () => {
    const [early, late] = [bounded("41"), bounded("99")];
    expect(late.id).toBe(early.id);
    expect(late.steps.map(stepId)).toEqual(early.steps.map(({ id }) => id));
    expect(planChecksum(late)).not.toBe(planChecksum(early));
    expect(planId(planOf([step(sync("ana@x.example", { copy: 4 }))]))).not.toBe(early.id);
  });

  it("is stale when the manifests or the Migration are others", () => {
    const name = { migration: { name: "example" } };
    expect(() => checkFresh(plan, { digest: "d1", ...name })).not.toThrow();
    expect(() => checkFresh(plan, { digest: "d2", ...name })).toThrow(expect.objectContaining({ code: "plan.stale" }));
    expect(() => checkFresh(plan, { digest: "d1", migration: { name: "prod" } })).toThrow(
      expect.objectContaining({ code: "plan.stale" }),
    );
  });
});
