import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { folders, hashOf, labelOf, type Mail } from "./mailbox-generator.ts";

/** Readers of their own for what the product has written: nothing here is shared with it. */

const labels = (format: "maildir" | "mbox" | "eml"): ReadonlyMap<string, string> =>
  new Map(folders.map((folder) => [folder[format], labelOf(folder.path)]));

const entries = (folder: string) => {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
};

/** A message's file in a Maildir. */
export interface MailFile extends Mail {
  readonly path: string;
}

export const readMaildir = (mailbox: string): readonly Mail[] => filesOf(mailbox);

/** Every file of a Maildir's `cur` and `new`, with letters of keywords looked up in `dovecot-keywords`. */
export function filesOf(mailbox: string): readonly MailFile[] {
  const known = labels("maildir");
  const names = [
    "",
    ...entries(mailbox)
      .filter((each) => each.isDirectory() && each.name.startsWith("."))
      .map((each) => each.name),
  ];
  return names.flatMap((name) => {
    const keywords = keywordsOf(join(mailbox, name));
    const parts = ["new", "cur"].map((part) => join(mailbox, name, part));
    const paths = parts.flatMap((part) => entries(part).map((entry) => join(part, entry.name)));
    return paths.map((path) => ({
      path,
      folder: known.get(name) ?? `unexpected ${name}`,
      ...readFile(path, keywords),
    }));
  });
}

function readFile(path: string, keywords: ReadonlyMap<string, string>): Omit<Mail, "folder"> {
  const letters = [...(path.split(":2,")[1] ?? "")];
  const octets = readFileSync(path);
  return {
    hash: hashOf(octets),
    size: octets.length,
    flags: letters
      .filter((letter) => /[A-Z]/u.test(letter))
      .toSorted()
      .join(""),
    keywords: letters
      .filter((letter) => /[a-z]/u.test(letter))
      .map((letter) => keywords.get(letter) ?? `unnamed ${letter}`)
      .toSorted(),
    date: Math.floor(lstatSync(path).mtimeMs),
  };
}

function keywordsOf(folder: string): ReadonlyMap<string, string> {
  const file = entries(folder).find(({ name }) => name === "dovecot-keywords");
  const lines = file === undefined ? [] : readFileSync(join(folder, file.name), "utf8").split("\n").filter(Boolean);
  return new Map(
    lines.map((line) => {
      const [number = "", name = ""] = line.split(" ");
      return [String.fromCharCode(97 + Number(number)), name];
    }),
  );
}

/** Every `.eml` of a tree; nothing there can say flags. */
export function readEml(mailbox: string): readonly Mail[] {
  const known = labels("eml");
  const read = (relative: string): readonly Mail[] =>
    entries(join(mailbox, relative))
      .filter(({ name }) => !name.startsWith("."))
      .flatMap((entry) => {
        const inner = relative === "" ? entry.name : `${relative}/${entry.name}`;
        if (entry.isDirectory()) return read(inner);
        expect(entry.name).toMatch(/\.eml$/u);
        const octets = readFileSync(join(mailbox, inner));
        const date = Math.floor(lstatSync(join(mailbox, inner)).mtimeMs);
        return [
          {
            folder: known.get(relative) ?? `unexpected ${relative}`,
            hash: hashOf(octets),
            size: octets.length,
            flags: "",
            keywords: [],
            date,
          },
        ];
      });
  return read("");
}

/** Every mbox file of a tree; `.sbd` folders hold those below. */
export function readMbox(mailbox: string, dialect: "mboxrd" | "mboxcl2" = "mboxrd"): readonly Mail[] {
  const known = labels("mbox");
  const read = (relative: string): readonly Mail[] =>
    entries(join(mailbox, relative))
      .filter(({ name }) => !/^\.|\.lock$/u.test(name))
      .flatMap((entry) => {
        const inner = relative === "" ? entry.name : `${relative}/${entry.name}`;
        if (entry.isDirectory()) return read(inner);
        const folder = known.get(inner) ?? `unexpected ${inner}`;
        return parse(readFileSync(join(mailbox, inner)), dialect).map((mail) => ({ folder, ...mail }));
      });
  return read("");
}

const separator = /^From MAILER-DAEMON \w{3} (\w{3} [ \d]\d \d\d:\d\d:\d\d \d{4})$/u;
/** The last lines of every header block: what an mbox knows of a message beside its octets, and how many those are. */
const notes =
  /(?:^|\n)Status: (R?)O\r?\nX-Status: (A?)(F?)(T?)(D?)\r?\nX-Keywords: ([^\r\n]*)\r?\n(?:Content-Length: (\d+)\r?\n)?X-Mbox-Delivery: (\d+) [^\r\n]*\r?\n$/u;

