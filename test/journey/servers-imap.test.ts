/** From each server to each other: all of a generated mailbox arrives, as another client sees it, and a second pass finds nothing to do. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCourier } from "../servers/courier.ts";
import { startCyrus } from "../servers/cyrus.ts";
import { startDovecot } from "../servers/dovecot.ts";
import type { ImapClient } from "../servers/imap-client.ts";
import { without } from "../servers/packages.ts";
import type { ImapServer } from "../servers/server.ts";
import { openMove } from "./imap-faults.ts";
import { as, asAppended, onTheWire, readBodies, shown, standingsAndRecent, subscribed } from "./imap-mailbox.ts";
import { folders, generateMailbox, type Written } from "./mailbox-generator.ts";
import { differences, same } from "./mailbox-reader.ts";
import { openPlace } from "./run.ts";

const kinds = ["maildir", "mdbox", "cyrus", "courier"] as const;
type Kind = (typeof kinds)[number];

/** A mailbox to read from, and one for what comes from each other server. */
const users = Object.fromEntries(["laid", ...kinds].map((user) => [user, "secret"]));

const starts: Readonly<Record<Kind, () => Promise<ImapServer>>> = {
  maildir: () => startDovecot({ users }),
  mdbox: () => startDovecot({ users, format: "mdbox", namespace: "prefix-dot" }),
  cyrus: () => startCyrus({ users }),
  courier: () => startCourier({ users, maxPerAddress: 20 }),
};

