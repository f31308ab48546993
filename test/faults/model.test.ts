/** Two users at their mailboxes, passes between what they do, and lines cut anywhere: what comes of it is what a simple model says. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { without } from "../servers/packages.ts";
import { type Act, acts, createModel, type Model, perform, quiet, spotsOf } from "./model.ts";
import { enter, type Side } from "./rig.ts";
import { createSetting, usersFor } from "./setting.ts";
import { runs, seed } from "./steps.ts";

async function shown(side: Side) {
  const client = await enter(side);
  const spots = await spotsOf(client);
  await client.close();
  return spots;
}

/** What must be at the destination, and what may be. */
function expectModel(model: Model, destination: Awaited<ReturnType<typeof shown>>): void {
  const now = destination.map(({ token }) => token);
  expect(now).toEqual([...new Set(now)]);
  const wanted = [...model.messages].filter(([, one]) => one.there && !one.deleted).map(([token]) => token);
  expect(now).toEqual(expect.arrayContaining(wanted));
  // Of one that came back to a folder that it had left, with its copy gone, nothing tells that it is not another.
  const isDeleted = (token: string): boolean => {
    const one = model.messages.get(token);
    return one?.deleted === true && one.moves < 2;
  };
  expect(now.filter(isDeleted)).toEqual([]);
  for (const { token, flags } of destination) {
    const one = model.messages.get(token);
    const both = wanted.includes(token);
    const due = [one?.answered === true && "\\Answered", one?.flagged === true && "\\Flagged"];
    const own = due.filter((flag) => flag !== false);
    expect(own, `marks of ${token}`).toEqual(expect.arrayContaining([...flags]));
    expect(both ? flags : own, `marks of ${token}`).toEqual(own);
  }
}

describe.skipIf(without("dovecot"))("whatever users do between passes, and wherever lines are cut", () => {
  const count = Math.ceil(runs / 2);
  let server: Dovecot;
  beforeAll(async () => {
    server = await startDovecot({ users: usersFor(20 * count) });
  });
  afterAll(() => server.stop());

  const expectRight = async (all: readonly Act[]): Promise<void> => {
    const one = await createSetting({ from: server, to: server, spec: { timeout: 60 } });
    const model = createModel();
    const client = await enter(one.source);
    await client.create("Work");
    await client.close();
    try {
      for (const act of all) await perform(server, one, model, act);
      await quiet(one, model);
      expectModel(model, await shown(one.destination));
      const { steps, unread } = await one.rig.plan();
      expect([steps, unread]).toEqual([[], []]);
    } finally {
      await one.close();
    }
  };

  it(
    `each message is there once, as a model says (seed ${seed}, ${count} runs)`,
    { timeout: 60_000 + count * 30_000 },
    async () => {
      console.info(`users, passes and cuts: seed ${seed}, ${count} runs`);
      const property = fc.asyncProperty(fc.array(acts, { minLength: 4, maxLength: 16 }), expectRight);
      await fc.assert(property, {
        numRuns: count,
        seed,
        interruptAfterTimeLimit: 40_000 + count * 20_000,
        markInterruptAsFailure: true,
      });
    },
  );
});
