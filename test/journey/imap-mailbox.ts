/** Mailboxes on real servers, as another program lays them out and sees them: nothing here is shared with the product. */
import { execFile } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { connectImap, type ImapClient, quoted, type Stored } from "../servers/imap-client.ts";
import { folders, hashOf, labelOf, type Mail } from "./mailbox-generator.ts";

interface Reach {
  readonly port: number;
}

/** Logged in by a client of its own. */
export async function enter(server: Reach, who: string): Promise<ImapClient> {
  const client = await connectImap(server);
  const { status, text } = await client.login(who, "secret");
  if (status !== "OK") throw new Error(`${who} cannot log in: ${text}`);
  return client;
}

/** By another client, which leaves nothing open. */
export async function as<T>(server: Reach, who: string, work: (client: ImapClient) => Promise<T>): Promise<T> {
  const client = await enter(server, who);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** Octets as IMAP has them (RFC 3501, 2.2): every line ends in CRLF. */
export const onTheWire = (body: Buffer): Buffer =>
  Buffer.from(body.toString("latin1").replaceAll(/\r?\n/gu, "\r\n"), "latin1");

/** What Dovecot 2.3 keeps of what is appended: of several CRs before a line end one less, and none at the very end. */
export const asAppended = (octets: Buffer): Buffer =>
  Buffer.from(octets.toString("latin1").replaceAll(/\r(\r+\n)|\r$/gu, "$1"), "latin1");

/** A message with these octets, as IMAP shows it: dates have whole seconds, and folders are called what the server can call them. */
export const shown = (mail: Mail, octets: Buffer, name: (part: string) => string): Mail => ({
  ...mail,
  folder: labelOf(mail.folder.split(labelOf(["", ""])).map(name)),
  hash: hashOf(octets),
  size: octets.length,
  date: Math.floor(mail.date / 1000) * 1000,
});

const letters = {
  "\\Draft": "D",
  "\\Flagged": "F",
  $Forwarded: "P",
  "\\Answered": "R",
  "\\Seen": "S",
  "\\Deleted": "T",
};

/** A folder of a server, as the generator calls it. */
async function namer(client: ImapClient): Promise<(name: string) => string> {
  const { prefix, separator } = await client.namespace();
  return (name) => labelOf((name.startsWith(prefix) ? name.slice(prefix.length) : name).split(separator ?? ""));
}

/** Everything that a login sees, each message with what another client shows of it, and its octets. */
export async function readBodies(client: ImapClient): Promise<readonly (readonly [Mail, Buffer])[]> {
  const labelled = await namer(client);
  const binary = (await client.capabilities()).has("BINARY");
  const mails: (readonly [Mail, Buffer])[] = [];
  for (const name of await client.holding())
    for (const stored of await client.fetchAll(name)) {
      const seen = binary ? await withNuls(client, name, stored) : stored;
      mails.push([{ folder: labelled(name), ...factsOf(seen) }, seen.body]);
    }
  return mails;
}

/** The same without the octets. */
export const readImap = async (client: ImapClient): Promise<readonly Mail[]> =>
  (await readBodies(client)).map(([mail]) => mail);

export async function subscribed(client: ImapClient): Promise<readonly string[]> {
  const labelled = await namer(client);
  return (await client.lsub()).map(({ name }) => labelled(name)).toSorted();
}

const numbers = ["MESSAGES", "UIDNEXT", "UIDVALIDITY", "HIGHESTMODSEQ", "UNSEEN"];

/** How every folder stands: equal numbers mean that nobody wrote anything. RECENT besides tells that nobody opened it for writing. */
export async function standings(
  client: ImapClient,
  items: readonly string[] = numbers,
): Promise<Readonly<Record<string, Readonly<Record<string, number>>>>> {
  const found: Record<string, Readonly<Record<string, number>>> = {};
  for (const name of await client.holding()) found[name] = Object.fromEntries(await client.status(name, ...items));
  return found;
}

export const standingsAndRecent = (client: ImapClient) => standings(client, [...numbers, "RECENT"]);

function factsOf({ body, flags, internalDate }: Stored): Omit<Mail, "folder"> {
  const known = flags.filter((flag) => flag in letters);
  return {
    hash: hashOf(body),
    size: body.length,
    flags: known
      .map((flag) => letters[flag as keyof typeof letters])
      .toSorted()
      .join(""),
    keywords: flags.filter((flag) => !(flag in letters)).toSorted(),
    date: internalDate,
  };
}

/** BODY[] has 0x80 for NUL; BINARY (RFC 3516) shows it. */
async function withNuls(client: ImapClient, folder: string, stored: Stored): Promise<Stored> {
  if (!stored.body.includes(0x80)) return stored;
  await client.ok(`EXAMINE ${quoted(folder)}`);
  const { untagged } = await client.ok(`UID FETCH ${stored.uid} (BINARY.PEEK[])`);
  const binary = untagged.flatMap(({ literals }) => literals)[0];
  const differs = binary?.some((octet, at) => octet !== stored.body[at] && octet !== 0);
  return binary === undefined || binary.length !== stored.body.length || differs ? stored : { ...stored, body: binary };
}

const run = promisify(execFile);

/** How a Dovecot with `/` for a separator keeps folders: as folders. The one name that holds a `/` has `_`. */
const onDisk = (maildir: string): string =>
  maildir.slice(1).replaceAll(".", "/").replaceAll("\\2e", ".").replaceAll("\\2f", "_");

/** Lays a generated Maildir onto the disk of a Dovecot with `/`. */
export async function layMailbox(generated: string, target: string): Promise<void> {
  mkdirSync(dirname(target), { recursive: true });
  await run("cp", ["-aT", generated, target]);
  for (const { maildir } of folders.toSorted((a, b) => a.path.length - b.path.length)) {
    const folder = join(target, onDisk(maildir));
    if (maildir !== "") renameSync(join(target, maildir), folder);
    forward(folder);
  }
  await run("chown", ["-R", "8:8", dirname(target)]);
}

/** A flag `P` is none of Dovecot's: its users have a keyword for it. */
function forward(folder: string): void {
  const file = join(folder, "dovecot-keywords");
  const number = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean).length : 0;
  const letter = String.fromCharCode(97 + number);
  appendFileSync(file, `${number} $Forwarded\n`);
  for (const name of readdirSync(join(folder, "cur"))) {
    const [unique = "", flags = ""] = name.split(":2,");
    if (!flags.includes("P")) continue;
    renameSync(join(folder, "cur", name), join(folder, "cur", `${unique}:2,${flags.replace("P", "")}${letter}`));
  }
}
