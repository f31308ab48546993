import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Courier, startCourier } from "../servers/courier.ts";
import { type Cyrus, startCyrus } from "../servers/cyrus.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { tallyOf } from "../servers/fault-rules.ts";
import { started } from "../servers/living.ts";
import { without } from "../servers/packages.ts";
import type { ImapServer } from "../servers/server.ts";
import { connectImap, type ImapClient } from "../servers/imap-client.ts";
import { enter, fill, held, tokens } from "./rig.ts";
import { createSetting, expectWhole, fillSource, type Setting, usersFor } from "./setting.ts";

describe.skipIf(without("dovecot"))("a server that has other troubles", () => {
  let server: Dovecot;
  beforeAll(async () => {
    server = await startDovecot({ users: usersFor(40) });
  });
  afterAll(() => server.stop());
  const setting = (): Promise<Setting> => createSetting({ from: server, to: server });

  it("is tried again and again while it is away, then given up, and a rerun goes on", async () => {
    const one = await setting();
    await fillSource(one);
    const { steps } = await one.rig.plan();
    const ending = { way: "up", on: /./, ending: "rst", times: Number.POSITIVE_INFINITY } as const;
    const gone = { refuse: Number.POSITIVE_INFINITY, traps: [ending] };
    const leave = { way: "up", on: /i3 x+/, act: () => one.use({ destination: gone }), ending: "rst" } as const;
    one.use({ destination: { traps: [leave] } });
    const { outcomes, waited } = await one.rig.carry(steps);
    expect(outcomes).toMatchObject([
      { state: "failed", fault: { code: "server.unreachable", spoils: "mailbox", about: "destination0" } },
    ]);
    expect(waited.length).toBeGreaterThanOrEqual(7);
    // What another connection brought before the server went is there.
    expect((await held(one.destination)).filter((each) => each.startsWith("INBOX"))).toEqual([]);
    one.use();
    expect((await one.rig.apply()).outcomes).toMatchObject([{ state: "done", tally: { pending: 0 } }]);
    await expectWhole(one);
  });

  it.each(["copy", "mirror"] as const)(
    "shows no folder at all: nothing is taken for gone, in %s mode",
    async (mode) => {
      const one = await createSetting({ from: server, to: server, rest: { rest: { mode } } });
      await fillSource(one);
      await one.rig.apply();
      await fill(one.source, { Later: tokens("l", 2) });
      const before = await held(one.destination);
      const { steps } = await one.rig.plan();
      for (const lines of ["", '* LIST (\\HasNoChildren) "/" "Later"\r\n']) {
        const answers = [
          { on: /^(\S+) LIST "" "\*".*/, reply: `${lines}$1 OK done\r\n`, times: Number.POSITIVE_INFINITY },
        ];
        one.use({ source: { answers } });
        const planned = await one.rig.plan();
        expect(planned.steps).toEqual([]);
        expect(planned.unread).toMatchObject([{ code: lines === "" ? "look.empty" : "look.inboxMissing" }]);
        const { outcomes } = await one.rig.carry(steps);
        expect(outcomes).toMatchObject([{ state: "failed", fault: { spoils: "mailbox" } }]);
        expect(await held(one.destination)).toEqual(before);
      }
      one.use({ destination: { answers: [{ on: /^(\S+) LIST "" "\*".*/, reply: "$1 OK done\r\n" }] } });
      expect((await one.rig.plan()).unread).toMatchObject([{ code: "look.empty" }]);
      one.use();
      await one.rig.apply();
      await expectWhole(one);
    },
  );

  it("loses a folder under the pass: the others go on, and a rerun makes it again for what never came", async () => {
    const one = await setting();
    await fillSource(one);
    const { steps } = await one.rig.plan();
    const client = await enter(one.destination);
    onTestFinished(() => client.close());
    const trap = {
      way: "up" as const,
      on: /APPEND "?Work/,
      act: async () => void (await client.delete("Work")),
    };
    one.use({ destination: { traps: [trap] } });
    const { outcomes, events } = await one.rig.carry(steps);
    expect(tallyOf(trap).done).toBe(1);
    expect(outcomes).toMatchObject([{ state: "done", tally: { copied: 7, pending: 5 } }]);
    expect(events.filter(({ type }) => type === "finding")).toMatchObject([
      { finding: { code: "place.missing", severity: "error", message: expect.stringMatching(/^Work: /) as string } },
    ]);
    expect(events.filter(({ type }) => type === "item.pending")).toEqual([]);
    one.use();
    await one.rig.apply();
    await expectWhole(one);
  });
});

