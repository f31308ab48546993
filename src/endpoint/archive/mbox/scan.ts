import { Buffer } from "node:buffer";
import { createHash, type Hash } from "node:crypto";
import { Fault } from "../../../model/fault.ts";
import { chunksOfFile, readAt } from "../body.ts";
import type { DiskHandle } from "../disk.ts";
import { type Dialect, LineHeads, losesMark, ofHeader } from "./dialect.ts";
import { type Envelope, readEnvelope } from "./envelope.ts";
import { GroupWatch, longestLine, NoteWatch } from "./group.ts";

/** A message in a file. Offsets are octets from the file's beginning. */
export interface Scanned {
  /** Its From_ line. */
  readonly start: number;
  readonly body: number;
  /** Where the next From_ line stands, or the file ends. */
  readonly end: number;
  /** Our lines, where it has them. */
  readonly group?: { readonly at: number; readonly length: number; readonly tag?: string; readonly number?: number };
  /** Octets without our lines and without quoting: reading is cut there. */
  readonly size: number;
  readonly date: number;
  readonly marks: readonly string[];
  /** 128 bits over the From_ line and all else but notes of mail programs. */
  readonly hash: string;
  /** False for a last message that no blank line ends: somebody may still be writing it. */
  readonly ended: boolean;
}

const [lf, cr, letterF] = [10, 13, 70];
/** A line longer than this is passed on in pieces. */
const longest = 64 * 1024;

/** Reads the messages between two offsets, of which the first stands at a From_ line or before the first one. */
export async function scan(
  handle: DiskHandle,
  from: number,
  to: number,
  dialect: Dialect,
  found: (message: Scanned) => void,
): Promise<void> {
  const scanner = new Scanner(handle, to, dialect, found);
  let rest: Buffer = Buffer.alloc(0);
  let at = from;
  let head = true;
  for await (const chunk of chunksOfFile(handle, from, to)) {
    const all = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let whole = all.lastIndexOf(lf) + 1;
    // A piece of a line without an end goes on its own once it is long enough to tell what the line is.
    if (whole === 0 && all.length >= longest) whole = all.length;
    if (whole > 0) {
      await scanner.lines(all.subarray(0, whole), at, head);
      head = all[whole - 1] === lf;
    }
    at += whole;
    rest = Buffer.from(all.subarray(whole));
  }
  if (rest.length > 0) await scanner.lines(rest, at, head);
  scanner.finish(Math.max(at + rest.length, from));
}

const lineEnd = (bytes: Buffer, from: number): number => {
  const newline = bytes.indexOf(lf, from);
  return newline < 0 ? bytes.length : newline + 1;
};

/** Whether the last line is blank; `fresh` says that the first octet begins a line. */
function endsBlank(bytes: Buffer, fresh: boolean): boolean {
  const last = bytes.toString("latin1", Math.max(0, bytes.length - 3));
  return /\n\r?\n$/.test(last) || (fresh && bytes.length < 3 && /^\r?\n$/.test(last));
}

/** Feeds a hash, and holds its last octets back until it is known whether they belong. */
class Tail {
  readonly hash: Hash = createHash("sha256");
  tail: Buffer = Buffer.alloc(0);
  length = 0;

  add(bytes: Buffer): void {
    this.length += bytes.length;
    const all = this.tail.length === 0 ? bytes : Buffer.concat([this.tail, bytes]);
    const keep = Math.max(0, all.length - 4);
    this.hash.update(all.subarray(0, keep));
    this.tail = Buffer.from(all.subarray(keep));
  }

  digest(without: number): string {
    this.hash.update(this.tail.subarray(0, Math.max(0, this.tail.length - without)));
    return this.hash.digest("base64url").slice(0, 22);
  }
}

