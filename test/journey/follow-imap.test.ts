import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startDovecot } from "../servers/dovecot.ts";
import { without } from "../servers/packages.ts";
import type { ImapServer } from "../servers/server.ts";
import { as } from "./imap-mailbox.ts";
import { imap, writeMailManifests } from "./mail-manifests.ts";
import { openPlace, type Place, type Running } from "./run.ts";

const letter = (subject: string) =>
  Buffer.from(`Message-ID: <${subject}@example.com>\r\nFrom: bo@example.com\r\nSubject: ${subject}\r\n\r\nHello.\r\n`);

const user = "ana@example.com";
const users = { [user]: "secret" };

const sources: Readonly<Record<string, () => Promise<ImapServer>>> = {
  NOTIFY: () => startDovecot({ users }),
  IDLE: () => startDovecot({ users, capability: "IMAP4rev1 IDLE NAMESPACE UIDPLUS LITERAL+" }),
};

let place: Place;
let source: ImapServer | undefined;
let destination: ImapServer | undefined;
let running: Running | undefined;

beforeEach(async () => {
  place = await openPlace();
  [source, destination, running] = [undefined, undefined, undefined];
});
afterEach(async () => {
  running?.child.kill("SIGKILL");
  await running?.ended;
  await source?.stop();
  await destination?.stop();
  await place.remove();
});

const arrived = async (folder: string): Promise<readonly string[]> =>
  as(destination as ImapServer, user, async (client) =>
    (await client.fetchAll(folder)).map(({ body }) => /^Subject: (.*?)\r?$/mu.exec(body.toString())?.[1] ?? "?"),
  );

const deliver = (folder: string, subject: string): Promise<unknown> =>
  as(source as ImapServer, user, (client) => client.append(folder, letter(subject)));

describe.skipIf(without("dovecot"))("apply --follow between servers", () => {
  it.each(Object.entries(sources))("brings new mail at once, told by %s", async (_, start) => {
    [source, destination] = [await start(), await startDovecot({ users })];
    await deliver("INBOX", "first");
    await writeMailManifests(place, [{ from: imap("old", source), to: imap("new", destination) }], [user]);
    // The interval is longer than any test: what comes, comes because the server told.
    running = place.start(["apply", "--auto-approve", "--follow", "--interval", "5h"]);
    await running.said("Following 1 mailbox");
    await running.printed(/Z {2}1 mailbox: nothing new/u);
    await deliver("INBOX", "second");
    await running.printed(/Z {2}1 mailbox that changed: 1 copied/u);
    expect(await arrived("INBOX")).toEqual(["first", "second"]);
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(0);
  });
});
