/** A fault at every step of a first pass over several connections: a rerun has every message once, with its own flags, and nothing to do. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { without } from "../servers/packages.ts";
import { fill, held, tokens } from "./rig.ts";
import { createSetting, type Setting, usersFor } from "./setting.ts";
import { allAt, type Case, cutsAt, expectEach, faultsAt, runs, seed, someOf, type Step, stepsOf } from "./steps.ts";

/** Folder and message, without size and flags. */
const names = (lines: readonly string[]): string[] => lines.map((line) => line.split(" ", 2).join(" "));

describe.skipIf(without("dovecot"))("a fault at a step of a first pass", () => {
  let server: Dovecot;
  let steps: readonly Step[];
  /** What is at the source. */
  let laid: readonly string[];

  /** From a mailbox that all passes share, for they only read it. */
  const begin = (spec: { timeout: number }, destinationUser?: string): Promise<Setting> => {
    const user = destinationUser === undefined ? {} : { destinationUser };
    return createSetting({ from: server, to: server, sourceUser: "source", spec, ...user });
  };

  beforeAll(async () => {
    server = await startDovecot({ users: { source: "secret", ...usersFor(300 + 6 * runs) } });
    const source = { at: server, user: "source" };
    await fill(source, { INBOX: tokens("i", 4), Work: tokens("w", 3), Later: ["twice", "twice"] });
    laid = await held(source);
  });
  afterAll(() => server.stop());

  it("is one of many, in several folders at once", async () => {
    const one = await begin({ timeout: 60 });
    const { steps: plan } = await one.rig.plan();
    const planned = one.proxies.destination.total.connections;
    steps = await stepsOf(one, () => one.rig.carry(plan));
    expect(one.proxies.destination.total.connections - planned).toBeGreaterThan(1);
    expect(await held(one.destination)).toEqual(laid);
    const kinds = Object.entries(Object.groupBy(steps, ({ side, mark }) => `${side} ${mark}`));
    console.info(kinds.map(([kind, all]) => `${kind}: ${all?.length}`).join(", "));
    expect(kinds.map(([kind]) => kind).toSorted()).toEqual([
      "destination answer",
      "destination command",
      "destination sent literal",
      "source answer",
      "source command",
      "source received literal",
    ]);
  });

  const expectWhole = async ({ rig, destination }: Setting): Promise<void> => {
    expect(await held(destination)).toEqual(laid);
    const { steps: left, unread } = await rig.plan();
    expect([left, unread]).toEqual([[], []]);
  };

  /** What befell it may have kept something from coming; nothing came that is not at the source, or more often. */
  const expectNoneTwice = async ({ destination }: Setting): Promise<void> => {
    const rest = names(laid);
    for (const name of names(await held(destination))) {
      expect(rest).toContain(name);
      rest.splice(rest.indexOf(name), 1);
    }
  };

  const harmed = async ({ step, harm }: Case, remembered: boolean): Promise<void> => {
    const spec = { timeout: harm.startsWith("swallowed") ? 1 : 60 };
    const one = await begin(spec);
    const { steps: plan } = await one.rig.plan();
    one.use(faultsAt(step, harm));
    const { outcomes } = await one.rig.carry(plan);
    // A cut ends nothing, wherever it is: the same run goes on.
    if (harm.startsWith("cut")) expect(outcomes).toMatchObject([{ state: "done" }]);
    one.use();
    spec.timeout = 60;
    await expectNoneTwice(one);
    const again = remembered ? one : await begin(spec, one.destination.user);
    await again.rig.apply();
    await expectWhole(again);
    await Promise.all([one.close(), again.close()]);
  };

  it("may be a cut, at each literal and each tagged answer", { timeout: 600_000 }, async () => {
    await expectEach(cutsAt(steps), 4, (one) => harmed(one, true));
  });

  it(`may be anything else (seed ${seed}, ${2 * runs} runs)`, { timeout: 60_000 + runs * 20_000 }, async () => {
    console.info(`anything else at a step: seed ${seed}, ${2 * runs} runs`);
    await expectEach(someOf(allAt(steps), 2 * runs), 4, (one) => harmed(one, true));
  });

  it(`may take the state with it (seed ${seed}, ${runs} runs)`, { timeout: 60_000 + runs * 10_000 }, async () => {
    console.info(`the state lost after a cut: seed ${seed}, ${runs} runs`);
    await expectEach(someOf(cutsAt(steps), runs), 4, (one) => harmed(one, false));
  });
});
