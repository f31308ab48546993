import { connectImap, type ImapClient, quoted } from "../../servers/imap-client.ts";
import { userOf } from "./lay.ts";
import { letters } from "./letters.ts";
import type { Setting } from "./setting.ts";

/** A number that no laid mailbox has, so that what comes is new in every round. */
const late = 100_000;

/** One message in a hundred comes to the first mailbox, and one in two hundred is flagged there. Returns what takes it all back. */
export async function changeSource({ course, source }: Setting, round: number): Promise<() => Promise<void>> {
  const client = await connectImap(source);
  await client.login(userOf(0), "secret");
  const flagged = await unflagged(client, Math.ceil(course.messages / 200));
  await client.ok(`UID STORE ${flagged} +FLAGS.SILENT (\\Flagged)`);
  const came: { readonly folder: string; readonly uid: number }[] = [];
  const count = Math.ceil(course.messages / 100);
  for (const { folder, at, text } of letters("mixed", late + round, count, course.folders)) {
    const uid = await client.append(folder, text, ["\\Seen"], at * 1000);
    if (uid === undefined) throw new Error("The server did not tell the UID of a new message");
    came.push({ folder, uid });
  }
  return async () => {
    for (const { folder, uid } of came) await client.expunge(folder, uid);
    await client.ok(`SELECT ${quoted("INBOX")}`);
    await client.ok(`UID STORE ${flagged} -FLAGS.SILENT (\\Flagged)`);
    await client.close();
  };
}

/** So many UIDs of INBOX as a set, and INBOX selected. */
async function unflagged(client: ImapClient, count: number): Promise<string> {
  await client.ok(`SELECT ${quoted("INBOX")}`);
  const { untagged } = await client.ok("UID SEARCH UNFLAGGED");
  const [, uids = ""] = untagged.map(({ text }) => /^\* SEARCH (.+)$/u.exec(text)).find(Boolean) ?? [];
  const found = uids.split(" ").slice(0, count);
  if (found.length < count) throw new Error(`INBOX has no ${count} messages without a flag`);
  return found.join(",");
}
