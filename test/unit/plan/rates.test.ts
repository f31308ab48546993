import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Measure } from "../../../src/contract/state-store.ts";
import type { MeasuredRates } from "../../../src/model/plan.ts";
import { measuredRates } from "../../../src/plan/rates.ts";

interface Work {
  readonly messages: number;
  readonly bytes: number;
  readonly others?: number;
}

/** A system that takes so long. */
const truth = { perPass: 0.4, perMessage: 0.004, perOctet: 2e-8, perOther: 0.001 };
const takes = ({ messages, bytes, others = 0 }: Work, by: typeof truth | MeasuredRates = truth): number =>
  by.perPass + (by.perMessage ?? 0) * messages + by.perOctet * bytes + by.perOther * others;
/** Within so many times the truth, either way. */
const isNear = (work: Work, rates: MeasuredRates, times: number): boolean =>
  Math.abs(Math.log(takes(work, rates) / takes(work))) < Math.log(times);
const pass = (work: Work, seconds = takes(work)): Measure => ({
  source: "old",
  destination: "new",
  others: 0,
  ...work,
  seconds,
});
const only = (measures: readonly Measure[]): MeasuredRates => {
  const [rates, ...more] = measuredRates(measures);
  if (rates === undefined || more.length > 0) throw new Error("There is one pair");
  return rates;
};

/** First copies of many makes, deltas, and passes over flags. */
const passes: readonly Work[] = [
  { messages: 12_000, bytes: 900e6 },
  { messages: 3000, bytes: 1200e6 },
  { messages: 40_000, bytes: 400e6 },
  { messages: 800, bytes: 9e6 },
  ...[0, 1, 3, 12, 2].map((messages) => ({ messages, bytes: messages * 60_000 })),
  { messages: 0, bytes: 0, others: 900 },
  { messages: 5, bytes: 1e6, others: 4000 },
];
const asked: readonly Work[] = [
  { messages: 100_000, bytes: 8e9 },
  { messages: 1000, bytes: 2e9 },
  { messages: 1, bytes: 20_000 },
  { messages: 0, bytes: 0, others: 20_000 },
];

describe("rates", () => {
  it("foretell a system that takes its time by messages and octets", () => {
    const rates = only(passes.map((work) => pass(work)));
    expect(rates.passes).toBe(passes.length);
    expect(asked.filter((work) => !isNear(work, rates, 1.15))).toEqual([]);
  });

  it("are not led astray by a pass that stood still", () => {
    const stood = new Set([0, 4, 6]);
    const rates = only(passes.map((work, at) => pass(work, takes(work) * (stood.has(at) ? 40 : 1))));
    expect(asked.slice(0, 3).filter((work) => !isNear(work, rates, 1.7))).toEqual([]);
  });

  it("of one pass foretell the like of it, and little of it for the next delta", () => {
    const first = { messages: 10_000, bytes: 500e6 };
    const rates = only([pass(first, 300)]);
    expect(takes(first, rates)).toBeCloseTo(300, 3);
    expect(takes({ messages: 20_000, bytes: 1000e6 }, rates)).toBeGreaterThan(590);
    expect(takes({ messages: 1, bytes: 50_000 }, rates)).toBeLessThan(3);
  });

  it("say nothing of copies where none was made, and take other work for no more than a copy", () => {
    expect(only([pass({ messages: 0, bytes: 0, others: 10 }, 1)])).not.toHaveProperty("perMessage");
    const rates = only([pass({ messages: 100, bytes: 1e6 }, 10)]);
    expect(rates.perOther).toBe(rates.perMessage);
  });

  it("are kept apart by pair of endpoints", () => {
    const there = pass({ messages: 100, bytes: 1e6 }, 1);
    const rates = measuredRates([there, { ...there, destination: "slow", seconds: 100 }]);
    expect(rates.map(({ destination }) => destination)).toEqual(["new", "slow"]);
    expect(takes(there, rates[1])).toBeCloseTo(100, 3);
  });

  it("are numbers from 0 on, whatever was measured, and foretell the middle of it", () => {
    const count = fc.nat({ max: 1e6 });
    const any = fc.record({
      messages: count,
      bytes: fc.nat({ max: 1e12 }),
      others: count,
      seconds: fc.double({ min: 0, max: 1e6, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 20 }), (all) => {
        const rates = only(all.map((work) => pass(work, work.seconds)));
        for (const value of [rates.perPass, rates.perMessage ?? 0, rates.perOctet, rates.perOther])
          expect(Number.isFinite(value) && value >= 0).toBe(true);
        expect(takes({ messages: 1e6, bytes: 1e12, others: 1e6 }, rates)).toBeGreaterThan(0);
      }),
    );
  });
});