/** Connections of a user that take all there are. */
async function occupy(server: ImapServer, user: string, count: number): Promise<readonly ImapClient[]> {
  const clients: ImapClient[] = [];
  for (let at = 0; at < count; at += 1) {
    const client = await connectImap(server);
    await client.login(user, "secret");
    clients.push(client);
  }
  onTestFinished(async () => void (await Promise.all(clients.map((client) => client.drop()))));
  return clients;
}

const limits = [
  {
    name: "Dovecot",
    lacks: without("dovecot"),
    start: () => startDovecot({ maxConnections: 2 }),
    most: 2,
    // Of one version, as Debian builds it, either has been seen.
    words: /\[(?:LIMIT|UNAVAILABLE)\] Maximum number/,
  },
  {
    name: "Courier",
    lacks: without("courier"),
    start: () => startCourier({ maxPerAddress: 3 }),
    most: 3,
    words: /:\d+ /,
  },
];

describe.each(limits)("$name with no connection left", ({ lacks, start, most, words }) => {
  it.skipIf(lacks || without("dovecot"))("is waited for, and the mailbox is done once there is one", async () => {
    const [from, to] = [await started(startDovecot({ users: usersFor(1) })), await started<ImapServer>(start())];
    const one = await createSetting({ from, to, destinationUser: "ana" });
    await fillSource(one);
    const others = await occupy(to, "ana", most);
    const reasons: string[] = [];
    const { outcomes, unread, events } = await one.rig.apply(async () => {
      await Promise.all(others.map((client) => client.close()));
    });
    for (const event of events) if (event.type === "waiting") reasons.push(event.reason);
    expect(reasons[0]).toMatch(words);
    expect(unread).toEqual([]);
    expect(outcomes).toMatchObject([{ state: "done", tally: { copied: 12, pending: 0 } }]);
    await expectWhole(one);
  });
});

/** Resolves once whoever logs in is told of the limit, in KiB. */
async function limit(server: Courier | Cyrus, kib: number): Promise<void> {
  await server.setQuota("ana", kib * 1024);
  for (let told = ""; !told.includes(` ${kib})`);) {
    const client = await enter({ at: server, user: "ana" });
    told = (await client.ok("GETQUOTAROOT INBOX")).untagged.map(({ text }) => text).join("\n");
    await client.close();
  }
}

const quotas = [
  { name: "Cyrus", lacks: without("cyrus"), start: startCyrus, words: /Over quota/ },
  { name: "Courier", lacks: without("courier"), start: startCourier, words: /exceeded your mail quota/ },
];

describe.each(quotas)("a mailbox that is full on $name", ({ lacks, start, words }) => {
  it.skipIf(lacks || without("dovecot"))("says so, and goes on once its quota is raised", async () => {
    const [from, to] = [await started(startDovecot({ users: usersFor(1) })), await started<Courier | Cyrus>(start())];
    const one = await createSetting({ from, to, destinationUser: "ana" });
    await fill(one.source, { INBOX: tokens("i", 8), Work: tokens("w", 6) }, 6000);
    await (await enter(one.destination)).close();
    await limit(to, 40);
    for (const tries of [1, 2]) {
      const { outcomes } = await one.rig.apply();
      expect(outcomes).toMatchObject([
        {
          state: "failed",
          fault: { code: "mailbox.full", spoils: "mailbox", message: expect.stringMatching(words) as string },
        },
      ]);
      const some = await held(one.destination);
      expect([some.length > 3, new Set(some).size, tries]).toEqual([true, some.length, tries]);
    }
    await limit(to, 1024);
    const last = await one.rig.apply();
    expect(last.outcomes).toMatchObject([{ state: "done", tally: { pending: 0 } }]);
    await expectWhole(one);
  });
});
