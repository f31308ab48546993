import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contentOrder } from "../../../src/content/turn.ts";
import type { Measure } from "../../../src/contract/state-store.ts";
import type { Address } from "../../../src/model/address.ts";
import type { Estimate, Forecast, Step } from "../../../src/model/plan.ts";
import type { Resource } from "../../../src/model/resource.ts";
import { type Allowance, forecast } from "../../../src/plan/forecast.ts";
import { create, step, sync } from "./made.ts";

interface Box {
  readonly copy: number;
  readonly copyBytes?: number;
  readonly wave?: number;
  readonly priority?: number;
  readonly source?: string;
}

interface Setting {
  readonly measures?: readonly Measure[];
  readonly parallel?: number;
  readonly limits?: Readonly<Record<string, Allowance>>;
  readonly more?: readonly Step[];
}

/** A message a second, whatever its size: octets and passes cost next to nothing. */
const second: readonly Measure[] = [
  { messages: 1000, bytes: 1, seconds: 1000 },
  { messages: 1000, bytes: 1e9, seconds: 1000 },
  { messages: 1, bytes: 1e6, seconds: 1 },
].map((each) => ({ source: "old", destination: "new", others: 0, ...each }));

function foresee(
  boxes: readonly Box[],
  { measures = second, parallel = 8, limits = {}, more = [] }: Setting = {},
): Forecast | undefined {
  const steps = boxes.map(({ copy, copyBytes = 0, source = "old" }, at) =>
    step(sync(`box${at}@x.example`, { copy, copyBytes }, source)),
  );
  const resources = new Map<Address, Resource>(
    boxes.map(({ wave, priority = 0 }, at) => [
      `mailbox/box${at}@x.example`,
      { kind: "mailbox", priority, ...(wave === undefined ? {} : { wave }) } as Resource,
    ]),
  );
  return forecast({
    steps: [...more, ...steps],
    order: contentOrder(resources),
    waveOf: (address) => resources.get(address)?.wave,
    measures,
    allowances: new Map(Object.entries(limits)),
    parallel,
  });
}

const secondsOf = (estimate: Estimate | undefined): number => {
  if (estimate === undefined || estimate.basis === "unknown") throw new Error("It is not known");
  return estimate.seconds;
};
const whole = (boxes: readonly Box[], setting?: Setting): number => secondsOf(foresee(boxes, setting)?.whole);
const host = (key: string, rest: Partial<Allowance> = {}): Allowance => ({ key, rates: {}, ...rest });

describe("a forecast", () => {
  it("is of mail alone", () => {
    expect(foresee([], { more: [step(create("account/a@x.example"))] })).toBeUndefined();
  });

  it("is not known before a first pass, and an 'at least' where one of several is not", () => {
    const unknown = foresee([{ copy: 10 }], { measures: [] });
    expect(unknown).toMatchObject({ whole: { basis: "unknown" }, rates: [] });
    expect(unknown?.mailboxes).toEqual([{ address: "mailbox/box0@x.example", estimate: { basis: "unknown" } }]);
    const half = foresee([{ copy: 100 }, { copy: 100, source: "other" }]);
    expect(half?.mailboxes.map(({ estimate }) => estimate.basis)).toEqual(["measured", "unknown"]);
    expect(half?.whole.basis).toBe("limits");
    expect(secondsOf(half?.whole)).toBeCloseTo(100, -1);
  });

  it("takes mailboxes in their order, several at one time", () => {
    const four = [60, 30, 20, 10].map((copy) => ({ copy, copyBytes: copy }));
    expect(whole(four, { parallel: 1 })).toBeCloseTo(120, -1);
    expect(whole(four, { parallel: 2 })).toBeCloseTo(60, -1);
    // The largest is begun last: 10 and 20 first, then 30 after 10, and 60 after 20.
    const late = four.map((box, at) => ({ ...box, priority: at }));
    const order = foresee(late)?.mailboxes.map(({ address }) => address);
    expect(order).toEqual([3, 2, 1, 0].map((at) => `mailbox/box${at}@x.example`));
    expect(whole(late, { parallel: 2 })).toBeCloseTo(80, -1);
  });

  it("tells each wave by itself, and those in none last", () => {
    const told = foresee([{ copy: 50 }, { copy: 300, wave: 2 }, { copy: 100, wave: 1 }, { copy: 200, wave: 1 }], {
      parallel: 1,
    });
    expect(
      told?.waves.map(({ wave, mailboxes, estimate }) => [wave, mailboxes, Math.round(secondsOf(estimate) / 10)]),
    ).toEqual([
      [1, 2, 30],
      [2, 1, 30],
      [undefined, 1, 5],
    ]);
    expect(secondsOf(told?.whole)).toBeCloseTo(650, -1);
  });

  it("is held by the limits of a host that all share, and says by which", () => {
    const limits = { new: host("h", { rates: { messages: 0.5 } }) };
    const told = foresee([{ copy: 100 }, { copy: 100 }], { limits });
    expect(told?.mailboxes[0]).toMatchObject({
      estimate: { basis: "measured", seconds: 199 },
      held: { endpoint: "new", of: "messages", perSecond: 0.5 },
    });
    expect(secondsOf(told?.whole)).toBe(399);
    const both = { old: host("h", { rates: { bytes: 10 } }), new: host("h", { rates: { bytes: 10 } }) };
    expect(whole([{ copy: 1, copyBytes: 1000 }], { limits: both })).toBe(199);
  });

  it("is bound by limits from below where nothing was measured", () => {
    const limits = { old: host("h", { rates: { bytes: 1000 } }) };
    const told = foresee(
      [
        { copy: 5, copyBytes: 61_000 },
        { copy: 5, copyBytes: 100 },
      ],
      { measures: [], limits },
    );
    expect(told?.whole).toEqual({ basis: "limits", seconds: 60.1 });
    expect(told?.mailboxes.map(({ estimate }) => estimate)).toEqual([
      { basis: "limits", seconds: 60 },
      { basis: "unknown" },
    ]);
  });

  it("has no more mailboxes under way than a host has connections, two for one that has both sides", () => {
    const boxes = [{ copy: 100 }, { copy: 100 }, { copy: 100 }, { copy: 100 }];
    expect(whole(boxes, { limits: { old: host("a", { connections: 2 }) } })).toBeCloseTo(200, -1);
    const one = { old: host("a", { connections: 2 }), new: host("a", { connections: 2 }) };
    expect(whole(boxes, { limits: one })).toBeCloseTo(400, -1);
  });
});

