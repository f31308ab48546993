import { readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectCode } from "./expect-code.ts";
import { type Hop, maildir, mbox, nameOfHop, writeMailManifests } from "./mail-manifests.ts";
import { generateMailbox, type Mail, type Written } from "./mailbox-generator.ts";
import { differences, filesOf, readMaildir, readMbox, same, toTheSecond } from "./mailbox-reader.ts";
import { openPlace, type Place } from "./run.ts";

const user = "ana@example.com";

interface Kind {
  readonly hop: Hop;
  read(): readonly Mail[];
  /** Deletes three messages as their user would, and tells which. */
  deleteThree(): readonly Mail[];
  /** What the destination can hold of a message. */
  held<M extends Mail>(mail: M): M;
}

let place: Place;
let written: readonly Written[];

beforeEach(async () => {
  place = await openPlace();
  written = generateMailbox(place.path("old", user), { messages: 150, seed: 3 });
  await writeMailManifests(
    place,
    Object.values(kinds).map(({ hop }) => hop),
    [user],
  );
});
afterEach(() => place.remove());

const kinds: Readonly<Record<string, Kind>> = {
  Maildir: {
    hop: { from: maildir("old"), to: maildir("new") },
    read: () => readMaildir(place.path("new", user)),
    deleteThree: () => {
      const gone = filesOf(place.path("new", user))
        .filter(({ folder }) => folder === "Archive > 2019")
        .slice(2, 5);
      for (const { path } of gone) unlinkSync(path);
      return gone;
    },
    held: (mail) => mail,
  },
  mbox: {
    hop: { from: maildir("old"), to: mbox("boxes") },
    read: () => readMbox(place.path("boxes", user)),
    deleteThree: () => {
      const before = readMbox(place.path("boxes", user));
      const file = place.path("boxes", user, "Archive.sbd", "2019");
      const octets = readFileSync(file);
      let behind = 0;
      for (let count = 0; count < 3; count++) behind = octets.indexOf("\nFrom ", behind) + 1;
      writeFileSync(file, octets.subarray(behind));
      const left = readMbox(place.path("boxes", user)).map((mail) => JSON.stringify(mail));
      return before.filter((mail) => {
        const at = left.indexOf(JSON.stringify(mail));
        if (at >= 0) left.splice(at, 1);
        return at < 0;
      });
    },
    held: toTheSecond,
  },
};

interface Counts {
  readonly copy: number;
  readonly adopt: number;
  readonly unknown: number;
}

const loseState = () => rmSync(place.path("manifests/.reconcile"), { recursive: true });
const apply = (hop: Hop, ...more: readonly string[]) =>
  place.run(["apply", "-e", nameOfHop(hop), "--auto-approve", ...more]);
const plan = (hop: Hop, ...more: readonly string[]) =>
  place.run(["plan", "-e", nameOfHop(hop), "--detailed-exitcode", ...more]);

async function planned(hop: Hop, ...more: readonly string[]): Promise<Counts> {
  const { stdout } = await plan(hop, "--format", "json", ...more);
  const { steps } = JSON.parse(stdout) as { steps: readonly { change: { counts: Counts } }[] };
  expect(steps).toHaveLength(1);
  return steps[0]?.change.counts as Counts;
}

describe.each(Object.entries(kinds))(
  "a state that is lost after a complete copy into %s",
  (_, { hop, read, deleteThree, held }) => {
    beforeEach(async () => {
      expectCode(await apply(hop), 0);
    });

    it("costs nothing: what is there is taken over, and only what came meanwhile is copied", async () => {
      loseState();
      expect(await planned(hop)).toMatchObject({ copy: 0, adopt: 150, unknown: 0 });
      const applied = await apply(hop);
      expectCode(applied, 0);
      expect(applied.stdout + applied.stderr).toMatch(/(?:no state|nothing is remembered) of earlier runs/iu);
      expect(differences(read(), written.map(held))).toEqual(same);
      expect((await plan(hop)).code).toBe(0);

      const more = generateMailbox(place.path("more"), { messages: 20, seed: 4 });
      for (const { file } of more) {
        const name = file.replace(/(?<=\/)15(?=\d+\.)/u, "16");
        renameSync(place.path("more", file), place.path("old", user, name));
      }
      loseState();
      expect(await planned(hop)).toMatchObject({ copy: 20, adopt: 150, unknown: 0 });
      expect((await apply(hop)).code).toBe(0);
      expect(differences(read(), readMaildir(place.path("old", user)).map(held))).toEqual(same);
    });

    it("leaves three that their user deleted for unknown, until they are asked for", async () => {
      const gone = deleteThree();
      expect(gone).toHaveLength(3);
      expect((await plan(hop)).code).toBe(0);
      loseState();
      expect(await planned(hop)).toMatchObject({ copy: 0, adopt: 147, unknown: 3 });
      const waiting = await apply(hop);
      expectCode(waiting, 4);
      expect(waiting.stdout).toMatch(/unknown 3 \(deleted by its user, or never copied; --recopy copies them\)/u);
      expect(waiting.stdout).toMatch(/, 3 unknown \(/u);
      expect(differences([...read(), ...gone], written.map(held))).toEqual(same);
      const later = await plan(hop);
      expect(later.stdout).toMatch(/\b3 messages\b/u);
      expect(later.stdout).toMatch(/never copied/u);
      expect(later.stdout).toMatch(/--recopy/u);

      expect(await planned(hop, "--recopy")).toMatchObject({ copy: 3, unknown: 0 });
      expect((await apply(hop, "--recopy")).code).toBe(0);
      expect(differences(read(), written.map(held))).toEqual(same);
      expect((await plan(hop)).code).toBe(0);
    });
  },
);
