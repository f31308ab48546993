import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBudget } from "../../src/endpoint/budget.ts";
import { systemClock } from "../../src/endpoint/clock.ts";
import { open } from "../../src/endpoint/imap/index.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { type FaultProxy, startFaultProxy } from "../servers/fault-proxy.ts";
import { contextOf, specOf } from "./imap.ts";

describe("the connections of a mailbox", () => {
  let server: Dovecot;
  let proxy: FaultProxy;
  beforeAll(async () => {
    server = await startDovecot({ users: { few: "secret", many: "secret", more: "secret" } });
    proxy = await startFaultProxy({ to: server.port, record: false });
  });
  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });

  /** Makes folders side by side, and tells how many connections that took. */
  async function connectionsOf(user: string, wide: boolean): Promise<number> {
    const before = proxy.total.connections;
    const context = contextOf();
    const endpoint = await open("mail", specOf(proxy), context);
    const options = { signal: context.signal };
    const store = await endpoint.items.message?.({ user }, { ...options, use: "destination", wide });
    if (store === undefined) throw new Error("the endpoint holds no mail");
    await store.look(options);
    const paths = ["A", "B", "C", "D", "E", "F"].map((name) => [name]);
    const places = await Promise.all(paths.map((path) => store.place.create({ path }, options)));
    expect(places.map(({ path }) => path)).toEqual(paths);
    await store.close();
    await endpoint.close();
    return proxy.total.connections - before;
  }

  it("are several where few mailboxes are worked on, and one where it is one of many", async () => {
    expect(await connectionsOf("few", true)).toBeGreaterThan(1);
    expect(await connectionsOf("many", false)).toBe(1);
  });

  it("are kept for the next store within the limits, and given up for whoever else wants one", async () => {
    const limited = await startFaultProxy({ to: server.port });
    const context = contextOf({ budget: createBudget({ connections: 2 }, systemClock) });
    const options = { signal: context.signal, use: "source" } as const;
    const endpoint = await open("mail", specOf(limited), context);
    const useOne = async (user: string) => {
      const store = await endpoint.items.message?.({ user }, options);
      expect((await store?.look(options))?.places.length).toBeGreaterThan(0);
      await store?.close();
    };
    const use = (...users: readonly string[]) => Promise.all(users.map(useOne));
    const state = () => limited.connections.map((each) => each.open);
    try {
      await use("few", "many");
      await use("many", "few");
      expect(state()).toEqual([true, true]);
      await use("more");
      expect(state().toSorted()).toEqual([false, true, true]);
      await use("more", "few", "many");
      expect([1, 2]).toContain(state().filter(Boolean).length);
    } finally {
      await endpoint.close();
      await limited.stop();
    }
  });

  it("that nobody uses are closed for those that the server has no room for, however many come at once", async () => {
    const greeting = "* BYE Too many connections from your address\r\n";
    const full = await startFaultProxy({
      to: server.port,
      script: ({ index }) => (index === 1 || index === 2 ? { greeting } : {}),
    });
    const context = contextOf();
    const options = { signal: context.signal, use: "source" } as const;
    const endpoint = await open("mail", specOf(full), context);
    const opened = async (user: string) => endpoint.items.message?.({ user }, options);
    try {
      await (await opened("few"))?.close();
      expect(full.connections.map((each) => each.open)).toEqual([true]);
      const stores = await Promise.all([opened("many"), opened("more")]);
      expect(full.connections[0]?.seen("up").toString("latin1")).toMatch(/ LOGOUT\r\n$/);
      for (const store of stores) {
        expect((await store?.look(options))?.places.length).toBeGreaterThan(0);
        await store?.close();
      }
    } finally {
      await endpoint.close();
      await full.stop();
    }
  });
});
