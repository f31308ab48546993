/** A fault at every step of a later pass, after both sides have changed: a rerun has each message once, and what each side did stands. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { without } from "../servers/packages.ts";
import { uidOf } from "./midway.ts";
import { enter, fill, held, letter, type Side, tokens } from "./rig.ts";
import { createSetting, type Setting, usersFor } from "./setting.ts";
import { allAt, type Case, cutsAt, expectEach, faultsAt, runs, seed, someOf, type Step, stepsOf } from "./steps.ts";

const [seen, flagged, answered] = ["\\Seen", "\\Flagged", "\\Answered"] as const;

/** New mail, a mark, a move, and a message deleted. */
async function changeSource(side: Side): Promise<void> {
  const client = await enter(side);
  await client.append("INBOX", letter("i5"));
  await client.append("Work", letter("w4"), [seen]);
  await client.store("INBOX", await uidOf(client, "INBOX", "i1"), "+FLAGS", [answered]);
  await client.move("Work", await uidOf(client, "Work", "w1"), "Later");
  await client.expunge("INBOX", await uidOf(client, "INBOX", "i2"));
  await client.close();
}

/** Marks, one of them on what the source marks too, a message deleted, and one put into a folder of the user's own. */
async function changeDestination(side: Side): Promise<void> {
  const client = await enter(side);
  await client.store("INBOX", await uidOf(client, "INBOX", "i1"), "+FLAGS", [flagged]);
  await client.store("INBOX", await uidOf(client, "INBOX", "i0"), "-FLAGS", [seen]);
  await client.expunge("INBOX", await uidOf(client, "INBOX", "i4"));
  await client.create("Mine");
  await client.move("Work", await uidOf(client, "Work", "w2"), "Mine");
  await client.close();
}

/** Folder, message and marks, once both have changed and the pass is whole. */
const merged: readonly (readonly [string, string, ...string[]])[] = [
  ["INBOX", "i0", flagged],
  ["INBOX", "i1", answered, flagged],
  ["INBOX", "i3", flagged, seen],
  ["INBOX", "i5"],
  ["Later", "w1"],
  ["Mine", "w2"],
  ["Work", "w0", flagged, seen],
  ["Work", "w3", flagged, seen],
  ["Work", "w4", seen],
];
const whole = merged
  .map(([folder, token, ...marks]) => `${folder}: ${token} ${letter(token).length} [${marks.join(" ")}]`)
  .toSorted();

const tokensIn = (lines: readonly string[]): string[] => lines.map((line) => line.split(" ")[1] ?? "").toSorted();
const here = new Set(["i5", "w4"]);
/** What is at the destination before the pass and after it. */
const staying = merged.map(([, token]) => token).filter((token) => !here.has(token));

interface Later {
  readonly one: Setting;
  readonly spec: { timeout: number };
}

const expectWhole = async ({ rig, destination }: Setting): Promise<void> => {
  expect(await held(destination)).toEqual(whole);
  const { steps: left, unread } = await rig.plan();
  expect([left, unread]).toEqual([[], []]);
};

const harmed = async ({ step, harm }: Case, { one, spec }: Later): Promise<void> => {
  const { steps: plan } = await one.rig.plan();
  spec.timeout = harm.startsWith("swallowed") ? 1 : 60;
  one.use(faultsAt(step, harm));
  const { outcomes } = await one.rig.carry(plan);
  // A cut ends nothing, wherever it is: the same run goes on.
  if (harm.startsWith("cut")) expect(outcomes).toMatchObject([{ state: "done" }]);
  one.use();
  spec.timeout = 60;
  const now = tokensIn(await held(one.destination));
  expect(now).toEqual([...new Set(now)]);
  expect(now).toEqual(expect.arrayContaining(staying));
  expect(now).not.toContain("i4");
  await one.rig.apply();
  await expectWhole(one);
  await one.close();
};

describe.skipIf(without("dovecot"))("a fault at a step of a later pass", () => {
  let server: Dovecot;
  let steps: readonly Step[];
  let sources = 0;

  beforeAll(async () => {
    const own = Object.fromEntries(Array.from({ length: 4 }, (_, at) => [`source${at}`, "secret"]));
    // Thousands of sessions: a process for each would be most of the work.
    const extra = "service imap {\n  service_count = 1000\n}\n";
    server = await startDovecot({ users: { ...own, ...usersFor(400 + 2 * runs) }, extra });
  });
  afterAll(() => server.stop());

  /** So many mailboxes, each of which had its first pass before either side changed; passes only read the source, which is one for all. */
  const later = async (count: number): Promise<readonly Later[]> => {
    const sourceUser = `source${sources++}`;
    const source = { at: server, user: sourceUser };
    await fill(source, { INBOX: tokens("i", 5), Work: tokens("w", 4), Later: [] });
    // Dovecot gives a folder its UIDVALIDITY when it is first looked at; of several sessions at once each would see its own.
    await held(source);
    const rest = { rest: { mode: "mirror" } } as const;
    const begin = async (): Promise<Later> => {
      const spec = { timeout: 60, limits: { connections: 2 } };
      return { one: await createSetting({ from: server, to: server, sourceUser, spec, rest }), spec };
    };
    const all = await Promise.all(Array.from({ length: count }, begin));
    await expectEach([...all.keys()], 4, async (at) => {
      const { one } = all[at] as Later;
      const { outcomes } = await one.rig.apply();
      expect(outcomes).toMatchObject([{ state: "done" }]);
      one.hangUp();
      await changeDestination(one.destination);
    });
    await changeSource(source);
    return all;
  };

  it("is one of many, on both sides", async () => {
    const [{ one } = expect.fail()] = await later(1);
    const { steps: plan } = await one.rig.plan();
    steps = await stepsOf(one, () => one.rig.carry(plan));
    const said = one.proxies.destination.connections.map((each) => each.seen("up").toString("latin1")).join("");
    expect(said).toMatch(/UID STORE/);
    expect(said).toMatch(/UID MOVE/);
    expect(said).toMatch(/UID EXPUNGE/);
    const kinds = Object.entries(Object.groupBy(steps, ({ side, mark }) => `${side} ${mark}`));
    console.info(kinds.map(([kind, all]) => `${kind}: ${all?.length}`).join(", "));
    expect(kinds.map(([kind]) => kind)).toEqual(
      expect.arrayContaining([
        "destination answer",
        "destination sent literal",
        "source answer",
        "source received literal",
      ]),
    );
    await expectWhole(one);
  });

  const expectWholeAfter = async (cases: readonly Case[]): Promise<void> => {
    const ready = [...(await later(cases.length))];
    await expectEach(cases, 4, (one) => harmed(one, ready.pop() as Later));
  };

  it(
    `may be a cut, at a literal or a tagged answer (seed ${seed}, ${3 * runs} runs)`,
    { timeout: 600_000 },
    async () => {
      console.info(`a cut at a step of a later pass: seed ${seed}, ${3 * runs} runs of ${cutsAt(steps).length}`);
      await expectWholeAfter(someOf(cutsAt(steps), 3 * runs));
    },
  );

  it(`may be anything else (seed ${seed}, ${runs} runs)`, { timeout: 60_000 + runs * 20_000 }, async () => {
    console.info(`anything else at a step of a later pass: seed ${seed}, ${runs} runs`);
    await expectWholeAfter(someOf(allAt(steps), runs));
  });
});
