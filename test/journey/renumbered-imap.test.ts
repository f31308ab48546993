import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import type { ImapClient } from "../servers/imap-client.ts";
import { without } from "../servers/packages.ts";
import { expectCode } from "./expect-code.ts";
import { type Letters, lettersOf, line } from "./imap-letters.ts";
import { as, enter, layMailbox, readImap, standings } from "./imap-mailbox.ts";
import { imap, nameOfHop, writeMailManifests } from "./mail-manifests.ts";
import { generateMailbox, type Mail } from "./mailbox-generator.ts";
import { differences, same } from "./mailbox-reader.ts";
import { openPlace, type Place } from "./run.ts";

const users = Array.from({ length: 6 }, (_, at) => `user${at}@example.com`);
/** Maildir and `/`, mdbox and `.` below INBOX. */
let old: Dovecot;
let next: Dovecot;
let taken = 0;

/** A mailbox of its own on both servers. */
async function begin() {
  const user = users[taken++] ?? "";
  const place: Place = await openPlace();
  onTestFinished(() => place.remove());
  const hop = { from: imap("old", old), to: imap("new", next) };
  await writeMailManifests(place, [hop], [user]);
  const clients = await Promise.all([enter(old, user), enter(next, user)]);
  onTestFinished(async () => void (await Promise.all(clients.map((client) => client.close()))));
  const run = (command: string, ...more: readonly string[]) =>
    place.run([command, "-e", nameOfHop(hop), "--progress", "none", ...more]);
  return {
    user,
    place,
    clients: { source: clients[0], destination: clients[1] },
    apply: async () => expectCode(await run("apply", "--auto-approve"), 0),
    plan: async (code: number) => expectCode(await run("plan", "--detailed-exitcode"), code),
  };
}

const sides = async ({ clients }: Awaited<ReturnType<typeof begin>>): Promise<readonly [Letters, Letters]> =>
  Promise.all([lettersOf(clients.source), lettersOf(clients.destination)]);

/** Takes a folder away and makes it anew, with these messages: as a user does who restores a backup. */
async function renew(client: ImapClient, name: string, keep: (subject: string) => boolean): Promise<void> {
  const validity = async () => (await client.status(name, "UIDVALIDITY")).get("UIDVALIDITY");
  const [before, stored] = [await validity(), await client.fetchAll(name)];
  // Dovecot takes it from the clock: within a second the old number may come again.
  do {
    await client.delete(name);
    await client.create(name);
  } while ((await validity()) === before);
  for (const { body, flags, internalDate } of stored)
    if (keep(body.toString())) await client.append(name, body, flags, internalDate);
}

/** Loses what a Dovecot knows of a Maildir beside the messages: every folder is numbered anew at its next opening. */
function loseNumbers(mailbox: string): void {
  for (const path of readdirSync(mailbox, { recursive: true, encoding: "utf8" }))
    if (/(?:^|\/)dovecot(?:-uidlist|\.index[^/]*|\.list[^/]*|-uidvalidity[^/]*)$/u.test(path))
      rmSync(join(mailbox, path), { force: true });
}

const validities = async (client: ImapClient): Promise<Readonly<Record<string, number>>> =>
  Object.fromEntries(Object.entries(await standings(client)).map(([name, { UIDVALIDITY = 0 }]) => [name, UIDVALIDITY]));

const expectOthers = (before: Readonly<Record<string, number>>, after: Readonly<Record<string, number>>) => {
  expect(Object.keys(after).toSorted()).toEqual(Object.keys(before).toSorted());
  for (const [name, number] of Object.entries(after)) expect({ [name]: number }).not.toEqual({ [name]: before[name] });
};

