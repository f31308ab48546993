import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { companyFiles, makePipe, people, peopleFile, releasePipe } from "./company.ts";
import { expectCode } from "./expect-code.ts";
import { maildir, writeMailManifests } from "./mail-manifests.ts";
import { openPlace, type Place } from "./run.ts";

let place: Place;
beforeEach(async () => {
  place = await openPlace();
});
afterEach(() => place.remove());

const run = (...args: readonly string[]) => place.run(args);

/** What is there already stays as it is, date and all. */
const add = (path: string, text: string): void => {
  if (!existsSync(path)) writeFileSync(path, text);
};

/** A Maildir with these letters in its INBOX. */
function lay(box: string, letters: readonly string[]): void {
  for (const part of ["cur", "new", "tmp"]) mkdirSync(join(box, part), { recursive: true });
  for (const [at, letter] of letters.entries())
    add(join(box, "cur", `${1_700_000_000 + at}.x.y:2,S`), `Message-ID: <${letter}@x.example>\n\n${letter}\n`);
}

/** The letters of a Maildir's INBOX, by the files. */
const lettersOf = (box: string): readonly string[] =>
  filesOf(box)
    .map((path) => /<(\w+)@/u.exec(readFileSync(path, "utf8"))?.[1] ?? "")
    .toSorted();
const filesOf = (box: string): readonly string[] =>
  ["cur", "new"].flatMap((part) => readdirSync(join(box, part)).map((name) => join(box, part, name)));
const remove = (box: string, letter: string): void => {
  unlinkSync(filesOf(box).find((each) => readFileSync(each, "utf8").includes(`<${letter}@`)) ?? "");
};

/** Three letters were moved, the user deleted one of them, and a pass has seen that. */
async function movedMail(): Promise<void> {
  lay(place.path("old/ana@example.com"), ["one", "two", "three"]);
  await writeMailManifests(place, [{ from: maildir("old"), to: maildir("new") }], ["ana@example.com"]);
  expectCode(await run("apply", "--auto-approve"), 0);
  remove(place.path("new/ana@example.com"), "two");
  lay(place.path("old/ana@example.com"), ["one", "two", "three", "four"]);
  expectCode(await run("apply", "--auto-approve"), 0);
  expect(lettersOf(place.path("new/ana@example.com"))).toEqual(["four", "one", "three"]);
}

describe("what is remembered of people", () => {
  beforeEach(async () => {
    await place.write(companyFiles(people.replace("Bo Ek", "Bo Ek, protect: true")));
    await run("apply", "--auto-approve");
  });

  it("is nothing where no state is, and none is made", async () => {
    const none = ["--state", "none/state.db"];
    expect((await run("state", "list", ...none)).stdout).toMatch(/^Nothing is remembered at .*state\.db\.\n$/u);
    for (const args of [
      ["forget", "account/bo@example.com", "--force"],
      ["mv", "list/a@x.example", "list/b@x.example"],
    ])
      expect((await run("state", ...args, ...none)).code).toBe(1);
    expect(existsSync(place.path("none"))).toBe(false);
  });

  it("is listed, with protection and the last step, as text and as JSON", async () => {
    const { code, stdout } = await run("state", "list");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^account\/bo@example\.com +at new · .*protected · last step 20\d\d-/mu);
    expect(stdout).toMatch(/^list\/sales@example\.com +at new/mu);
    const some = await run("state", "list", "--format", "json", "--target", "account/*");
    const { addresses } = JSON.parse(some.stdout) as {
      addresses: { address: string; ledger: { protect?: boolean } }[];
    };
    expect(addresses.map(({ address, ledger }) => [address, ledger.protect ?? false])).toEqual([
      ["account/ana@example.com", false],
      ["account/bo@example.com", true],
    ]);
  });

  it("is shown, also under a name written otherwise, and refused where there is nothing", async () => {
    const { code, stdout } = await run("state", "show", "account/BO@Example.com");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^account\/bo@example\.com\n {2}at new\n[^]* {2}protected\n/u);
    const none = await run("state", "show", "account/nobody@example.com");
    expect({ code: none.code, stdout: none.stdout }).toEqual({ code: 1, stdout: "" });
    expect(none.stderr).toMatch(/Nothing is remembered of it[^]*account\/nobody@example\.com/u);
  });

  it("goes with a rename that an administrator made, protection and all", async () => {
    const cy = "account/cy@example.com";
    const moved = await run("state", "mv", "account/bo@example.com", cy);
    expectCode(moved, 0);
    expect(moved.stderr).toMatch(/^The state as it was: .*state\.db\.backup\n$/u);
    expect((await run("state", "show", cy)).stdout).toMatch(/protected/u);
    expect((await run("state", "show", "account/bo@example.com")).code).toBe(1);
    for (const [from, to, words] of [
      [cy, "account/ana@example.com", /remembered of it already/u],
      [cy, "list/cy@example.com", /of another kind/u],
      ["account/nobody@example.com", "account/x@example.com", /Nothing is remembered/u],
    ] as const) {
      const { code, stdout, stderr } = await run("state", "mv", from, to);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(words);
    }
  });

  it("is forgotten only when that is meant, after the loss was told", async () => {
    const unasked = await run("state", "forget", "account/bo@example.com");
    expect(unasked.code).toBe(1);
    expect(unasked.stderr).toMatch(/the protection of 1 resource[^]*--force/u);
    expect((await run("state", "show", "account/bo@example.com")).code).toBe(0);
    expect((await run("state", "forget")).stderr).toMatch(/one address, or globs/u);
    const forgotten = await run("state", "forget", "--target", "account/*", "--force");
    expectCode(forgotten, 0);
    expect(forgotten.stdout).toBe("Forgotten: account/ana@example.com\nForgotten: account/bo@example.com\n");
    expect((await run("state", "list")).stdout).not.toMatch(/^account/mu);
    expect((await run("state", "list")).stdout).toMatch(/^list/mu);
    await place.write({
      "manifests/people.yaml": peopleFile(people.replace("Bo Ek", "Bo Ek, absent: true").replace("ana, bo", "ana")),
    });
    const plan = await run(
      "plan",
      "--allow-delete",
      "account/bo@example.com",
      "--allow-delete",
      "account=1",
      "--allow-delete",
      "member=1",
    );
    expectCode(plan, 0);
    expect(plan.stdout).toMatch(/! account\/bo@example\.com/u);
  });
});

