import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { sideways } from "../../../../src/endpoint/google/sideways.ts";

describe("work beside each other", () => {
  it("is as wide as it is told, and gives what comes in order", async () => {
    let [running, most] = [0, 0];
    const work = async (each: number): Promise<number> => {
      running += 1;
      most = Math.max(most, running);
      for (let turns = 0; turns < 5 - (each % 3); turns += 1) await turn();
      running -= 1;
      return each;
    };
    const got: number[] = [];
    for await (const each of sideways(Array.from({ length: 20 }).keys(), 4, work)) got.push(each);
    expect(got).toEqual([...Array.from({ length: 20 }).keys()]);
    expect(most).toBe(4);
  });

  it("throws what one throws, after the others have ended, whichever it is", async () => {
    const ended: number[] = [];
    const work = async (each: number): Promise<void> => {
      if (each === 1) throw new Error("the second");
      for (let turns = 0; turns < 5; turns += 1) await turn();
      ended.push(each);
    };
    const all = async (): Promise<void> => {
      for await (const _ of sideways([0, 1, 2, 3], 3, work));
    };
    await expect(all()).rejects.toThrow("the second");
    const before = [...ended];
    for (let turns = 0; turns < 10; turns += 1) await turn();
    expect(ended).toEqual(before);
    expect(ended).toContain(0);
  });
});