/** What no folder can be called: separators, and a slash. */
const illegal: Readonly<Record<Kind, RegExp>> = { maildir: /\//gu, mdbox: /[./]/gu, cyrus: /\//gu, courier: /[./]/gu };

const latin1 = (octets: Buffer, change: (text: string) => string): Buffer =>
  Buffer.from(change(octets.toString("latin1")), "latin1");

/** The header with its last line end, without the empty line. */
const headerOf = (text: string): string =>
  text.startsWith("\r\n") ? "" : (/^.*?\r\n(?=\r\n)/su.exec(text)?.[0] ?? text);

const field = /^(?:[!-9;-~]+[ \t]*:|[ \t])/u;

/** Cyrus refuses a header with a line that is no field's, but for a From-line at its start, and one that does not end. */
const isSound = (header: string): boolean =>
  header === "" ||
  (header.endsWith("\r\n") &&
    header
      .split("\r\n")
      .slice(0, -1)
      .every((line, at) => field.test(line) || (at === 0 && line.startsWith("From "))));

/** Eight bits in a header are `X` for Cyrus (munge8bit). */
const munged = (octets: Buffer): Buffer =>
  latin1(octets, (text) => {
    const header = headerOf(text);
    return header.replaceAll(/[\x80-\xff]/gu, "X") + text.slice(header.length);
  });

/** Courier keeps no CR that stands alone, and ends every message with a line end. */
const ended = (octets: Buffer): Buffer =>
  latin1(octets, (text) => text.replaceAll("\r", "").replace(/\n?$/u, "\n").replaceAll("\n", "\r\n"));

/** What a server keeps of a message; undefined where it takes none such. */
const kept: Readonly<Record<Kind, (octets: Buffer) => Buffer | undefined>> = {
  maildir: (octets) => (octets.length === 0 ? undefined : asAppended(octets)),
  mdbox: (octets) => (octets.length === 0 ? undefined : asAppended(octets)),
  cyrus: (octets) => (isSound(headerOf(octets.toString("latin1"))) ? munged(octets) : undefined),
  courier: (octets) => (octets.includes(0) || octets.length === 0 ? undefined : ended(octets)),
};

const flags: Readonly<Record<string, string>> = {
  D: "\\Draft",
  F: "\\Flagged",
  P: "$Forwarded",
  R: "\\Answered",
  S: "\\Seen",
  T: "\\Deleted",
};

const wishes = [["Archive", "2019"], ["発注書"]];

/** Two identical ones without a Message-ID, one of 5 MB, and one of nothing. */
const more: readonly Buffer[] = [
  ...Array.from({ length: 2 }, () => Buffer.from("From: ana@example.com\r\nSubject: again\r\n\r\nAgain.\r\n")),
  Buffer.from(`Message-ID: <5mb@example.com>\r\nSubject: large\r\n\r\n${`${"QUJD".repeat(19)}\r\n`.repeat(67_000)}`),
  Buffer.alloc(0),
];

/** Lays the mailbox by another client's hand: what this server refuses is not there. */
async function lay(client: ImapClient, kind: Kind, generated: string, written: readonly Written[]): Promise<void> {
  const nameOf = (path: readonly string[]) => client.nameOf(path.map((part) => part.replaceAll(illegal[kind], "_")));
  const names = new Map<string, string>();
  for (const { path, maildir } of folders) {
    const name = await nameOf(path);
    names.set(maildir, name);
    if (maildir !== "") await client.create(name);
  }
  for (const wish of wishes) await client.subscribe(await nameOf(wish));
  for (const mail of written) {
    const name = names.get(mail.file.split("/").slice(0, -2).join("/")) ?? "INBOX";
    const marks = [...[...mail.flags].map((letter) => flags[letter] ?? letter), ...mail.keywords];
    await client
      .append(name, onTheWire(readFileSync(`${generated}/${mail.file}`)), marks, mail.date)
      .catch(() => undefined);
  }
  for (const octets of more)
    await client.append("INBOX", octets, ["\\Seen"], Date.UTC(2020, 1, 29, 12)).catch(() => undefined);
}

/** Between Dovecots, roundtrip-imap.test.ts goes. */
const dovecots: ReadonlySet<Kind> = new Set(["maildir", "mdbox"]);
const hops = kinds.flatMap((from) =>
  kinds.filter((to) => to !== from && !(dovecots.has(from) && dovecots.has(to))).map((to) => ({ from, to })),
);

const idOf = (octets: Buffer): string => /^Message-ID: (<.*>)/imu.exec(octets.toString("latin1"))?.[1] ?? "";

describe.skipIf(without("dovecot", "cyrus", "courier"))("a mailbox goes", () => {
  const servers = new Map<Kind, ImapServer>();
  const at = (kind: Kind): ImapServer => {
    const server = servers.get(kind);
    if (server === undefined) throw new Error(`${kind} is not there`);
    return server;
  };

  beforeAll(async () => {
    const place = await openPlace();
    const written = generateMailbox(place.path("old"), { messages: 56, seed: 5, since: Date.UTC(1970, 0, 2) });
    await Promise.all(kinds.map(async (kind) => void servers.set(kind, await starts[kind]())));
    await Promise.all(
      kinds.map((kind) => as(at(kind), "laid", (client) => lay(client, kind, place.path("old"), written))),
    );
    await place.remove();
  }, 120_000);
  afterAll(async () => {
    await Promise.all([...servers.values()].map((server) => server.stop()));
  });

  it.each(hops)("from $from to $to", { timeout: 120_000 }, async ({ from, to }) => {
    const move = await openMove();
    const line = (kind: Kind) => ({ port: at(kind).port, timeout: 60 });
    const declare = (skip: readonly string[]) =>
      move.declare({ old: line(from), new: line(to) }, [{ from: "old", user: "laid", to: "new", as: from, skip }]);
    await declare([]);
    const before = await as(at(from), "laid", standingsAndRecent);
    const source = await as(at(from), "laid", readBodies);
    const name = (part: string): string => part.replaceAll(illegal[to], "_");
    const refused = source.filter(([, octets]) => kept[to](octets) === undefined);
    const expected = source.flatMap(([mail, octets]) => {
      const stays = kept[to](octets);
      return stays === undefined ? [] : [shown(mail, stays, name)];
    });
    const told = await move.apply(refused.length === 0 ? 0 : 4);
    expect(told).toContain(refused.length === 0 ? `${source.length} copied` : `${refused.length} pending`);

    const found = (await as(at(to), from, readBodies)).map(([mail]) => mail);
    expect(differences(found, expected)).toEqual(same);
    const labels = wishes.map((wish) => wish.join(" > "));
    expect((await as(at(to), from, subscribed)).filter((each) => labels.includes(each))).toEqual(labels.toSorted());
    expect(await as(at(from), "laid", standingsAndRecent)).toEqual(before);

    await declare([...new Set(refused.map(([, octets]) => idOf(octets)))]);
    await move.expectNothingToDo();
  });
});
