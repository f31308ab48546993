import { describe, expect, test } from "vitest";
import type { Budget, Clock } from "../../../src/contract/endpoint.ts";
import { createBudget } from "../../../src/endpoint/budget.ts";
import { interrupted } from "../../../src/model/fault.ts";

const { signal } = new AbortController();

/** A clock that stands until it is told to go on. */
function createClock(): Clock & { advance(ms: number): Promise<void> } {
  let now = 1_000_000;
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  return {
    now: () => now,
    wait: (ms, waiting) =>
      new Promise((resolve, reject) => {
        const sleeper = { at: now + ms, wake: resolve };
        sleepers.add(sleeper);
        waiting.addEventListener("abort", () => {
          sleepers.delete(sleeper);
          reject(interrupted());
        });
      }),
    async advance(ms) {
      now += ms;
      for (const sleeper of sleepers) {
        if (sleeper.at > now) continue;
        sleepers.delete(sleeper);
        sleeper.wake();
      }
      await settle();
    },
  };
}

/** Lets everything run that can run now. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Notes the names of promises as they are kept. */
function watch(): { readonly done: string[]; note(name: string, promise: Promise<unknown>): void } {
  const done: string[] = [];
  return {
    done,
    note: (name, promise) =>
      void promise.then(
        () => done.push(name),
        () => done.push(`${name} interrupted`),
      ),
  };
}

const sum = (all: readonly number[]): number => all.reduce((total, each) => total + each, 0);
const take = (budget: Budget, by = signal): Promise<() => void> => budget.connection(by);

describe("connections", () => {
  test("to spare are those that are free and that nobody waits for", async () => {
    const budget = createBudget({ connections: 2 }, createClock());
    const { done, note } = watch();
    const back = await take(budget);
    const spare = await budget.spare(signal);
    expect(spare).toBeDefined();
    expect(await budget.spare(signal)).toBeUndefined();
    note("waiting", take(budget));
    spare?.();
    await settle();
    expect(done).toEqual(["waiting"]);
    expect(await budget.spare(signal)).toBeUndefined();
    back();
    expect(await budget.spare(signal)).toBeDefined();
    expect(await createBudget({}, createClock()).spare(signal)).toBeDefined();
  });

  test("that are held for nobody are given up for whoever wants one, the longest held first", async () => {
    const budget = createBudget({ connections: 2 }, createClock());
    const { done, note } = watch();
    const given: string[] = [];
    const backs = [await take(budget), await take(budget)];
    const [one, two] = ["one", "two"].map((name) => budget.idle(() => given.push(name)));
    note("first", take(budget));
    note("spare", budget.spare(signal));
    await settle();
    expect(given).toEqual(["one"]);
    expect(done).toEqual(["spare"]);
    expect(one?.()).toBe(false);
    backs[0]?.();
    await settle();
    expect(done).toEqual(["spare", "first"]);
    expect(two?.()).toBe(true);
    note("second", take(budget));
    await settle();
    expect(given).toEqual(["one"]);
    expect(budget.idle(() => given.push("late"))).toBeUndefined();
    backs[1]?.();
    await settle();
    expect(done).toEqual(["spare", "first", "second"]);
  });

  test("that are held for nobody are to spare", async () => {
    const budget = createBudget({ connections: 1 }, createClock());
    const back = await take(budget);
    budget.idle(back);
    expect(await budget.spare(signal)).toBeDefined();
    expect(createBudget({}, createClock()).idle(back)?.()).toBe(true);
  });

  test("are as many as the limit says, and go on in the order asked for", async () => {
    const budget = createBudget({ connections: 2 }, createClock());
    const { done, note } = watch();
    const [first, second] = await Promise.all([take(budget), take(budget)]);
    note("third", take(budget));
    note("fourth", take(budget));
    await settle();
    expect(done).toEqual([]);
    second();
    await settle();
    expect(done).toEqual(["third"]);
    first();
    await settle();
    expect(done).toEqual(["third", "fourth"]);
  });

  test("are given back once, however often that is said", async () => {
    const budget = createBudget({ connections: 1 }, createClock());
    const { done, note } = watch();
    const giveBack = await take(budget);
    giveBack();
    giveBack();
    await take(budget);
    note("another", take(budget));
    await settle();
    expect(done).toEqual([]);
  });

  test("are not lost with one who is interrupted in the queue", async () => {
    const budget = createBudget({ connections: 1 }, createClock());
    const { done, note } = watch();
    const stop = new AbortController();
    const giveBack = await take(budget);
    note("impatient", take(budget, stop.signal));
    note("patient", take(budget));
    stop.abort();
    await settle();
    expect(done).toEqual(["impatient interrupted"]);
    giveBack();
    await settle();
    expect(done).toEqual(["impatient interrupted", "patient"]);
  });

  test("are not lost when the interruption comes after the turn", async () => {
    const budget = createBudget({ connections: 1 }, createClock());
    const stop = new AbortController();
    const first = await take(budget);
    const waiting = take(budget, stop.signal);
    first();
    stop.abort();
    (await waiting)();
    await expect(take(budget)).resolves.toBeTypeOf("function");
  });

  test("are refused to whoever is interrupted already", async () => {
    const budget = createBudget({ connections: 1 }, createClock());
    await expect(take(budget, AbortSignal.abort())).rejects.toMatchObject({ code: "run.interrupted" });
    await expect(take(budget)).resolves.toBeTypeOf("function");
  });

  test.each([{}, { connections: 0 }])("are without limit under %o", async (limits) => {
    const budget = createBudget(limits, createClock());
    await expect(Promise.all(Array.from({ length: 1000 }, () => take(budget)))).resolves.toHaveLength(1000);
  });
});

