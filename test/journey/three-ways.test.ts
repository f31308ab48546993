import { mkdirSync, renameSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectCode } from "./expect-code.ts";
import { type Hop, maildir, nameOfHop, writeMailManifests } from "./mail-manifests.ts";
import { folders, generateMailbox, hashOf, labelOf, type Written } from "./mailbox-generator.ts";
import { differences, filesOf, type MailFile, readMaildir, same } from "./mailbox-reader.ts";
import { openPlace, type Place } from "./run.ts";

const user = "ana@example.com";
const copy: Hop = { from: maildir("old"), to: maildir("new") };
const mirror: Hop = { from: maildir("old"), to: maildir("twin"), mode: "mirror" };

let place: Place;
let written: readonly Written[];
/** Messages that have no equal in the mailbox, so that it is certain which is which; and no mark. */
let lone: readonly Written[];

beforeEach(async () => {
  place = await openPlace();
  written = generateMailbox(place.path("old", user), { messages: 140, seed: 5 });
  const counts = Map.groupBy(written, ({ hash }) => hash);
  lone = written.filter(({ hash, flags }) => counts.get(hash)?.length === 1 && !flags.includes("F"));
  await writeMailManifests(place, [copy, mirror], [user]);
});
afterEach(() => place.remove());

const apply = (hop: Hop, ...more: readonly string[]) =>
  place.run(["apply", "-e", nameOfHop(hop), "--auto-approve", ...more]);
const plan = (hop: Hop, ...more: readonly string[]) =>
  place.run(["plan", "-e", nameOfHop(hop), "--detailed-exitcode", ...more]);
const boxOf = ({ to }: Hop): string => place.path(to.name, user);

/** The lone message of this number at one of the sides, wherever it lies. */
function find(mailbox: string, number: number): MailFile {
  const found = filesOf(mailbox).filter(({ hash }) => hash === lone[number]?.hash);
  expect(found).toHaveLength(1);
  return found[0] as MailFile;
}

const remove = (mailbox: string, number: number): void => unlinkSync(find(mailbox, number).path);

/** Adds a flag as a mail program does: by the file's name. */
function flag(mailbox: string, number: number, letter: string): void {
  const { path } = find(mailbox, number);
  const [unique = "", letters = ""] = basename(path).split(":2,");
  const name = `${unique}:2,${[...new Set(letters + letter)].toSorted().join("")}`;
  renameSync(path, join(path, "../../cur", name));
}

/** Moves into a folder without keywords, so that letters say the same there. */
function move(mailbox: string, number: number): void {
  const { path } = find(mailbox, number);
  renameSync(path, join(mailbox, elsewhere, "cur", basename(path).replace(/[a-z]+$/u, "")));
}

const elsewhere = ".Moved by hand";
const movedTo = "unexpected .Moved by hand";

function makeElsewhere(mailbox: string): void {
  for (const part of ["cur", "new", "tmp"]) mkdirSync(join(mailbox, elsewhere, part), { recursive: true });
}

function add(mailbox: string, text: string): void {
  const path = join(mailbox, "cur", `1700000000.${text.length}.elsewhere:2,S`);
  writeFileSync(path, `Message-ID: <${text}@example.com>\n\n${text}\n`);
  utimesSync(path, 1_700_000_000, 1_700_000_000);
}

const added = (text: string): Omit<Written, "shape" | "file"> => {
  const octets = Buffer.from(`Message-ID: <${text}@example.com>\n\n${text}\n`);
  return {
    folder: labelOf(folders[0]?.path ?? []),
    hash: hashOf(octets),
    size: octets.length,
    flags: "S",
    keywords: [],
    date: 1_700_000_000_000,
  };
};

const flagged = (mail: Written, letter: string) => ({
  ...mail,
  flags: [...new Set(mail.flags + letter)].toSorted().join(""),
});
const moved = (mail: Written) => ({ ...mail, folder: movedTo, keywords: [] });

