/** Reads a server's answers from its octets: lines, with the literals in them, as values (RFC 3501 §4, §9). */
import { Buffer } from "node:buffer";

/** An atom, number or NIL (null) is text; a quoted string or a literal its octets; a list in parentheses an array. */
export type Value = string | Buffer | null | readonly Value[];

/** One answer of the server: its text with the literals put aside. */
export interface Line {
  /** As latin1, each literal left as its `{n}`, without the line's end. */
  readonly text: string;
  readonly literals: readonly Buffer[];
}

/** Takes octets as they come, and gives each line once it is whole. */
export function lineReader(): (chunk: Buffer) => Line[] {
  let pending: Buffer = Buffer.alloc(0);
  let missing = 0;
  let text = "";
  let literals: Buffer[] = [];
  const chunks: Buffer[] = [];

  const next = (): Line | undefined => {
    for (;;) {
      if (missing > 0) {
        if (pending.length < missing) return undefined;
        literals.push(pending.subarray(0, missing));
        pending = pending.subarray(missing);
        missing = 0;
      }
      const end = pending.indexOf("\r\n");
      if (end < 0) return undefined;
      const part = pending.toString("latin1", 0, end);
      pending = pending.subarray(end + 2);
      text += part;
      const size = /\{(\d+)\}$/.exec(part)?.[1];
      if (size === undefined) {
        const line = { text, literals };
        text = "";
        literals = [];
        return line;
      }
      if (size === "0") literals.push(Buffer.alloc(0));
      missing = Number(size);
    }
  };

  return (chunk) => {
    chunks.push(chunk);
    const have = pending.length + chunks.reduce((sum, each) => sum + each.length, 0);
    if (have < missing) return [];
    pending = Buffer.concat([pending, ...chunks.splice(0)]);
    const lines: Line[] = [];
    for (let line = next(); line; line = next()) lines.push(line);
    return lines;
  };
}

const token = /\s*(?:(\()|(\))|"((?:[^"\\]|\\.)*)"|~?\{(\d+)\}|((?:[^\s()"{[]|\[[^\]]*\](?:<\d+>)?)+))/y;

/** The values of a line from `start` on, which is before its first literal. What is no value ends the reading. */
export function valuesOf({ text, literals }: Line, start = 0): readonly Value[] {
  const stack: Value[][] = [[]];
  let used = 0;
  token.lastIndex = start;
  for (let found = token.exec(text); found; found = token.exec(text)) {
    const [, open, close, quoted, literal, atom] = found;
    const here = stack.at(-1) ?? [];
    if (open) stack.push([]);
    else if (close) {
      if (stack.length === 1) break;
      stack.pop();
      stack.at(-1)?.push(here);
    } else if (quoted !== undefined) here.push(Buffer.from(quoted.replaceAll(/\\(.)/g, "$1"), "latin1"));
    else if (literal !== undefined) here.push(literals[used++] ?? null);
    else if (atom !== undefined) here.push(atom.toUpperCase() === "NIL" ? null : atom);
  }
  return stack[0] ?? [];
}

/** Text of a value, decoded as UTF-8; of a list or nothing, the empty text. */
export const textOf = (value: Value | undefined): string =>
  typeof value === "string" ? value : Buffer.isBuffer(value) ? value.toString() : "";

export const listOf = (value: Value | undefined): readonly Value[] =>
  Array.isArray(value) ? (value as readonly Value[]) : [];

/** Names and values in turn, as in FETCH and STATUS; names in capitals. */
export function pairsOf(value: Value | undefined): Map<string, Value> {
  const list = listOf(value);
  const pairs = new Map<string, Value>();
  for (let at = 0; at + 1 < list.length; at += 2) pairs.set(textOf(list[at]).toUpperCase(), list[at + 1] ?? null);
  return pairs;
}
