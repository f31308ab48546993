import { readdirSync, unlinkSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { column } from "./company.ts";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place } from "./run.ts";

const document = (kind: string, name: string, spec: string): string =>
  `apiVersion: reconcile/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${spec}\n`;
const mail = (name: string): string => document("Endpoint", name, `{type: archive, path: ../${name}, format: maildir}`);
const letter = (id: string): string => `Message-ID: <${id}@example.com>\nSubject: ${id}\n\n${id}\n`;

/** The old system's mail goes to the new one; its people are then taken away where they were. Both share a state. */
const manifests = {
  "move/all.yaml": [
    mail("old-mail"),
    mail("new-mail"),
    document(
      "Migration",
      "move",
      "{source: {mail: old-mail}, destination: {mail: new-mail}, state: {sqlite: ../state.db}}",
    ),
    document("Mailbox", "zed@example.com", "{}"),
    document("Mailbox", "bo@example.com", "{}"),
  ].join("---\n"),
  "clean/all.yaml": [
    mail("old-mail"),
    document("Endpoint", "old", "{type: csv, path: ../old}"),
    document(
      "Migration",
      "clean",
      "{destination: {directory: old, mail: old-mail}, safety: {maxDeletes: {percent: 100, count: 9}}, state: {sqlite: ../state.db}}",
    ),
    document("Domain", "example.com", "{accounts: {zed: {absent: true}}}"),
  ].join("---\n"),
};

let place: Place;
beforeEach(async () => {
  place = await openPlace();
  await place.write({
    ...manifests,
    "old/accounts.csv": "address\nzed@example.com\nbo@example.com\n",
    "old-mail/zed@example.com/cur/1767261600.M1.h:2,S": letter("one"),
    "old-mail/zed@example.com/cur/1767261600.M2.h:2,S": letter("two"),
    "old-mail/bo@example.com/cur/1767261600.M1.h:2,S": letter("bo"),
    "new-mail/.keep": "",
  });
  expectCode(await apply("move"), 0);
});
afterEach(() => place.remove());

const apply = (folder: string, ...more: readonly string[]) =>
  place.run(["apply", "-f", folder, "--auto-approve", "--progress", "none", ...more]);
const verify = (...more: readonly string[]) => place.run(["verify", "-f", "move", ...more]);
const people = () => column(place, "old/accounts.csv", "address");

/** Takes one message of Zed's away, on the disk. */
function lose(from: string): void {
  const folder = place.path(from, "zed@example.com", "cur");
  unlinkSync(`${folder}/${readdirSync(folder)[0]}`);
}

async function refused(...more: readonly string[]): Promise<void> {
  const ended = await apply("clean", ...more);
  expectCode(ended, 5);
  expect(await people()).toEqual(["bo@example.com", "zed@example.com"]);
}

describe("an account whose mail is elsewhere", () => {
  it("is deleted once a proof of it was remembered, and not before", async () => {
    await refused();
    expectCode(await verify("--content"), 0);
    await refused();
    const proved = await verify("--content", "--record");
    expectCode(proved, 0);
    expect(proved.stderr).toContain("Remembered as verified: 2 of 2.");
    const planned = await place.run(["plan", "-f", "clean"]);
    expectCode(planned, 0);
    expect(planned.stdout).toMatch(/Its mail was proved to be at new-mail on .* by fingerprint and content/u);
    const known = await place.run(["state", "show", "-f", "move", "mailbox/zed@example.com"]);
    expect(known.stdout).toMatch(/verified \S+ \S+ by fingerprint and content/u);
    expectCode(await apply("clean"), 0);
    expect(await people()).toEqual(["bo@example.com"]);
    // The proof of who is left outlives other runs.
    expectCode(await apply("move"), 0);
    expect((await place.run(["state", "show", "-f", "move", "mailbox/bo@example.com"])).stdout).toContain("verified");
  }, 60_000);

  it("stays where the newest proof fails, for a saved plan too, and until it is named", async () => {
    expectCode(await verify("--record"), 0);
    expectCode(await place.run(["plan", "-f", "clean", "--out", "clean.plan"]), 0);
    lose("new-mail");
    const failed = await verify("--record", "--strict");
    expectCode(failed, 4);
    expect(failed.stderr).toContain("Remembered as verified: 1 of 2.");
    const saved = await place.run(["apply", "-f", "clean", "--auto-approve", "--progress", "none", "clean.plan"]);
    expectCode(saved, 5);
    expect(saved.stderr).toContain("no longer proved to be elsewhere");
    await refused();
    expectCode(await apply("clean", "--allow-delete", "account/zed@example.com"), 0);
    expect(await people()).toEqual(["bo@example.com"]);
  }, 60_000);

  it("is not deleted at the system that its mail was brought to", async () => {
    expectCode(await verify("--record"), 0);
    const text = manifests["clean/all.yaml"].replaceAll("old-mail", "new-mail");
    await place.write({ "clean/all.yaml": text });
    await refused();
  }, 60_000);

  it("is told to lose what the rules left out of the proof", async () => {
    const rules = "destination: {mail: new-mail}, mailboxes: {folders: {exclude: [Trash]}}";
    const text = manifests["move/all.yaml"].replace("destination: {mail: new-mail}", rules);
    await place.write({ "move/all.yaml": text });
    expectCode(await verify("--record"), 0);
    const { stdout } = await place.run(["plan", "-f", "clean"]);
    expect(stdout).toMatch(/by fingerprint; what the rules left out, and what came to it since, would be lost/u);
  }, 60_000);

  it("is not taken for proved by a proof of another's mailbox", async () => {
    expectCode(await verify("--record", "--target", "mailbox/bo@example.com"), 0);
    await refused();
  }, 60_000);
});
