/** The example with bulk files, walked as its README says; what it makes is read by other readers. */
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { rows } from "./company.ts";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place } from "./run.ts";

const root = join(import.meta.dirname, "../..");
const letter = (subject: string): string =>
  `From: a@x.example\r\nTo: b@x.example\r\nMessage-ID: <${subject}@x.example>\r\nDate: Thu, 01 Jan 2026 10:00:00 +0000\r\nSubject: ${subject}\r\n\r\nText\r\n`;

let place: Place;
let script: readonly string[];
/** Runs the lines of the README's example that fit, as a shell does. */
const shell = (pattern: RegExp) =>
  promisify(execFile)("sh", ["-ec", script.filter((line) => pattern.test(line)).join("\n")], { cwd: place.folder });
const run = (...args: readonly string[]) => place.run([...args, "-f", "my-move"]);
beforeAll(async () => {
  place = await openPlace();
  const text = await readFile(join(root, "manifests/bulk-files/README.md"), "utf8");
  script = (/```sh\n(.*?)```/su.exec(text)?.[1] ?? "").split("\n");
  await promisify(execFile)("cp", ["-r", join(root, "manifests"), place.folder]);
  await shell(/^(?:cp|mkdir) /u);
  for (const name of ["ana", "joerg"])
    await place.write({ [`bulk-files-out/old-mail/${name}@harbour-old.example/cur/1:2,S`]: letter(name) });
});
afterAll(() => place?.remove());

it("is the commands of its README", () => {
  expect(script.filter((line) => line.startsWith("reconcile ")).map((line) => line.replace(/ +#.*/u, ""))).toEqual([
    "reconcile plan  -f .",
    "reconcile apply -f .",
    "reconcile plan  -f .",
  ]);
});

it("plans three accounts, a list, and the mail of two of them", async () => {
  const plan = await run("plan", "--detailed-exitcode");
  expectCode(plan, 2);
  expect(plan.stdout).toContain("4 to add, 0 to change, 0 to delete; 2 messages to copy");
  expect(plan.stdout).toMatch(/No password would be written[^]*ana\.ruiz@harbour\.example/u);
});

it("makes Carbonio's files and an archive, and then has nothing to do", async () => {
  expectCode(await run("apply", "--auto-approve"), 0);
  expect(
    (await rows(place, "bulk-files-out/people/accounts.csv")).map(({ email, givenName, sn }) => [email, givenName, sn]),
  ).toEqual([
    ["ana.ruiz@harbour.example", "Ana", "Ruiz"],
    ["joerg@harbour.example", "Jörg", "Özdemir, Dr."],
    ["scanner@harbour.example", "", "Scanner"],
  ]);
  expect(await rows(place, "bulk-files-out/people/lists.csv")).toEqual([
    {
      address: "team@harbour.example",
      Description: "",
      Name: "Everybody",
      members: "ana.ruiz@harbour.example joerg@harbour.example",
    },
  ]);
  const mail = place.path("bulk-files-out/new-mail");
  expect((await readdir(mail)).toSorted()).toEqual(["ana.ruiz@harbour.example", "joerg@harbour.example"]);
  for (const [owner, subject] of [
    ["ana.ruiz", "ana"],
    ["joerg", "joerg"],
  ] as const) {
    const folder = join(mail, `${owner}@harbour.example`, "cur");
    const [name = "", ...more] = await readdir(folder);
    expect(more).toEqual([]);
    expect(await readFile(join(folder, name), "utf8")).toBe(letter(subject));
  }
  const plan = await run("plan", "--detailed-exitcode");
  expectCode(plan, 0);
  expect(plan.stdout).toContain("No changes.");
});

it("names a mailbox that is not there, and goes on", async () => {
  await place.write({
    "my-move/cloudm/users.csv": `${await readFile(join(root, "manifests/bulk-files/cloudm/users.csv"), "utf8")}True,zed@harbour-old.example,zed@harbour.example,Zed,Zorn,,True,True\n`,
  });
  const applied = await run("apply", "--auto-approve");
  expectCode(applied, 4);
  expect(applied.stdout).toMatch(/Not read\n\s+error +mailbox\/zed@harbour\.example/u);
  expect((await rows(place, "bulk-files-out/people/accounts.csv")).map(({ sn }) => sn)).toContain("Zorn");
});
