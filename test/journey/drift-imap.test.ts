import { rename, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { without } from "../servers/packages.ts";
import { driftSchema } from "./drift-schema.ts";
import { expectCode } from "./expect-code.ts";
import { lettersOf } from "./imap-letters.ts";
import { enter, standingsAndRecent } from "./imap-mailbox.ts";
import { imap, maildir, writeMailManifests } from "./mail-manifests.ts";
import { generateMailbox } from "./mailbox-generator.ts";
import { openPlace } from "./run.ts";

const user = "ana@example.com";

describe.skipIf(without("dovecot"))("drift of a mailbox on a server", () => {
  let server: Dovecot;
  beforeAll(async () => {
    server = await startDovecot({ users: { [user]: "secret" } });
  });
  afterAll(() => server.stop());

  it("is what its user did there since the last pass, told without a word of it and without a touch", async () => {
    const place = await openPlace();
    onTestFinished(() => place.remove());
    generateMailbox(place.path("old", user), { messages: 60, seed: 3 });
    await writeMailManifests(place, [{ from: maildir("old"), to: imap("new", server) }], [user]);
    const client = await enter(server, user);
    onTestFinished(() => client.close());
    const letters = await lettersOf(client);
    const drift = (...more: readonly string[]) =>
      place.run(["drift", "--detailed-exitcode", "--progress", "none", ...more]);
    for (const subject of ["mine one", "mine two"]) await letters.put("Mine", subject);
    for (const subject of ["a", "b", "c", "d"]) await letters.put("INBOX", subject, ["\\Seen"]);
    expectCode(await place.run(["apply", "--auto-approve"]), 0);
    const idle = await drift();
    expectCode(idle, 0);
    expect(idle.stdout).toMatch(/No drift\.\n$/u);

    const brought = (await client.fetchAll("INBOX")).filter(
      ({ body }) => !/^Subject: [abcd]\r$/mu.test(body.toString()),
    );
    const alone = brought.filter(
      ({ body }) =>
        brought.filter((other) => other.body.equals(body)).length === 1 && /^Message-ID:/imu.test(body.toString()),
    );
    const [gone, moved, flagged] = alone.map(({ uid }) => uid);
    await client.expunge("INBOX", gone ?? 0);
    await client.move("INBOX", moved ?? 0, "Mine");
    await client.store("INBOX", flagged ?? 0, "+FLAGS", ["mine"]);
    await letters.remove("mine one");
    await letters.move("a", "Filed");
    await letters.put("INBOX", "came since");

    const before = await standingsAndRecent(client);
    const counted = await drift();
    expectCode(counted, 2);
    expect(counted.stdout).toMatch(
      /^ {2}mailbox\/ana@example\.com {2}deleted 1 · moved 2 · flags changed 1 · new 1 · of its own gone 1 · folders made 1$/mu,
    );
    const listed = await drift("--list", `mailbox/${user}`, "--format", "json");
    const objections = await driftSchema(place);
    expect(objections(JSON.parse(listed.stdout))).toEqual([]);
    const { mailboxes } = JSON.parse(listed.stdout) as {
      mailboxes: readonly {
        changes: readonly { what: string; place?: string; to?: string; add?: readonly string[]; item?: object }[];
      }[];
    };
    const changes = mailboxes[0]?.changes ?? [];
    expect(changes.find(({ what }) => what === "folderMade")).toMatchObject({ place: "Filed" });
    expect(changes.find(({ what }) => what === "deleted")?.item).toMatchObject({ place: "INBOX", id: String(gone) });
    expect(changes.find(({ what }) => what === "marked")).toMatchObject({
      item: { id: String(flagged) },
      add: ["mine"],
    });
    expect(
      changes
        .filter(({ what }) => what === "moved")
        .map(({ to }) => to)
        .toSorted(),
    ).toEqual(["Filed", "Mine"]);
    expect(`${counted.stdout}${listed.stdout}`).not.toMatch(/came since|mine one/u);
    expect(await standingsAndRecent(client)).toEqual(before);

    await rename(place.path("old"), place.path("away"));
    expect((await drift()).stdout).toBe(counted.stdout);
    await rename(place.path("away"), place.path("old"));
    await writeFile(place.path("old", user, "new/1700000000.more.x"), "Message-ID: <more@x.example>\n\nmore\n");

    expectCode(await place.run(["apply", "--auto-approve"]), 0);
    expectCode(await drift(), 0);
    await server.stop();
    const unread = await drift();
    expectCode(unread, 4);
    expect(unread.stdout).toMatch(/error {4}mailbox\/ana@example\.com: /u);
  });
});
