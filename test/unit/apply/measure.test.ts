import { describe, expect, it } from "vitest";
import type { Clock, Endpoint } from "../../../src/contract/endpoint.ts";
import { createMemoryDirectory } from "../../../src/endpoint/memory/directory.ts";
import { createMemoryEndpoint } from "../../../src/endpoint/memory/index.ts";
import { createMemoryItems } from "../../../src/endpoint/memory/items.ts";
import { addFolder, addMail } from "../../../src/endpoint/memory/mail.ts";
import type { Address } from "../../../src/model/address.ts";
import { Fault } from "../../../src/model/fault.ts";
import { body, mailbox, syncStep } from "./mailbox.ts";
import { applied, testClock } from "./world.ts";

const { signal } = new AbortController();
const broken = new Fault({ code: "line.cut", message: "cut", spoils: "mailbox", retry: { afterMs: 9000 }, about: "a" });

/** A system with one message of ana's that takes a minute to be opened and two seconds to be looked at; `breaks` looks break off then. */
function slow(name: string, clock: Clock, { mail = 0, breaks = 0 }): Endpoint {
  const items = createMemoryItems();
  const account = items.account(`ana@${name}`);
  const inbox = addFolder(account, { path: ["INBOX"] });
  for (let number = 0; number < mail; number += 1)
    addMail(account, inbox, { date: 0, marks: [], body: body(`message ${number}`) });
  let looks = 0;
  return {
    ...createMemoryEndpoint(name, createMemoryDirectory([]), items),
    items: {
      async message(owner) {
        await clock.wait(60_000, signal);
        const store = await items.open(owner);
        return {
          ...store,
          async look(options) {
            looks += 1;
            await clock.wait(2000, signal);
            if (looks <= breaks) throw broken;
            return store.look(options);
          },
        };
      },
    },
  };
}

async function measured(breaks: number, retry = true) {
  const clock = testClock();
  const [source, destination] = [slow("a", clock, { mail: 3, breaks }), slow("b", clock, {})];
  const box = mailbox("ana", "a", "b");
  const result = await applied([syncStep(box)], retry ? { a: source, b: destination } : { a: source, b: broken }, {
    resources: new Map<Address, typeof box>([[box.address, box]]),
    clock,
  });
  const measures = await result.state.runs.measures();
  await result.state.close();
  return { measures, states: result.outcomes.map(({ state }) => state) };
}

describe("what a pass takes", () => {
  it("is kept with what it did, without the wait for connections", async () => {
    const { measures } = await measured(0);
    const bytes = [0, 1, 2].reduce((sum, number) => sum + body(`message ${number}`).length, 0);
    expect(measures).toEqual([
      { source: "a", destination: "b", messages: 3, bytes, others: 0, seconds: expect.any(Number) as number },
    ]);
    expect(measures[0]?.seconds).toBeGreaterThanOrEqual(2);
    expect(measures[0]?.seconds).toBeLessThan(60);
  });

  it("is all tries together, without the wait between them", async () => {
    const [once, twice] = [await measured(0), await measured(1)];
    expect(twice.states).toEqual(["done"]);
    const more = (twice.measures[0]?.seconds ?? 0) - (once.measures[0]?.seconds ?? 0);
    expect(more).toBeGreaterThanOrEqual(2);
    expect(more).toBeLessThan(9);
  });

  it("is not kept of one that came to no end", async () => {
    expect(await measured(0, false)).toEqual({ measures: [], states: ["failed"] });
  });
});
