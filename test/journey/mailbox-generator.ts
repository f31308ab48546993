import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A folder, and what each format is to call it on the disk: written by hand, for the product's own coding is what is tested. */
interface FolderNames {
  readonly path: readonly string[];
  /** Maildir++, modified UTF-7. */
  readonly maildir: string;
  readonly mbox: string;
  readonly eml: string;
}

const plain = (name: string): FolderNames => ({ path: [name], maildir: `.${name}`, mbox: name, eml: name });

/** Twelve folders: nested, non-ASCII, with blanks, dots and a slash. */
export const folders: readonly FolderNames[] = [
  { ...plain("INBOX"), maildir: "" },
  plain("Sent"),
  plain("Drafts"),
  plain("Archive"),
  { path: ["Archive", "2019"], maildir: ".Archive.2019", mbox: "Archive.sbd/2019", eml: "Archive/2019" },
  {
    path: ["Archive", "2019", "Übersicht"],
    maildir: ".Archive.2019.&ANw-bersicht",
    mbox: "Archive.sbd/2019.sbd/Übersicht",
    eml: "Archive/2019/Übersicht",
  },
  { ...plain("Café & Küche"), maildir: ".Caf&AOk- &- K&APw-che" },
  { ...plain("発注書"), maildir: ".&dnps6Gb4-" },
  { ...plain("Škoda – списък"), maildir: ".&AWA-koda &IBM- &BEEEPwQ4BEEESgQ6-" },
  { ...plain("Projects v1.2 (final)"), maildir: ".Projects v1\\2e2 (final)" },
  { path: ["in/out"], maildir: ".in\\2fout", mbox: "in%2Fout", eml: "in%2Fout" },
  plain("  two  blanks"),
];

/** A message as it was put on the disk, or was found there. */
export interface Mail {
  /** The folder's path, joined. */
  readonly folder: string;
  /** SHA-256 of its octets. */
  readonly hash: string;
  readonly size: number;
  /** Letters as Maildir has them, in order: D F P R S T. */
  readonly flags: string;
  readonly keywords: readonly string[];
  /** Internal date, milliseconds since 1970 UTC. */
  readonly date: number;
}

/** A message of the generated mailbox, with what is peculiar about it and where it lies. */
export interface Written extends Mail {
  readonly shape: string;
  /** Relative to the mailbox's folder. */
  readonly file: string;
}

export const labelOf = (path: readonly string[]): string => path.join(" > ");
export const hashOf = (octets: Uint8Array): string => createHash("sha256").update(octets).digest("hex");

interface Options {
  readonly messages?: number;
  /** Adds a message of 25 MB to INBOX. */
  readonly large?: boolean;
  readonly seed?: number;
  /** Internal dates before this one are this one, milliseconds since 1970 UTC. */
  readonly since?: number;
}

type Random = (below: number) => number;

