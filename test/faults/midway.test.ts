/** What befalls a pass in its middle, first or later: after it, or a rerun, every message is there once, with its own flags. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import type { Answer, Trap } from "../servers/fault-proxy.ts";
import { tallyOf } from "../servers/fault-rules.ts";
import { without } from "../servers/packages.ts";
import { handOf, renumber } from "./midway.ts";
import { held, letter, tokens } from "./rig.ts";
import { createSetting, expectWhole, fillSource, type Setting, usersFor } from "./setting.ts";

type Place = "source" | "destination";
type Moment = Pick<Trap, "way" | "on" | "skip">;

const expectOnce = async ({ destination }: Setting): Promise<void> => {
  const now = (await held(destination)).map((line) => line.split(" ", 2).join(" "));
  expect(now).toEqual([...new Set(now)]);
};

const ofWork: readonly (readonly [string, Place, Moment])[] = [
  ["when the source's is opened", "source", { way: "up", on: /^\S+ EXAMINE "?Work/m }],
  ["while the source's is read", "source", { way: "down", on: /w(?:2|9) x+/ }],
  ["before the destination's is written", "destination", { way: "up", on: /^\S+ APPEND "?Work/m }],
  ["before the destination says that it was", "destination", { way: "down", on: /^\S+ OK \[APPENDUID/m, skip: 1 }],
];

describe.skipIf(without("dovecot"))("in the middle of a pass", () => {
  let server: Dovecot;
  beforeAll(async () => {
    server = await startDovecot({ users: usersFor(120) });
  });
  afterAll(() => server.stop());

  const first = async (mode: "copy" | "mirror" = "copy"): Promise<Setting> => {
    const one = await createSetting({ from: server, to: server, spec: { timeout: 60 }, rest: { rest: { mode } } });
    await fillSource(one);
    return one;
  };

  /** A mailbox that is there on both sides, and to whose source more has come. */
  const later = async (mode: "copy" | "mirror" = "copy"): Promise<Setting> => {
    const one = await first(mode);
    await one.rig.apply();
    const hand = await handOf(one.source);
    for (const folder of ["INBOX", "Work"]) {
      for (const token of tokens(folder === "INBOX" ? "i" : "w", 12).slice(7))
        await hand.append(folder, letter(token), [], Date.UTC(2020, 1, 1));
    }
    return one;
  };

  describe.each([
    ["first", first],
    ["later", later],
  ] as const)("a %s one", (_, begin) => {
    it.each(ofWork)("a folder is numbered anew with its numbers shifted, %s", async (_name, side, moment) => {
      const one = await begin();
      const { steps } = await one.rig.plan();
      const trap: Trap = { ...moment, act: () => renumber(server, one[side], "Work") };
      one.use({ [side]: { traps: [trap] } });
      await one.rig.carry(steps);
      expect(tallyOf(trap).done).toBe(1);
      one.use();
      await expectOnce(one);
      await one.rig.apply();
      await expectWhole(one);
    });
  });

  it.each([
    ["copy", "when it is opened", { way: "up", on: /^\S+ EXAMINE "?Work/m }],
    ["mirror", "when it is opened", { way: "up", on: /^\S+ EXAMINE "?Work/m }],
    ["copy", "while it is read", { way: "down", on: /w9 x+/ }],
    ["mirror", "while it is read", { way: "down", on: /w9 x+/ }],
  ] as const)("the source's folder is deleted, under `%s`, %s: the others go on", async (mode, _, moment) => {
    const one = await later(mode);
    const before = await held(one.destination);
    const whole = await held(one.source);
    const { steps } = await one.rig.plan();
    const client = await handOf(one.source);
    const trap: Trap = { ...moment, act: async () => void (await client.delete("Work")) };
    one.use({ source: { traps: [trap] } });
    await one.rig.carry(steps);
    expect(tallyOf(trap).done).toBe(1);
    one.use();
    const after = await held(one.destination);
    expect(after.filter((line) => line.startsWith("INBOX"))).toEqual(whole.filter((line) => line.startsWith("INBOX")));
    // What the plan did not list as gone is there still.
    expect(after).toEqual(expect.arrayContaining([...before]));
    await expectOnce(one);
    await one.rig.apply();
    const last = await held(one.destination);
    expect(last).toEqual(mode === "mirror" ? await held(one.source) : after);
    expect((await one.rig.plan()).steps).toEqual([]);
  });

  it.each([
    ["source", ""],
    ["destination", ""],
    ["source", "Work/Deep"],
    ["destination", "Work/Deep"],
  ] as const)("the %s's LIST calls a folder a mere name, with children %j: it is asked for", async (side, child) => {
    const one = await later("mirror");
    const hand = await handOf(one.source);
    if (child !== "") await hand.create(child);
    await one.rig.apply();
    const whole = await held(one.source);
    const names = ["INBOX", ...(child === "" ? [] : [child])].map((name) => `* LIST () "/" ${name}\r\n`).join("");
    const reply = `* LIST (\\Noselect) "/" Work\r\n${names}$1 OK done\r\n`;
    const stale: Answer = { on: /^(\S+) LIST "" "\*".*/, times: 99, reply };
    one.use({ [side]: { answers: [stale] } });
    expect(await one.rig.plan()).toMatchObject({ steps: [], unread: [] });
    await hand.append("Work", letter("w12"), [], Date.UTC(2020, 1, 1));
    await one.rig.apply();
    expect(tallyOf(stale).done).toBeGreaterThan(2);
    expect(await held(one.destination)).toEqual(await held(one.source));
    expect(await held(one.source)).toEqual(expect.arrayContaining([...whole]));
    await expectWhole(one);
  });

  it("the source's LIST calls a folder a mere name, and whether it is one cannot be said now: nothing counts as gone", async () => {
    const one = await later("mirror");
    await one.rig.apply();
    const list: Answer = {
      on: /^(\S+) LIST "" "\*".*/,
      times: 99,
      reply: '* LIST (\\Noselect) "/" Work\r\n* LIST () "/" INBOX\r\n$1 OK done\r\n',
    };
    const status: Answer = { on: /^(\S+) STATUS "?Work.*/, times: 99, reply: "$1 NO [UNAVAILABLE] Backend away\r\n" };
    one.use({ source: { answers: [list, status] } });
    const { steps, unread } = await one.rig.plan();
    expect(steps).toEqual([]);
    expect(unread).toHaveLength(1);
    expect(tallyOf(status).done).toBeGreaterThan(0);
    await expectWhole(one);
  });

  it.each(["source", "destination"] as const)("the %s's LIST comes back empty, whichever it is", async (side) => {
    const one = await later("mirror");
    const whole = await held(one.source);
    const { steps } = await one.rig.plan();
    for (let skip = 0, done = true; done; skip += 1) {
      const empty: Answer = { on: /^(\S+) LIST "" "\*".*/, skip, reply: "$1 OK done\r\n" };
      one.use({ [side]: { answers: [empty] } });
      await one.rig.carry(steps);
      done = tallyOf(empty).done === 1;
      one.use();
      const now = await held(one.destination);
      expect(now.length).toBeGreaterThanOrEqual(12);
      expect(whole).toEqual(expect.arrayContaining([...now]));
    }
    await one.rig.apply();
    await expectWhole(one);
  });
});

const moments: readonly (readonly [string, Place, Moment])[] = [
  ["in the middle of a literal", "destination", { way: "up", on: /i3 x+/ }],
  ["before it says that it took a batch", "destination", { way: "down", on: /^\S+ OK \[APPENDUID/m }],
  ["when a folder is made", "destination", { way: "up", on: /^\S+ CREATE /m }],
  ["when it is looked at", "destination", { way: "up", on: /^\S+ LIST /m }],
  ["when it is looked at once more", "destination", { way: "up", on: /^\S+ LIST /m, skip: 1 }],
  ["in the middle of a body", "source", { way: "down", on: /w2 x+/ }],
  ["when a folder is opened", "source", { way: "up", on: /^\S+ EXAMINE /m }],
  ["when it is looked at", "source", { way: "up", on: /^\S+ LIST /m }],
];

describe.skipIf(without("dovecot"))("a server that is killed in mid-pass", () => {
  let servers: Readonly<Record<Place, Dovecot>>;
  beforeAll(async () => {
    const users = usersFor(moments.length);
    // A Maildir's lock is a file, which stays when its holder is killed, and then the folder is shut for minutes.
    const [source, destination] = await Promise.all([
      startDovecot({ users }),
      startDovecot({ users, format: "mdbox" }),
    ]);
    servers = { source, destination };
  });
  afterAll(() => Promise.all([servers.source.stop(), servers.destination.stop()]));

  it.each(moments)("is waited for, and the same run is done once it is back: %s, the %s", async (_, place, moment) => {
    const one = await createSetting({ from: servers.source, to: servers.destination, spec: { timeout: 60 } });
    await fillSource(one);
    const { steps } = await one.rig.plan();
    const trap: Trap = { ...moment, ending: "rst", act: () => servers[place].kill() };
    one.use({ [place]: { traps: [trap] } });
    let waits = 0;
    const { outcomes } = await one.rig.carry(steps, async () => {
      waits += 1;
      if (waits === 3) await servers[place].restart();
    });
    expect(tallyOf(trap).done).toBe(1);
    expect(waits).toBeGreaterThanOrEqual(3);
    expect(outcomes).toMatchObject([{ state: "done", tally: { pending: 0 } }]);
    await expectWhole(one);
  });
});
