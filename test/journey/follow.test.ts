import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { maildir, writeMailManifests } from "./mail-manifests.ts";
import { openPlace, type Place, type Running } from "./run.ts";

const user = "ana@example.com";
const hop = { from: maildir("old"), to: maildir("new"), mode: "mirror" } as const;

let place: Place;
let running: Running | undefined;

beforeEach(async () => {
  place = await openPlace();
  running = undefined;
  await writeMailManifests(place, [hop], [user]);
  for (const part of ["tmp", "new", "cur"]) mkdirSync(place.path("old", user, part), { recursive: true });
  deliver("first");
});
afterEach(async () => {
  running?.child.kill("SIGKILL");
  await running?.ended;
  await place.remove();
});

/** Delivers as any other program would: written in full beside, then renamed (the Maildir convention). */
function deliver(name: string, folder = "new"): void {
  const text = `Message-ID: <${name}@example.com>\r\nFrom: bo@example.com\r\nSubject: ${name}\r\n\r\nThis is ${name}.\r\n`;
  writeFileSync(place.path("old", user, "tmp", name), text);
  renameSync(place.path("old", user, "tmp", name), place.path("old", user, folder, name));
}

/** A folder that is there with all its messages from one moment to the next. */
function deliverFolder(name: string, messages: number): void {
  for (const part of ["tmp", "new", "cur"]) mkdirSync(place.path("beside", part), { recursive: true });
  for (let at = 0; at < messages; at += 1)
    writeFileSync(
      place.path("beside", "cur", `${at}:2,S`),
      `Message-ID: <${at}@example.com>\r\n\r\nThis is ${at}.\r\n`,
    );
  renameSync(place.path("beside"), place.path("old", user, name));
}

/** Subjects of what is at the destination, read from its files. */
function arrived(): readonly string[] {
  const parts = ["new", "cur"].map((part) => place.path("new", user, part));
  const texts = parts.flatMap((part) => readdirSync(part).map((name) => readFileSync(`${part}/${name}`, "utf8")));
  return texts.map((text) => /^Subject: (.*?)\r?$/mu.exec(text)?.[1] ?? "?").toSorted();
}

/** An apply that follows, with its first pass over. */
async function following(interval = "1s", ...more: readonly string[]): Promise<Running> {
  running = place.start(["apply", "--auto-approve", "--follow", "--interval", interval, ...more]);
  await running.said("Following 1 mailbox: a pass every 1 ");
  await running.printed(/Z {2}1 mailbox: nothing new/u);
  return running;
}

