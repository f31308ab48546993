import { appendFileSync, readFileSync, rmSync, statSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectCode } from "./expect-code.ts";
import { maildir, nameOfHop, writeMailManifests } from "./mail-manifests.ts";
import { generateMailbox } from "./mailbox-generator.ts";
import { filesOf } from "./mailbox-reader.ts";
import { openPlace, type Place } from "./run.ts";

const users = ["ana@example.com", "bo@example.com"] as const;
const [ana, bo] = users;
const each = 60;
const hop = { from: maildir("old"), to: maildir("new") };

interface Mailbox {
  readonly address: string;
  readonly proved: boolean;
  readonly counts?: Readonly<Record<string, number>>;
  readonly differences?: Readonly<Record<string, number>>;
  readonly named?: readonly { readonly standing: string; readonly folder: string; readonly messageId?: string }[];
  readonly unnamed?: number;
  readonly fault?: { readonly code: string };
}

let place: Place;

beforeEach(async () => {
  place = await openPlace();
  for (const [seed, user] of users.entries()) generateMailbox(place.path("old", user), { messages: each, seed });
  await writeMailManifests(place, [hop], users);
  expectCode(await run("apply", "--auto-approve", "--progress", "none"), 0);
});
afterEach(() => place.remove());

const run = (...args: readonly string[]) => {
  const [command = "", ...more] = args;
  return place.run([command, "-e", nameOfHop(hop), ...more]);
};

async function verify(code: number, ...more: readonly string[]): Promise<ReadonlyMap<string, Mailbox>> {
  const ended = await run("verify", "--format", "json", ...more);
  expectCode(ended, code);
  const { mailboxes } = JSON.parse(ended.stdout) as { mailboxes: readonly Mailbox[] };
  return new Map(mailboxes.map((mailbox) => [mailbox.address.replace("mailbox/", ""), mailbox]));
}

const loseState = () => rmSync(place.path("manifests/.reconcile"), { recursive: true });
const at = (user: string) => filesOf(place.path("new", user));

/** A message of the destination whose Message-ID no other message has, as the file on disk says it. */
function oneOf(user: string) {
  const told = at(user).map((file) => ({
    ...file,
    messageId: /^message-id:\s*(<[^>\r\n]+>)/im.exec(readFileSync(file.path, "latin1"))?.[1],
    text: readFileSync(file.path, "latin1"),
  }));
  const one = told.find(
    ({ messageId, text }) =>
      messageId !== undefined &&
      /\n\r?\n[^]*[a-z]/.test(text) &&
      told.filter((other) => other.messageId === messageId).length === 1,
  );
  if (one === undefined) throw new Error("the generated mailbox has no such message");
  return one;
}

