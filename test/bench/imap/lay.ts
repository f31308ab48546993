import { closeSync, futimesSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Dovecot } from "../../servers/dovecot.ts";
import { connectImap, quoted } from "../../servers/imap-client.ts";
import { measure } from "../measure.ts";
import type { Course } from "./courses.ts";
import { folderNames, letters } from "./letters.ts";

/** Also of a number to be filled in, such as `{}`. */
export const userOf = (mailbox: number | string): string => `u${mailbox}@harbour.example`;

/** How many of the course's messages are in one of its mailboxes. */
const shareOf = ({ messages, mailboxes }: Course, mailbox: number): number =>
  Math.floor((messages * (mailbox + 1)) / mailboxes) - Math.floor((messages * mailbox) / mailboxes);

/** Where a folder of a mailbox is on disk (Maildir with Dovecot's LAYOUT=fs). */
const placeOf = (box: string, folder: string): string => (folder === "INBOX" ? box : join(box, folder));

/** Lays every mailbox of a course straight on the server's disk, a file a message. Returns the octets. */
export async function layCourse(server: Dovecot, course: Course): Promise<number> {
  let octets = 0;
  for (let mailbox = 0; mailbox < course.mailboxes; mailbox++) {
    const box = server.mailbox(userOf(mailbox));
    octets += layBox(box, course, mailbox);
  }
  await measure("/", "chown", ["-R", "8:8", join(server.folder, "mail")]);
  for (let mailbox = 0; mailbox < course.mailboxes; mailbox++) await warm(server, userOf(mailbox));
  return octets;
}

function layBox(box: string, course: Course, mailbox: number): number {
  for (const folder of folderNames(course.folders))
    for (const part of ["cur", "new", "tmp"]) mkdirSync(join(placeOf(box, folder), part), { recursive: true });
  let octets = 0;
  let number = 0;
  for (const { folder, flags, at, text } of letters(course.kind, mailbox, shareOf(course, mailbox), course.folders)) {
    number += 1;
    const file = openSync(join(placeOf(box, folder), "cur", `${at}.M${number}P1.harbour:2,${flags}`), "wx");
    writeSync(file, text);
    futimesSync(file, at, at);
    closeSync(file);
    octets += text.length;
  }
  return octets;
}

/** The server numbers the messages and learns their sizes: done once, so that no tool pays for the others. */
async function warm(server: Dovecot, user: string): Promise<void> {
  const client = await connectImap(server);
  await client.login(user, "secret");
  for (const { name } of await client.list()) {
    await client.ok(`EXAMINE ${quoted(name)}`);
    await client.ok("FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE)").catch(() => undefined);
  }
  await client.close();
}
