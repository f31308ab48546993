import { expect, it } from "vitest";
import type { ItemStore } from "../../src/contract/item-store.ts";
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