describe("verify", () => {
  it("proves a whole copy, with and without its state, and writes nothing", async () => {
    const before = at(ana).map(({ path }) => `${path} ${statSync(path).mtimeMs}`);
    const remembered = readFileSync(place.path("manifests/.reconcile/state.db"));
    for (const more of [[], ["--content"]]) {
      const found = await verify(0, ...more);
      for (const user of users)
        expect(found.get(user)).toMatchObject({ proved: true, counts: { there: each, missing: 0 } });
    }
    expect(readFileSync(place.path("manifests/.reconcile/state.db")).equals(remembered)).toBe(true);
    loseState();
    const found = await verify(0, "--content");
    for (const user of users) expect(found.get(user)).toMatchObject({ proved: true, counts: { there: each } });
    expect(() => statSync(place.path("manifests/.reconcile"))).toThrow("ENOENT");
    expect(at(ana).map(({ path }) => `${path} ${statSync(path).mtimeMs}`)).toEqual(before);
  }, 120_000);

  it("names what went from the destination, and takes it for its user's doing unless it is to be strict", async () => {
    const gone = oneOf(ana);
    unlinkSync(gone.path);
    const found = await verify(4, "--strict");
    expect(found.get(ana)).toMatchObject({ proved: false, counts: { there: each - 1, vanished: 1 } });
    expect(found.get(ana)?.named).toMatchObject([{ standing: "vanished", messageId: gone.messageId }]);
    expect(found.get(bo)).toMatchObject({ proved: true });
    const text = await run("verify", "--strict");
    expectCode(text, 4);
    expect(text.stdout).toContain(gone.messageId);
    expect((await verify(0)).get(ana)).toMatchObject({ proved: true, counts: { there: each - 1, vanished: 1 } });
  }, 120_000);

  it("names every message to a program, the first ones to a person, and says how many are left", async () => {
    const { length } = at(ana)
      .slice(0, 30)
      .map(({ path }) => unlinkSync(path));
    const mailbox = (await verify(4, "--strict", "--target", `mailbox/${ana}`)).get(ana);
    expect(mailbox).toMatchObject({ counts: { vanished: length }, unnamed: 0 });
    expect(mailbox?.named).toHaveLength(length);
    const text = await run("verify", "--strict", "--target", `mailbox/${ana}`);
    expect(text.stdout).toContain(`and ${length - 20} more: --list mailbox/${ana} names all`);
  }, 120_000);

  it("does not explain an absence without a state", async () => {
    const gone = oneOf(ana);
    unlinkSync(gone.path);
    loseState();
    const mailbox = (await verify(4)).get(ana);
    expect(mailbox?.counts?.["there"]).toBe(each - 1);
    expect((mailbox?.counts?.["missing"] ?? 0) + (mailbox?.counts?.["unknown"] ?? 0)).toBe(1);
    expect(mailbox?.named).toMatchObject([{ messageId: gone.messageId }]);
  }, 120_000);

  it("sees one octet of a body by --content alone", async () => {
    const one = oneOf(ana);
    const { atime, mtime } = statSync(one.path);
    const body = one.text.search(/\n\r?\n/) + 2;
    const octet = body + one.text.slice(body).search(/[a-z]/);
    const changed = Buffer.from(one.text, "latin1");
    changed[octet] = (changed[octet] ?? 0) ^ 1;
    writeFileSync(one.path, changed);
    utimesSync(one.path, atime, mtime);
    expect((await verify(0)).get(ana)).toMatchObject({ counts: { there: each } });
    const mailbox = (await verify(4, "--content")).get(ana);
    expect(mailbox).toMatchObject({ counts: { there: each - 1, bodyDiffers: 1 } });
    expect(mailbox?.named).toMatchObject([{ standing: "bodyDiffers", messageId: one.messageId }]);
  }, 120_000);

  it("takes a header line that the destination added for what it is", async () => {
    const one = oneOf(ana);
    const { atime, mtime } = statSync(one.path);
    writeFileSync(one.path, Buffer.from(`X-Received-By: gate\n${one.text}`, "latin1"));
    utimesSync(one.path, atime, mtime);
    const mailbox = (await verify(0, "--content")).get(ana);
    expect(mailbox).toMatchObject({ proved: true, counts: { there: each }, differences: { headers: 1 } });
  }, 120_000);

  it("tells what came to the source after the last pass", async () => {
    const [first] = filesOf(place.path("old", ana));
    const path = `${first?.path.replace(/[^/]+$/, "")}4102444800.new.host`;
    writeFileSync(path, "Message-ID: <late@example.com>\nFrom: x@example.com\nSubject: late\n\nlate\n");
    const mailbox = (await verify(4)).get(ana);
    expect(mailbox).toMatchObject({ counts: { there: each, newer: 1 } });
    expect(mailbox?.named).toMatchObject([{ standing: "newer", messageId: "<late@example.com>" }]);
  }, 120_000);

  it("lets a mailbox that cannot be read spoil itself alone", async () => {
    rmSync(place.path("old", bo), { recursive: true });
    appendFileSync(place.path("old", bo), "");
    const found = await verify(4);
    expect(found.get(bo)).toMatchObject({ proved: false });
    expect(found.get(bo)?.fault).toBeDefined();
    expect(found.get(ana)).toMatchObject({ proved: true });
  }, 120_000);

  it("refuses to prove nothing", async () => {
    expectCode(await run("verify", "--target", "mailbox/nobody@example.com"), 1);
    expectCode(await run("verify", "--list", "mailbox/nobody@example.com"), 1);
  }, 120_000);
});
