import { describe, expect, it } from "vitest";
import { createBudget } from "../../../../src/endpoint/budget.ts";
import { createParking, type Held } from "../../../../src/endpoint/imap/parking.ts";
import { Fault } from "../../../../src/model/fault.ts";

function setting(connections = 0) {
  let now = 1000;
  const clock = { now: () => now, wait: async () => undefined };
  const said: string[] = [];
  const held = (name: string, closed = false, release = (): void => void said.push(`${name} given back`)): Held => {
    const run = async ([command]: readonly unknown[]) => void said.push(`${name} ${String(command)}`);
    const destroy = (): void => void said.push(`${name} destroyed`);
    const line = { wire: { closed, run, destroy, idle: true, hasten: () => undefined } };
    return { line, release } as unknown as Held;
  };
  const budget = createBudget({ connections }, clock);
  const parking = createParking(clock, budget);
  return { parking, budget, held, said, later: (ms: number) => void (now += ms) };
}

const lineOf = (one: Held | undefined) => one?.line;
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("lines that wait for the next store", () => {
  it("are given to their user alone, once, and the last one first", () => {
    const { parking, held } = setting();
    const [one, two, other] = [held("one"), held("two"), held("other")];
    for (const each of [one, two]) expect(parking.keep("ada", each)).toBe(true);
    parking.keep("bob", other);
    const taken = [parking.take("ada"), parking.take("ada"), parking.take("ada")];
    expect(taken.map(lineOf)).toEqual([two.line, one.line, undefined]);
    expect(parking.take("bob")?.line).toBe(other.line);
  });

  it("are not given where the server closed them, nor after two minutes", async () => {
    const { parking, held, said, later } = setting();
    parking.keep("ada", held("old"));
    later(120_001);
    parking.keep("ada", held("closed", true));
    expect(parking.take("ada")).toBeUndefined();
    await settle();
    expect(said.toSorted()).toEqual([
      "closed LOGOUT",
      "closed destroyed",
      "closed given back",
      "old LOGOUT",
      "old destroyed",
      "old given back",
    ]);
  });

  it("are few where nobody says how many a server has room for, and end with their endpoint", async () => {
    const { parking, held, said } = setting();
    const kept = Array.from({ length: 33 }, (_, at) => parking.keep("ada", held(`${at}`)));
    expect(kept.filter((each) => !each)).toHaveLength(1);
    await parking.clear();
    expect(parking.closed).toBe(32);
    await parking.clear();
    expect(parking.closed).toBe(32);
    expect(said.filter((each) => each.endsWith("LOGOUT"))).toHaveLength(32);
    expect(parking.take("ada")).toBeUndefined();
  });

  it("are closed before whoever asked for room is told, whoever began to close them", async () => {
    const { parking, held } = setting();
    parking.keep("ada", held("one"));
    const first = parking.clear();
    await parking.clear();
    expect(parking.closed).toBe(1);
    await first;
  });

  it("are given up in a few seconds where the server says nothing any more", async () => {
    const { parking, budget, held, said } = setting(1);
    const { signal } = new AbortController();
    const back = await budget.connection(signal);
    const dumb = held("dumb", false, back);
    const silent = new Fault({ code: "connection.silent", message: "nothing was said", spoils: "item", about: "mail" });
    const ended = Promise.withResolvers<never>();
    const hasten = (ms: number): void => {
      said.push(`dumb hastened to ${ms}`);
      ended.reject(silent);
    };
    Object.assign(dumb.line.wire, { run: () => ended.promise, hasten });
    parking.keep("ada", dumb);
    await budget.connection(signal);
    expect(said).toEqual(["dumb hastened to 5000", "dumb destroyed"]);
    await parking.clear();
  });

  it("are as many as the limits have for nobody else, and are given up for whoever waits for one", async () => {
    const { parking, budget, held, said } = setting(40);
    const { signal } = new AbortController();
    const backs = await Promise.all(Array.from({ length: 40 }, () => budget.connection(signal)));
    const kept = backs.map((back, at) => parking.keep(`user ${at}`, held(`${at}`, false, back)));
    expect(kept.every(Boolean)).toBe(true);
    await budget.connection(signal);
    expect(said).toEqual(["0 LOGOUT", "0 destroyed"]);
    expect(parking.take("user 0")).toBeUndefined();
    const taken = parking.take("user 1");
    const waiting = [budget.connection(signal), budget.connection(signal)];
    expect(parking.keep("user 1", taken as Held)).toBe(false);
    await Promise.all(waiting);
    expect(parking.keep("user 1", taken as Held)).toBe(true);
    expect(said.filter((each) => each.endsWith("LOGOUT"))).toEqual(["0 LOGOUT", "2 LOGOUT", "3 LOGOUT"]);
  });
});
