/** A mailbox that is no longer the one that was seen: brought back from a backup, or another one's. Nothing is deleted, doubled or mixed up. */
import { chown, cp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { without } from "../servers/packages.ts";
import { uidOf } from "./midway.ts";
import { enter, fill, held, letter, tokens, type Side } from "./rig.ts";
import { createSetting, type Setting, usersFor } from "./setting.ts";

type Place = "source" | "destination";

const sides = ["source", "destination"] as const;
const modes = ["copy", "mirror"] as const;
const cases = modes.flatMap((mode) => sides.map((side) => [mode, side] as const));

const names = (lines: readonly string[]): string[] => lines.map((line) => line.split(" ", 2).join(" "));

/** Gives a copy its owner back: it is root's. */
async function own(folder: string, uid: number, gid: number): Promise<void> {
  for (const name of ["", ...(await readdir(folder, { recursive: true }))]) await chown(join(folder, name), uid, gid);
}

async function add(side: Side, all: readonly string[], octets: number): Promise<void> {
  const client = await enter(side);
  for (const [at, token] of all.entries())
    await client.append("INBOX", letter(token, octets), [], Date.UTC(2021, 3, 1, 0, at));
  await client.close();
}

describe.skipIf(without("dovecot"))("a mailbox", () => {
  let server: Dovecot;
  beforeAll(async () => {
    server = await startDovecot({ users: usersFor(40) });
  });
  afterAll(() => server.stop());

  const folderOf = ({ user }: Side): string => server.mailbox(user);
  const copyOf = ({ user }: Side): string => join(server.folder, `backup-${user}`);
  const backUp = (side: Side): Promise<void> =>
    cp(folderOf(side), copyOf(side), { recursive: true, preserveTimestamps: true });
  const restore = async (one: Setting, side: Place): Promise<void> => {
    one.hangUp();
    const to = folderOf(one[side]);
    const { uid, gid } = await stat(to);
    await rm(to, { recursive: true });
    await cp(copyOf(one[side]), to, { recursive: true, preserveTimestamps: true });
    await own(to, uid, gid);
  };

  /** Seven messages at both sides when one is backed up, and five more since. */
  const begin = async (mode: (typeof modes)[number], side: Place): Promise<Setting> => {
    const one = await createSetting({ from: server, to: server, spec: { timeout: 60 }, rest: { rest: { mode } } });
    await fill(one.source, { INBOX: tokens("i", 7) });
    await one.rig.apply();
    await backUp(one[side]);
    await add(one.source, tokens("j", 5), 600);
    await one.rig.apply();
    expect(names(await held(one.destination))).toEqual(names(await held(one.source)));
    await restore(one, side);
    return one;
  };

  it.each(cases)(
    "brought back from a backup, under `%s`, the %s: its numbers fell, and nothing is done",
    async (mode, side) => {
      const one = await begin(mode, side);
      const before = [await held(one.source), await held(one.destination)];
      const { unread, outcomes } = await one.rig.apply();
      expect(unread).toMatchObject([{ code: "look.fallen" }]);
      expect(outcomes).toEqual([]);
      expect([await held(one.source), await held(one.destination)]).toEqual(before);
    },
  );

  it.each(cases)("brought back, and more came under the same numbers, under `%s`, the %s", async (mode, side) => {
    const one = await begin(mode, side);
    const others = tokens("x", 6);
    await add(one[side], others, 1200);
    const hand = await enter(one[side]);
    // Whoever takes the second for the message that had its number before marks a neighbour.
    await hand.store("INBOX", await uidOf(hand, "INBOX", "x1"), "+FLAGS", ["\\Flagged"]);
    await hand.close();
    const source = await held(one.source);
    const before = await held(one.destination);
    await one.rig.apply();
    await one.rig.apply();
    expect(await held(one.source)).toEqual(source);
    const after = await held(one.destination);
    expect(names(after)).toEqual([...new Set(names(after))]);
    // Under `mirror` what the source lost may go; what is the destination's own never does, nor what both have.
    const kept = before.filter((line) => mode === "copy" || side === "destination" || !/ j\d /.test(line));
    const arrived = side === "source" ? source : [];
    expect(after).toEqual(expect.arrayContaining([...kept, ...arrived]));
    expect((await one.rig.plan()).steps).toEqual([]);
  });
});
