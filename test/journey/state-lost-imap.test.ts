import { readFileSync, rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { without } from "../servers/packages.ts";
import { expectCode } from "./expect-code.ts";
import { as, asAppended, layMailbox, onTheWire, readImap, shown, standings } from "./imap-mailbox.ts";
import { imap, nameOfHop, writeMailManifests } from "./mail-manifests.ts";
import { generateMailbox } from "./mailbox-generator.ts";
import { differences, same } from "./mailbox-reader.ts";
import { openPlace } from "./run.ts";

const users = ["ana@example.com", "bo@example.com"] as const;
const total = 200;

describe.skipIf(without("dovecot"))("a state that is lost after a complete copy between real servers", () => {
  let source: Dovecot;
  let destination: Dovecot;

  beforeAll(async () => {
    const logins = { users: Object.fromEntries(users.map((user) => [user, "secret"])) };
    [source, destination] = await Promise.all([
      startDovecot(logins),
      startDovecot({ ...logins, format: "mdbox", namespace: "prefix-dot" }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([source.stop(), destination.stop()]);
  });

  /** A mailbox that was copied whole, whose state is then lost. */
  async function copied(user: (typeof users)[number]) {
    const place = await openPlace();
    onTestFinished(() => place.remove());
    const hop = { from: imap("old", source), to: imap("new", destination) };
    await writeMailManifests(place, [hop], [user]);
    const laid = generateMailbox(place.path("laid"), { messages: total, seed: 3, since: Date.UTC(1970, 0, 2) });
    const octetsOf = (file: string) => asAppended(onTheWire(readFileSync(place.path("laid", file))));
    const expected = laid.map((mail) => shown(mail, octetsOf(mail.file), (part) => part.replaceAll(/[./]/gu, "_")));
    await layMailbox(place.path("laid"), source.mailbox(user));
    const run = (command: string, ...more: readonly string[]) =>
      place.run([command, "-e", nameOfHop(hop), "--progress", "none", ...more]);
    expectCode(await run("apply", "--auto-approve"), 0);
    return {
      expected,
      run,
      lose: () => rmSync(place.path("manifests/.reconcile"), { recursive: true }),
      planned: async (...more: readonly string[]) => {
        const { stdout } = await run("plan", "--format", "json", ...more);
        return (JSON.parse(stdout) as { steps: readonly { change: { counts: object } }[] }).steps[0]?.change.counts;
      },
    };
  }

  it("costs nothing: every message that is there is taken over, and nothing is written", async () => {
    const [user] = users;
    const { expected, run, lose, planned } = await copied(user);
    lose();
    const before = await as(destination, user, standings);
    expect(await planned()).toMatchObject({ copy: 0, adopt: total, unknown: 0 });
    expectCode(await run("apply", "--auto-approve"), 0);
    expect(await as(destination, user, standings)).toEqual(before);
    expect(differences(await as(destination, user, readImap), expected)).toEqual(same);
    expectCode(await run("plan", "--detailed-exitcode"), 0);
  }, 120_000);

  it("leaves three that their user deleted for unknown, until they are asked for", async () => {
    const [, user] = users;
    const { expected, run, lose, planned } = await copied(user);
    await as(destination, user, async (client) => {
      const name = await client.nameOf(["Archive", "2019"]);
      for (const { uid } of (await client.fetchAll(name)).slice(2, 5)) await client.expunge(name, uid);
    });
    const left = await as(destination, user, readImap);
    expect(left).toHaveLength(total - 3);
    lose();
    expect(await planned()).toMatchObject({ copy: 0, adopt: total - 3, unknown: 3 });
    const waiting = await run("apply", "--auto-approve");
    expectCode(waiting, 4);
    expect(waiting.stdout).toMatch(/unknown 3 \(deleted by its user, or never copied; --recopy copies them\)/u);
    expect(differences(await as(destination, user, readImap), left)).toEqual(same);

    expect(await planned("--recopy")).toMatchObject({ copy: 3, unknown: 0 });
    expectCode(await run("apply", "--auto-approve", "--recopy"), 0);
    expect(differences(await as(destination, user, readImap), expected)).toEqual(same);
    expectCode(await run("plan", "--detailed-exitcode"), 0);
  }, 120_000);
});
