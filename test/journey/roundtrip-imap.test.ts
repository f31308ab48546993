import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import type { ImapClient } from "../servers/imap-client.ts";
import { without } from "../servers/packages.ts";
import { expectCode } from "./expect-code.ts";
import {
  as,
  asAppended,
  layMailbox,
  onTheWire,
  readImap,
  shown,
  standings,
  standingsAndRecent,
  subscribed,
} from "./imap-mailbox.ts";
import { type Hop, imap, maildir, nameOfHop, writeMailManifests } from "./mail-manifests.ts";
import { generateFromCorpus, generateMailbox, type Mail, type Written } from "./mailbox-generator.ts";
import { differences, readMaildir, same } from "./mailbox-reader.ts";
import { openPlace, type Place } from "./run.ts";

const people = ["big@example.com", "real@example.com"] as const;
type Person = (typeof people)[number];
/** Dovecot 2.3 keeps dates in 32 bits without a sign: of what came before 1970 it tells 2105. */
const since = Date.UTC(1970, 0, 2);

const kinds = {
  slash: {},
  mdbox: { format: "mdbox", namespace: "prefix-dot" },
  again: {},
  dots: { namespace: "prefix-dot" },
} as const;
type Kind = keyof typeof kinds;

let place: Place;
let servers: Readonly<Record<Kind, Dovecot>>;
/** What was laid out, each message with its octets as IMAP has them. */
let laid: Readonly<Record<Person, readonly (readonly [Written | Omit<Written, "shape">, Buffer])[]>>;

/** The slash of one folder's name is a separator for the first server, and no part of a name for any on this disk. */
const noSlash = (part: string): string => part.replaceAll("/", "_");
const noDot = (part: string): string => noSlash(part).replaceAll(".", "_");

/** BINARY undoes transfer encodings, and so shows no message as it is that has some: its NULs nobody can see. */
const hidesNuls = (octets: Buffer): boolean =>
  octets.includes(0) && /^content-transfer-encoding:/imu.test(octets.toString("latin1"));
const nulsHidden = (octets: Buffer): Buffer =>
  hidesNuls(octets) ? Buffer.from(octets.map((octet) => (octet === 0 ? 0x80 : octet))) : octets;

const expected = (person: Person, name: (part: string) => string, octetsOf: (octets: Buffer) => Buffer) =>
  laid[person].map(([mail, octets]) => shown(mail, octetsOf(octets), name));
/** Parts that are declared to be binary, Dovecot encodes anew when they come by literal8 (RFC 3516, 4.2): those messages are others. */
const encodedAnew = (person: Person): ReadonlySet<number> =>
  new Set(laid[person].filter(([, octets]) => hidesNuls(octets)).map(([{ date }]) => date));

async function start(): Promise<Readonly<Record<Kind, Dovecot>>> {
  const users = Object.fromEntries(people.map((person) => [person, "secret"]));
  const started = Object.entries(kinds).map(async ([kind, more]) => [kind, await startDovecot({ users, ...more })]);
  return Object.fromEntries(await Promise.all(started)) as Record<Kind, Dovecot>;
}

const wishes = ["INBOX", "Archive > 2019", "Café & Küche", "発注書"].toSorted();

/** The same two mailboxes in an archive and on the first server. */
async function lay(): Promise<void> {
  const written = {
    "big@example.com": generateMailbox(place.path("old", people[0]), { large: true, since }),
    "real@example.com": generateFromCorpus(place.path("old", people[1])),
  };
  const wired = (person: Person) =>
    written[person].map((mail) => [mail, onTheWire(readFileSync(place.path("old", person, mail.file)))] as const);
  laid = { "big@example.com": wired(people[0]), "real@example.com": wired(people[1]) };
  for (const person of people) {
    await layMailbox(place.path("old", person), servers.slash.mailbox(person));
    await as(servers.slash, person, async (client) => {
      for (const wish of wishes) await client.subscribe(await client.nameOf(wish.split(" > ")));
    });
  }
  const names = ["INBOX", "Archive\t2019", "Caf&AOk- &- K&APw-che", "&dnps6Gb4-"];
  writeFileSync(place.path("old", people[0], "subscriptions"), `V\t2\n\n${names.join("\n")}\n`);
}

