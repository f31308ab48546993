import { Buffer } from "node:buffer";
import { parseResponse, type Piece, type Response } from "./response.ts";

/** Octets of one line, and of one literal: what is longer is no mail server's answer to what we ask. */
const most = { line: 64 * 1024 * 1024, literal: 256 * 1024 * 1024 } as const;

/** Cuts a server's octets into responses, whatever the chunks they come in. Bodies are copied once and never looked at. */
export interface Reader {
  /** Throws a SyntaxError for what is no IMAP. */
  push(chunk: Buffer): void;
}

/** Where a literal of so many octets goes; undefined for memory of its own. */
export type Room = (size: number) => Buffer | undefined;

export function createReader(take: (response: Response) => void, room: Room = () => undefined): Reader {
  let pieces: Piece[] = [];
  let held: Buffer[] = [];
  let heldLength = 0;
  let literal: { readonly octets: Buffer; filled: number } | undefined;

  function line(end: Buffer): void {
    const octets = heldLength === 0 ? end : Buffer.concat([...held, end]);
    held = [];
    heldLength = 0;
    const text = octets.toString("latin1", 0, octets.at(-1) === 13 ? octets.length - 1 : octets.length);
    pieces.push({ text });
    const size = pieces.length === 1 && isWords.test(text) ? undefined : announced(text);
    if (size === undefined) {
      const whole = pieces;
      pieces = [];
      if (whole.length > 1 || text !== "") take(parseResponse(whole));
      return;
    }
    if (size > most.literal) throw new SyntaxError(`a literal of ${size} octets is announced`);
    literal = { octets: room(size) ?? Buffer.allocUnsafe(size), filled: 0 };
    if (size === 0) endLiteral();
  }

  function endLiteral(): void {
    if (literal !== undefined) pieces.push({ literal: literal.octets });
    literal = undefined;
  }

  /** Returns how many octets it took. */
  function fill(chunk: Buffer): number {
    if (literal === undefined) return 0;
    const taken = chunk.copy(literal.octets, literal.filled);
    literal.filled += taken;
    if (literal.filled === literal.octets.length) endLiteral();
    return taken;
  }

  function readLine(chunk: Buffer): number {
    const end = chunk.indexOf(10);
    if (end >= 0) {
      line(chunk.subarray(0, end));
      return end + 1;
    }
    held.push(Buffer.from(chunk));
    heldLength += chunk.length;
    if (heldLength > most.line) throw new SyntaxError("a line does not end");
    return chunk.length;
  }

  return {
    push: (chunk) => {
      let rest = chunk;
      while (rest.length > 0) rest = rest.subarray(literal === undefined ? readLine(rest) : fill(rest));
    },
  };
}

/**
 * A status whose code is closed, or a continuation: words for people follow (RFC 3501, resp-text), which may end with a folder's name, and
 * that with braces.
 */
const isWords = /^(?:\+|[^ ]+ (?:OK|NO|BAD|BYE|PREAUTH)(?: (?!\[[^\]]*$)|$))/i;

/** A quoted string cannot hold a line end, so what ends a line so is a literal's announcement (RFC 3501, 4.3; RFC 3516). */
function announced(text: string): number | undefined {
  if (!text.endsWith("}")) return undefined;
  const match = /\{(\d+)\+?\}$/.exec(text);
  return match === null ? undefined : Number(match[1]);
}
