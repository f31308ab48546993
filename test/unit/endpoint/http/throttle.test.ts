/** A system's limits, counted by a server that stands in virtual time and sees each request somewhere between its begin and its end. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createThrottle } from "../../../../src/endpoint/http/throttle.ts";
import { createVirtualClock } from "../../../endpoint/virtual-clock.ts";

const { signal } = new AbortController();

interface Seen {
  readonly at: number;
  readonly units: number;
}

/** The most units in any span of `ms` that ends with a request. */
function most(seen: readonly Seen[], ms: number): number {
  const inSpan = (end: number) =>
    seen.filter(({ at }) => at > end - ms && at <= end).reduce((sum, { units }) => sum + units, 0);
  return Math.max(0, ...seen.map(({ at }) => inSpan(at)));
}

describe("limits by name", () => {
  it("are never exceeded, and everybody has his turn", async () => {
    const request = fc.record({
      mailbox: fc.integer({ min: 0, max: 2 }),
      units: fc.integer({ min: 1, max: 4 }),
      before: fc.integer({ min: 0, max: 700 }),
      after: fc.integer({ min: 0, max: 700 }),
      asked: fc.integer({ min: 0, max: 3000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { maxLength: 40 }), async (requests) => {
        const clock = createVirtualClock();
        const tenant = { amount: 10, ms: 1000 };
        const throttle = createThrottle((name) => (name === "tenant" ? { units: tenant } : { atOnce: 2 }), clock);
        const running = [0, 0, 0];
        let crowd = 0;
        const seen: Seen[] = [];
        const one = async ({ mailbox, units, before, after, asked }: (typeof requests)[number]) => {
          await clock.wait(asked, signal);
          const charges = [{ name: `mailbox ${mailbox}` }, { name: "tenant", units }];
          const leave = await throttle.enter(charges, signal);
          running[mailbox] = (running[mailbox] ?? 0) + 1;
          crowd = Math.max(crowd, ...running);
          await clock.wait(before, signal);
          seen.push({ at: clock.now(), units });
          await clock.wait(after, signal);
          running[mailbox] -= 1;
          leave();
        };
        await Promise.all(requests.map(one));
        expect(seen).toHaveLength(requests.length);
        expect(crowd).toBeLessThanOrEqual(2);
        expect(most(seen, tenant.ms)).toBeLessThanOrEqual(tenant.amount);
      }),
      { numRuns: 100 },
    );
  });

  it("let what costs more than is allowed at all pass alone", async () => {
    const clock = createVirtualClock();
    const throttle = createThrottle(() => ({ units: { amount: 5, ms: 1000 } }), clock);
    (await throttle.enter([{ name: "a", units: 9 }], signal))();
    const begun = clock.now();
    (await throttle.enter([{ name: "a" }], signal))();
    expect(clock.now() - begun).toBe(1000);
  });

  it("hold one name back, and no other", async () => {
    const clock = createVirtualClock();
    const throttle = createThrottle(() => ({}), clock);
    const begun = clock.now();
    throttle.hold("a", 5000);
    (await throttle.enter([{ name: "b" }], signal))();
    expect(clock.now()).toBe(begun);
    (await throttle.enter([{ name: "a" }], signal))();
    expect(clock.now() - begun).toBe(5000);
  });
});

describe("who gives up", () => {
  it("keeps nothing, and those behind go on in their turn", async () => {
    const throttle = createThrottle((name) => (name === "a" ? { atOnce: 1 } : {}), createVirtualClock());
    const leave = await throttle.enter([{ name: "a" }], signal);
    const stop = new AbortController();
    const gone = throttle.enter([{ name: "b" }, { name: "a" }], stop.signal).catch((thrown: unknown) => thrown);
    const turns: string[] = [];
    const next = throttle.enter([{ name: "a" }], signal).then((end) => (turns.push("next"), end));
    stop.abort();
    expect(await gone).toMatchObject({ code: "run.interrupted" });
    await new Promise((resolve) => setImmediate(resolve));
    expect(turns).toEqual([]);
    leave();
    leave();
    (await next)();
    expect(turns).toEqual(["next"]);
  });
});
