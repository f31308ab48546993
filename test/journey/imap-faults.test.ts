import { afterAll, beforeAll, describe, expect, it, onTestFinished, type TestContext } from "vitest";
import { spawnSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fill, held, tokens, type Side } from "../faults/rig.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { type FaultProxy, type Rules, startFaultProxy, type Trap } from "../servers/fault-proxy.ts";
import { tallyOf } from "../servers/fault-rules.ts";
import { without } from "../servers/packages.ts";
import { freePorts } from "../servers/ports.ts";
import { openMove } from "./imap-faults.ts";

async function proxied(port: number, script: Rules = {}): Promise<FaultProxy> {
  const proxy = await startFaultProxy({ to: port, script });
  onTestFinished(() => proxy.stop());
  return proxy;
}

const letters = { INBOX: tokens("i", 4), Work: tokens("w", 3) };

describe.skipIf(without("dovecot"))("a move by way of servers that fail", () => {
  let server: Dovecot;
  const users = ["trust", "refused", "reset", "stalled", "dumb", "fine"];
  beforeAll(async () => {
    const names = users.flatMap((user) => [user, `${user}2`]);
    server = await startDovecot({ users: Object.fromEntries(names.map((name) => [name, "secret"])) });
    for (const user of users) await fill({ at: server, user }, letters);
  });
  afterAll(() => server.stop());
  const side = (user: string): Side => ({ at: server, user });

  it("says of each what is wrong with its line, goes on with the rest, and is done once that is mended", async () => {
    const move = await openMove();
    const [nobody = 0] = await freePorts(1);
    const reset = await proxied(server.port, { refuse: Infinity });
    const stalled = await proxied(server.port, {
      traps: [{ way: "up", on: /LOGIN|AUTHENTICATE/, ending: "stall", times: Infinity }],
    });
    const dumb = await proxied(server.port, { greeting: false });
    const right = { port: server.port };
    const secure = { tls: "implicit", port: server.tlsPort };
    const broken = {
      new: right,
      trust: secure,
      refused: { port: nobody },
      reset: { port: reset.port },
      stalled: { port: stalled.port },
      dumb: { port: dumb.port },
      fine: right,
    };
    const mailboxes = users.map((user) => ({ from: user, user, to: "new", as: `${user}2` }));
    await move.declare(broken, mailboxes);
    const said = await move.apply(4);
    const unread = (user: string) => said.split("\n").find((line) => line.includes(`error    mailbox/${user}2@`));
    const ports = [
      ["trust", server.tlsPort, /cannot be trusted: .*certificate \(name the certificate's authority by `ca`/],
      ["refused", nobody, /refuses connections \(look at host, port and tls/],
      ["reset", reset.port, /broke the line while it was opened \(look at/],
      ["stalled", stalled.port, /said nothing in time \(look at/],
      ["dumb", dumb.port, /(?:sent no greeting|said nothing) in time \(look at/],
    ] as const;
    for (const [user, port, words] of ports) {
      expect(unread(user)).toContain(`127.0.0.1:${port}`);
      expect(unread(user)).toMatch(words);
    }
    expect(said).toMatch(/1 of 1 step done[^]*7 copied[^]*open {5}5 addresses were not read/);
    expect(await held(side("fine2"))).toEqual(await held(side("fine")));
    for (const user of users.slice(0, -1)) expect(await held(side(`${user}2`))).toEqual([]);
    await move.declare(
      { ...broken, trust: { ...secure, ca: server.capath }, refused: right, reset: right, stalled: right, dumb: right },
      mailboxes,
    );
    await move.apply(0);
    for (const user of users) expect(await held(side(`${user}2`))).toEqual(await held(side(user)));
    await move.expectNothingToDo();
  });

  it("goes on in the same run when a server comes back", async () => {
    const [from, to] = await Promise.all([startDovecot(), startDovecot()]);
    onTestFinished(async () => void (await Promise.all([from.stop(), to.stop()])));
    await fill({ at: from, user: "ana" }, { INBOX: tokens("i", 30), Work: tokens("w", 10) }, 40_000);
    const atSource: Trap = { way: "down", on: /BODY\[\] \{/, skip: 9, act: () => from.restart("kill") };
    const atDestination: Trap = { way: "up", on: /w5 x+/, act: () => to.restart("stop") };
    const source = await proxied(from.port, { traps: [atSource] });
    const destination = await proxied(to.port, { traps: [atDestination] });
    const move = await openMove();
    const mailbox = { from: "old", user: "ana", to: "new", as: "ana" };
    await move.declare({ old: { port: source.port }, new: { port: destination.port } }, [mailbox]);
    await move.apply(0);
    for (const trap of [atSource, atDestination]) expect(tallyOf(trap).done).toBe(1);
    expect(await held({ at: to, user: "ana" })).toEqual(await held({ at: from, user: "ana" }));
    await move.expectNothingToDo();
  });
});

describe.skipIf(without("dovecot"))("a destination without room", () => {
  it("says so of each mailbox that is full, fills the others, and goes on once the quota is raised", async () => {
    const names = ["ana", "ana2", "bo", "bo2", "cy", "cy2"];
    const users = Object.fromEntries(names.map((name) => [name, { password: "secret" }]));
    const server = await startDovecot({
      users: { ...users, ana2: { password: "secret", quota: "30K" }, cy2: { password: "secret", quota: "30K" } },
    });
    onTestFinished(() => server.stop());
    const side = (user: string): Side => ({ at: server, user });
    for (const user of ["ana", "bo"]) await fill(side(user), { INBOX: tokens("i", 12), Work: tokens("w", 12) }, 4000);
    await fill(side("cy"), { INBOX: ["huge"] }, 60_000);
    await fill(side("cy"), { Work: ["small"] }, 2000);
    const move = await openMove();
    const line = { port: server.port };
    const mailboxes = ["ana", "bo", "cy"].map((user) => ({ from: "old", user, to: "new", as: `${user}2` }));
    await move.declare({ old: line, new: line }, mailboxes);
    const said = await move.apply(4);
    expect(said).toMatch(
      /warning {2}mailbox\/ana2@.*94\.5 KiB are to be copied, and 30 KiB are free \(raise the quota/,
    );
    expect(said).toMatch(/1 of 3 steps done, 2 failed/);
    for (const user of ["ana2", "cy2"]) {
      const full = new RegExp(`failed {3}mailbox/${user}@.*Quota exceeded.*\\(raise the mailbox's quota or make room`);
      expect(said).toMatch(full);
    }
    expect(await held(side("bo2"))).toEqual(await held(side("bo")));
    const some = await held(side("ana2"));
    expect(some).toHaveLength(7);
    await move.apply(4);
    expect(await held(side("ana2"))).toEqual(some);
    // What was too much comes last from now on, so that the rest has what room there is.
    expect(await held(side("cy2"))).toEqual((await held(side("cy"))).filter((line) => line.startsWith("Work")));
    await server.setQuota("ana2", 1_000_000);
    await server.setQuota("cy2", 1_000_000);
    await move.apply(0);
    for (const user of ["ana", "bo", "cy"]) expect(await held(side(`${user}2`))).toEqual(await held(side(user)));
    await move.expectNothingToDo();
  });

  it.each([
    [
      "told",
      { appendLimit: 50_000 },
      /has 80000 octets; the server takes 50000 \(APPENDLIMIT\) \(raise the server's limit/,
    ],
    [
      "not told",
      { extra: "plugin {\n  quota_max_mail_size = 50000\n}" },
      /the server said ".*larger than the maximum size allowed.*" \(raise the server's size limit/,
    ],
  ])(
    "leaves a message over the limit, and brings it once that is raised: the limit is %s",
    async (_, options, words) => {
      const [old, server] = await Promise.all([startDovecot(), startDovecot(options)]);
      onTestFinished(async () => void (await Promise.all([old.stop(), server.stop()])));
      const source = { at: old, user: "ana" };
      await fill(source, { INBOX: ["i0"] });
      await fill(source, { INBOX: ["huge"] }, 80_000);
      await fill(source, { INBOX: ["i1"], Work: tokens("w", 3) });
      const move = await openMove();
      await move.declare({ old: { port: old.port }, new: { port: server.port } }, [
        { from: "old", user: "ana", to: "new", as: "ana" },
      ]);
      const said = await move.apply(4);
      expect(said).toMatch(/1 of 1 step done[^]*5 copied, 1 pending/);
      expect(said).toMatch(words);
      expect(await move.apply(4)).toMatch(/1 (?:message waits: refused before|pending)/);
      const configuration = `${server.folder}/dovecot.conf`;
      await writeFile(configuration, (await readFile(configuration, "utf8")).replaceAll("50000", "5000000"));
      await server.restart();
      await move.apply(0);
      expect(await held({ at: server, user: "ana" })).toEqual(await held(source));
      await move.expectNothingToDo();
    },
  );
});

const mount = (command: string, ...args: readonly string[]): boolean => spawnSync(command, args).status === 0;

/** A file system of its own; skips the test where none can be mounted. */
async function mountSmall(folder: string, options: string, context: TestContext): Promise<void> {
  await mkdir(folder, { recursive: true });
  const small = mount("mount", "-t", "tmpfs", "-o", options, "none", folder);
  if (!small) process.stderr.write("Left out: a full disk, for no small file system can be mounted here\n");
  context.skip(!small);
  onTestFinished(() => expect(mount("umount", "--lazy", folder)).toBe(true));
}

const makeRoom = (folder: string): void => expect(mount("mount", "-o", "remount,size=64m", folder)).toBe(true);

describe.skipIf(without("dovecot"))("a disk that is full", () => {
  it("at the destination fails its mailbox, leaves the others alone, and the rest arrives once there is room", async (context) => {
    const server = await startDovecot({ users: { ana: "secret", ana2: "secret", bo2: "secret" } });
    onTestFinished(() => server.stop());
    const side = (user: string): Side => ({ at: server, user });
    const disk = join(server.mailbox("ana2"), "..");
    await mountSmall(disk, "size=600k,uid=8,gid=8,mode=700", context);
    await fill(side("ana"), { INBOX: tokens("i", 12), Work: tokens("w", 12) }, 40_000);
    const move = await openMove();
    const line = { port: server.port };
    await move.declare(
      { old: line, new: line },
      ["ana2", "bo2"].map((as) => ({ from: "old", user: "ana", to: "new", as })),
    );
    const said = await move.apply(4);
    expect(said).toMatch(
      /pending {2}mailbox\/ana2@.*Appending a message: .*\(look at the server's log, and whether its disk is full/,
    );
    expect(said).toMatch(/done {5}mailbox\/bo2@.*: 24 copied/);
    expect(await held(side("bo2"))).toEqual(await held(side("ana")));
    makeRoom(disk);
    await move.apply(0);
    expect(await held(side("ana2"))).toEqual(await held(side("ana")));
    await move.expectNothingToDo();
  });

  it("under the temporary files leaves large messages alone, by name, until there is room", async (context) => {
    const server = await startDovecot({ users: { ana: "secret", ana2: "secret" } });
    onTestFinished(() => server.stop());
    const side = (user: string): Side => ({ at: server, user });
    await fill(side("ana"), { INBOX: ["i0"] });
    await fill(side("ana"), { INBOX: ["large"] }, 13_000_000);
    await fill(side("ana"), { INBOX: ["i1"], Work: ["w0"] });
    await fill(side("ana"), { INBOX: ["larger"] }, 13_000_000);
    const move = await openMove();
    const disk = move.place.path("tmp");
    await mountSmall(disk, "size=4m", context);
    const line = { port: server.port };
    await move.declare({ old: line, new: line }, [{ from: "old", user: "ana", to: "new", as: "ana2" }]);
    const said = await move.apply(4, { TMPDIR: disk });
    expect(said).toMatch(
      /2 messages: There is no space left for temporary files \(ENOSPC\) \(make room .* by TMPDIR\)/,
    );
    expect(said).toMatch(/3 copied, 2 pending/);
    const small = (await held(side("ana"))).filter((line) => !line.includes("large"));
    expect(await held(side("ana2"))).toEqual(small);
    makeRoom(disk);
    await move.apply(0, { TMPDIR: disk });
    expect(await held(side("ana2"))).toEqual(await held(side("ana")));
    await move.expectNothingToDo();
  });
});
