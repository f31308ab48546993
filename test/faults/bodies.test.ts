/** A body that cannot be compared: what may only have moved, or be there, waits for the next pass, and is neither copied nor removed. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import type { Answer, Rules, Trap } from "../servers/fault-proxy.ts";
import { tallyOf } from "../servers/fault-rules.ts";
import { without } from "../servers/packages.ts";
import { handOf, uidOf } from "./midway.ts";
import { fill, held, letter, tokens } from "./rig.ts";
import { createSetting, expectWhole, type Setting, usersFor } from "./setting.ts";

type Side = "source" | "destination";

/** As often as one body is asked for in a pass: a read after it would come through. */
const broken = (token: string, times = 3): Trap => ({ way: "down", on: new RegExp(`${token} x+`), times });
const refused = (): Answer => ({
  on: /^(\S+) UID FETCH .*BODY\.PEEK\[\].*/,
  reply: "$1 BAD Error in IMAP command\r\n",
});

const harms: Readonly<Record<string, (token: string) => Rules>> = {
  "breaks off three times": (token) => ({ traps: [broken(token)] }),
  "is refused": () => ({ answers: [refused()] }),
};

const expectHarmed = ({ traps = [], answers = [] }: Rules): void => {
  for (const rule of [...traps, ...answers]) expect(tallyOf(rule).done).toBe(rule.times ?? 1);
};

async function moveAtSource(one: Setting): Promise<void> {
  const hand = await handOf(one.source);
  await hand.move("Work", await uidOf(hand, "Work", "w1"), "Later");
}

const names = (lines: readonly string[]): string[] => lines.map((line) => line.split(" ", 2).join(" "));

describe.skipIf(without("dovecot")).each(Object.entries(harms))("a body that, while it is compared, %s", (_, harm) => {
  let server: Dovecot;
  beforeAll(async () => {
    server = await startDovecot({ users: usersFor(24) });
  });
  afterAll(() => server.stop());

  const begin = async (mode: "copy" | "mirror" = "copy"): Promise<Setting> => {
    const one = await createSetting({ from: server, to: server, spec: { timeout: 60 }, rest: { rest: { mode } } });
    await fill(one.source, { INBOX: tokens("i", 3), Work: tokens("w", 3), Later: ["l0"] });
    return one;
  };

  const carryHarmed = async (one: Setting, side: Side, token: string) => {
    const { steps } = await one.rig.plan();
    const rules = harm(token);
    one.use({ [side]: rules });
    const { outcomes, events } = await one.rig.carry(steps);
    expectHarmed(rules);
    one.use();
    expect(events.filter(({ type }) => type === "item.pending")).toMatchObject([{ fault: { code: "item.doubtful" } }]);
    return outcomes;
  };

  it.each([
    ["copy", "source"],
    ["copy", "destination"],
    ["mirror", "source"],
    ["mirror", "destination"],
  ] as const)("was moved at the source, under `%s`, at the %s: the next pass moves it", async (mode, side) => {
    const one = await begin(mode);
    await one.rig.apply();
    await moveAtSource(one);
    const before = await held(one.destination);
    expect(await carryHarmed(one, side, "w1")).toMatchObject([{ tally: { pending: 1, copied: 0 } }]);
    expect(await held(one.destination)).toEqual(before);
    const { outcomes } = await one.rig.apply();
    expect(outcomes).toMatchObject([{ state: "done", tally: { moved: 1, copied: 0, pending: 0 } }]);
    await expectWhole(one);
  });

  it.each(["source", "destination"] as const)(
    "was moved, in the plan as well, at the %s: it is not removed",
    async (side) => {
      const one = await begin("mirror");
      await one.rig.apply();
      await moveAtSource(one);
      const before = await held(one.destination);
      const [planned, applied] = [harm("w1"), harm("w1")];
      one.use({ [side]: planned });
      const { steps } = await one.rig.plan();
      one.use({ [side]: applied });
      await one.rig.carry(steps);
      for (const rules of [planned, applied]) expectHarmed(rules);
      one.use();
      expect(await held(one.destination)).toEqual(before);
      await one.rig.apply();
      await expectWhole(one);
    },
  );

  it.each(["source", "destination"] as const)("is at both sides before the first pass, at the %s", async (side) => {
    const one = await begin();
    // Of another date: only the body tells that it is the same.
    const hand = await handOf(one.destination);
    await hand.append("INBOX", letter("i1"), [], Date.UTC(2021, 0, 1));
    expect(await carryHarmed(one, side, "i1")).toMatchObject([{ tally: { pending: 1, copied: 6 } }]);
    const { outcomes } = await one.rig.apply();
    expect(outcomes).toMatchObject([{ state: "done", tally: { adopted: 1, copied: 0, pending: 0 } }]);
    expect(names(await held(one.destination))).toEqual(names(await held(one.source)));
    expect((await one.rig.plan()).steps).toEqual([]);
  });
});
