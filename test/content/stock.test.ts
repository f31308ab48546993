import { expect, it } from "vitest";
import type { ItemStore } from "../../src/contract/item-store.ts";
import { Fault } from "../../src/model/fault.ts";
import { createWorld, put } from "./world.ts";

it("after a pass that wrote, the next one reads nothing at either side", async () => {
  const world = await createWorld();
  try {
    put(world.source, ["INBOX"], { token: "a" });
    put(world.source, ["Work"], { token: "b" });
    expect((await world.pass()).tally.copied).toBe(2);
    const read: string[] = [];
    const listening = (store: ItemStore): ItemStore => ({
      ...store,
      changes: (feed, since, options) => {
        read.push(feed.id);
        return store.changes(feed, since, options);
      },
    });
    const { counts } = await world.plan({ wrap: { source: listening, destination: listening } });
    expect(counts).toMatchObject({ copy: 0, present: 2, marks: 0 });
    expect(read).toEqual([]);
  } finally {
    await world.close();
  }
});

it("a look back that has lost its cursor reads nothing whole by a look of before the copy", async () => {
  const world = await createWorld();
  try {
    put(world.source, ["INBOX"], { token: "a" });
    // How many messages there were, as a whole reading was told.
    const whole: number[] = [];
    const expired = (store: ItemStore): ItemStore => ({
      ...store,
      changes: (feed, since, options) => {
        const facts = { code: "cursor.expired", message: "gone", spoils: "mailbox", retry: "later" } as const;
        if (since !== undefined) throw new Fault(facts);
        whole.push(feed.count);
        return store.changes(feed, since, options);
      },
    });
    expect((await world.pass({ wrap: { destination: expired } })).tally.copied).toBe(1);
    expect(whole).toEqual([0, 1]);
    expect((await world.plan()).counts).toMatchObject({ copy: 0, present: 1 });
  } finally {
    await world.close();
  }
});
