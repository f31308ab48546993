import { describe, expect, it } from "vitest";
import type { Endpoint } from "../../../src/contract/endpoint.ts";
import { createBudget } from "../../../src/endpoint/budget.ts";
import { createMemoryDirectory } from "../../../src/endpoint/memory/directory.ts";
import { createMemoryEndpoint } from "../../../src/endpoint/memory/index.ts";
import { createMemoryItems } from "../../../src/endpoint/memory/items.ts";
import { addFolder, addMail } from "../../../src/endpoint/memory/mail.ts";
import type { Address } from "../../../src/model/address.ts";
import type { Tally } from "../../../src/model/event.ts";
import { Fault } from "../../../src/model/fault.ts";
import type { Step } from "../../../src/model/plan.ts";
import type { MailboxResource } from "../../../src/model/resource.ts";
import { summaryText } from "../../../src/report/summary.ts";
import { tallyLine } from "../../../src/report/tally.ts";
import { body, mailbox, syncStep } from "./mailbox.ts";
import { applied, planOf, testClock } from "./world.ts";

const users = ["ana", "bo", "cy", "dee"];

/** A mail system in memory that gives out so many connections, and tells in `opened` whose it gave them to. */
function mailSystem(
  name: string,
  connections: number,
  opened: string[] = [],
  budget = createBudget({ connections }, testClock()),
): Endpoint {
  const items = createMemoryItems();
  for (const user of users) {
    const account = items.account(`${user}@${name}`);
    const body = new TextEncoder().encode(`Message-ID: <${user}@${name}>\r\nSubject: ${user}\r\n\r\nbody\r\n`);
    addMail(account, addFolder(account, { path: ["INBOX"] }), { date: 0, marks: [], body });
  }
  const endpoint = createMemoryEndpoint(name, createMemoryDirectory([]), items);
  return {
    ...endpoint,
    items: {
      async message(owner, options) {
        const giveBack = await budget.connection(options.signal);
        opened.push(owner.user);
        const store = await items.open(owner);
        return { ...store, close: () => store.close().finally(giveBack) };
      },
    },
  };
}

async function sync(
  mailboxes: readonly MailboxResource[],
  endpoints: Readonly<Record<string, Endpoint | Error>>,
  options: { readonly steps?: readonly Step[]; readonly parallel?: number } = {},
) {
  const resources = new Map<Address, MailboxResource>(mailboxes.map((each) => [each.address, each]));
  const result = await applied(options.steps ?? mailboxes.map((each) => syncStep(each)), endpoints, {
    resources,
    parallel: options.parallel ?? 8,
  });
  await result.state.close();
  return result;
}

