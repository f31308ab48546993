import { describe, expect, it } from "vitest";
import { applyPlan } from "../../../src/apply/apply.ts";
import { followPlan } from "../../../src/apply/follow.ts";
import { createByteBudget } from "../../../src/content/bytes.ts";
import { createMemoryDirectory } from "../../../src/endpoint/memory/directory.ts";
import { createMemoryEndpoint } from "../../../src/endpoint/memory/index.ts";
import { createMemoryItems } from "../../../src/endpoint/memory/items.ts";
import { addFolder, addMail, type Folder, markMail, removeMail } from "../../../src/endpoint/memory/mail.ts";
import { openState } from "../../../src/state/sqlite/open.ts";
import { body, mailbox } from "./mailbox.ts";
import { planOf, testClock } from "./world.ts";

const ana = mailbox("ana", "a", "b", { mode: "mirror" });
const users = { a: "ana@a", b: "ana.a@b" };

/** Two mailboxes in memory, a state, and passes between two plans. */
async function createWorld() {
  const items = { a: createMemoryItems(), b: createMemoryItems() };
  const clock = testClock();
  const state = await openState({ path: ":memory:", migration: "test", clock });
  const lease = await state.acquire({ host: "h", pid: process.pid, started: "", user: "u", command: "test" });
  const signal = new AbortController().signal;
  const connect = async (name: string) =>
    createMemoryEndpoint(name, createMemoryDirectory([]), items[name as keyof typeof items]);
  return {
    inbox: (name: keyof typeof items): Folder => addFolder(items[name].account(users[name]), { path: ["INBOX"] }),
    account: (name: keyof typeof items) => items[name].account(users[name]),
    close: () => state.close(),
    async pass() {
      const run = await state.runs.begin(lease, { command: "test", begun: clock.now() });
      const { outcomes } = await applyPlan({
        plan: followPlan({ ...planOf([]), recopy: true }, [ana]),
        resources: new Map([[ana.address, ana]]),
        connect,
        secret: async () => "",
        state,
        lease,
        run,
        bytes: createByteBudget(1 << 20),
        parallel: 1,
        additive: true,
        emit: () => {},
        stops: { soft: signal, hard: signal },
        clock,
      });
      return { outcome: outcomes[0], recorded: await state.runs.steps(run) };
    },
  };
}

describe("a pass between two plans", () => {
  it("takes what no plan has seen, follows marks, and removes nothing that left the source", async () => {
    const world = await createWorld();
    const [source, there] = [world.account("a"), world.inbox("b")];
    const one = addMail(source, world.inbox("a"), { date: 0, marks: [], body: body("one") });
    const two = addMail(source, world.inbox("a"), { date: 0, marks: [], body: body("two") });
    expect((await world.pass()).outcome).toMatchObject({ state: "done", tally: { copied: 2, late: 0 } });
    removeMail(source, world.inbox("a"), one.uid);
    markMail(source, two, ["\\Flagged"]);
    addMail(source, world.inbox("a"), { date: 0, marks: [], body: body("three") });
    expect((await world.pass()).outcome).toMatchObject({
      state: "done",
      tally: { copied: 1, marked: 1, removed: 0, pending: 0 },
    });
    expect(
      [...there.mails.values()].map(({ body, marks }) => [Buffer.from(body).toString().slice(13, 18), marks]),
    ).toEqual([
      ["one@a", []],
      ["two@a", ["\\Flagged"]],
      ["three", []],
    ]);
    await world.close();
  });

  it("is recorded mailbox by mailbox only where something happened", async () => {
    const world = await createWorld();
    addMail(world.account("a"), world.inbox("a"), { date: 0, marks: [], body: body("one") });
    expect((await world.pass()).recorded).toMatchObject([{ address: ana.address, tally: { copied: 1 } }]);
    const quiet = await world.pass();
    expect(quiet.outcome).toMatchObject({ state: "done", tally: { copied: 0, present: 1 } });
    expect(quiet.recorded).toEqual([]);
    await world.close();
  });
});
