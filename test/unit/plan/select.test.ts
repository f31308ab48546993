import { describe, expect, it } from "vitest";
import type { Address } from "../../../src/model/address.ts";
import type { Selection } from "../../../src/model/plan.ts";
import { order } from "../../../src/plan/order.ts";
import { createSelector, type Marked, selectEverything, selectSteps } from "../../../src/plan/select.ts";
import { create, sync } from "./made.ts";

const marks = new Map<Address, Marked>([
  ["account/ana@x.example", { labels: { office: "berlin", team: "a" }, wave: 1 }],
  ["mailbox/ana@x.example", { labels: { office: "berlin" }, wave: 1 }],
  ["account/bo@x.example", { labels: { office: "rome" }, wave: 2 }],
]);
const steps = order([
  create("account/ana@x.example"),
  create("account/bo@x.example"),
  create("list/all@x.example", { members: ["ana@x.example", "bo@x.example"] }),
  sync("ana@x.example"),
]);
const select = (selection: Partial<Selection>) =>
  selectSteps(steps, createSelector({ ...selectEverything, ...selection }, marks));

describe("a selection", () => {
  it.each<[string, Partial<Selection>, readonly string[]]>([
    ["takes everything", {}, ["account/ana", "account/bo", "list/all", "mailbox/ana"]],
    ["takes a target", { target: ["account/ANA@*"] }, ["account/ana"]],
    ["takes one of several targets", { target: ["list/*", "*bo@*"] }, ["account/bo", "list/all"]],
    ["leaves out", { exclude: ["*/ana@*"] }, ["account/bo", "list/all"]],
    ["leaves out of a target", { target: ["account/*"], exclude: ["*bo*"] }, ["account/ana"]],
    ["takes a label", { label: ["office=berlin"] }, ["account/ana", "mailbox/ana"]],
    ["takes what has all labels", { label: ["office=berlin", "team=a"] }, ["account/ana"]],
    ["takes a wave", { wave: [2, 3] }, ["account/bo"]],
    ["takes a phase", { phase: ["content"] }, ["mailbox/ana"]],
  ])("%s", (_, selection, expected) => {
    expect(select(selection).steps.map(({ address }) => address.replace("@x.example", ""))).toEqual(expected);
  });

  it("says what a step waits for that was not selected, and pulls nothing in", () => {
    const { findings, steps: chosen } = select({ target: ["list/*", "account/bo*"] });
    expect(chosen.map(({ address }) => address)).toEqual(["account/bo@x.example", "list/all@x.example"]);
    expect(chosen[1]?.after).toEqual([chosen[0]?.id]);
    expect(findings.map(({ code, about, message }) => [code, about, message])).toEqual([
      [
        "selection.needs",
        "list/all@x.example",
        "It waits for account/ana@x.example, which would change too and is not selected",
      ],
    ]);
  });

  it("keeps the order through what was left out", () => {
    const chain = order([
      create("list/a@x.example", { members: [] }),
      create("list/b@x.example", { members: ["a@x.example"] }),
      create("list/c@x.example", { members: ["b@x.example"] }),
    ]);
    const selector = createSelector({ ...selectEverything, exclude: ["list/b@*"] }, marks);
    const chosen = selectSteps(chain, selector).steps;
    expect(chosen.map(({ after }) => after)).toEqual([[], [chosen[0]?.id]]);
  });

  it("warns of a glob that fits nothing", () => {
    const selector = createSelector({ ...selectEverything, target: ["accuont/*", "account/*"] }, marks);
    expect(selector.idle(marks.keys()).map(({ about, severity }) => [about, severity])).toEqual([
      ["accuont/*", "warning"],
    ]);
  });

  it("refuses a label without a value", () => {
    expect(() => createSelector({ ...selectEverything, label: ["berlin"] }, marks)).toThrow(
      expect.objectContaining({ code: "option.invalid" }),
    );
  });
});