describe("the content of mailboxes", () => {
  it("flows between two endpoints that share the limits of one host, also where these allow no second pair", async () => {
    const budget = createBudget({ connections: 2 }, testClock());
    const on = (name: string): Endpoint => ({ ...mailSystem(name, 0, [], budget), shares: "one host", connections: 2 });
    const mailboxes = users.map((user) => mailbox(user, "a", "b"));
    const { outcomes } = await sync(mailboxes, { a: on("a"), b: on("b") });
    expect(outcomes.map(({ state }) => state)).toEqual(users.map(() => "done"));
  });

  it("is refused where one host allows one connection, for a pair would wait for ever", async () => {
    const few = { shares: "one host", connections: 1 };
    const systems = { a: { ...mailSystem("a", 1), ...few }, b: { ...mailSystem("b", 1), ...few } };
    const { outcomes } = await sync([mailbox("ana", "a", "b")], systems);
    expect(outcomes.map(({ fault }) => fault?.code)).toEqual(["limits.tooFew"]);
  });

  it("flows both ways between systems of one connection each, and inside one of two, without anybody waiting for ever", async () => {
    const mailboxes = users.flatMap((user) => [
      mailbox(user, "a", "b"),
      mailbox(user, "b", "a"),
      mailbox(user, "c", "c"),
      mailbox(user, "a", "c"),
    ]);
    const result = await sync(mailboxes, { a: mailSystem("a", 1), b: mailSystem("b", 1), c: mailSystem("c", 2) });
    expect(result.outcomes.map(({ state, fault }) => fault?.message ?? state)).toEqual(mailboxes.map(() => "done"));
    expect(result.outcomes.map(({ tally }) => tally?.copied)).toEqual(mailboxes.map(() => 1));
  });

  it("goes by wave, then by priority, then the most first", async () => {
    const opened: string[] = [];
    const [ana, bo, cy, dee] = [
      mailbox("ana", "a", "b", { wave: 2 }),
      mailbox("bo", "a", "b", { wave: 1 }),
      mailbox("cy", "a", "b", { wave: 1 }),
      mailbox("dee", "a", "b", { wave: 2, priority: 5 }),
    ];
    const steps = [syncStep(ana, 9), syncStep(bo, 1), syncStep(cy, 7), syncStep(dee, 2)];
    await sync([ana, bo, cy, dee], { a: mailSystem("a", 1, opened), b: mailSystem("b", 1) }, { steps, parallel: 1 });
    expect(opened).toEqual(["cy@a", "bo@a", "dee@a", "ana@a"]);
  });

  it("is opened for what it is used for: a source only to be read", async () => {
    const uses: string[] = [];
    const told = (name: string): Endpoint => {
      const system = mailSystem(name, 1);
      return {
        ...system,
        items: {
          async message(owner, options) {
            uses.push(`${owner.user} ${options.use}`);
            return (system.items.message as NonNullable<Endpoint["items"]["message"]>)(owner, options);
          },
        },
      };
    };
    await sync([mailbox("ana", "a", "b"), mailbox("bo", "b", "a")], { a: told("a"), b: told("b") }, { parallel: 1 });
    expect(uses.toSorted()).toEqual(["ana.a@b destination", "ana@a source", "bo.b@a destination", "bo@b source"]);
  });

  it("of a mailbox that the manifests no longer name so is left alone", async () => {
    const planned = syncStep(mailbox("ana", "a", "b"));
    const other = mailbox("ana", "a", "b", { source: { endpoint: "a", user: "bo@a" } });
    const { outcomes } = await sync([other], { a: mailSystem("a", 1), b: mailSystem("b", 1) }, { steps: [planned] });
    expect(outcomes.map(({ state, fault }) => [state, fault?.code])).toEqual([["failed", "plan.stale"]]);
  });

  it("elsewhere goes on when one system is down", async () => {
    const mailboxes = [mailbox("ana", "a", "b"), mailbox("ana", "c", "c"), mailbox("bo", "a", "b")];
    const down = new Fault({ code: "endpoint.down", message: "no answer", about: "b", spoils: "endpoint" });
    const { told } = await sync(mailboxes, { a: mailSystem("a", 1), b: down, c: mailSystem("c", 2) }, { parallel: 1 });
    expect(told.toSorted()).toEqual(["mailbox/ana.a@b failed", "mailbox/ana.c@c done", "mailbox/bo.a@b skipped"]);
  });

  it("that is spoilt half-way is told and recorded as failed, and every message of the source is in its numbers", async () => {
    const full = new Fault({ code: "quota.full", message: "The mailbox is full", spoils: "mailbox", retry: "later" });
    const planned = mailbox("ana", "a", "b");
    const system = mailSystem("b", 1);
    const spoilt: Endpoint = {
      ...system,
      items: {
        async message(owner, options) {
          const store = await system.items.message?.(owner, options);
          if (store === undefined) throw new Error("It holds mail");
          return { ...store, write: () => Promise.reject(full) };
        },
      },
    };
    const result = await applied(
      [syncStep(planned)],
      { a: mailSystem("a", 1), b: spoilt },
      {
        resources: new Map([[planned.address, planned]]),
      },
    );
    const recorded = await result.state.runs.steps(result.run);
    await result.state.close();
    const [outcome] = result.outcomes;
    expect(outcome).toMatchObject({ state: "failed", fault: { code: "quota.full" }, tally: { copied: 0, pending: 1 } });
    expect(recorded).toMatchObject([{ state: "failed", fault: { code: "quota.full" }, tally: { pending: 1 } }]);
    expect(result.events.map(({ type }) => type)).toContain("step.failed");
    const text = summaryText({ plan: planOf([]), ...result, pending: [], took: 0 }, { color: false });
    expect(text).toContain("failed   mailbox/ana.a@b: The mailbox is full");
    expect(text).toContain("of 1 message at the source: 1 pending");
  });

  it("is in its numbers, each message of the source once: copied, taken over, too large, too old", async () => {
    const items = createMemoryItems();
    const account = items.account("ana@a");
    const inbox = addFolder(account, { path: ["INBOX"] });
    const seeded = ["one", "two", "three", "large", "old"];
    for (const text of seeded) {
      const date = Date.UTC(text === "old" ? 2020 : 2026, 0, 1);
      addMail(account, inbox, { date, marks: [], body: body(text === "large" ? text.repeat(500) : text) });
    }
    const there = items.account("ana.a@b");
    addMail(there, addFolder(there, { path: ["INBOX"] }), { date: Date.UTC(2026, 0, 1), marks: [], body: body("one") });
    const endpoint = createMemoryEndpoint("both", createMemoryDirectory([]), items);
    const planned = mailbox("ana", "a", "b", { messages: { since: "2025-01-01", maxSize: 400 } });
    const { outcomes } = await sync([planned], { a: endpoint, b: endpoint });
    const { tally } = outcomes[0] ?? {};
    expect(tally).toMatchObject({ copied: 2, adopted: 1, skipped: 1, outside: 1, pending: 0 });
    const { copied, adopted, present, moved, deletedByUser, skipped, pending, unknown, outside, late } = tally as Tally;
    const fates = [copied, adopted, present, moved, deletedByUser, skipped, pending, unknown, outside, late];
    expect(fates.reduce((sum, count) => sum + count)).toBe(seeded.length);
    expect(tallyLine(tally as Tally)).toMatch(/^of 5 messages at the source/u);
  });
});
