import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectCode } from "./expect-code.ts";
import { eml, type Hop, maildir, mbox, nameOfHop, writeMailManifests } from "./mail-manifests.ts";
import { generateMailbox, type Written } from "./mailbox-generator.ts";
import { differences, filesOf, type MailFile, readMaildir, same, toTheSecond, withoutMarks } from "./mailbox-reader.ts";
import { openPlace, type Place } from "./run.ts";

const [ana, bo] = ["ana@example.com", "bo@example.com"];
const direct: Hop = { from: maildir("old"), to: maildir("new") };
const mirror: Hop = { from: maildir("old"), to: maildir("twin"), mode: "mirror" };
const toMbox: Hop = { from: maildir("old"), to: mbox("boxes") };
const fromMbox: Hop = { from: mbox("boxes"), to: maildir("unboxed") };
const toEml: Hop = { from: maildir("old"), to: eml("files") };
const fromEml: Hop = { from: eml("files"), to: maildir("refiled") };

let place: Place;
let written: readonly Written[];

beforeEach(async () => {
  place = await openPlace();
  written = generateMailbox(place.path("old", ana), { messages: 120, seed: 9 });
  await writeMailManifests(place, [direct, mirror, toMbox, fromMbox, toEml, fromEml], [ana]);
});
afterEach(() => place.remove());

const run = (command: string, hop: Hop, ...more: readonly string[]) =>
  place.run([command, "-e", nameOfHop(hop), ...more]);
const save = async (hop: Hop): Promise<void> => expect((await run("plan", hop, "--out", "mail.plan")).code).toBe(0);
const applyFile = (hop: Hop, ...more: readonly string[]) => run("apply", hop, "mail.plan", ...more);
const applyNow = async (hop: Hop): Promise<void> => expect((await run("apply", hop, "--auto-approve")).code).toBe(0);
const at = ({ to }: Hop) => readMaildir(place.path(to.name, ana));

const late = (number: number): string => `Message-ID: <late${number}@example.com>\nSubject: Late ${number}\n\nLate.\n`;

function deliver(folder: string, number: number): void {
  for (const part of ["cur", "new", "tmp"]) mkdirSync(join(folder, part), { recursive: true });
  const path = join(folder, "new", `1700000000.${number}.later`);
  writeFileSync(path, late(number));
  utimesSync(path, 1_700_000_000 + number, 1_700_000_000 + number);
}

describe("newer mail", () => {
  it("of a Maildir waits for the next pass, also in a folder that the plan did not know", async () => {
    await save(direct);
    deliver(place.path("old", ana), 1);
    deliver(place.path("old", ana, ".Sent"), 2);
    deliver(place.path("old", ana, ".Archive.2020"), 3);
    const applied = await applyFile(direct);
    expectCode(applied, 0);
    expect(applied.stdout).toMatch(/120 copied, 3 came after the plan/u);
    expect(differences(at(direct), written)).toEqual(same);
    const next = await run("plan", direct, "--detailed-exitcode");
    expect(next.code).toBe(2);
    expect(next.stdout).toMatch(/copy 3 messages/u);
    await applyNow(direct);
    expect(at(direct)).toHaveLength(123);
    expect((await run("plan", direct, "--detailed-exitcode")).code).toBe(0);
  });

  it("of an mbox waits for the next pass", async () => {
    await applyNow(toMbox);
    await save(fromMbox);
    appendFileSync(place.path("boxes", ana, "INBOX"), `From bo@example.com Tue Nov 14 22:13:21 2023\n${late(1)}\n`);
    const applied = await applyFile(fromMbox);
    expectCode(applied, 0);
    expect(applied.stdout).toMatch(/120 copied, 1 came after the plan/u);
    expect(differences(at(fromMbox), written.map(toTheSecond))).toEqual(same);
    await applyNow(fromMbox);
    expect(at(fromMbox)).toHaveLength(121);
  });

  it("of a tree of message files waits for the next pass", async () => {
    await applyNow(toEml);
    const left = written.filter(({ flags }) => !flags.includes("T"));
    await save(fromEml);
    writeFileSync(place.path("files", ana, "INBOX", "late.eml"), late(1));
    const applied = await applyFile(fromEml);
    expectCode(applied, 0);
    expect(applied.stdout).toMatch(/1 came after the plan/u);
    expect(differences(at(fromEml), left.map(withoutMarks))).toEqual(same);
    await applyNow(fromEml);
    expect(at(fromEml)).toHaveLength(left.length + 1);
  });
});

/** Five that have no equal and no mark of a user, each deleted at the source, and where they are at the destination. */
async function listFive(): Promise<readonly MailFile[]> {
  await applyNow(mirror);
  const counts = Map.groupBy(written, ({ hash }) => hash);
  const five = written.filter(({ hash, flags }) => counts.get(hash)?.length === 1 && !flags.includes("F")).slice(0, 5);
  for (const { file } of five) renameSync(place.path("old", ana, file), place.path(basename(file)));
  await save(mirror);
  return five.map(({ hash }) => filesOf(place.path("twin", ana)).find((each) => each.hash === hash) as MailFile);
}