interface Draft {
  readonly start: number;
  readonly body: number;
  readonly envelope: Envelope;
  readonly tail: Tail;
  readonly group: GroupWatch;
  readonly notes: NoteWatch;
  readonly heads: LineHeads;
  inHeader: boolean;
  /** Behind the header's blank line, and how long that is. */
  content: number;
  blank: number;
  /** Octets of notes, which the hash leaves out. */
  noted: number;
  quoted: number;
  dateHeader?: string | undefined;
  /** Up to here nothing is a From_ line, for a Content-Length says so. */
  until: number;
}

class Scanner {
  readonly #handle: DiskHandle;
  readonly #to: number;
  readonly #dialect: Dialect;
  readonly #found: (message: Scanned) => void;
  #draft: Draft | undefined;
  #afterBlank = true;

  constructor(handle: DiskHandle, to: number, dialect: Dialect, found: (message: Scanned) => void) {
    this.#handle = handle;
    this.#to = to;
    this.#dialect = dialect;
    this.#found = found;
  }

  /** Takes whole lines, or a piece of one; `head` says that the first begins a line. */
  async lines(bytes: Buffer, at: number, head: boolean): Promise<void> {
    let fresh = head;
    for (let from = 0; from < bytes.length;) {
      const skip = (this.#draft?.until ?? 0) - (at + from);
      if (skip > 0) {
        const end = Math.min(bytes.length, from + skip);
        this.#content(bytes.subarray(from, end));
        from = end;
        // Where a Content-Length ends, the next line begins, whatever stood before.
        fresh = true;
        this.#afterBlank = true;
      } else if (this.#draft?.inHeader === false && !(fresh && bytes[from] === letterF)) {
        const end = this.#bodyEnd(bytes, from, fresh);
        this.#content(bytes.subarray(from, end));
        from = end;
        fresh = bytes[end - 1] === lf;
      } else {
        const end = lineEnd(bytes, from);
        await this.#line(bytes.subarray(from, end), at + from, fresh);
        fresh = bytes[end - 1] === lf;
        from = end;
      }
    }
  }

  /** Where in a body the next line begins that may be a From_ line. */
  #bodyEnd(bytes: Buffer, from: number, fresh: boolean): number {
    const next = bytes.indexOf("\nFrom ", from);
    const end = next < 0 ? bytes.length : next + 1;
    this.#afterBlank = endsBlank(bytes.subarray(from, end), fresh);
    return end;
  }

  async #line(line: Buffer, at: number, head: boolean): Promise<void> {
    const whole = head && line[line.length - 1] === lf;
    const blank = whole && (line.length === 1 || (line.length === 2 && line[0] === cr));
    if (head && line[0] === letterF && line.length < longestLine && (whole || at + line.length === this.#to)) {
      const envelope = readEnvelope(line.toString("latin1"), this.#afterBlank);
      if (envelope) {
        this.finish(at);
        this.#begin(line, at, envelope);
        return;
      }
    }
    this.#afterBlank = blank;
    if (!this.#draft) {
      if (!blank) throw noMbox(at);
      return;
    }
    if (this.#draft.inHeader) await this.#header(line, at, whole, blank);
    else this.#content(line);
  }

  #begin(line: Buffer, at: number, envelope: Envelope): void {
    const tail = new Tail();
    tail.hash.update(line);
    this.#draft = {
      start: at,
      body: at + line.length,
      envelope,
      tail,
      group: new GroupWatch(),
      notes: new NoteWatch(),
      heads: new LineHeads(),
      inHeader: true,
      content: 0,
      blank: 0,
      noted: 0,
      quoted: 0,
      until: 0,
    };
    this.#afterBlank = false;
  }

  async #header(line: Buffer, at: number, whole: boolean, blank: boolean): Promise<void> {
    const draft = this.#draft;
    if (!draft) return;
    const text = whole && line.length <= longestLine ? line.toString("latin1").replace(/\r?\n$/, "") : undefined;
    if (blank) {
      draft.inHeader = false;
      draft.content = at + line.length;
      draft.blank = line.length;
      this.#content(line);
      if (this.#dialect === "mboxcl2") await this.#trust(draft);
      return;
    }
    draft.group.line(text, at);
    if (text !== undefined && draft.notes.line(text)) {
      draft.noted += line.length;
      draft.heads.begin();
      return;
    }
    draft.dateHeader ??= text === undefined ? undefined : /^date:(.*)$/i.exec(text)?.[1];
    this.#content(line);
  }

