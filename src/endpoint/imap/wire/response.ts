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
  const cursor: Cursor = { pieces, text: textAt(pieces, 0), piece: 0, at: 0, depth: 0 };
  const tag = wordOf(cursor);
  if (tag === "+") return { tag, name: "+", text: restOf(cursor), values: [] };
  const first = wordOf(cursor).toUpperCase();
  if (statuses.has(first)) return { tag, name: first, ...statusOf(restOf(cursor)), values: [] };
  if (!/^\d+$/.test(first)) return { tag, name: first, text: "", values: valuesOf(cursor, false) };
  const name = wordOf(cursor).toUpperCase();
  return { tag, name, number: Number(first), text: "", values: valuesOf(cursor, false) };
}

function statusOf(line: string): Pick<Response, "text" | "code"> {
  const match = /^\[([^\] ]+)(?: ((?:"(?:\\.|[^"\\])*"|[^\]"])*))?\] ?(.*)$/s.exec(line);
  if (match === null) return { text: line };
  const [, name = "", rest = "", text = ""] = match;
  return { text, code: { name: name.toUpperCase(), rest } };
}

/** Where a response is being read: in the text of a piece. */
interface Cursor {
  readonly pieces: readonly Piece[];
  piece: number;
  text: string;
  at: number;
  depth: number;
}

function textAt(pieces: readonly Piece[], piece: number): string {
  const here = pieces[piece];
  return here !== undefined && "text" in here ? here.text : "";
}

/** Up to the next blank, which is skipped. */
function wordOf(cursor: Cursor): string {
  const { text, at } = cursor;
  const blank = text.indexOf(" ", at);
  const end = blank < 0 ? text.length : blank;
  cursor.at = blank < 0 ? end : blank + 1;
  return text.slice(at, end);
}

/** The rest as text, literals included. */
function restOf({ pieces, piece, text, at }: Cursor): string {
  const rest = pieces.slice(piece + 1).map((each) => ("text" in each ? each.text : each.literal.toString("latin1")));
  return [text.slice(at), ...rest].join("");
}

/** A literal stands where its announcement `{n}` was. */
function literalOf(cursor: Cursor): Buffer {
  const here = cursor.pieces[cursor.piece + 1];
  if (here === undefined || !("literal" in here)) throw new SyntaxError("a literal is announced and does not follow");
  cursor.piece += 2;
  cursor.text = textAt(cursor.pieces, cursor.piece);
  cursor.at = 0;
  return here.literal;
}

function quotedOf(cursor: Cursor): string {
  const { text, at } = cursor;
  let end = at + 1;
  let escaped = false;
  for (; end < text.length && text[end] !== '"'; end += 1) {
    if (text[end] !== "\\") continue;
    escaped = true;
    end += 1;
  }
  if (end >= text.length) throw new SyntaxError("a quoted string does not end");
  cursor.at = end + 1;
  const inner = text.slice(at + 1, end);
  return escaped ? inner.replace(/\\(.)/gs, "$1") : inner;
}

/** `BODY[HEADER.FIELDS (DATE)]<0>` is one word; in a keyword a bracket is a character like any other. */
function atomOf(cursor: Cursor): string {
  const { text, at: begin } = cursor;
  let at = begin;
  for (; at < text.length; at += 1) {
    const character = text[at];
    if (character === " " || character === "(" || character === ")") break;
    if (character !== "[" || !/^(?:BODY|BINARY|BINARY\.SIZE)$/i.test(text.slice(begin, at))) continue;
    at = text.indexOf("]", at);
    if (at < 0) throw new SyntaxError("a section does not end");
  }
  if (at === begin) throw new SyntaxError(`a value is missing at ${JSON.stringify(text.slice(at, at + 40))}`);
  cursor.at = at;
  return text.slice(begin, at);
}

function valueOf(cursor: Cursor): Value {
  const { text, at } = cursor;
  const first = text[at];
  if (first === "(") return listAt(cursor);
  if (first === '"') return quotedOf(cursor);
  if ((first === "{" || first === "~") && /^~?\{\d+\+?\}$/.test(text.slice(at))) return literalOf(cursor);
  const word = atomOf(cursor);
  return word.length === 3 && word.toUpperCase() === "NIL" ? null : word;
}

function listAt(cursor: Cursor): readonly Value[] {
  cursor.at += 1;
  cursor.depth += 1;
  if (cursor.depth > deepest) throw new SyntaxError("lists are nested too deep");
  const found = valuesOf(cursor, true);
  cursor.depth -= 1;
  cursor.at += 1;
  return found;
}

/** Values up to the bracket that closes a list, or to the end of the response. */
function valuesOf(cursor: Cursor, inList: boolean): readonly Value[] {
  const found: Value[] = [];
  for (;;) {
    while (cursor.text[cursor.at] === " ") cursor.at += 1;
    const over = cursor.at >= cursor.text.length;
    if (inList ? cursor.text[cursor.at] === ")" : over && cursor.piece >= cursor.pieces.length - 1) return found;
    if (over) throw new SyntaxError("a list does not end");
    found.push(valueOf(cursor));
  }
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
