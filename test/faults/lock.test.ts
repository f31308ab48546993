/** A lock that a killed server left in a Maildir: the folder is shut for minutes, and the others are not. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { without } from "../servers/packages.ts";
import { enter, fill, held, tokens } from "./rig.ts";
import { createSetting, expectWhole, type Setting, usersFor } from "./setting.ts";

const folder = (lines: readonly string[], name: string): readonly string[] =>
  lines.filter((line) => line.startsWith(`${name}: `));

describe.skipIf(without("dovecot"))("a folder that a lock shuts at the destination", () => {
  let server: Dovecot;
  beforeAll(async () => {
    // Two minutes if nothing is said, and for as long is a lock believed that names no process.
    server = await startDovecot({ users: usersFor(8), extra: "mail_max_lock_timeout = 1 secs\n" });
  });
  afterAll(() => server.stop());

  const lockOf = ({ destination }: Setting): string =>
    join(server.mailbox(destination.user), "Work", "dovecot-uidlist.lock");

  const begin = async (): Promise<Setting> => {
    const one = await createSetting({ from: server, to: server, spec: { timeout: 60 } });
    await fill(one.source, { INBOX: tokens("i", 5), Work: tokens("w", 3), Later: tokens("l", 3) });
    const client = await enter(one.destination);
    await client.create("Work");
    await client.status("Work", "UIDNEXT");
    await client.close();
    return one;
  };

  it("is waited for, and the same run is done once it is open", async () => {
    const one = await begin();
    const { steps } = await one.rig.plan();
    await writeFile(lockOf(one), "");
    const { outcomes, events } = await one.rig.carry(steps, async () => rm(lockOf(one), { force: true }));
    expect(events.filter(({ type }) => type === "waiting")).toMatchObject([
      { reason: expect.stringMatching(/^Work: .*Timeout while waiting for lock/) as string },
    ]);
    expect(outcomes).toMatchObject([{ state: "done", tally: { copied: 11, pending: 0 } }]);
    await expectWhole(one);
  });

  it("is given up by name where it stays shut: the others arrive, and a rerun goes on", async () => {
    const one = await begin();
    const { steps } = await one.rig.plan();
    await writeFile(lockOf(one), "");
    const { outcomes, waited, events } = await one.rig.carry(steps);
    expect(outcomes).toMatchObject([{ state: "done", tally: { copied: 8, pending: 3 } }]);
    expect(waited).toEqual([30_000, 30_000, 30_000]);
    expect(events.filter(({ type }) => type === "finding")).toMatchObject([
      { finding: { code: "place.locked", message: expect.stringMatching(/^Work: .*waiting for lock/) as string } },
    ]);
    await rm(lockOf(one));
    const now = await held(one.destination);
    const all = await held(one.source);
    for (const name of ["INBOX", "Later"]) expect(folder(now, name)).toEqual(folder(all, name));
    expect(folder(now, "Work")).toEqual([]);
    await one.rig.apply();
    await expectWhole(one);
  });
});
