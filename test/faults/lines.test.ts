import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCourier } from "../servers/courier.ts";
import { startCyrus } from "../servers/cyrus.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { tallyOf } from "../servers/fault-rules.ts";
import type { ImapServer } from "../servers/server.ts";
import { without } from "../servers/packages.ts";
import { createSetting, expectWhole, type Faults, fillSource, type Setting, usersFor } from "./setting.ts";

interface Case {
  readonly name: string;
  readonly faults: () => Faults;
  /** Milliseconds that the servers are left alone for, in all; a line that drops costs none where it can be opened anew. */
  readonly waits?: number;
  /** Tried on every server: the destination's own ways decide what becomes of it. */
  readonly anywhere?: true;
}

const anywhere = true;

const busy = (on: RegExp, words: string, times = 1) => ({ answers: [{ on, reply: `$1 NO ${words}\r\n`, times }] });
const backoff = "Request is throttled. Suggested Backoff Time: 200 milliseconds";
const append = /^(\S+) APPEND .*/;
const bodies = /^(\S+) UID FETCH .*BODY\.PEEK\[\].*/;

/** What befalls a destination; servers differ in what they offer, and in their words. */
const destinations: readonly Case[] = [
  { name: "the answer to an APPEND lost", faults: () => ({ destination: { traps: [lostAnswer()] } }) },
  { name: "the answers to two of them lost", faults: () => ({ destination: { traps: [lostAnswer(2)] } }), anywhere },
  {
    name: "a cut in the middle of a literal",
    faults: () => ({ destination: { traps: [{ way: "up", on: /i3 x+/ }] } }),
    anywhere,
  },
  {
    name: "a stall in the middle of a literal",
    faults: () => ({ destination: { traps: [{ way: "up", on: /i3 x+/, ending: "stall" }] } }),
  },
  {
    name: "a cut in the look",
    faults: () => ({ destination: { traps: [{ way: "down", on: /^\* STATUS/m }] } }),
    anywhere,
  },
  {
    name: "a cut before a write",
    // The first is of the folder that was made.
    faults: () => ({
      destination: { traps: [{ way: "up", on: /STATUS \S+ \(MESSAGES UIDNEXT UIDVALIDITY\)/, skip: 1 }] },
    }),
  },
  { name: "NO [LIMIT] to an APPEND", faults: () => ({ destination: busy(append, "[LIMIT] Too many") }), waits: 30_000 },
  { name: "NO [LIMIT] five times", faults: () => ({ destination: busy(append, "[LIMIT] Too many", 5) }), anywhere },
  {
    name: "a folder that somebody has locked",
    faults: () => ({
      destination: busy(append, "[SERVERBUG] Timeout while waiting for lock (123.328 + 0.001 + 123.328 secs)."),
    }),
    waits: 30_000,
  },
  { name: "a backoff time", faults: () => ({ destination: busy(append, backoff) }), waits: 200 },
  {
    name: "BYE [UNAVAILABLE] to an APPEND",
    faults: () => ({
      destination: { answers: [{ on: append, reply: "* BYE [UNAVAILABLE] Going down\r\n", ending: "fin" }] },
    }),
    waits: 30_000,
  },
  {
    name: "NO [UNAVAILABLE] to a CREATE",
    faults: () => ({ destination: busy(/^(\S+) CREATE .*/, "[UNAVAILABLE] Backend away") }),
    waits: 30_000,
  },
];

function lostAnswer(times = 1) {
  return { way: "down", on: /^\S+ OK (?:\[APPENDUID|APPEND completed)/im, times } as const;
}

const sources: readonly Case[] = [
  {
    name: "a cut during FETCH of bodies",
    faults: () => ({ source: { traps: [{ way: "down", on: /BODY\[\] \{/, skip: 4 }] } }),
  },
  {
    name: "a stall during FETCH of bodies",
    faults: () => ({ source: { traps: [{ way: "down", on: /BODY\[\] \{/, skip: 4, ending: "stall" }] } }),
  },
  {
    name: "a cut in the look",
    faults: () => ({ source: { traps: [{ way: "down", on: /^\* STATUS/m }] } }),
  },
  {
    name: "a cut in the apply's own look",
    faults: () => ({ source: { traps: [{ way: "down", on: /^\* LIST/m, skip: 2 }] } }),
  },
  { name: "NO [LIMIT] to a FETCH", faults: () => ({ source: busy(bodies, "[LIMIT] Too many") }), waits: 30_000 },
  { name: "a backoff time for LIST", faults: () => ({ source: busy(/^(\S+) LIST .*/, backoff) }), waits: 200 },
  {
    name: "NO [UNAVAILABLE] to an EXAMINE",
    faults: () => ({ source: busy(/^(\S+) EXAMINE .*/, "[UNAVAILABLE]") }),
    waits: 30_000,
  },
  {
    name: "BYE [UNAVAILABLE] to a FETCH",
    faults: () => ({
      source: { answers: [{ on: bodies, reply: "* BYE [UNAVAILABLE] Going down\r\n", ending: "fin" }] },
    }),
    waits: 30_000,
  },
];

/** One run, whatever befalls it, brings all. */
async function expectDoneInOneRun(setting: Setting, { faults, waits = 0 }: Case): Promise<void> {
  await fillSource(setting);
  const befalls = faults();
  setting.use(befalls);
  const { outcomes, unread, waited } = await setting.rig.apply();
  expect(unread).toEqual([]);
  expect(outcomes).toMatchObject([{ state: "done", tally: { copied: 12, pending: 0 }, findings: [] }]);
  for (const rule of rulesOf(befalls)) expect(tallyOf(rule).done).toBe(rule.times ?? 1);
  expect(waited.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(waits);
  await expectWhole(setting);
}

const rulesOf = ({ source, destination }: Faults) =>
  [source, destination].flatMap((rules) => [...(rules?.traps ?? []), ...(rules?.answers ?? [])]);

describe.skipIf(without("dovecot"))("one run goes on after", () => {
  let server: Dovecot;
  beforeAll(async () => {
    server = await startDovecot({ users: usersFor(60) });
  });
  afterAll(() => server.stop());

  it.each(sources)("$name, at the source", async (one) => {
    await expectDoneInOneRun(await createSetting({ from: server, to: server }), one);
  });

  it.each(destinations)("$name, at the destination", async (one) => {
    await expectDoneInOneRun(await createSetting({ from: server, to: server }), one);
  });

  describe.each([
    ["Cyrus", () => startCyrus({ users: usersFor(4) }), without("cyrus")],
    ["Courier", () => startCourier({ users: usersFor(4) }), without("courier")],
  ] as const)("at %s", (_, start, lacking) => {
    let other: ImapServer;
    beforeAll(async () => {
      if (!lacking) other = await start();
    });
    afterAll(() => other?.stop());

    it.skipIf(lacking).each(destinations.filter((one) => one.anywhere))("$name", async (one) => {
      await expectDoneInOneRun(await createSetting({ from: server, to: other }), one);
    });
  });
});