  /** Believes a Content-Length where a From_ line, or the file's end, is found behind it. */
  async #trust(draft: Draft): Promise<void> {
    const length = draft.notes.contentLength;
    if (length === undefined || draft.content + length > this.#to) return;
    const behind = draft.content + length;
    const next = (await readAt(this.#handle, behind, Math.min(longestLine, this.#to - behind))).toString("latin1");
    const rest = next.replace(/^(?:\r?\n){0,2}/, "");
    const line = /^.*?(?:\n|$)/.exec(rest)?.[0] ?? "";
    if (rest === "" || readEnvelope(line, true) !== undefined) draft.until = behind;
  }

  #content(bytes: Buffer): void {
    const draft = this.#draft;
    if (!draft) return;
    draft.tail.add(bytes);
    // In a header block of mboxcl2 it counts only where our lines end it.
    const rule = draft.inHeader ? ofHeader(this.#dialect) : this.#dialect;
    if (rule === "mboxcl2") return;
    draft.heads.push(bytes, (marks) => {
      if (losesMark(rule, marks)) draft.quoted += 1;
    });
  }

  finish(end: number): void {
    const draft = this.#draft;
    if (!draft) return;
    this.#draft = undefined;
    const { tail } = draft;
    const group = draft.inHeader ? undefined : draft.group.read();
    // The group is the last of the header: it ends where the blank line begins.
    const groupLength = group ? draft.content - draft.blank - draft.group.start : 0;
    const quoted = group || this.#dialect !== "mboxcl2" ? draft.quoted : 0;
    const octets = tail.length + draft.noted - groupLength - quoted;
    const extra = surplus(draft, group, octets);
    const { date, marks } = { date: dateOf(draft), marks: group?.marks ?? draft.notes.marks() };
    this.#found({
      start: draft.start,
      body: draft.body,
      end,
      ...(group && {
        group: {
          at: draft.group.start,
          length: groupLength,
          ...(group.tag !== undefined && { tag: group.tag }),
          ...(group.number !== undefined && { number: group.number }),
        },
      }),
      size: octets - extra,
      date,
      marks,
      hash: tail.digest(extra),
      ended: end < this.#to || blankEnd(tail.tail),
    });
  }
}

/** Octets at the end that are no part of the message but the blank line before the next one. */
function surplus(draft: Draft, group: { readonly octets: number } | undefined, octets: number): number {
  const { tail } = draft.tail;
  const said = group && octets - group.octets;
  if (
    said !== undefined &&
    (said === 1 || said === 2) &&
    tail.subarray(tail.length - said).every((octet) => octet === lf)
  )
    return said;
  if (draft.until > 0) return Math.max(0, octets - (draft.until - draft.body));
  const text = tail.toString("latin1");
  if (text.endsWith("\r\n\r\n")) return 2;
  return text.endsWith("\n\n") || octets === 1 ? 1 : 0;
}

const blankEnd = (tail: Buffer): boolean =>
  /\n\r?\n$/.test(tail.toString("latin1")) || /^\r?\n$/.test(tail.toString("latin1"));

/** By the From_ line, else by the message's own Date. */
function dateOf({ envelope, dateHeader }: Draft): number {
  const own = envelope.date ?? Date.parse(dateHeader?.replace(/\([^)]*\)/g, "").trim() ?? "");
  return Number.isFinite(own) ? own : 0;
}

function noMbox(at: number): Fault {
  return new Fault({
    code: "archive.format",
    message: `The file does not begin with a From_ line (octet ${at}), so it is no mbox`,
    spoils: "place",
    remedy: "take the file out of the mailbox's folder, or repair its first line",
  });
}