function parse(file: Buffer, dialect: "mboxrd" | "mboxcl2"): readonly Omit<Mail, "folder">[] {
  const mails: Omit<Mail, "folder">[] = [];
  for (let at = 0; at < file.length;) {
    const behind = file.indexOf("\n", at) + 1;
    const [, date] = separator.exec(file.toString("latin1", at, behind - 1)) ?? [];
    if (date === undefined)
      throw new Error(`No message begins at octet ${at}: ${file.toString("latin1", at, at + 60)}`);
    const { next, ...mail } = parseOne(file, behind, dialect);
    mails.push({ ...mail, date: Date.parse(`${date} UTC`) });
    at = next;
  }
  return mails;
}

function parseOne(
  file: Buffer,
  from: number,
  dialect: "mboxrd" | "mboxcl2",
): Omit<Mail, "folder" | "date"> & { readonly next: number } {
  const blank = blankLine(file, from);
  const header = file.toString("latin1", from, blank.at);
  const found = notes.exec(header);
  if (!found) throw new Error(`The header block at octet ${from} does not end in notes: ${header.slice(-300)}`);
  const [, seen = "", answered, flagged, draft, deleted, keywords = "", length, octets] = found;
  expect(length !== undefined).toBe(dialect === "mboxcl2");
  // The line end before the notes is the header's own.
  const own = header.slice(0, found.index + (found[0].startsWith("\n") ? 1 : 0));
  const next = length === undefined ? nextSeparator(file, blank.end) : afterBlanks(file, blank.end + Number(length));
  const head = unquoted(Buffer.from(own, "latin1"));
  const rest = file.subarray(blank.at, next);
  const all = Buffer.concat([head, dialect === "mboxrd" ? unquoted(rest) : rest]);
  expect(all.toString("latin1", Number(octets))).toMatch(/^\n\n?$/u);
  const words = keywords.split(" ").filter(Boolean);
  const flags = [
    draft && "D",
    flagged,
    words.includes("$Forwarded") && "P",
    answered && "R",
    seen && "S",
    deleted && "T",
  ];
  return {
    hash: hashOf(all.subarray(0, Number(octets))),
    size: Number(octets),
    flags: flags.filter(Boolean).join(""),
    keywords: words.filter((word) => word !== "$Forwarded").toSorted(),
    next,
  };
}

function blankLine(file: Buffer, from: number): { readonly at: number; readonly end: number } {
  for (let at = from; at < file.length; at = file.indexOf("\n", at) + 1) {
    const line = file.toString("latin1", at, at + 2);
    if (line.startsWith("\n")) return { at, end: at + 1 };
    if (line === "\r\n") return { at, end: at + 2 };
  }
  throw new Error(`The header block at octet ${from} has no end`);
}

function nextSeparator(file: Buffer, from: number): number {
  const found = file.indexOf("\nFrom ", from - 1);
  return found < 0 ? file.length : found + 1;
}

function afterBlanks(file: Buffer, from: number): number {
  let at = from;
  while (file[at] === 10) at += 1;
  return at;
}

/** Takes one `>` from every line that begins with some and then `From `. */
const unquoted = (octets: Buffer): Buffer =>
  octets.includes(">From ") ? Buffer.from(octets.toString("latin1").replace(/^>(?=>*From )/gmu, ""), "latin1") : octets;

/** What two mailboxes differ in, as lines: each message counts as often as it is there. Both are empty when they hold the same. */
export function differences(
  found: readonly Mail[],
  expected: readonly Mail[],
): { readonly missing: readonly string[]; readonly extra: readonly string[] } {
  const counts = new Map<string, number>();
  for (const mail of expected) counts.set(lineOf(mail), (counts.get(lineOf(mail)) ?? 0) + 1);
  for (const mail of found) counts.set(lineOf(mail), (counts.get(lineOf(mail)) ?? 0) - 1);
  const shapes = new Map(expected.map((mail) => [lineOf(mail), "shape" in mail ? ` (${String(mail.shape)})` : ""]));
  const lines = (sign: 1 | -1): readonly string[] =>
    [...counts]
      .filter(([, count]) => count * sign > 0)
      .map(([line, count]) => `${line} × ${count * sign}${shapes.get(line) ?? ""}`)
      .toSorted();
  return { missing: lines(1), extra: lines(-1) };
}

export const same = { missing: [], extra: [] };

const lineOf = ({ folder, hash, size, flags, keywords, date }: Mail): string =>
  [folder, hash.slice(0, 16), size, flags || "-", keywords.join(",") || "-", new Date(date).toISOString()].join(" | ");

/** A message as it is after it was in an mbox: its date has lost what is less than a second. */
export const toTheSecond = <M extends Mail>(mail: M): M => ({ ...mail, date: Math.floor(mail.date / 1000) * 1000 });

/** A message as it is after it was a file without flags. */
export const withoutMarks = <M extends Mail>(mail: M): M => ({ ...mail, flags: "", keywords: [] });
