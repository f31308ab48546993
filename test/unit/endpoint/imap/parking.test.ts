import { describe, expect, it } from "vitest";
import type { Line } from "../../../../src/endpoint/imap/connect.ts";
import { createParking } from "../../../../src/endpoint/imap/parking.ts";

function setting() {
  let now = 1000;
  const clock = { now: () => now, wait: async () => undefined };
  const said: string[] = [];
  const line = (name: string, closed = false): Line => {
    const run = async ([command]: readonly unknown[]) => void said.push(`${name} ${String(command)}`);
    return { wire: { closed, run, destroy: () => void said.push(`${name} destroyed`) } } as unknown as Line;
  };
  return { parking: createParking(clock), line, said, later: (ms: number) => void (now += ms) };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("lines that wait for the next store", () => {
  it("are given to their user alone, once, and the last one first", () => {
    const { parking, line } = setting();
    const [one, two, other] = [line("one"), line("two"), line("other")];
    for (const each of [one, two]) expect(parking.keep("ada", each)).toBe(true);
    parking.keep("bob", other);
    expect([parking.take("ada"), parking.take("ada"), parking.take("ada")]).toEqual([two, one, undefined]);
    expect(parking.take("bob")).toBe(other);
  });

  it("are not given where the server closed them, nor after half a minute", async () => {
    const { parking, line, said, later } = setting();
    parking.keep("ada", line("old"));
    later(30_001);
    parking.keep("ada", line("closed", true));
    expect(parking.take("ada")).toBeUndefined();
    await settle();
    expect(said).toEqual(["old LOGOUT", "old destroyed"]);
  });

  it("are few, and end with their endpoint", async () => {
    const { parking, line, said } = setting();
    const kept = Array.from({ length: 33 }, (_, at) => parking.keep("ada", line(`${at}`)));
    expect(kept.filter((each) => !each)).toHaveLength(1);
    await parking.clear();
    expect(parking.closed).toBe(32);
    await parking.clear();
    expect(parking.closed).toBe(32);
    expect(said.filter((each) => each.endsWith("LOGOUT"))).toHaveLength(32);
    expect(parking.take("ada")).toBeUndefined();
  });

  it("are closed before whoever asked for room is told, whoever began to close them", async () => {
    const { parking, line } = setting();
    parking.keep("ada", line("one"));
    const first = parking.clear();
    await parking.clear();
    expect(parking.closed).toBe(1);
    await first;
  });
});
