import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place } from "./run.ts";

const user = "ana@example.com";
const document = (kind: string, name: string, spec: string): string =>
  `apiVersion: reconcile/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${spec}\n`;
const archive = (name: string): string =>
  document("Endpoint", name, `{type: archive, path: ../${name}, format: maildir}`);
const migration = (mailboxes: string): string =>
  document(
    "Migration",
    "example",
    `{source: {mail: old}, destination: {mail: new}, mailboxes: ${mailboxes}, state: {sqlite: ../.reconcile/state.db}}`,
  );

let place: Place;

beforeEach(async () => {
  place = await openPlace();
  await place.write({
    "company/mail.yaml": [archive("old"), archive("new"), document("Mailbox", user, "{}")].join("---\n"),
    "move/migration.yaml": migration("{mode: copy}"),
    "late/migration.yaml": migration("{mode: copy, folders: {only: [INBOX]}}"),
  });
  for (const folder of ["", ".Work"])
    for (const part of ["cur", "new", "tmp"]) mkdirSync(place.path("old", user, folder, part), { recursive: true });
  mkdirSync(place.path("new"));
});
afterEach(() => place.remove());

const apply = (environment: string) => place.run(["apply", "-f", "company", "-f", environment, "--auto-approve"]);
const plan = (environment: string) => place.run(["plan", "-f", "company", "-f", environment, "--detailed-exitcode"]);

function deliver(name: string, folder = ""): void {
  const text = `Message-ID: <${name}@example.com>\nSubject: ${name}\n\nThis is ${name}.\n`;
  writeFileSync(place.path("old", user, folder, "cur", `1700000000.${name}.old:2,`), text);
}

const files = (side: string, folder: string) =>
  ["cur", "new"].flatMap((part) => {
    const path = place.path(side, user, folder, part);
    return readdirSync(path).map((file) => join(path, file));
  });

/** The names of the messages in a folder, by what is in them. */
const subjects = (side: string, folder = ""): readonly string[] =>
  files(side, folder)
    .map((path) => /^Subject: (.+)$/mu.exec(readFileSync(path, "utf8"))?.[1] ?? "")
    .toSorted();

/** As a mail program moves a message to another folder of the same mailbox. */
function move(side: string, name: string, to: string): void {
  const found = files(side, "").filter((path) => readFileSync(path, "utf8").includes(`Subject: ${name}\n`));
  expect(found).toHaveLength(1);
  for (const path of found) renameSync(path, place.path(side, user, to, "cur", `${name}-moved:2,S`));
}

describe("passes of INBOX alone, between passes of the whole mailbox", () => {
  it("bring what came into INBOX, undo nothing, and leave the rest to the next whole pass", async () => {
    for (const name of ["one", "two", "three"]) deliver(name);
    deliver("work", ".Work");
    expectCode(await apply("move"), 0);
    expect(subjects("new")).toEqual(["one", "three", "two"]);

    move("new", "one", ".Work");
    move("old", "two", ".Work");
    deliver("late");
    deliver("filed", ".Work");

    const first = await plan("late");
    expectCode(first, 2);
    expect(first.stdout).toContain("copy 1 message");
    expectCode(await apply("late"), 0);
    expect(subjects("new")).toEqual(["late", "three", "two"]);
    expect(subjects("new", ".Work")).toEqual(["one", "work"]);
    expectCode(await plan("late"), 0);

    expectCode(await apply("move"), 0);
    expect([...subjects("new"), ...subjects("new", ".Work")].toSorted()).toEqual([
      "filed",
      "late",
      "one",
      "three",
      "two",
      "work",
    ]);
    expect(subjects("new", ".Work")).toContain("one");
    expectCode(await plan("move"), 0);
  });
});
