import { describe, expect, it } from "vitest";
import { createPairs } from "../../../src/content/pair.ts";
import type { Endpoint } from "../../../src/contract/endpoint.ts";
import type { ItemStore } from "../../../src/contract/item-store.ts";
import { createBudget } from "../../../src/endpoint/budget.ts";
import { systemClock } from "../../../src/endpoint/clock.ts";
import type { MailboxResource } from "../../../src/model/resource.ts";

type Side = "source" | "destination";
const { signal } = new AbortController();
const mailbox = {
  source: { endpoint: "old", user: "ana" },
  destination: { endpoint: "new", user: "ana" },
} as unknown as MailboxResource;

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Both sides count against one limit, or each against its own; a login lasts until it is told that it ended. */
function world({ connections, shared }: { readonly connections: number; readonly shared: boolean }) {
  const one = createBudget({ connections }, systemClock);
  const budgets: Record<Side, ReturnType<typeof createBudget>> = {
    source: one,
    destination: shared ? one : createBudget({ connections }, systemClock),
  };
  const notes: string[] = [];
  const logins: { readonly name: string; end(error?: Error): void }[] = [];
  const pairs = createPairs(async (name) => ({ shares: shared ? "host" : name, connections }) as unknown as Endpoint);
  const openAs =
    (name: string) =>
    async (side: Side, admitted: () => void): Promise<ItemStore> => {
      const release = await budgets[side].connection(signal);
      admitted();
      notes.push(`${name} ${side}`);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      logins.push({ name: `${name} ${side}`, end: (error) => (error ? reject(error) : resolve()) });
      await promise.catch((thrown: unknown) => {
        release();
        throw thrown;
      });
      const close = async () => {
        notes.push(`${name} ${side} closed`);
        release();
      };
      return { close } as unknown as ItemStore;
    };
  const endAll = async (): Promise<void> => {
    await settle();
    for (const login of logins.splice(0)) login.end();
    await settle();
  };
  return { notes, logins, endAll, open: (name: string) => pairs.open(mailbox, openAs(name)) };
}

describe("the two sides of mailboxes", () => {
  it("log in side by side, also where both count against one limit", async () => {
    const { notes, open, endAll } = world({ connections: 4, shared: true });
    const both = Promise.all([open("ana"), open("bo")]);
    await settle();
    expect(notes).toEqual(["ana source", "ana destination", "bo source", "bo destination"]);
    await endAll();
    expect(await both).toHaveLength(2);
  });

  it("wait in one order, so that no two mailboxes hold what the other waits for", async () => {
    for (const shared of [true, false]) {
      const { open, endAll, notes } = world({ connections: shared ? 2 : 1, shared });
      const done = ["ana", "bo", "cy"].map(async (name) => {
        const { source, destination } = await open(name);
        await source.close();
        await destination.close();
      });
      for (let turn = 0; turn < 8; turn += 1) await endAll();
      await Promise.all(done);
      expect(notes.filter((note) => note.endsWith("closed"))).toHaveLength(6);
      expect(notes.indexOf("ana destination") < notes.indexOf("ana source")).toBe(!shared);
    }
  });

  it("are not left half open: what is open is closed where the other fails", async () => {
    const { open, logins, notes } = world({ connections: 2, shared: true });
    const failing = open("ana");
    const next = open("bo");
    await settle();
    logins.find(({ name }) => name === "ana destination")?.end();
    logins.find(({ name }) => name === "ana source")?.end(new Error("refused"));
    await expect(failing).rejects.toThrow("refused");
    expect(notes).toContain("ana destination closed");
    await settle();
    for (const login of logins.splice(0)) login.end();
    await expect(next).resolves.toHaveProperty("source");
  });

  it("are refused where a limit has no room for a pair", async () => {
    await expect(world({ connections: 1, shared: true }).open("ana")).rejects.toMatchObject({ code: "limits.tooFew" });
  });
});
