/** What a flag says beside that it is set: it goes along where the destination keeps it, and is told where it does not. */
import { afterEach, expect, it } from "vitest";
import type { ItemStore } from "../../src/contract/item-store.ts";
import type { FlagDetail } from "../../src/model/item.ts";
import { createWorld, put, type World } from "./world.ts";

let world: World;
afterEach(() => world.close());

const flag: FlagDetail = { due: { dateTime: "2024-06-01T00:00:00", timeZone: "UTC" } };

/** A source that knows when every flag is due. */
const dated = (store: ItemStore): ItemStore => ({
  ...store,
  async *read(place, ids, options) {
    for await (const item of store.read(place, ids, options))
      yield item.marks.includes("\\Flagged") ? { ...item, flag } : item;
  },
});

it.each([true, false])("of a destination that keeps it: %s", async (keeps) => {
  world = await createWorld();
  put(world.source, ["INBOX"], { token: "a", marks: ["\\Flagged"] });
  put(world.source, ["INBOX"], { token: "b" });
  const came: (FlagDetail | undefined)[] = [];
  const taking = (store: ItemStore): ItemStore => ({
    ...store,
    ...(keeps && { flags: true }),
    write(items, options) {
      came.push(...items.map((item) => item.flag));
      return store.write(items, options);
    },
  });
  const { findings } = await world.pass({ wrap: { source: dated, destination: taking } });
  expect(came).toEqual([flag, undefined]);
  expect(findings.map(({ code, detail }) => [code, detail])).toEqual(keeps ? [] : [["flags.undated", { messages: 1 }]]);
  expect((await world.pass({ wrap: { source: dated, destination: taking } })).findings).toEqual([]);
});