describe.skipIf(without("dovecot"))("a folder that is another by its numbers or its name", () => {
  beforeAll(async () => {
    const logins = { users: Object.fromEntries(users.map((user) => [user, "secret"])) };
    [old, next] = await Promise.all([
      startDovecot(logins),
      startDovecot({ ...logins, format: "mdbox", namespace: "prefix-dot" }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([old.stop(), next.stop()]);
  });

  it("is the same where the server numbered it anew, on either side or on both: nothing comes twice", async () => {
    const { user, place, clients, apply, plan } = await begin();
    generateMailbox(place.path("old"), { messages: 150, seed: 11, since: Date.UTC(1970, 0, 2) });
    await layMailbox(place.path("old"), old.mailbox(user));
    await apply();
    const archive = await clients.destination.nameOf(["Archive", "2019"]);
    const [gone] = await clients.destination.fetchAll(archive);
    await clients.destination.expunge(archive, gone?.uid ?? 0);
    await clients.destination.ok("UNSELECT");
    await apply();
    const left: readonly Mail[] = await as(next, user, readImap);
    expect(left).toHaveLength(149);

    const renumber = {
      source: async () => {
        const before = await validities(clients.source);
        let after = before;
        // Dovecot takes them from the clock: within seconds of the old ones some may come again.
        while (Object.entries(after).some(([name, number]) => before[name] === number)) {
          loseNumbers(old.mailbox(user));
          after = await as(old, user, validities);
        }
        return expectOthers(before, after);
      },
      destination: async () => {
        const before = await validities(clients.destination);
        for (const [name, number] of Object.entries(before))
          await next.doveadm(["mailbox", "update", "-u", user, "--uid-validity", `${number + 1}`, name]);
        return expectOthers(before, await validities(clients.destination));
      },
    };
    const step = async (...acts: readonly (() => Promise<void>)[]) => {
      for (const act of acts) await act();
      const before = await as(next, user, standings);
      await apply();
      expect(await as(next, user, standings)).toEqual(before);
      expect(differences(await as(next, user, readImap), left)).toEqual(same);
    };
    await step(renumber.destination);
    await step(renumber.source);
    await step(renumber.source, renumber.destination);
    await plan(0);
  }, 120_000);

  it("is the same where it was deleted and made anew with its messages: what its user deleted stays so", async () => {
    const parts = await begin();
    const { clients, apply, plan } = parts;
    const [source, destination] = await sides(parts);
    for (const subject of ["one", "two", "two", "three", "four"]) await source.put("Work", subject, ["\\Seen"]);
    await apply();
    await renew(clients.source, "Work", () => true);
    await renew(clients.destination, "INBOX.Work", (text) => !text.includes("one"));
    await source.mark("one", "+FLAGS", "\\Answered");
    await source.mark("four", "+FLAGS", "\\Flagged");
    await apply();
    const left = [
      line("four", "Work", ["\\Seen", "\\Flagged"]),
      ...["three", "two", "two"].map((subject) => line(subject, "Work", ["\\Seen"])),
    ];
    expect(await destination.all()).toEqual(left);

    await renew(clients.source, "Work", (text) => !text.includes("four"));
    await source.mark("three", "-FLAGS", "\\Seen");
    await apply();
    expect(await destination.all()).toEqual([left[0], line("three", "Work"), ...left.slice(2)]);
    await plan(0);
  });

  it("goes by its new name where it was renamed at the source, with all below it and no message copied", async () => {
    const parts = await begin();
    const { clients, apply, plan } = parts;
    const [source, destination] = await sides(parts);
    for (const [folder, subject] of [
      ["Projects", "one"],
      ["Projects", "two"],
      ["Projects/Harbour", "three"],
      ["Projects.d", "four"],
    ] as const)
      await source.put(folder, subject);
    await apply();
    await destination.mark("one", "+FLAGS", "\\Flagged");
    const before = await standings(clients.destination);

    await clients.source.rename("Projects", "Überblick/発注書");
    await source.put("Überblick/発注書", "five");
    await plan(2);
    await apply();
    expect(await destination.all()).toEqual([
      line("five", "Überblick/発注書"),
      line("four", "Projects_d"),
      line("one", "Überblick/発注書", ["\\Flagged"]),
      line("three", "Überblick/発注書/Harbour"),
      line("two", "Überblick/発注書"),
    ]);
    const after = await standings(clients.destination);
    expect(Object.keys(after).toSorted()).toEqual(
      ["INBOX", "INBOX.Projects_d", "INBOX.Überblick.発注書", "INBOX.Überblick.発注書.Harbour"].toSorted(),
    );
    expect(after["INBOX.Überblick.発注書.Harbour"]).toEqual(before["INBOX.Projects.Harbour"]);
    const { UIDVALIDITY, UIDNEXT = 0 } = before["INBOX.Projects"] ?? {};
    expect(after["INBOX.Überblick.発注書"]).toMatchObject({ UIDVALIDITY, UIDNEXT: UIDNEXT + 1, MESSAGES: 3 });
    await plan(0);
  });

  it("keeps its messages where its user renamed it at the destination, and none is copied again", async () => {
    const parts = await begin();
    const { clients, apply, plan } = parts;
    const [source, destination] = await sides(parts);
    for (const subject of ["one", "two"]) await source.put("Work", subject);
    await apply();
    await clients.destination.rename("INBOX.Work", "INBOX.Mine");
    await source.mark("one", "+FLAGS", "\\Answered");
    await source.put("Work", "three");
    await apply();
    expect(await destination.all()).toEqual([
      line("one", "Mine", ["\\Answered"]),
      line("three", "Work"),
      line("two", "Mine"),
    ]);
    await plan(0);
  });
});
