import { describe, expect, it } from "vitest";
import type { Estimate, Forecast, Plan } from "../../../src/model/plan.ts";
import { explainTime, showEstimate } from "../../../src/report/forecast.ts";
import { planMarkdown } from "../../../src/report/plan-markdown.ts";
import { planText } from "../../../src/report/plan-text.ts";
import { madeForecast, planOf, step, sync } from "../plan/made.ts";

const about = (seconds: number): string => showEstimate({ basis: "measured", seconds });
const atLeast = (seconds: number): string => showEstimate({ basis: "limits", seconds });

describe("a time", () => {
  it.each<[number, string]>([
    [0, "about 1 s"],
    [0.4, "about 1 s"],
    [7.4, "about 7 s"],
    [42, "about 40 s"],
    [59, "about 1 min"],
    [161, "about 2 min 30 s"],
    [640, "about 11 min"],
    [2000, "about 35 min"],
    [3599, "about 1 h"],
    [7800.25, "about 2 h 10 min"],
    [40_000, "about 11 h"],
    [200_000, "about 56 h"],
  ])("of %d seconds is told no finer than it is known", (seconds, text) => {
    expect(about(seconds)).toBe(text);
  });

  it("that limits bound from below is rounded down", () => {
    expect(atLeast(59.9)).toBe("at least 55 s");
    expect(atLeast(7100)).toBe("at least 1 h 50 min");
    expect(showEstimate({ basis: "unknown" })).toBe("not known yet: after the first pass");
  });
});

const boxes = ["ana", "bo", "cy"].map((name) =>
  step(sync(`${name}@x.example`, { copy: 10, copyBytes: 2048, folders: 1 })),
);
const plan = (forecast: Forecast): Plan => ({ ...planOf(boxes, { forecast }), id: "7f3a91".padEnd(64, "0") });
const text = (forecast: Forecast): string => planText(plan(forecast), { color: false });
const unknown: Forecast = {
  parallel: 8,
  whole: { basis: "unknown" },
  waves: [{ mailboxes: 1, estimate: { basis: "unknown" } }],
  mailboxes: [{ address: "mailbox/ana@x.example", estimate: { basis: "unknown" } }],
  rates: [],
};

describe("a plan's text", () => {
  it("tells the time of mailboxes, of waves and of all", () => {
    const lines = text(madeForecast).split("\n");
    expect(lines).toContain("  > mailbox/ana@x.example    copy 10 messages · 2 KiB · 1 folder · about 2 h 10 min");
    expect(lines).toContain("  > mailbox/cy@x.example     copy 10 messages · 2 KiB · 1 folder");
    expect(lines.slice(-6)).toEqual([
      "Time for the mail: at least 2 h 10 min (8 mailboxes at one time; 1 of 3 not known yet)",
      "  wave 1, 2 mailboxes: about 2 h 10 min",
      "  in no wave, 1 mailbox: not known yet: after the first pass",
      "",
      "Plan 7f3a91: 0 to add, 0 to change, 0 to delete; 30 messages to copy, 0 flag changes, 0 skipped.",
      "",
    ]);
  });

  it("says what is not known yet, and one wave no second time", () => {
    const told = text(unknown);
    expect(told).toContain("\nTime for the mail: not known yet: after the first pass\n\nPlan");
    expect(told).not.toMatch(/in no wave|about|at least/u);
  });
});

describe("a plan's Markdown", () => {
  it("tells the time below the headline, wave by wave", () => {
    const lines = planMarkdown(plan(madeForecast)).split("\n");
    const at = lines.findIndex((line) => line.startsWith("Time for the mail"));
    expect(at).toBeLessThan(8);
    expect(lines.slice(at, at + 4).map((line) => line.replaceAll("&#58;", ":"))).toEqual([
      "Time for the mail: at least 2 h 10 min (8 mailboxes at one time; 1 of 3 not known yet)",
      "",
      "- wave 1, 2 mailboxes: about 2 h 10 min",
      "- in no wave, 1 mailbox: not known yet: after the first pass",
    ]);
  });
});

describe("a mailbox's time", () => {
  const estimate: Estimate = { basis: "measured", seconds: 100 };
  const explained = (more: Partial<Forecast["mailboxes"][number]>, user = "ana", rates = madeForecast.rates) => {
    const one = step(sync(`${user}@x.example`, { copy: 1000, copyBytes: 80 * 2 ** 20, marks: 2 }));
    return explainTime(one, { ...unknown, rates, mailboxes: [{ address: one.address, estimate, ...more }] });
  };

  it("is explained by what passes took", () => {
    expect(explained({ estimate: { basis: "measured", seconds: 109.4 } })).toEqual([
      "about 2 min",
      "as 3 passes from old to new took: 1 s for the pass + 1 min 30 s for 1,000 messages + 8 s for 80 MiB",
    ]);
  });

  it("is explained by the limit that holds it, or not at all", () => {
    const held = { endpoint: "new", of: "bytes", perSecond: 1024 } as const;
    expect(explained({ held })).toEqual(["about 1 min 30 s", "by the limits of new: 1 KiB a second"]);
    expect(explained({ estimate: { basis: "unknown" } })).toEqual(["not known yet: after the first pass"]);
  });
});
