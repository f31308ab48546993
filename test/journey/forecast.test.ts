import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectCode } from "./expect-code.ts";
import { type Hop, maildir, writeMailManifests } from "./mail-manifests.ts";
import { generateMailbox } from "./mailbox-generator.ts";
import { openPlace, type Place } from "./run.ts";

const [ana, bo] = ["ana@example.com", "bo@example.com"];
const hop: Hop = { from: maildir("old"), to: maildir("new") };

interface Saved {
  readonly id: string;
  readonly forecast?: {
    readonly parallel: number;
    readonly whole: { readonly basis: string; readonly seconds?: number };
    readonly mailboxes: readonly { readonly address: string; readonly estimate: { readonly basis: string } }[];
    readonly rates: readonly { readonly source: string; readonly destination: string; readonly passes: number }[];
  };
}

let place: Place;
beforeEach(async () => {
  place = await openPlace();
  generateMailbox(place.path("old", ana), { messages: 60, seed: 3 });
  generateMailbox(place.path("old", bo), { messages: 20, seed: 4 });
  await writeMailManifests(place, [hop], [ana, bo]);
});
afterEach(() => place.remove());

const saved = (file: string): Saved => JSON.parse(readFileSync(place.path(file), "utf8")) as Saved;

function deliver(user: string, number: number): void {
  const folder = place.path("old", user, "new");
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, `1700000000.${number}.later`),
    `Message-ID: <late${number}@example.com>\nSubject: Late\n\nLate.\n`,
  );
}

const times = /about \d|at least \d/u;

describe("the forecast", () => {
  it("is not known before the first pass, and by what that took after it", async () => {
    const first = await place.run(["plan", "--out", "first.plan"]);
    expectCode(first, 0);
    expect(first.stdout).toContain("Time for the mail: not known yet: after the first pass\n");
    expect(first.stdout).not.toMatch(times);
    expect(saved("first.plan").forecast).toMatchObject({ parallel: 8, whole: { basis: "unknown" }, rates: [] });
    expectCode(await place.run(["apply", "first.plan"]), 0);

    expect((await place.run(["plan"])).stdout).not.toContain("Time for the mail");
    for (const user of [ana, bo]) deliver(user, 1);
    const second = await place.run(["plan", "--out", "second.plan", "--parallel", "3"]);
    expect(second.stdout).toMatch(/mailbox\/ana@example\.com +copy 1 message · .* · about \d+ (?:s|min)/u);
    expect(second.stdout).toMatch(/\nTime for the mail: about [\d a-z]+ \(3 mailboxes at one time\)\n/u);
    const { forecast } = saved("second.plan");
    expect(forecast).toMatchObject({ parallel: 3, whole: { basis: "measured" } });
    expect(forecast?.mailboxes.map(({ address, estimate }) => [address, estimate.basis]).toSorted()).toEqual([
      [`mailbox/${ana}`, "measured"],
      [`mailbox/${bo}`, "measured"],
    ]);
    expect(forecast?.rates).toMatchObject([{ source: "old", destination: "new", passes: 2 }]);

    const explained = await place.run(["explain", `mailbox/${ana}`]);
    expect(explained.stdout).toMatch(/\n {2}time {7}about .*\n +as 2 passes from old to new took: /u);
  });

  it("is shown of a saved plan as it was, and takes no part in its id", async () => {
    expectCode(await place.run(["apply", "--auto-approve", "--target", `mailbox/${bo}`]), 0);
    const plan = async (file: string, ...more: readonly string[]): Promise<Saved> => {
      expectCode(await place.run(["plan", "--target", `mailbox/${ana}`, "--out", file, ...more]), 0);
      return saved(file);
    };
    const [known, unknown] = [await plan("known.plan"), await plan("unknown.plan", "--state", "other.db")];
    expect([known.forecast?.whole.basis, unknown.forecast?.whole.basis]).toEqual(["measured", "unknown"]);
    const again = await plan("again.plan", "--parallel", "1");
    expect(again.forecast).not.toEqual(known.forecast);
    expect(again.id).toBe(known.id);

    const before = (await place.run(["show", "known.plan"])).stdout;
    expect(before).toMatch(/\nTime for the mail: about /u);
    expectCode(await place.run(["apply", "known.plan"]), 0);
    expect((await place.run(["show", "known.plan"])).stdout).toBe(before);
    expect((await place.run(["show", "unknown.plan"])).stdout).toContain("not known yet: after the first pass");
  });
});