const all = (kind: Kind, look: (client: ImapClient) => Promise<unknown> = standings) =>
  Promise.all(people.map((person) => as(servers[kind], person, (client) => look(client))));

/** Applies; then a plan finds nothing to do, and a second apply writes nothing. Whatever was read from stands as it stood. */
async function carry(hop: Hop, from: Kind | undefined, to: Kind | undefined): Promise<void> {
  const run = (command: string, ...more: readonly string[]) =>
    place.run([command, "-e", nameOfHop(hop), "--progress", "none", ...more]);
  const before = from && (await all(from, standingsAndRecent));
  expectCode(await run("apply", "--auto-approve"), 0);
  const after = to && (await all(to));
  const planned = await run("plan", "--detailed-exitcode");
  expectCode(planned, 0);
  expect(planned.stdout).toContain("No changes.");
  expectCode(await run("apply", "--auto-approve"), 0);
  if (to) expect(await all(to)).toEqual(after);
  if (from) expect(await all(from, standingsAndRecent)).toEqual(before);
}

const expectAt = async (kind: Kind, person: Person, mails: readonly Mail[]) =>
  expect(differences(await as(servers[kind], person, readImap), mails)).toEqual(same);

describe.skipIf(without("dovecot"))("mail on real servers", () => {
  beforeAll(async () => {
    [place, servers] = await Promise.all([openPlace(), start()]);
    await lay();
    const { slash, mdbox, again, dots } = servers;
    const there: Hop = { from: imap("slash", slash), to: imap("mdbox", mdbox) };
    const back: Hop = { from: there.to, to: imap("again", again) };
    const into: Hop = { from: maildir("old"), to: imap("dots", dots) };
    const out: Hop = { from: into.to, to: maildir("last") };
    const users = people.filter((person) => laid[person].length > 0);
    await writeMailManifests(place, [there, back, into, out], users);
    await Promise.all([
      carry(there, "slash", "mdbox").then(() => carry(back, "mdbox", "again")),
      carry(into, undefined, "dots").then(() => carry(out, "dots", undefined)),
    ]);
  }, 240_000);
  afterAll(async () => {
    await Promise.all([place.remove(), ...Object.values(servers).map((server) => server.stop())]);
  });

  it.each(people)("lies on the first server as it was laid: %s", async (person) => {
    await expectAt("slash", person, expected(person, noSlash, nulsHidden));
  });

  it.each(people)("goes from Maildir and / to mdbox and . below INBOX with all that it has: %s", async (person) => {
    await expectAt(
      "mdbox",
      person,
      expected(person, noDot, (octets) => asAppended(nulsHidden(octets))),
    );
  });

  it.each(people)("goes the other way with all that it has: %s", async (person) => {
    await expectAt(
      "again",
      person,
      expected(person, noDot, (octets) => asAppended(asAppended(nulsHidden(octets)))),
    );
  });

  it.each(people)(
    "goes from an archive to a server, and back to an archive, with all that it has: %s",
    async (person) => {
      const anew = encodedAnew(person);
      const whole = (mails: readonly Mail[]) => mails.filter(({ date }) => !anew.has(date));
      const there = await as(servers.dots, person, readImap);
      expect(there).toHaveLength(laid[person].length);
      expect(differences(whole(there), whole(expected(person, noDot, asAppended)))).toEqual(same);
      const onDisk = (part: string) => (noDot(part) === part ? part : `unexpected .${noDot(part)}`);
      const last = readMaildir(place.path("last", person));
      expect(last).toHaveLength(laid[person].length);
      expect(differences(whole(last), whole(expected(person, onDisk, asAppended)))).toEqual(same);
    },
  );

  it("keeps the folders that are subscribed, and no others", async () => {
    for (const kind of ["slash", "mdbox", "again", "dots"] as const)
      expect(await as(servers[kind], people[0], subscribed)).toEqual(wishes);
    const lines = readFileSync(place.path("last", people[0], "subscriptions"), "utf8").split("\n");
    expect(lines.filter((line) => line.length > 0).toSorted()).toEqual(
      ["V\t2", "INBOX", "Archive\t2019", "Caf&AOk- &- K&APw-che", "&dnps6Gb4-"].toSorted(),
    );
  });
});
