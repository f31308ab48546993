import { Buffer } from "node:buffer";

/** A part of a response: atoms and quoted strings as Latin-1 text, literals as octets, NIL, lists. */
export type Value = string | Buffer | null | readonly Value[];

/** One response of a server (RFC 3501, section 7), literals included. */
export interface Response {
  /** `*`, `+`, or the tag of the command that it completes. */
  readonly tag: string;
  /** In upper case: OK, NO, BAD, BYE, FETCH, LIST … */
  readonly name: string;
  /** Of `* 5 FETCH`. */
  readonly number?: number;
  /** The response code of a status response, in upper case, and what follows it inside the brackets. */
  readonly code?: { readonly name: string; readonly rest: string };
  /** What a status response says to people. */
  readonly text: string;
  readonly values: readonly Value[];
}

/** What a response is made of: lines without their CRLF, and the literals between them. */
export type Piece = { readonly text: string } | { readonly literal: Buffer };

/** Lists in lists: nothing that is asked for nests so deep, and each level takes stack. */
const deepest = 100;

const statuses = new Set(["OK", "NO", "BAD", "BYE", "PREAUTH"]);

/** Takes a response apart. Throws a SyntaxError for what is none. */
export function parseResponse(pieces: readonly Piece[]): Response {
  const cursor = createCursor(pieces);
  const tag = cursor.word();
  if (tag === "+") return { tag, name: "+", text: cursor.line(), values: [] };
  const first = cursor.word().toUpperCase();
  if (statuses.has(first)) return { tag, name: first, ...statusOf(cursor.line()), values: [] };
  if (!/^\d+$/.test(first)) return { tag, name: first, text: "", values: cursor.values() };
  return { tag, name: cursor.word().toUpperCase(), number: Number(first), text: "", values: cursor.values() };
}

function statusOf(line: string): Pick<Response, "text" | "code"> {
  const match = /^\[([^\] ]+)(?: ((?:"(?:\\.|[^"\\])*"|[^\]"])*))?\] ?(.*)$/s.exec(line);
  if (match === null) return { text: line };
  const [, name = "", rest = "", text = ""] = match;
  return { text, code: { name: name.toUpperCase(), rest } };
}

interface Cursor {
  /** Up to the next blank, which is skipped. */
  word(): string;
  /** The rest as text, literals included. */
  line(): string;
  values(): readonly Value[];
}

function createCursor(pieces: readonly Piece[]): Cursor {
  let piece = 0;
  let at = 0;
  let depth = 0;
  const text = (): string => {
    const here = pieces[piece];
    return here !== undefined && "text" in here ? here.text : "";
  };

  /** A literal stands where its announcement `{n}` was. */
  function literal(): Buffer {
    piece += 1;
    const here = pieces[piece];
    if (here === undefined || !("literal" in here)) throw new SyntaxError("a literal is announced and does not follow");
    piece += 1;
    at = 0;
    return here.literal;
  }

  function quoted(): string {
    const line = text();
    let end = at + 1;
    let escaped = false;
    for (; end < line.length && line[end] !== '"'; end += 1) {
      if (line[end] !== "\\") continue;
      escaped = true;
      end += 1;
    }
    if (end >= line.length) throw new SyntaxError("a quoted string does not end");
    const inner = line.slice(at + 1, end);
    at = end + 1;
    return escaped ? inner.replace(/\\(.)/gs, "$1") : inner;
  }

  /** `BODY[HEADER.FIELDS (DATE)]<0>` is one word; in a keyword a bracket is a character like any other. */
  function atom(): string {
    const line = text();
    const begin = at;
    for (; at < line.length; at += 1) {
      const character = line[at];
      if (character === " " || character === "(" || character === ")") break;
      if (character !== "[" || !/^(?:BODY|BINARY|BINARY\.SIZE)$/i.test(line.slice(begin, at))) continue;
      const close = line.indexOf("]", at);
      if (close < 0) throw new SyntaxError("a section does not end");
      at = close;
    }
    if (at === begin) throw new SyntaxError(`a value is missing at ${JSON.stringify(line.slice(at, at + 40))}`);
    return line.slice(begin, at);
  }

  function value(): Value {
    const line = text();
    const first = line[at];
    if (first === "(") return list();
    if (first === '"') return quoted();
    if ((first === "{" || first === "~") && /^~?\{\d+\+?\}$/.test(line.slice(at))) return literal();
    const word = atom();
    return word.length === 3 && word.toUpperCase() === "NIL" ? null : word;
  }

  function list(): readonly Value[] {
    at += 1;
    depth += 1;
    if (depth > deepest) throw new SyntaxError("lists are nested too deep");
    const found = until(() => text()[at] === ")");
    depth -= 1;
    at += 1;
    return found;
  }

  function until(end: () => boolean): readonly Value[] {
    const found: Value[] = [];
    for (;;) {
      while (text()[at] === " ") at += 1;
      if (end()) return found;
      if (at >= text().length) throw new SyntaxError("a list does not end");
      found.push(value());
    }
  }

  return {
    word: () => {
      const line = text();
      const blank = line.indexOf(" ", at);
      const word = line.slice(at, blank < 0 ? line.length : blank);
      at = blank < 0 ? line.length : blank + 1;
      return word;
    },
    line: () => {
      const rest = pieces
        .slice(piece + 1)
        .map((each) => ("text" in each ? each.text : each.literal.toString("latin1")));
      return [text().slice(at), ...rest].join("");
    },
    values: () => until(() => at >= text().length && piece >= pieces.length - 1),
  };
}

/** A value as Latin-1 text; undefined for NIL and lists. */
export function textOf(value: Value | undefined): string | undefined {
  if (typeof value === "string") return value;
  return Buffer.isBuffer(value) ? value.toString("latin1") : undefined;
}

export function listOf(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? (value as readonly Value[]) : [];
}

/** `(NAME value NAME value …)` as a map, names in upper case. */
export function attributesOf(value: Value | undefined): ReadonlyMap<string, Value> {
  const list = listOf(value);
  const map = new Map<string, Value>();
  for (let at = 0; at + 1 < list.length; at += 2) map.set((textOf(list[at]) ?? "").toUpperCase(), list[at + 1] ?? null);
  return map;
}