describe("a message that the plan lists for deletion", () => {
  it("is not deleted once it changed, at either side", async () => {
    const [flagged, replaced, restored, removed, plain] = await listFive();
    if (!flagged || !replaced || !restored || !removed || !plain) throw new Error("There are not five");
    // Its user flags one; another message takes the name of one; one comes back; one is gone already.
    renameSync(flagged.path, `${flagged.path.split(":2,")[0]}:2,F`);
    writeFileSync(replaced.path, late(7));
    const back = written.find(({ hash }) => hash === restored.hash)?.file ?? "";
    copyFileSync(place.path(basename(back)), place.path("old", ana, back));
    utimesSync(place.path("old", ana, back), new Date(restored.date), new Date(restored.date));
    unlinkSync(removed.path);
    const ended = await applyFile(mirror);
    // What is no longer what was brought is told once, and is its user's from then on.
    expectCode(ended, 4);
    const hashes = at(mirror).map(({ hash }) => hash);
    expect(hashes).toContain(flagged.hash);
    expect(hashes).toContain(restored.hash);
    expect(hashes).not.toContain(plain.hash);
    expect(readFileSync(replaced.path, "utf8")).toBe(late(7));
    expect(at(mirror)).toHaveLength(118);
    await applyNow(mirror);
    expect(readFileSync(replaced.path, "utf8")).toBe(late(7));
    expect(at(mirror)).toHaveLength(118);
    expectCode(await run("plan", mirror, "--detailed-exitcode"), 0);
  });

  it("is deleted alone: what left the source after the plan is listed by the next one", async () => {
    const five = await listFive();
    const rest = readMaildir(place.path("old", ana)).length;
    const another = filesOf(place.path("old", ana)).find(
      ({ hash }, _, all) => all.filter((each) => each.hash === hash).length === 1,
    ) as MailFile;
    unlinkSync(another.path);
    expect((await applyFile(mirror)).code).toBe(0);
    expect(at(mirror)).toHaveLength(rest);
    expect(at(mirror).some(({ hash }) => five.some((each) => each.hash === hash))).toBe(false);
    const next = await run("plan", mirror, "--detailed-exitcode");
    expect(next.code).toBe(2);
    expect(next.stdout).toMatch(/ delete 1$/mu);
  });

  it("cannot be added by hand", async () => {
    await listFive();
    const text = readFileSync(place.path("mail.plan"), "utf8");
    const plan = JSON.parse(text) as { steps: { change: { deletes: { id: string; place: string }[] } }[] };
    const kept = filesOf(place.path("twin", ana)).find(({ folder }) => folder === "INBOX") as MailFile;
    const deletes = plan.steps[0]?.change.deletes;
    deletes?.push({
      ...(deletes[0] as { id: string; place: string }),
      place: "INBOX",
      id: basename(kept.path).split(":")[0] ?? "",
    });
    writeFileSync(place.path("mail.plan"), JSON.stringify(plan));
    const { code, stderr } = await applyFile(mirror);
    expect(code).toBe(1);
    expect(stderr).toMatch(/changed after it was saved/u);
    expect(at(mirror)).toHaveLength(120);
  });
});

describe("a saved plan of mail", () => {
  it("leaves out a mailbox whose folder was made anew, and that one alone", async () => {
    const others = generateMailbox(place.path("old", bo), { messages: 30, seed: 10 });
    await writeMailManifests(place, [direct], [ana, bo]);
    await save(direct);
    const sent = place.path("old", ana, ".Sent");
    mkdirSync(join(sent, "cur.new"));
    for (const { path } of filesOf(place.path("old", ana)).filter((file) => file.path.startsWith(`${sent}/cur/`))) {
      renameSync(path, join(sent, "cur.new", basename(path)));
    }
    rmdirSync(join(sent, "cur"));
    renameSync(join(sent, "cur.new"), join(sent, "cur"));
    const { code, stdout } = await applyFile(direct);
    expect(code).toBe(4);
    expect(stdout).toMatch(/failed +mailbox\/ana@example\.com: .*renumbered/u);
    expect(readMaildir(place.path("new", ana))).toEqual([]);
    expect(differences(readMaildir(place.path("new", bo)), others)).toEqual(same);
    await applyNow(direct);
    expect(differences(at(direct), written)).toEqual(same);
  });

  it("has the id of a plan that is made anew while nothing has changed", async () => {
    await save(direct);
    const { id } = JSON.parse(readFileSync(place.path("mail.plan"), "utf8")) as { id: string };
    const ended = await run("apply", direct, "--approve", id);
    expectCode(ended, 0);
    expect(differences(at(direct), written)).toEqual(same);
  });
});