describe("a rate", () => {
  test("lets a second's worth through at once, and then as much as the limit says", async () => {
    const clock = createClock();
    const budget = createBudget({ messagesPerSecond: 10 }, clock);
    const { done, note } = watch();
    for (let index = 0; index < 13; index += 1) note(String(index), budget.charge({ messages: 1 }, signal));
    await settle();
    expect(done).toHaveLength(10);
    await clock.advance(100);
    expect(done).toHaveLength(11);
    await clock.advance(199);
    expect(done).toHaveLength(12);
    await clock.advance(1);
    expect(done).toHaveLength(13);
  });

  test("holds over a long time, whatever the sizes: never more than a second's worth ahead", async () => {
    const clock = createClock();
    const budget = createBudget({ bytesPerSecond: "1KB" }, clock);
    const sizes = [10, 5000, 1, 1024, 700, 3000, 2, 900];
    const passed: number[] = [];
    for (const bytes of sizes) void budget.charge({ bytes }, signal).then(() => passed.push(bytes));
    await settle();
    let ms = 0;
    for (; passed.length < sizes.length; ms += 50) {
      expect(sum(passed)).toBeLessThanOrEqual(1024 + (1024 * ms) / 1000);
      await clock.advance(50);
    }
    expect(ms).toBeLessThanOrEqual(((sum(sizes) - 1024) / 1024) * 1000 + 100);
  });

  test("is not saved up beyond a second", async () => {
    const clock = createClock();
    const budget = createBudget({ messagesPerSecond: 5 }, clock);
    await clock.advance(3_600_000);
    const { done, note } = watch();
    for (let index = 0; index < 20; index += 1) note(String(index), budget.charge({ messages: 1 }, signal));
    await settle();
    expect(done).toHaveLength(5);
  });

  test("works below one a second", async () => {
    const clock = createClock();
    const budget = createBudget({ messagesPerSecond: 0.5 }, clock);
    const { done, note } = watch();
    note("first", budget.charge({ messages: 1 }, signal));
    note("second", budget.charge({ messages: 1 }, signal));
    await settle();
    expect(done).toEqual(["first"]);
    await clock.advance(2000);
    expect(done).toEqual(["first", "second"]);
  });

  test("of messages and one of bytes both hold, and what costs nothing waits for nobody", async () => {
    const clock = createClock();
    const budget = createBudget({ messagesPerSecond: 1, bytesPerSecond: 1000 }, clock);
    const { done, note } = watch();
    note("both", budget.charge({ messages: 1, bytes: 4000 }, signal));
    note("message", budget.charge({ messages: 1 }, signal));
    note("free", budget.charge({}, signal));
    await settle();
    expect(done).toEqual(["free"]);
    await clock.advance(1000);
    expect(done).toEqual(["free", "message"]);
    await clock.advance(2000);
    expect(done).toEqual(["free", "message", "both"]);
  });

  test("is given back what an interrupted one did not use", async () => {
    const clock = createClock();
    const budget = createBudget({ bytesPerSecond: 1000 }, clock);
    const { done, note } = watch();
    const stop = new AbortController();
    note("large", budget.charge({ bytes: 1_000_000 }, stop.signal));
    await settle();
    stop.abort();
    await settle();
    note("small", budget.charge({ bytes: 1000 }, signal));
    note("never", budget.charge({ bytes: 1 }, AbortSignal.abort()));
    await settle();
    expect(done).toEqual(["large interrupted", "small", "never interrupted"]);
  });

  test.each([{}, { messagesPerSecond: 0, bytesPerSecond: 0 }])("is without limit under %o", async (limits) => {
    const budget = createBudget(limits, createClock());
    await expect(budget.charge({ messages: 1e9, bytes: 1e12 }, signal)).resolves.toBeUndefined();
  });

  test("that is no size is refused", () => {
    expect(() => createBudget({ bytesPerSecond: "fast" }, createClock())).toThrow(/"fast" is no number of bytes/);
  });
});
