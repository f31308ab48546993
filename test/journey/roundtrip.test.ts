import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectCode } from "./expect-code.ts";
import { eml, type Hop, maildir, mbox, nameOfHop, writeMailManifests } from "./mail-manifests.ts";
import { folders, generateFromCorpus, generateMailbox, type Mail, type Written } from "./mailbox-generator.ts";
import { differences, readEml, readMaildir, readMbox, same, toTheSecond, withoutMarks } from "./mailbox-reader.ts";
import { openPlace, type Place } from "./run.ts";

const [big, real] = ["big@example.com", "real@example.com"];
const [old, boxes, files, last] = [maildir("old"), mbox("boxes"), eml("files"), maildir("last")];
const toMbox: Hop = { from: old, to: boxes };
const toEml: Hop = { from: boxes, to: files };
const toMaildir: Hop = { from: files, to: last };
const [small, counted, back] = [maildir("small"), mbox("counted", "mboxcl2"), maildir("back")];
const toCounted: Hop = { from: small, to: counted };
const toBack: Hop = { from: counted, to: back };

let place: Place;
let written: readonly Written[];
/** Real mail; none where it is left out. */
let corpus: readonly Mail[];
let smaller: readonly Written[];
/** What plan and apply said on each way. */
let said: Readonly<Record<"toMbox" | "toEml" | "toMaildir", string>>;

beforeAll(async () => {
  place = await openPlace();
  written = generateMailbox(place.path("old", big), { large: true });
  corpus = generateFromCorpus(place.path("old", real));
  smaller = generateMailbox(place.path("small", big), { messages: 150, seed: 7 });
  await writeMailManifests(
    place,
    [toMbox, toEml, toMaildir, toCounted, toBack],
    corpus.length > 0 ? [big, real] : [big],
  );
  said = { toMbox: await carry(toMbox), toEml: await carry(toEml), toMaildir: await carry(toMaildir) };
}, 180_000);
afterAll(() => place.remove());

const of = (hop: Hop) => ["-e", nameOfHop(hop), "--progress", "none"];

/** Plans, applies, and plans again, which finds nothing to do; gives what the first plan and the apply said. */
async function carry(hop: Hop, target: readonly string[] = []): Promise<string> {
  const planned = await place.run(["plan", ...of(hop), ...target, "--detailed-exitcode"]);
  expectCode(planned, 2);
  const applied = await place.run(["apply", ...of(hop), ...target, "--auto-approve"]);
  expectCode(applied, 0);
  const after = await place.run(["plan", ...of(hop), ...target, "--detailed-exitcode"]);
  expectCode(after, 0);
  expect(after.stdout).toContain("No changes.");
  return planned.stdout + applied.stdout;
}

const run = promisify(execFile);
const python = await run("python3", ["-c", "import mailbox"]).then(
  () => true,
  () => process.stderr.write("Left out: there is no python3 to read the mbox files with\n") && false,
);
/** Dates of all messages in the files named. */
const script = `import mailbox, json, sys, calendar, time
dates = []
for name in json.loads(sys.argv[2]):
    for message in mailbox.mbox(sys.argv[1] + "/" + name, create=False):
        dates.append(calendar.timegm(time.strptime(message.get_from().split(" ", 1)[1])))
print(json.dumps(sorted(dates)))`;

const isDeleted = ({ flags }: Mail): boolean => flags.includes("T");

describe("a mailbox of awkward mail, and one of real mail", () => {
  it("are what the test needs them to be", () => {
    expect(written).toHaveLength(2001);
    expect(new Set(written.map(({ folder }) => folder)).size).toBe(folders.length);
    expect(written.filter(({ size }) => size > 25_000_000)).toHaveLength(1);
    expect(new Set(written.map(({ folder, hash }) => folder + hash)).size).toBeLessThan(1950);
    for (const letter of "DFPRST") expect(written.some(({ flags }) => flags.includes(letter))).toBe(true);
    expect(differences(readMaildir(place.path("old", big)), written)).toEqual(same);
  });

  it("go from Maildir to mbox with every octet, flag and keyword, and their dates to the second", async () => {
    expect(said.toMbox).toMatch(/copy 2,001 messages · [\d.]+ MiB · 12 folders/u);
    expect(differences(readMbox(place.path("boxes", big)), written.map(toTheSecond))).toEqual(same);
    expect(differences(readMbox(place.path("boxes", real)), corpus.map(toTheSecond))).toEqual(same);
    const { stdout } = await place.run(["check", "-e", nameOfHop(toMbox)]);
    expect(stdout).toMatch(/Dates are kept to the second/u);
  });

  it.skipIf(!python)("are in the mbox for another program too", async () => {
    const names = JSON.stringify(folders.map(({ mbox: name }) => name));
    const { stdout } = await run("python3", ["-c", script, place.path("boxes", big), names], { maxBuffer: 1 << 24 });
    expect(JSON.parse(stdout)).toEqual(written.map(({ date }) => Math.floor(date / 1000)).toSorted((a, b) => a - b));
  });

  it("go on to message files with every octet; that these hold no flags is told, and what is marked as deleted stays behind", async () => {
    expect(said.toEml).toMatch(/ copied, 10 skipped/u);
    const arrived = written
      .filter((mail) => !isDeleted(mail))
      .map(toTheSecond)
      .map(withoutMarks);
    expect(differences(readEml(place.path("files", big)), arrived)).toEqual(same);
    expect(differences(readEml(place.path("files", real)), corpus.map(toTheSecond).map(withoutMarks))).toEqual(same);
    const { stdout } = await place.run(["check", "-e", nameOfHop(toEml)]);
    expect(stdout).toMatch(/hold no flags and no keywords/u);
  });

  it("go back to Maildir with every octet", async () => {
    expect(said.toMaildir).toMatch(/copy 1,991 messages/u);
    const arrived = written
      .filter((mail) => !isDeleted(mail))
      .map(toTheSecond)
      .map(withoutMarks);
    expect(differences(readMaildir(place.path("last", big)), arrived)).toEqual(same);
    expect(differences(readMaildir(place.path("last", real)), corpus.map(toTheSecond).map(withoutMarks))).toEqual(same);
  });

  it("are told beforehand how many of them a format without flags leaves behind", () => {
    const deleted = written.filter(isDeleted).length;
    expect(deleted).toBe(10);
    expect(said.toEml).toContain(`skip ${deleted} (marked as deleted)`);
  });

  it("left what they came from as it was", () => {
    expect(differences(readMaildir(place.path("old", big)), written)).toEqual(same);
    expect(differences(readMbox(place.path("boxes", big)), written.map(toTheSecond))).toEqual(same);
  });
});

describe("a smaller mailbox", () => {
  it("goes through mboxcl2 and back to Maildir with all that it had", async () => {
    const only = ["--target", `mailbox/${big}`];
    await carry(toCounted, only);
    expect(differences(readMbox(place.path("counted", big), "mboxcl2"), smaller.map(toTheSecond))).toEqual(same);
    await carry(toBack, only);
    expect(differences(readMaildir(place.path("back", big)), smaller.map(toTheSecond))).toEqual(same);
  });
});