const box = fc.record({
  copy: fc.nat({ max: 100_000 }),
  copyBytes: fc.nat({ max: 1e9 }),
  wave: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
  priority: fc.nat({ max: 2 }),
});
const boxes = fc.array(box, { minLength: 1, maxLength: 12 }) as fc.Arbitrary<readonly Box[]>;
const limits = fc.record({
  connections: fc.integer({ min: 2, max: 6 }),
  rates: fc.record({ messages: fc.integer({ min: 1, max: 1000 }), bytes: fc.integer({ min: 1, max: 1e6 }) }),
});
/** Two hosts, or one for both sides. */
const setting = fc
  .record({ parallel: fc.integer({ min: 1, max: 10 }), a: limits, b: limits, apart: fc.boolean() })
  .map(({ parallel, a, b, apart }) => ({
    parallel,
    limits: { old: { key: "a", ...a }, new: apart ? { key: "b", ...b } : { key: "a", ...a } },
  }));
/** Sums come in another order: the last digit is not theirs. */
const slack = 1 + 1e-9;

describe("a forecast, whatever is planned", () => {
  it("never grows shorter by more messages", () => {
    fc.assert(
      fc.property(boxes, setting, fc.nat(), fc.nat({ max: 1000 }), (all, how, which, more) => {
        const at = which % all.length;
        const grown = all.map((each, number) => (number === at ? { ...each, copy: each.copy + more } : each));
        expect(whole(grown, how) * slack).toBeGreaterThanOrEqual(whole(all, how));
      }),
    );
  });

  it("never grows longer by more mailboxes at one time", () => {
    fc.assert(
      fc.property(boxes, setting, (all, how) => {
        const more = whole(all, { ...how, parallel: how.parallel + 1 });
        expect(more).toBeLessThanOrEqual(whole(all, how) * slack);
      }),
    );
  });

  it("never promises more than a host's limits let through, nor less than one mailbox or more than all in a row", () => {
    fc.assert(
      fc.property(boxes, setting, (all, how) => {
        const told = foresee(all, how);
        const each = (told?.mailboxes ?? []).map(({ estimate }) => secondsOf(estimate));
        const sum = (of: (box: Box) => number): number => all.reduce((total, one) => total + of(one), 0);
        const seconds = secondsOf(told?.whole);
        const bounds = Object.values(how.limits).flatMap(({ rates }) => [
          sum(({ copy }) => copy) / rates.messages - 1,
          sum(({ copyBytes = 0 }) => copyBytes) / rates.bytes - 1,
        ]);
        expect(seconds * slack).toBeGreaterThanOrEqual(Math.max(...bounds, ...each));
        const alone = whole(all, { parallel: 1 });
        expect(whole(all, { parallel: how.parallel })).toBeLessThanOrEqual(alone * slack);
        const waves = (told?.waves ?? []).map(({ estimate }) => secondsOf(estimate));
        expect(seconds * slack).toBeGreaterThanOrEqual(Math.max(...waves));
      }),
    );
  });
});
