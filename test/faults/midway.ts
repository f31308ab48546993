/** What people do to a mailbox that a test of faults is about: by a client of their own, past the proxies. */
import { onTestFinished } from "vitest";
import type { Dovecot } from "../servers/dovecot.ts";
import type { ImapClient } from "../servers/imap-client.ts";
import { enter, type Side } from "./rig.ts";

/** A client that is there until the test ends. */
export async function handOf(side: Side): Promise<ImapClient> {
  const client = await enter(side);
  onTestFinished(() => client.drop());
  return client;
}

/** Takes the folder away and makes it anew with the same messages in the other order: other numbers, and shifted. */
export async function renumber(server: Dovecot, { user, ...side }: Side, folder: string): Promise<void> {
  const client = await enter({ ...side, user });
  const before = (await client.status(folder, "UIDVALIDITY")).get("UIDVALIDITY") ?? 0;
  const stored = await client.fetchAll(folder);
  // BAD where nothing was opened, for nothing was there.
  await client.command("UNSELECT");
  await client.delete(folder);
  await client.create(folder);
  // The number comes from the clock: within a second the old one would come again.
  await server.doveadm(["mailbox", "update", "-u", user, "--uid-validity", `${before + 100}`, folder]);
  for (const { body, flags, internalDate } of stored.toReversed())
    await client.append(folder, body, flags, internalDate);
  await client.close();
}

/** The number of the one message with this token. */
export async function uidOf(client: ImapClient, folder: string, token: string): Promise<number> {
  const found = (await client.fetchAll(folder)).filter(({ body }) => body.includes(`<${token}@`));
  if (found.length !== 1) throw new Error(`${folder} has ${found.length} of ${token}`);
  return found[0]?.uid ?? 0;
}
