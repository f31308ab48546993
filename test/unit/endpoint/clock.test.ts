import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../../../src/endpoint/clock.ts";

const { signal } = new AbortController();

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

test("tells the time in milliseconds since 1970", () => {
  expect(systemClock.now()).toBe(1_700_000_000_000);
});

test("waits as long as it is told, and not shorter", async () => {
  let done = false;
  void systemClock.wait(5000, signal).then(() => (done = true));
  await vi.advanceTimersByTimeAsync(4999);
  expect(done).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(done).toBe(true);
});

test("waits longer than a timer of Node can, who would not wait at all", async () => {
  const month = 30 * 86_400_000;
  let done = false;
  void systemClock.wait(month, signal).then(() => (done = true));
  await vi.advanceTimersByTimeAsync(month - 1);
  expect(done).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(done).toBe(true);
});

test("ends a wait when the signal fires, and leaves no timer behind", async () => {
  const stop = new AbortController();
  const waiting = systemClock.wait(5000, stop.signal);
  stop.abort();
  await expect(waiting).rejects.toMatchObject({ code: "run.interrupted" });
  expect(vi.getTimerCount()).toBe(0);
});

test("does not begin to wait after the signal has fired", async () => {
  await expect(systemClock.wait(0, AbortSignal.abort())).rejects.toMatchObject({ code: "run.interrupted" });
  expect(vi.getTimerCount()).toBe(0);
});

test("forgets the signal once it has waited", async () => {
  const stop = new AbortController();
  const add = vi.spyOn(stop.signal, "addEventListener");
  const remove = vi.spyOn(stop.signal, "removeEventListener");
  const waiting = systemClock.wait(10, stop.signal);
  await vi.advanceTimersByTimeAsync(10);
  await waiting;
  expect(remove.mock.calls.map(([event, listener]) => [event, listener])).toEqual(
    add.mock.calls.map(([event, listener]) => [event, listener]),
  );
});
