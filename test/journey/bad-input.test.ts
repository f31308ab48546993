import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, type TestContext } from "vitest";
import { expectCode } from "./expect-code.ts";
import { type Hop, maildir, mbox, nameOfHop, writeMailManifests } from "./mail-manifests.ts";
import { generateMailbox, type Written } from "./mailbox-generator.ts";
import { differences, readMaildir, readMbox, same, toTheSecond } from "./mailbox-reader.ts";
import { openPlace, type Place } from "./run.ts";

const user = "ana@example.com";
const direct: Hop = { from: maildir("old"), to: maildir("new") };
const toMbox: Hop = { from: maildir("old"), to: mbox("boxes") };
const fromMbox: Hop = { from: mbox("boxes"), to: maildir("unboxed") };

let place: Place;
let written: readonly Written[];

beforeEach(async () => {
  place = await openPlace();
  written = generateMailbox(place.path("old", user), { messages: 60, seed: 11 });
  await writeMailManifests(place, [direct, toMbox, fromMbox], [user]);
});
afterEach(() => place.remove());

const apply = (hop: Hop, ...more: readonly string[]) =>
  place.run(["apply", "-e", nameOfHop(hop), "--auto-approve", ...more]);
const plan = (hop: Hop, ...more: readonly string[]) =>
  place.run(["plan", "-e", nameOfHop(hop), "--detailed-exitcode", ...more]);
const arrived = () => readMaildir(place.path("new", user));

/** A run that everything was repaired for, and a plan after it. */
async function expectComplete(hop: Hop, ...more: readonly string[]): Promise<void> {
  const ended = await apply(hop, ...more);
  expectCode(ended, 0);
  const after = await plan(hop, ...more);
  expectCode(after, 0);
}

describe("an archive that cannot be read", () => {
  it("as a whole, is told with its path, and nothing is written", async () => {
    renameSync(place.path("old"), place.path("aside"));
    for (const command of ["plan", "check"]) {
      const { code, stdout, stderr } = await place.run([command, "-e", nameOfHop(direct)]);
      expect(code).toBe(4);
      expect(stdout + stderr).toMatch(/no folder at the endpoint's path/u);
    }
    expect((await apply(direct)).code).toBe(4);
    expect(readdirSync(place.path("new"))).toEqual([]);
    renameSync(place.path("aside"), place.path("old"));
    await expectComplete(direct);
    expect(differences(arrived(), written)).toEqual(same);
  });

  it("in one file that is no mbox, spoils that folder alone", async () => {
    await expectComplete(toMbox);
    const file = place.path("boxes", user, "Drafts");
    const octets = readFileSync(file);
    writeFileSync(file, "This is a letter, not a mailbox.\n");
    const spoilt = await apply(fromMbox);
    expectCode(spoilt, 4);
    expect(spoilt.stdout).toMatch(/Drafts .*no mbox/u);
    const rest = written.filter(({ folder }) => folder !== "Drafts").map(toTheSecond);
    expect(differences(readMaildir(place.path("unboxed", user)), rest)).toEqual(same);
    writeFileSync(file, octets);
    await expectComplete(fromMbox);
    expect(differences(readMaildir(place.path("unboxed", user)), written.map(toTheSecond))).toEqual(same);
  });
});

const mount = (command: string, ...args: readonly string[]): boolean => spawnSync(command, args).status === 0;

/** Writes until the disk takes no more. */
function fill(file: string): void {
  for (let block = 1 << 20; block >= 1; block >>= 4) {
    for (;;) {
      try {
        appendFileSync(file, Buffer.alloc(block));
      } catch {
        break;
      }
    }
  }
}

const renumbered = (file: string): string => file.replace(/(?<=\/)15(?=\d+\.)/u, "16");

function generateMore(messages: number): readonly Written[] {
  const more = generateMailbox(place.path("more"), { messages, seed: 13 });
  for (const { file } of more) renameSync(place.path("more", file), place.path("old", user, renumbered(file)));
  const own = new Set(more.map(({ hash, date }) => hash + date));
  return readMaildir(place.path("old", user)).flatMap((mail) =>
    own.has(mail.hash + mail.date) ? [{ ...mail, shape: "", file: "" }] : [],
  );
}

describe("a disk that is full", () => {
  let mounted: string | undefined;
  afterEach(() => {
    if (mounted !== undefined) mount("umount", mounted);
    mounted = undefined;
  });

  function mountSmall(folder: string, size: string, context: TestContext): void {
    mkdirSync(folder, { recursive: true });
    const small = mount("mount", "-t", "tmpfs", "-o", `size=${size}`, "none", folder);
    if (!small) process.stderr.write("Left out: a full disk, for no small file system can be mounted here\n");
    context.skip(!small);
    mounted = folder;
  }

  const makeRoom = (): void => expect(mount("mount", "-o", "remount,size=64m", mounted ?? "")).toBe(true);

  it.for([
    { hop: direct, read: () => arrived(), held: (mail: Written) => mail },
    { hop: toMbox, read: () => readMbox(place.path("boxes", user)), held: toTheSecond },
  ])(
    "at the destination leaves nothing half written, and the rest arrives once there is room: $hop.to.format",
    async ({ hop, read, held }, context) => {
      mountSmall(place.path(hop.to.name), "2m", context);
      rmSync(place.path("old", user), { recursive: true });
      written = generateMailbox(place.path("old", user), { messages: 600, seed: 12 });
      const full = await apply(hop);
      expectCode(full, 4);
      expect(full.stdout).toMatch(/failed .*no space left .*make room/u);
      const sofar = differences(read(), written.map(held));
      expect(sofar.extra).toEqual([]);
      expect(sofar.missing.length).toBeGreaterThan(0);
      makeRoom();
      await expectComplete(hop);
      expect(differences(read(), written.map(held))).toEqual(same);
    },
  );

  it("under the state ends the run in the middle, and doubles nothing once there is room", async (context) => {
    mountSmall(place.path("state"), "16m", context);
    written = [...written, ...generateMore(600)];
    const state = ["--state", "state/state.db"];
    const running = place.start(["apply", "-e", nameOfHop(direct), "--auto-approve", "--progress", "json", ...state]);
    await running.said("sync.progress");
    running.child.kill("SIGSTOP");
    const ballast = place.path("state/ballast");
    fill(ballast);
    running.child.kill("SIGCONT");
    const full = await running.ended;
    expectCode(full, 4);
    expect(full.stdout).toMatch(/The disk is full: the state could not be written \(make room/u);
    const sofar = differences(arrived(), written);
    expect(sofar.extra).toEqual([]);
    expect(sofar.missing.length).toBeGreaterThan(0);
    expect(sofar.missing.length).toBeLessThan(written.length);
    rmSync(ballast);
    await expectComplete(direct, ...state);
    expect(differences(arrived(), written)).toEqual(same);
  });
});

/** Permissions do not bind root: there, somebody else runs the command. */
const somebody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

function runAsSomebody(...args: readonly string[]): { readonly code: number | null; readonly text: string } {
  const entry = join(import.meta.dirname, "../../bin/reconcile.cjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, ...args], {
    cwd: place.folder,
    encoding: "utf8",
    ...somebody,
  });
  return { code: status, text: stdout + stderr };
}

function give(folder: string): void {
  if (somebody.uid === undefined) return;
  chownSync(folder, somebody.uid, somebody.gid);
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true }))
    chownSync(join(entry.parentPath, entry.name), somebody.uid, somebody.gid);
}