describe("apply --follow", () => {
  it("brings what comes in after the plan, and ends with 0 when it is interrupted between passes", async () => {
    const { child, printed, said, ended } = await following();
    expect(arrived()).toEqual(["first"]);
    deliver("second");
    await printed(/Z {2}1 mailbox: 1 copied, \d+ B\n/u);
    expect(arrived()).toEqual(["first", "second"]);
    deliver("third");
    await printed(/mailbox: 1 copied[^]*mailbox: 1 copied/u);
    expect(arrived()).toEqual(["first", "second", "third"]);
    child.kill("SIGINT");
    await said("Stopping");
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/Followed for [^:]*: 2 copied\.\n$/u);
    const status = await place.run(["status"]);
    expect(status.stdout).toMatch(/done {9}apply --follow/u);
    expect((await place.run(["plan", "--detailed-exitcode"])).code).toBe(0);
  });

  it("says what it leaves to a plan, and does not remove what left the source", async () => {
    const { child, printed, said, ended } = await following();
    await said("nothing that left the source is removed");
    rmSync(place.path("old", user, "new", "first"));
    deliver("second");
    await printed(/mailbox: 1 copied/u);
    await printed(/mailbox: 1 copied[^]*nothing new/u);
    child.kill("SIGTERM");
    expect((await ended).code).toBe(0);
    expect(arrived()).toEqual(["first", "second"]);
    const plan = await place.run(["plan", "--detailed-exitcode"]);
    expect(plan.code).toBe(5);
    expect(plan.stdout).toMatch(/delete 1/u);
  });

  it("ends cleanly when the time is over", async () => {
    running = place.start(["apply", "--auto-approve", "--follow", "--interval", "1h", "--max-duration", "10s"]);
    const { code, stdout, stderr } = await running.ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/The time is over/u);
    expect(stdout).toMatch(/Followed for [^:]*in 1 pass: nothing new/u);
  });

  it("ends with 130 when a pass is cut short, and a later run goes on", async () => {
    const { child, said, ended } = await following("1s", "--progress", "json");
    deliverFolder(".Bulk", 1000);
    // The first batch of the folder has arrived.
    await said('Bulk"');
    child.kill("SIGINT");
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout).toMatch(/1 mailbox skipped\n {2}stopped {2}The run was interrupted/u);
    expect((await place.run(["status"])).stdout).toMatch(/interrupted {2}apply --follow/u);
    const there = (): number => readdirSync(place.path("new", user, ".Bulk", "cur")).length;
    expect(there()).toBeLessThan(1000);
    expect((await place.run(["apply", "--auto-approve"])).code).toBe(0);
    expect(there()).toBe(1000);
  });

  it("follows where the plan has nothing to do", async () => {
    expect((await place.run(["apply", "--auto-approve"])).code).toBe(0);
    const { child, printed, ended } = await following();
    deliver("second");
    await printed(/mailbox: 1 copied/u);
    child.kill("SIGINT");
    expect((await ended).code).toBe(0);
    expect(arrived()).toEqual(["first", "second"]);
  });

  it("holds the state: another run is told who is at work, with 6, and between passes too", async () => {
    const { child, ended } = await following("1h");
    const other = await place.run(["apply", "--auto-approve"]);
    expect(other.code).toBe(6);
    expect(other.stderr).toMatch(new RegExp(`reconcile apply.*${child.pid}`, "u"));
    child.kill("SIGINT");
    expect((await ended).code).toBe(0);
    expect((await place.run(["apply", "--auto-approve"])).code).toBe(0);
  });

  it("ends with 6 when the state is taken from it", async () => {
    const { ended } = await following();
    expect((await place.run(["unlock", "--force"])).code).toBe(0);
    expect((await ended).code).toBe(6);
  });

  it("ends with 3 when the manifests are no longer those that were reviewed", async () => {
    const { ended } = await following();
    deliver("second");
    await writeMailManifests(place, [{ ...hop, mode: "copy" }], [user]);
    const { code, stderr } = await ended;
    expect(code).toBe(3);
    expect(stderr).toMatch(/The manifests are no longer those that were read at the start/u);
  });

  it("goes on after a pass that failed, and says that something is left", async () => {
    const { child, printed, said, ended } = await following();
    renameSync(place.path("old", user), place.path("old", "away"));
    await said(`failed   mailbox/${user}`);
    await printed(/1 mailbox failed/u);
    renameSync(place.path("old", "away"), place.path("old", user));
    deliver("second");
    await printed(/mailbox: 1 copied/u);
    renameSync(place.path("old", user), place.path("old", "away"));
    await printed(/mailbox: 1 copied[^]*1 mailbox failed/u);
    child.kill("SIGINT");
    const { code, stdout } = await ended;
    expect(code).toBe(4);
    expect(stdout).toMatch(/Something is left of 1 mailbox; reconcile status says what\.\n$/u);
    expect(arrived()).toEqual(["first", "second"]);
  });

  it.each([
    [["move.plan", "--follow"], "--follow cannot apply"],
    [["--auto-approve", "--interval", "5m"], "--interval cannot apply"],
    [["--auto-approve", "--follow", "--phase", "directory"], "--follow cannot apply"],
  ])("is refused where it cannot be meant: %j", async (flags, message) => {
    const { code, stderr } = await place.run(["apply", ...flags]);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });
});
