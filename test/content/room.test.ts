import { describe, expect, it } from "vitest";
import type { ItemStore, Room } from "../../src/contract/item-store.ts";
import { createWorld, put, shown, type World } from "./world.ts";

async function within(traits: Parameters<typeof createWorld>[0], test: (world: World) => Promise<void>): Promise<void> {
  const world = await createWorld(traits);
  try {
    await test(world);
  } finally {
    await world.close();
  }
}

const codes = async (world: World): Promise<readonly string[]> => (await world.plan()).findings.map(({ code }) => code);

describe("a plan tells beforehand", () => {
  it("which messages are larger than the destination takes", () =>
    within({ destination: { maxSize: 400 } }, async (world) => {
      put(world.source, ["INBOX"], { token: "small" });
      put(world.source, ["INBOX"], { token: "large", subject: "x".repeat(1000) });
      const [finding] = (await world.plan()).findings;
      expect(finding).toMatchObject({ code: "room.tooLarge", severity: "warning" });
      expect(finding?.message).toContain("1 of those");
    }));

  it("that a quota will not hold what comes", () =>
    within({ destination: { quota: 300 } }, async (world) => {
      put(world.source, ["INBOX"], { token: "a", subject: "x".repeat(1000) });
      expect(await codes(world)).toEqual(["room.full"]);
    }));

  it("nothing where all fits", () =>
    within({ destination: { quota: 100_000, maxSize: 10_000 } }, async (world) => {
      put(world.source, ["INBOX"], { token: "a" });
      expect(await codes(world)).toEqual([]);
    }));
});

describe("keywords that the destination refuses", () => {
  const kept = ["\\Seen", "\\Answered", "\\Flagged", "\\Draft", "\\Deleted", "work"];

  it("are told by name and count, before and after, and their messages go", () =>
    within({ destination: { marks: kept } }, async (world) => {
      put(world.source, ["INBOX"], { token: "a", marks: ["\\Seen", "work", "$Label1"] });
      put(world.source, ["INBOX"], { token: "b", marks: ["$Label1", "odd"] });
      const told = { code: "marks.unkept", message: expect.stringContaining("$Label1 (2), odd (1)") as string };
      expect((await world.plan()).findings).toMatchObject([told]);
      const { findings, tally } = await world.pass();
      expect(findings).toMatchObject([told]);
      expect(tally.copied).toBe(2);
      expect((await world.plan()).counts.marks).toBe(0);
    }));
});

describe("what was refused", () => {
  const refusing = { code: "server.refused", message: "Not now", spoils: "item" } as const;
  const refuses = (store: ItemStore): ItemStore => ({
    ...store,
    write: async (items) => items.map(({ key }) => ({ key, fault: refusing })),
  });

  it("is planned again where nobody can know whether the reason has gone", () =>
    within({}, async (world) => {
      put(world.source, ["INBOX"], { token: "a" });
      expect((await world.pass({ wrap: { destination: refuses } })).tally).toMatchObject({ copied: 0, pending: 1 });
      expect((await world.plan()).counts).toMatchObject({ copy: 1, pending: 0 });
      expect((await world.pass()).tally).toMatchObject({ copied: 1, pending: 0 });
      expect((await world.plan()).counts).toMatchObject({ copy: 0, pending: 0 });
    }));

  const limited =
    (code: string, room: Room) =>
    (store: ItemStore): ItemStore => ({
      ...store,
      look: async (options) => ({ ...(await store.look(options)), room }),
      write: async (items) => items.map(({ key }) => ({ key, fault: { ...refusing, code } })),
    });

  it.each([
    ["item.tooLarge", { item: 400 }],
    ["mailbox.full", { bytes: 300 }],
    ["mailbox.full", { items: 0 }],
  ])("waits while the reason stands, and is planned again once it has gone: %s", (code, room) =>
    within({}, async (world) => {
      const small = { wrap: { destination: limited(code, room) } };
      put(world.source, ["INBOX"], { token: "a", subject: "x".repeat(1000) });
      expect((await world.pass(small)).tally).toMatchObject({ copied: 0, pending: 1 });
      expect((await world.plan(small)).counts).toMatchObject({ copy: 0, pending: 1 });
      expect((await world.plan()).counts).toMatchObject({ copy: 1, pending: 0 });
      expect((await world.pass()).tally).toMatchObject({ copied: 1, pending: 0 });
    }),
  );
});

it("what was refused before keeps no folder's mail from arriving", () =>
  within({ destination: { quota: 500 } }, async (world) => {
    put(world.source, ["INBOX"], { token: "large", subject: "x".repeat(1000) });
    expect(await world.pass()).toMatchObject({ tally: { copied: 0, pending: 1 }, fault: { code: "mailbox.full" } });
    put(world.source, ["Work"], { token: "small" });
    expect(await world.pass()).toMatchObject({ tally: { copied: 1, pending: 1 }, fault: { code: "mailbox.full" } });
    expect(shown(world.destination)).toEqual(["Work: small[]"]);
  }));

const dumb = (store: ItemStore): ItemStore => ({
  ...store,
  look: async (options) => {
    const look = await store.look(options);
    const silent = look.places.find((place) => place.path[0] === "Dumb")?.id;
    return { ...look, feeds: look.feeds.filter((feed) => feed.id !== silent) };
  },
});

it("a folder that a look cannot count is unread, not empty", () =>
  within({}, async (world) => {
    put(world.source, ["INBOX"], { token: "a" });
    put(world.source, ["Dumb"], { token: "b" });
    const { findings, tally } = await world.pass({ wrap: { source: dumb } });
    expect(tally.copied).toBe(1);
    expect(findings.map(({ code, severity }) => [code, severity])).toEqual([["look.incomplete", "error"]]);
  }));
