import { Buffer } from "node:buffer";
import {
  AndFilter,
  ApproximateFilter,
  EqualityFilter,
  ExtensibleFilter,
  type Filter,
  GreaterThanEqualsFilter,
  LessThanEqualsFilter,
  NotFilter,
  OrFilter,
  PresenceFilter,
  SubstringFilter,
} from "ldapts";

/** Filters are built of values, never of text with values in it: nothing that an entry or a manifest says becomes syntax. */
export const equal = (attribute: string, value: string | Buffer): Filter => new EqualityFilter({ attribute, value });
export const present = (attribute: string): Filter => new PresenceFilter({ attribute });
const not = (filter: Filter): Filter => new NotFilter({ filter });

export function all(filters: readonly Filter[]): Filter {
  const [first] = filters;
  return filters.length === 1 && first !== undefined ? first : new AndFilter({ filters: [...filters] });
}

export function any(filters: readonly Filter[]): Filter {
  const [first] = filters;
  return filters.length === 1 && first !== undefined ? first : new OrFilter({ filters: [...filters] });
}

/** An attribute that fits a pattern: `*` is any run of characters; `?` has no like in LDAP and counts as one. */
export function fits(attribute: string, pattern: string): Filter {
  const parts = pattern.split(/\*+/);
  if (parts.length === 1) return equal(attribute, pattern);
  const [initial = "", ...rest] = parts;
  const final = rest.pop() ?? "";
  const within = rest.filter((part) => part !== "");
  if (initial === "" && final === "" && within.length === 0) return present(attribute);
  return new SubstringFilter({ attribute, initial, any: within, final });
}

/** Levels of a filter: more is no filter of a person. */
const deepest = 100;

/**
 * A filter as text (RFC 4515), whole: what stands after its end is an error. The library's own parser takes escaped octets for
 * characters, knows no options, no dotted names and no `(&)`, so that filters which servers understand would be others, or none.
 * Throws a SyntaxError.
 */
export function parseFilter(text: string): Filter {
  const source = text.trim();
  const cursor = { text: source.startsWith("(") ? source : `(${source})`, at: 0 };
  const filter = parseOne(cursor, 0);
  if (cursor.at < cursor.text.length) throw new SyntaxError(`there is more after its end: ${here(cursor)}`);
  return filter;
}

interface Cursor {
  readonly text: string;
  at: number;
}

const here = ({ text, at }: Cursor): string => JSON.stringify(text.slice(at, at + 40));

function blanks(cursor: Cursor): void {
  while (/\s/.test(cursor.text[cursor.at] ?? "")) cursor.at += 1;
}

function expectNext(cursor: Cursor, character: string): void {
  if (cursor.text[cursor.at] !== character)
    throw new SyntaxError(
      cursor.at < cursor.text.length
        ? `${character} is missing before ${here(cursor)}`
        : `${character} is missing at its end`,
    );
  cursor.at += 1;
}

function parseOne(cursor: Cursor, depth: number): Filter {
  if (depth > deepest) throw new SyntaxError("it is nested too deep");
  expectNext(cursor, "(");
  blanks(cursor);
  const operator = cursor.text[cursor.at] ?? "";
  const filter = "&|!".includes(operator) && operator !== "" ? parseGroup(cursor, operator, depth) : parseItem(cursor);
  expectNext(cursor, ")");
  return filter;
}

function parseGroup(cursor: Cursor, operator: string, depth: number): Filter {
  cursor.at += 1;
  const filters: Filter[] = [];
  for (blanks(cursor); cursor.text[cursor.at] === "("; blanks(cursor)) filters.push(parseOne(cursor, depth + 1));
  if (operator === "&") return new AndFilter({ filters });
  if (operator === "|") return new OrFilter({ filters });
  const [filter, ...more] = filters;
  if (filter === undefined || more.length > 0) throw new SyntaxError("! takes one filter");
  return not(filter);
}

/** Attribute with options, or dotted; `:dn` and `:rule` of an extensible match; the relation. */
const item = /^\s*((?:[A-Za-z][\w-]*|\d+(?:\.\d+)+)(?:;[\w-]+)*)?((?::dn)?(?::[\w.-]+)?:)?(=|>=|<=|~=)/i;

function parseItem(cursor: Cursor): Filter {
  const rest = cursor.text.slice(cursor.at);
  const [head, attribute = "", extended, relation] = item.exec(rest) ?? [];
  if (head === undefined || (attribute === "" && extended === undefined))
    throw new SyntaxError(`no attribute and relation: ${here(cursor)}`);
  const length = rest.slice(head.length).search(/[()]/);
  const value = length < 0 ? rest.slice(head.length) : rest.slice(head.length, head.length + length);
  cursor.at += head.length + value.length;
  if (extended !== undefined) {
    if (relation !== "=") throw new SyntaxError(`an extensible match is written with := before ${here(cursor)}`);
    return extensible(attribute, extended, value);
  }
  if (relation === ">=") return new GreaterThanEqualsFilter({ attribute, value: text(value) });
  if (relation === "<=") return new LessThanEqualsFilter({ attribute, value: text(value) });
  if (relation === "~=") return new ApproximateFilter({ attribute, value: text(value) });
  if (value === "*") return present(attribute);
  return value.includes("*") ? substrings(attribute, value) : equal(attribute, octets(value));
}

function extensible(matchType: string, extended: string, value: string): Filter {
  const parts = extended.split(":").filter((part) => part !== "");
  const dnAttributes = parts[0]?.toLowerCase() === "dn";
  const rule = dnAttributes ? parts[1] : parts[0];
  return new ExtensibleFilter({ matchType, dnAttributes, value: text(value), ...(rule === undefined ? {} : { rule }) });
}

function substrings(attribute: string, value: string): Filter {
  const [initial = "", ...rest] = value.split("*").map(text);
  const final = rest.pop() ?? "";
  return new SubstringFilter({ attribute, initial, any: rest.filter((part) => part !== ""), final });
}

/** Escapes are octets of UTF-8 (RFC 4515, 3). */
function octets(value: string): Buffer {
  const parts: Buffer[] = [];
  for (const [, pairs, plain, wrong] of value.matchAll(/((?:\\[0-9A-Fa-f]{2})+)|([^\\\0]+)|(.)/gs)) {
    if (wrong !== undefined) throw new SyntaxError("\\ is followed by two hexadecimal digits");
    parts.push(pairs === undefined ? Buffer.from(plain ?? "", "utf8") : Buffer.from(pairs.replaceAll("\\", ""), "hex"));
  }
  return Buffer.concat(parts);
}

/** Where the library takes text alone. */
function text(value: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets(value));
  } catch (thrown) {
    if (thrown instanceof SyntaxError) throw thrown;
    throw new SyntaxError("octets that are no UTF-8 can only be compared as a whole", { cause: thrown });
  }
}
