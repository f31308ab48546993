import { Buffer } from "node:buffer";
import { diskPath, shown } from "../disk.ts";

/**
 * The lines that we add to a message's header block, always all of them, as its last ones and in this order. Only there are they
 * ours; a message that has such lines of its own keeps them.
 *
 *     Status: RO
 *     X-Status: AF
 *     X-Keywords: work later
 *     Content-Length: 1234            (mboxcl2 alone)
 *     X-Mbox-Delivery: OCTETS TAG NUMBER
 *
 * The last one says how many octets the message has without them, and which delivery brought it: so that a message without an end
 * of line at its end is given back as it came, and what was ever delivered can be counted.
 */
export interface Group {
  readonly marks: readonly string[];
  readonly octets: number;
  readonly tag?: string;
  readonly number?: number;
  /** Octets behind the header block's blank line. */
  readonly contentLength?: number;
}

const names = ["Status: ", "X-Status: ", "X-Keywords: ", "Content-Length: ", "X-Mbox-Delivery: "] as const;
const optional = 3;

/** X-Status letters in the order in which we write them. */
const letters: readonly (readonly [string, string])[] = [
  ["A", "\\Answered"],
  ["F", "\\Flagged"],
  ["T", "\\Draft"],
  ["D", "\\Deleted"],
];
const system = new Set(["\\seen", ...letters.map(([, mark]) => mark.toLowerCase())]);

/** The longest line that is looked at as one of these. */
export const longestLine = 8192;
const keywordRoom = 4000;

/** Marks that can be written: flags of the system, and single words while there is room. */
export function writable(marks: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  let room = keywordRoom;
  return marks.filter((mark) => {
    const key = mark.toLowerCase();
    // eslint-disable-next-line no-control-regex -- control characters are what is refused
    const fits = system.has(key) || (!mark.startsWith("\\") && mark !== "" && !/[\s\u0000-\u001F\u007F]/.test(mark));
    const octets = system.has(key) ? 0 : Buffer.byteLength(mark) + 1;
    if (!fits || seen.has(key) || octets > room) return false;
    seen.add(key);
    room -= octets;
    return true;
  });
}

export function groupText(group: Group, eol: string): Buffer {
  const has = new Set(group.marks.map((mark) => mark.toLowerCase()));
  const keywords = group.marks.filter((mark) => !system.has(mark.toLowerCase()));
  const lines = [
    `Status: ${has.has("\\seen") ? "RO" : "O"}`,
    `X-Status: ${letters.map(([letter, mark]) => (has.has(mark.toLowerCase()) ? letter : "")).join("")}`,
    `X-Keywords: ${diskPath(keywords.join(" "))}`,
    ...(group.contentLength === undefined ? [] : [`Content-Length: ${group.contentLength}`]),
    `X-Mbox-Delivery: ${[group.octets, group.tag, group.number].filter((word) => word !== undefined).join(" ")}`,
  ];
  return Buffer.from(lines.map((line) => `${line}${eol}`).join(""), "latin1");
}

/** Watches the lines of a header block go by, and holds the group that ends there, if one does. */
export class GroupWatch {
  #lines: string[] = [];
  /** Where the first line of it stands in the file. */
  start = 0;
  #next = 0;

  /** A whole line without its end, as latin1, and its place; undefined for a line too long to be one of these. */
  line(text: string | undefined, at: number): void {
    const expected = text === undefined ? -1 : this.#match(text);
    if (text !== undefined && expected >= 0) {
      this.#lines.push(text);
      this.#next = expected + 1;
    } else if (text?.startsWith(names[0]) === true) {
      this.#lines = [text];
      this.#next = 1;
      this.start = at;
    } else {
      this.#lines = [];
      this.#next = 0;
    }
  }

  #match(text: string): number {
    if (this.#lines.length === 0 || this.#next >= names.length) return -1;
    if (text.startsWith(names[this.#next] ?? "\0")) return this.#next;
    return this.#next === optional && text.startsWith(names[optional + 1] ?? "\0") ? optional + 1 : -1;
  }

  /** What the group says, if it is whole. */
  read(): Group | undefined {
    if (this.#next !== names.length) return undefined;
    const [status = "", flags = "", keywords = "", ...rest] = this.#lines.map((line) =>
      line.slice(line.indexOf(": ") + 2),
    );
    const [delivery = "", length] = rest.toReversed();
    const [, octets, tag, number] = /^(\d{1,15})(?: ([0-9a-f]{12}) (\d{1,16}))?$/.exec(delivery) ?? [];
    if (octets === undefined || !/^R?O$/.test(status) || !/^A?F?T?D?$/.test(flags)) return undefined;
    return {
      marks: marksOf({ status, flags, keywords }),
      octets: Number(octets),
      ...(tag !== undefined && { tag, number: Number(number) }),
      ...(length !== undefined && { contentLength: Number(length) }),
    };
  }
}

interface Notes {
  readonly status?: string | undefined;
  readonly flags?: string | undefined;
  readonly keywords?: string | undefined;
}

function marksOf({ status = "", flags = "", keywords = "" }: Notes): readonly string[] {
  const words = keywords
    .split(/[\s,]+/)
    .filter((word) => word !== "")
    .map(shown);
  const known = letters.filter(([letter]) => flags.includes(letter)).map(([, mark]) => mark);
  return [
    ...(status.includes("R") ? ["\\Seen"] : []),
    ...known,
    ...words.filter((word, at) => words.indexOf(word) === at),
  ];
}

/** Lines in which mail programs note what is no part of the message. They do not count for what a message is. */
const noted =
  /^(status|x-status|x-keywords|x-mbox-delivery|content-length|lines|x-uid|x-imap|x-imapbase|x-mozilla-status2?|x-mozilla-keys): ?(.*)$/is;

/** Bits of X-Mozilla-Status, of Thunderbird's. What it has expunged stands in the file until it is compacted. */
const mozilla: readonly (readonly [number, string])[] = [
  [0x0001, "\\Seen"],
  [0x0002, "\\Answered"],
  [0x0004, "\\Flagged"],
  [0x0008, "\\Deleted"],
  [0x1000, "$Forwarded"],
];

/** Gathers what other programs noted in a header block, wherever it stands. */
export class NoteWatch {
  #notes = new Map<string, string>();

  /** True when the line is such a note. */
  line(text: string): boolean {
    const [, name, value = ""] = noted.exec(text) ?? [];
    if (name === undefined) return false;
    this.#notes.set(name.toLowerCase(), value);
    return true;
  }

  get contentLength(): number | undefined {
    const value = this.#notes.get("content-length")?.trim() ?? "";
    return /^\d{1,15}$/.test(value) ? Number(value) : undefined;
  }

  marks(): readonly string[] {
    const note = (name: string) => this.#notes.get(name);
    const bits = Number.parseInt(note("x-mozilla-status") ?? "0", 16);
    const theirs = mozilla.filter(([bit]) => (bits & bit) !== 0).map(([, mark]) => mark);
    const keywords = `${note("x-keywords") ?? ""} ${note("x-mozilla-keys") ?? ""}`;
    return [...new Set([...marksOf({ status: note("status"), flags: note("x-status"), keywords }), ...theirs])];
  }
}