describe("a folder without the rights that are needed", () => {
  beforeEach(() => give(place.folder));

  it("for the state begins nothing, and says which", () => {
    mkdirSync(place.path("locked"), { mode: 0o555 });
    give(place.path("locked"));
    const ended = runAsSomebody("apply", "-e", nameOfHop(direct), "--auto-approve", "--state", "locked/state.db");
    expectCode(ended, 1);
    expect(ended.text).toMatch(/state cannot be written/u);
    expect(ended.text).toMatch(/locked\/state\.db/u);
    expect(readdirSync(place.path("new"))).toEqual([]);
    expect(readdirSync(place.path("locked"))).toEqual([]);
  });

  it("at the source spoils that folder alone", () => {
    const folder = place.path("old", user, ".Drafts", "cur");
    chmodSync(folder, 0o000);
    const spoilt = runAsSomebody("apply", "-e", nameOfHop(direct), "--auto-approve");
    expectCode(spoilt, 4);
    expect(spoilt.text).toMatch(/Drafts could not be read/u);
    expect(
      differences(
        arrived(),
        written.filter((mail) => mail.folder !== "Drafts"),
      ),
    ).toEqual(same);
    chmodSync(folder, 0o755);
    const again = runAsSomebody("apply", "-e", nameOfHop(direct), "--auto-approve");
    expectCode(again, 0);
    expect(differences(arrived(), written)).toEqual(same);
  });

  it("at the destination copies nothing there, and all of it once it may", () => {
    chmodSync(place.path("new"), 0o555);
    const refused = runAsSomebody("apply", "-e", nameOfHop(direct), "--auto-approve");
    expectCode(refused, 4);
    expect(readdirSync(place.path("new"))).toEqual([]);
    chmodSync(place.path("new"), 0o755);
    const again = runAsSomebody("apply", "-e", nameOfHop(direct), "--auto-approve");
    expectCode(again, 0);
    expect(differences(arrived(), written)).toEqual(same);
  });
});

describe("a state of a newer version", () => {
  it("is not touched, and nothing is copied", async () => {
    await expectComplete(direct);
    const file = place.path("manifests/.reconcile/state.db");
    const octets = readFileSync(file);
    // https://sqlite.org/fileformat2.html#user_version_number
    octets.writeUInt32BE(9999, 60);
    writeFileSync(file, octets);
    writeFileSync(place.path("old", user, "new", "1700000000.1.later"), "Subject: later\n\n");
    for (const { code, stdout, stderr } of [await apply(direct), await plan(direct)]) {
      expect(code).toBe(1);
      expect(stdout + stderr).toMatch(/newer version: it is of version 9999/u);
    }
    expect(readFileSync(file).equals(octets)).toBe(true);
    expect(differences(arrived(), written)).toEqual(same);
  });
});

describe("two runs at once", () => {
  it("over one mailbox do not happen, however long the first one takes", async () => {
    const first = place.start(["apply", "-e", nameOfHop(direct), "--auto-approve", "--progress", "json"]);
    await first.said("sync.progress");
    first.child.kill("SIGSTOP");
    const second = await apply(direct);
    first.child.kill("SIGCONT");
    expectCode(second, 6);
    expect(second.stderr).toContain(String(first.child.pid));
    expect((await first.ended).code).toBe(0);
    expect(differences(arrived(), written)).toEqual(same);
  });
});