describe("what is remembered of a mailbox", () => {
  const [ana, anna] = ["mailbox/ana@example.com", "mailbox/anna@example.com"];

  it("is counted, by folder too", async () => {
    await movedMail();
    expect((await run("state", "list")).stdout).toMatch(
      /^mailbox\/ana@example\.com +last step [^\n]+\n {2}3 messages at both ends · 1 deleted by its user\n$/u,
    );
    const { stdout } = await run("state", "show", ana, "--format", "json");
    expect(JSON.parse(stdout)).toMatchObject({
      address: ana,
      mailbox: { paired: 3, adopted: 0, deletedByUser: 1, foreign: 0, waiting: { refused: 0, late: 0, unknown: 0 } },
      places: [{ source: "INBOX", destination: "INBOX", paired: 3, fresh: 0, deletedByUser: 1 }],
      feeds: { source: [{ id: "INBOX", complete: true }], destination: [{ id: "INBOX", complete: true }] },
      intents: [],
    });
    expect((await run("state", "show", ana)).stdout).toMatch(
      /Folders\n {2}INBOX → INBOX[^\n]*: 3 paired · 1 deleted by its user\n/u,
    );
  });

  it("goes where the mailbox went: the next pass copies nothing again", async () => {
    await movedMail();
    renameSync(place.path("new/ana@example.com"), place.path("new/anna@example.com"));
    await writeMailManifests(place, [{ from: maildir("old"), to: maildir("new") }], ["anna@example.com"]);
    const text = readFileSync(place.path("manifests/mail.yaml"), "utf8");
    await place.write({
      "manifests/mail.yaml": text.replace(
        /(name: anna@example\.com\}\nspec: )\{\}/u,
        "$1{source: {user: ana@example.com}}",
      ),
    });
    expectCode(await run("state", "mv", ana, anna), 0);
    expectCode(await run("plan", "--detailed-exitcode"), 0);
    expectCode(await run("apply", "--auto-approve"), 0);
    expect(lettersOf(place.path("new/anna@example.com"))).toEqual(["four", "one", "three"]);
  });

  it("that is forgotten is looked at anew: nothing comes twice, and what was deleted waits", async () => {
    await movedMail();
    const forgotten = await run("state", "forget", ana, "--force");
    expectCode(forgotten, 0);
    expect(forgotten.stderr).toMatch(/how 3 messages came to be at both ends[^]*users deleted 1 message/u);
    expect((await run("state", "list")).stdout).toMatch(/^Nothing is remembered/u);
    const applied = await run("apply", "--auto-approve");
    expectCode(applied, 4);
    expect(lettersOf(place.path("new/ana@example.com"))).toEqual(["four", "one", "three"]);
    expect((await run("state", "list")).stdout).toMatch(/3 of them found there · .*1 deleted or never copied/u);
  });
});

describe("a state that a run holds", () => {
  afterEach(async () => void (await releasePipe(place.path("pipe"))));

  it("is shown, and changed by nobody else", async () => {
    const pipe = place.path("pipe");
    await place.write(companyFiles(people.replace("Bo Ek", `Bo Ek, password: {secret: {command: [cat, ${pipe}]}}`)));
    expectCode(await run("apply", "--auto-approve", "--exclude", "account/bo*", "--exclude", "list/*"), 0);
    await makePipe(pipe);
    const { child, ended, said } = place.start(["apply", "--auto-approve", "--progress", "json"]);
    await said('"address":"account/bo@example.com"');
    for (const args of [
      ["mv", "account/ana@example.com", "account/cy@example.com"],
      ["forget", "account/ana@example.com", "--force"],
    ]) {
      const { code, stdout, stderr } = await run("state", ...args);
      expect({ code, stdout }).toEqual({ code: 6, stdout: "" });
      expect(stderr).toMatch(/holds the state: reconcile apply/u);
    }
    expect((await run("state", "show", "account/ana@example.com")).code).toBe(0);
    child.kill("SIGKILL");
    await ended;
  });
});