/** Mulberry32: the same numbers for the same seed, everywhere. */
function randomOf(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** What a message may be made of. */
interface Matter {
  readonly number: number;
  readonly random: Random;
  /** Messages that were put into the same folder, and into any. */
  readonly here: readonly Buffer[];
  readonly before: readonly Buffer[];
}

const words = "harbour invoice quay minutes lease Grüße survey crane tide café berth ledger".split(" ");
const text = ({ random }: Matter, lines: number): string =>
  Array.from({ length: lines }, () =>
    Array.from({ length: 3 + random(9) }, () => words[random(words.length)]).join(" "),
  ).join("\n");

function header(
  { number }: Pick<Matter, "number">,
  more: readonly string[] = [],
  id = `<m${number}@generated.example>`,
): string {
  const date = new Date(Date.UTC(2020, 0, 1) + number * 3_600_000).toUTCString().replace("GMT", "+0000");
  return [
    `Date: ${date}`,
    "From: Ana Ruiz <ana@example.com>",
    `To: bo${number % 7}@example.com`,
    `Subject: Message ${number}`,
    ...(id === "" ? [] : [`Message-ID: ${id}`]),
    ...more,
  ].join("\n");
}

const simple = (matter: Matter, more?: readonly string[], id?: string): string =>
  `${header(matter, more, id)}\n\n${text(matter, 3 + matter.random(60))}\n`;
const crlf = (message: string): string => message.replaceAll("\n", "\r\n");
const utf8 = (message: string): Buffer => Buffer.from(message, "utf8");
const pick = (all: readonly Buffer[], matter: Matter): Buffer => all[matter.random(all.length)] ?? utf8(simple(matter));

/** Looks like the lines in which an mbox keeps what is no part of the message. */
const forged = ["Status: RO", "X-Status: AF", "X-Keywords: forged", "X-Mbox-Delivery: 3 abcdefabcdef 7"];

const fromLines =
  "From here on\n>From there\n>>From everywhere\n From aside\nfrom below\n\nFrom bo@example.com Tue Mar  3 10:00:00 2020\nStatus: RO\n\n.\n";

const noise = Buffer.from(
  Array.from(
    { length: 18_000 },
    (
      (random) => () =>
        random(256)
    )(randomOf(99)),
  ),
);

const part = (matter: Matter): string => {
  const octets = noise.subarray(matter.random(6000), 9000 + matter.random(9000));
  const lines =
    octets
      .toString("base64")
      .match(/.{1,76}/gu)
      ?.join("\n") ?? "";
  const open = 'Content-Type: multipart/mixed; boundary="=_b"';
  return `${header(matter, ["MIME-Version: 1.0", open])}\n\n--=_b\n\n${text(matter, 4)}\n--=_b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\n${lines}\n--=_b--\n`;
};

const mixedEnds = (matter: Matter): string =>
  simple(matter)
    .split("\n")
    .map((line, at) => line + (at % 3 === 0 ? "\r\n" : "\n"))
    .join("");

/** Shapes that take turns; everything else is an everyday message. */
const shapes: Readonly<Record<string, (matter: Matter) => Buffer>> = {
  "lines end in LF": (matter) => utf8(simple(matter)),
  "lines end in CRLF": (matter) => utf8(crlf(simple(matter))),
  "lines end in both": (matter) => utf8(mixedEnds(matter)),
  "an attachment": (matter) => utf8(part(matter)),
  "an identical copy in its folder": (matter) => pick(matter.here, matter),
  "an identical copy of any folder": (matter) => pick(matter.before, matter),
  "another's Message-ID": (matter) => utf8(simple(matter, [], "<everybody@generated.example>")),
  "another's whole header": (matter) =>
    utf8(`${header({ number: 1 }, [], "<same@generated.example>")}\n\n${text(matter, 5)} ${matter.number}\n`),
  "no Message-ID": (matter) => utf8(simple(matter, [], "")),
  "no Message-ID, and another's header": (matter) =>
    utf8(`${header({ number: 2 }, [], "")}\n\nDraft ${matter.number}\n`),
  "8-bit headers in UTF-8": (matter) => utf8(simple(matter, ["X-Note: Grüße aus Køge, 発注書"])),
  "8-bit headers in Latin-1": (matter) =>
    Buffer.from(simple(matter, ["X-Note: Gr\u00FC\u00DFe aus K\u00F8ge"]), "latin1"),
  "From-lines": (matter) => utf8(`${header(matter)}\n\n${fromLines}From me at the end`),
  "From-lines that end in CRLF": (matter) => utf8(crlf(`${header(matter)}\n\n${fromLines}`)),
  "a From-line first": (matter) => utf8(`From ana Tue Mar  3 10:00:00 2020\n${header(matter)}\n\nFrom the first\n`),
  "a From-line in its header": (matter) =>
    utf8(`${header(matter, [">From mangled", "From unmangled"])}\n\n${text(matter, 2)}\n`),
  "forged notes": (matter) => utf8(`${header(matter, forged)}\n\n${text(matter, 3)}\n`),
  "notes of another program": (matter) =>
    utf8(`${header(matter, ["Content-Length: 7", "Status: O", "X-UID: 12", "Lines: 99"])}\n\n${fromLines}`),
  "no end of line": (matter) => utf8(`${header(matter)}\n\n${text(matter, 4)}`),
  "empty lines at the end": (matter) => utf8(`${header(matter)}\n\n${text(matter, 4)}\n\n\n\n`),
  "CRLF and empty lines at the end": (matter) => utf8(crlf(`${header(matter)}\n\n${text(matter, 4)}\n\n\n`)),
  "no body": (matter) => utf8(`${header(matter)}\n\n`),
  "a header alone": (matter) => utf8(`${header(matter)}\n`),
  "a header without an end": (matter) => utf8(header(matter)),
  "a body alone": (matter) => utf8(`\n${matter.number} ${text(matter, 3)}\n`),
  "NUL and bare CR": (matter) => utf8(`${header(matter)}\n\nzero\0here, back\rthere\n\r\r\n`),
  "every octet": (matter) =>
    Buffer.concat([utf8(`${header(matter)}\n\n`), Buffer.from(Array.from({ length: 512 }, (_, at) => at % 256))]),
  "a line of 100,000 octets": (matter) => utf8(`${header(matter)}\n\n${"x".repeat(100_000)}\n`),
};
const shapeNames = Object.keys(shapes);

function largeMessage(): Buffer {
  const line = `${"QUJD".repeat(19)}\n`;
  const block = line.repeat(13_000);
  return Buffer.concat([
    utf8(`${header({ number: 25 }, [], "<large@generated.example>")}\n\n`),
    ...Array.from({ length: 26 }, () => utf8(block)),
  ]);
}

const allKeywords = ["$Label1", "work", "NonJunk", "$MDNSent", "later"];
const oldest = Date.UTC(1994, 4, 17, 8, 30, 15);

function dateOf(number: number, random: Random): number {
  if (number % 251 === 7) return Date.UTC(1969, 6, 20, 20, 17, 40);
  if (number % 97 === 5) return oldest + random(1000) * 86_400_000 + random(1000);
  return Date.UTC(2012, 0, 1) + random(4_000_000) * 100_000 + random(1000);
}

/** `T` (marked as deleted) is rare, for a format without flags leaves such messages out. */
function flagsOf(number: number, random: Random): string {
  return (
    [..."DFPRS"].filter((letter) => random(letter === "S" ? 2 : 6) === 0).join("") + (number % 211 === 17 ? "T" : "")
  );
}

/** Folders of a Maildir with keywords of their own, numbered in an order of their own. */
function makeFolders(mailbox: string, random: Random): ReadonlyMap<string, readonly string[]> {
  const keywords = new Map<string, readonly string[]>();
  for (const { maildir } of folders) {
    for (const part of ["cur", "new", "tmp"]) mkdirSync(join(mailbox, maildir, part), { recursive: true });
    const turn = random(allKeywords.length);
    const own = [...allKeywords.slice(turn), ...allKeywords.slice(0, turn)].slice(0, 3);
    writeFileSync(join(mailbox, maildir, "dovecot-keywords"), own.map((name, at) => `${at} ${name}\n`).join(""));
    keywords.set(maildir, own);
  }
  return keywords;
}

/** Writes a Maildir of awkward mail by plain file operations, the same for the same options, and tells what is in it. */
export function generateMailbox(
  mailbox: string,
  { messages = 2000, large = false, seed = 1, since = Number.NEGATIVE_INFINITY }: Options = {},
): readonly Written[] {
  const random = randomOf(seed);
  const keywords = makeFolders(mailbox, random);
  const bodies = new Map<string, Buffer[]>(folders.map(({ maildir }) => [maildir, []]));
  const all: Buffer[] = [];
  const written: Written[] = [];
  for (let number = 0; number < messages; number++) {
    const folder = folders[random(folders.length)] ?? plain("INBOX");
    const here = bodies.get(folder.maildir) ?? [];
    const shape = shapeNames[number % shapeNames.length] ?? "";
    const body = shapes[shape]?.({ number, random, here, before: all }) ?? Buffer.alloc(0);
    here.push(body);
    if (all.length < 200) all.push(body);
    const own = keywords.get(folder.maildir) ?? [];
    const letters = own.flatMap((_, at) => (random(5) === 0 ? [at] : []));
    const mail = {
      flags: flagsOf(number, random),
      keywords: letters.map((at) => own[at] ?? ""),
      date: Math.max(since, dateOf(number, random)),
    };
    written.push({ shape, ...put(mailbox, folder, number, body, mail, letters) });
  }
  const [inbox] = folders;
  if (large && inbox) {
    const mail = { flags: "FS", keywords: [], date: Date.UTC(2016, 1, 29, 12) };
    written.push({ shape: "25 MB", ...put(mailbox, inbox, messages, largeMessage(), mail, []) });
  }
  return written;
}

type Facts = Pick<Mail, "flags" | "keywords" | "date">;

function put(
  mailbox: string,
  { path, maildir }: FolderNames,
  number: number,
  body: Buffer,
  mail: Facts,
  letters: readonly number[],
): Omit<Written, "shape"> {
  const info = mail.flags + letters.map((at) => String.fromCharCode(97 + at)).join("");
  const unique = `${1_500_000_000 + number}.M${number}P7.host${number % 2 === 0 ? `,S=${body.length}` : ""}`;
  const name = info === "" && number % 3 === 0 ? `new/${unique}` : `cur/${unique}:2,${info}`;
  const file = join(maildir, name);
  writeFileSync(join(mailbox, file), body);
  // Before 1970, Node takes a Date alone: a negative number it reads as now.
  const date = new Date(mail.date);
  utimesSync(join(mailbox, file), date, date);
  return {
    ...mail,
    keywords: mail.keywords.toSorted(),
    folder: labelOf(path),
    hash: hashOf(body),
    size: body.length,
    file,
  };
}

/** Real and awkward mail that lies beside the repository; none where it does not, and then that is said. */
export function generateFromCorpus(mailbox: string): readonly Omit<Written, "shape">[] {
  const corpus = join(import.meta.dirname, "../../../shared/corpus");
  const files = listCorpus(corpus);
  if (files.length === 0) {
    process.stderr.write(`Left out: there is no corpus of real mail at ${corpus}\n`);
    return [];
  }
  const random = randomOf(files.length);
  makeFolders(mailbox, random);
  return files.map((name, number) => {
    const folder = folders[number % 3] ?? plain("INBOX");
    const mail = { flags: number % 2 === 0 ? "S" : "", keywords: [], date: oldest + number * 86_400_000 };
    return put(mailbox, folder, number, readFileSync(join(corpus, name)), mail, []);
  });
}

function listCorpus(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".eml"))
      .toSorted();
  } catch {
    return [];
  }
}
