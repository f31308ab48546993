import { readdirSync, statSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectCode } from "./expect-code.ts";
import { type Hop, maildir, mbox, nameOfHop, writeMailManifests } from "./mail-manifests.ts";
import { folders, generateMailbox, type Mail, type Written } from "./mailbox-generator.ts";
import { differences, readMaildir, readMbox, same, toTheSecond } from "./mailbox-reader.ts";
import { openPlace, type Place, type Running } from "./run.ts";

const user = "big@example.com";
const old = maildir("old");
const toMaildir: Hop = { from: old, to: maildir("new") };
const toMbox: Hop = { from: old, to: mbox("boxes") };

let place: Place;
let written: readonly Written[];

beforeAll(async () => {
  place = await openPlace();
  written = generateMailbox(place.path("old", user));
  await writeMailManifests(place, [toMaildir, toMbox], [user]);
});
afterAll(() => place.remove());

const start = (hop: Hop): Running =>
  place.start(["apply", "-e", nameOfHop(hop), "--auto-approve", "--progress", "json"]);

/** What a person who looks at the destination would see of it so far. */
const seen = {
  files: (): number => sum(folders.map(({ maildir: name }) => filesIn(place.path("new", user, name, "cur")))),
  octets: (): number => sum(folders.map(({ mbox: name }) => sizeOf(place.path("boxes", user, name)))),
};
const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);

function filesIn(folder: string): number {
  try {
    return readdirSync(folder).length;
  } catch {
    return 0;
  }
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** Lets the run go on until there is so much at the destination, and kills it there and then. */
async function killAt(running: Running, measure: () => number, goal: number): Promise<void> {
  while (running.child.exitCode === null && measure() < goal) await turn();
  await kill(running);
}

/** The same by what the run tells of itself: so many messages that it remembers. */
async function killAfter(running: Running, messages: number): Promise<void> {
  const told = () =>
    Math.max(0, ...[...tail.matchAll(/"sync\.progress".*?"messages":(\d+)/gu)].map(([, count]) => Number(count)));
  let tail = "";
  await new Promise<void>((resolve) => {
    running.child.stderr?.on("data", (text: string) => {
      tail += text;
      if (told() >= messages) resolve();
    });
    running.child.once("close", () => resolve());
  });
  expect(tail).toMatch(/"type":"sync\.begin".*"messages":2000,/u);
  await kill(running);
}

async function kill(running: Running): Promise<void> {
  running.child.kill("SIGKILL");
  await running.ended;
  expect(running.child.signalCode).toBe("SIGKILL");
}

/** The run that nobody kills, and a plan that then finds nothing to do. */
async function finish(hop: Hop): Promise<void> {
  const ended = await start(hop).ended;
  expectCode(ended, 0);
  const after = await place.run(["plan", "-e", nameOfHop(hop), "--detailed-exitcode"]);
  expectCode(after, 0);
}

const quarter = 500;

describe("an apply that is killed at 25, 50 and 75 per cent, and run again", () => {
  it("into Maildir loses nothing and brings nothing twice", async () => {
    await killAfter(start(toMaildir), quarter);
    for (const goal of [2 * quarter, 3 * quarter]) {
      const before = seen.files();
      expect(before).toBeGreaterThan(0);
      await killAt(start(toMaildir), seen.files, goal);
      expect(seen.files()).toBeLessThan(written.length);
      expect(differences(readMaildir(place.path("new", user)), written).extra).toEqual([]);
    }
    await finish(toMaildir);
    expect(differences(readMaildir(place.path("new", user)), written)).toEqual(same);
    expect(sum(folders.map(({ maildir: name }) => filesIn(place.path("new", user, name, "tmp"))))).toBe(0);
  });

  it("into mbox loses nothing and brings nothing twice", async () => {
    const octets = sum(written.map(({ size }) => size));
    await killAfter(start(toMbox), quarter);
    for (const goal of [0.5, 0.75]) await killAt(start(toMbox), seen.octets, goal * octets);
    expect(seen.octets()).toBeGreaterThan(octets / 2);
    await finish(toMbox);
    const expected: readonly Mail[] = written.map(toTheSecond);
    expect(differences(readMbox(place.path("boxes", user)), expected)).toEqual(same);
  });
});
