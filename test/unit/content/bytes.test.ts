import { expect, it } from "vitest";
import { createByteBudget } from "../../../src/content/bytes.ts";

const never = new AbortController().signal;

it("lets bodies in while there is room, the rest in order, and more than there is in all alone", async () => {
  const budget = createByteBudget(10);
  const order: string[] = [];
  const first = await budget.take(6, never);
  const second = budget.take(6, never).then((give) => (order.push("second"), give));
  const third = budget.take(1, never).then((give) => (order.push("third"), give));
  const all = budget.take(1000, never).then((give) => (order.push("all"), give));
  await Promise.resolve();
  expect(order).toEqual([]);
  first();
  first();
  (await second)();
  (await third)();
  (await all)();
  expect(order).toEqual(["second", "third", "all"]);
  (await budget.take(10, never))();
});

it("gives up waiting when it is interrupted, and loses no room by it", async () => {
  const budget = createByteBudget(10);
  const give = await budget.take(10, never);
  const stop = new AbortController();
  const waiting = budget.take(5, stop.signal);
  const behind = budget.take(5, never);
  stop.abort();
  await expect(waiting).rejects.toMatchObject({ code: "run.interrupted" });
  await expect(budget.take(1, stop.signal)).rejects.toMatchObject({ code: "run.interrupted" });
  give();
  (await behind)();
});