describe.each([
  ["copy", copy],
  ["mirror", mirror],
] as const)("a person who works at the destination between two passes of %s", (_, hop) => {
  it("never notices the second: what they deleted, flagged, moved and wrote stays so", async () => {
    expect((await apply(hop)).code).toBe(0);
    const box = boxOf(hop);
    makeElsewhere(box);
    for (const number of [0, 1, 2]) remove(box, number);
    flag(box, 3, "F");
    move(box, 4);
    move(box, 5);
    flag(box, 5, "F");
    add(box, "mine");
    const left = readMaildir(box);

    const quiet = await plan(hop);
    expectCode(quiet, 0);
    const idle = await apply(hop);
    expect(idle.code).toBe(0);
    expect(differences(readMaildir(box), left)).toEqual(same);

    // Their own changes stand beside those that the source brings: each flag by itself.
    flag(place.path("old", user), 3, "R");
    flag(place.path("old", user), 4, "R");
    flag(place.path("old", user), 0, "R");
    expect((await apply(hop)).code).toBe(0);
    const expected = written.flatMap((mail) => {
      const number = lone.indexOf(mail);
      if (number === 3) return [flagged(flagged(mail, "F"), "R")];
      if (number === 4) return [flagged(moved(mail), "R")];
      if (number === 5) return [flagged(moved(mail), "F")];
      return number >= 0 && number < 3 ? [] : [mail];
    });
    expect(differences(readMaildir(box), [...expected, added("mine")])).toEqual(same);
    expect((await plan(hop)).code).toBe(0);
  });
});

/** Deletes three, flags one, moves two and adds one at the source; the destination's user had flagged one of the three. */
async function change(hop: Hop): Promise<readonly Written[]> {
  expect((await apply(hop)).code).toBe(0);
  const source = place.path("old", user);
  flag(boxOf(hop), 2, "F");
  for (const number of [0, 1, 2]) remove(source, number);
  flag(source, 3, "F");
  makeElsewhere(source);
  for (const number of [4, 5]) move(source, number);
  add(source, "new");
  return written.flatMap((mail) => {
    const number = lone.indexOf(mail);
    if (number === 2) return [flagged(mail, "F")];
    if (number === 3) return [flagged(mail, "F")];
    if (number === 4 || number === 5) return [{ ...mail, folder: movedTo }];
    return [mail];
  });
}

describe("what changes at the source", () => {
  it("is followed, and in copy nothing is taken away", async () => {
    const expected = await change(copy);
    const changed = await plan(copy);
    expect(changed.code).toBe(2);
    expect(changed.stdout).toMatch(/copy 1 message /u);
    expect(changed.stdout).toMatch(/flags 1 · move 2 · delete 0 /u);
    const ended = await apply(copy);
    expectCode(ended, 0);
    expect(differences(readMaildir(boxOf(copy)), [...expected, added("new")])).toEqual(same);
    expect((await plan(copy)).code).toBe(0);
  });

  it("in mirror goes too, unless its user has touched it; each is listed beforehand", async () => {
    const expected = await change(mirror);
    const gone = [0, 1].map((number) => find(boxOf(mirror), number));
    const changed = await plan(mirror);
    expect(changed.stdout).toMatch(/delete 2 /u);
    for (const { path } of gone) expect(changed.stdout).toContain(basename(path).split(":")[0] ?? "nothing");
    expect(changed.stdout.match(/- message /gu)).toHaveLength(2);
    const ended = await apply(mirror);
    expectCode(ended, 0);
    expect(ended.stdout).toMatch(/2 messages removed that left the source/u);
    const kept = expected.filter((mail) => !lone.slice(0, 2).some(({ hash }) => hash === mail.hash));
    expect(differences(readMaildir(boxOf(mirror)), [...kept, added("new")])).toEqual(same);
    expect((await plan(mirror)).code).toBe(0);
  });

  it("in mirror is refused when too much would go, until that number is allowed", async () => {
    expect((await apply(mirror)).code).toBe(0);
    for (let number = 0; number < 12; number++) remove(place.path("old", user), number);
    const refused = await apply(mirror);
    expect(refused.code).toBe(5);
    expect(refused.stdout).toMatch(/12 of 140 messages would be deleted; at most 7 may/u);
    expect(refused.stdout).toMatch(/--allow-delete mailbox=12/u);
    expect(differences(readMaildir(boxOf(mirror)), written)).toEqual(same);
    expect((await apply(mirror, "--allow-delete", "mailbox=11")).code).toBe(5);
    expect(differences(readMaildir(boxOf(mirror)), written)).toEqual(same);
    const ended = await apply(mirror, "--allow-delete", "mailbox=12");
    expectCode(ended, 0);
    const left = written.filter((mail) => !lone.slice(0, 12).includes(mail));
    expect(differences(readMaildir(boxOf(mirror)), left)).toEqual(same);
    expect((await plan(mirror)).code).toBe(0);
  });

  it("that the source is gone altogether is a fault, and empties nothing", async () => {
    expect((await apply(mirror)).code).toBe(0);
    renameSync(place.path("old", user), place.path("old", ".aside"));
    const ended = await apply(mirror, "--allow-delete", "mailbox=140");
    expectCode(ended, 4);
    expect(ended.stdout).toMatch(/shows no folder at all/u);
    expect(differences(readMaildir(boxOf(mirror)), written)).toEqual(same);
  });
});
