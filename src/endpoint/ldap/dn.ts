import { Buffer } from "node:buffer";

/** A name of an entry, part by part from the entry to the root (RFC 4514). */
export type Dn = readonly Rdn[];
/** One part; several values are a name of several attributes. */
type Rdn = readonly { readonly type: string; readonly value: string }[];

/**
 * Text as a value in a name: every character that RFC 4514, 2.4, names, and every control character, as a hexadecimal pair. So no
 * comma, plus or quote of a value is ever left to be taken for a part of the name.
 */
export function escapeValue(text: string): string {
  // oxlint-disable-next-line no-control-regex
  const within = text.replaceAll(/["+,;<=>\\#\u0000-\u001f\u007f]/g, hex);
  return within
    .replace(/^ +/, (blanks) => "\\20".repeat(blanks.length))
    .replace(/ +$/, (blanks) => "\\20".repeat(blanks.length));
}

const hex = (character: string): string => `\\${(character.codePointAt(0) ?? 0).toString(16).padStart(2, "0")}`;

/** `uid=ana,ou=people,dc=example,dc=com`. The parent is a name that is written already. */
export function childOf(parent: string, type: string, value: string): string {
  const own = `${type}=${escapeValue(value)}`;
  return parent === "" ? own : `${own},${parent}`;
}

/** The name's own part, and its parent's name. Throws a SyntaxError for what is no name. */
export function splitDn(dn: string): { readonly own: string; readonly parent: string } {
  const end = endOfRdn(dn);
  return { own: bare(dn.slice(0, end)), parent: bare(dn.slice(end + 1)) };
}

/** Without the blanks at its ends that are not escaped: others, such as a no-break space, are part of a value. */
function bare(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && isBlank(text[from])) from += 1;
  while (to > from && isBlank(text[to - 1])) to -= 1;
  let escapes = 0;
  while (text[to - 1 - escapes] === "\\" && to - escapes > from) escapes += 1;
  return text.slice(from, escapes % 2 === 1 ? to + 1 : to);
}

const isBlank = (character: string | undefined): boolean => /^[\t-\r ]$/.test(character ?? "");
const isEmpty = (text: string): boolean => !/[^\t-\r ]/.test(text);

/** Throws a SyntaxError for what is no name. */
export function parseDn(dn: string): Dn {
  const parts: Rdn[] = [];
  for (let rest = dn; !isEmpty(rest);) {
    const end = endOfRdn(rest);
    parts.push(parseRdn(rest.slice(0, end)));
    const more = end < rest.length;
    rest = rest.slice(end + 1);
    if (more && isEmpty(rest)) throw new SyntaxError(`the name ends with a comma: ${JSON.stringify(dn.slice(0, 200))}`);
  }
  return parts;
}

/** Where the first part ends: at a comma, or the semicolon of RFC 2253, that is neither escaped nor quoted. */
function endOfRdn(dn: string): number {
  return endAt(dn, /[,;]/);
}

function endAt(text: string, stop: RegExp): number {
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? "";
    if (character === "\\") at += 1;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && stop.test(character)) return at;
  }
  return text.length;
}

function parseRdn(text: string): Rdn {
  const values: { type: string; value: string }[] = [];
  for (let rest = text; ;) {
    const end = endAt(rest, /\+/);
    const [, type, value] = /^[\t-\r ]*([A-Za-z][\w-]*|\d+(?:\.\d+)*)[\t-\r ]*=(.*)$/s.exec(rest.slice(0, end)) ?? [];
    if (type === undefined || value === undefined)
      throw new SyntaxError(`no part of a name: ${JSON.stringify(text.slice(0, 200))}`);
    values.push({ type, value: unescape(value) });
    if (end >= rest.length) return values;
    rest = rest.slice(end + 1);
  }
}

/** Hexadecimal pairs are octets of UTF-8; blanks at the end count only where they are escaped. */
function unescape(written: string): string {
  const octets: Buffer[] = [];
  const text = bare(written);
  const inner = /^".*"$/s.test(text) ? text.slice(1, -1) : text;
  for (const [, pairs, single, plain] of inner.matchAll(/((?:\\[0-9A-Fa-f]{2})+)|\\(.)|([^\\]+)/gsu)) {
    if (pairs !== undefined) octets.push(Buffer.from(pairs.replaceAll("\\", ""), "hex"));
    else octets.push(Buffer.from(single ?? plain ?? "", "utf8"));
  }
  return Buffer.concat(octets).toString("utf8");
}

/**
 * A name by which it can be found again whatever its spelling: case, blanks, order within a part and escapes do not count. A name
 * that cannot be read stands for itself.
 */
export function keyOfDn(dn: string): string {
  // The usual spelling needs no parser, and a group of ten thousand has ten thousand of them; most stand for themselves.
  if (/^[a-z0-9=,._@-]*$/.test(dn)) return dn;
  if (!/[\\"#;+]|\s[,=]|[,=]\s|\s\s|^\s|\s$/.test(dn)) return fold(dn);
  try {
    const parts = parseDn(dn).map((rdn) =>
      rdn
        .map(({ type, value }) => `${type.toLowerCase()}=${escapeValue(fold(value.trim()))}`)
        .toSorted()
        .join("+"),
    );
    return parts.join(",");
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    return dn;
  }
}

const fold = (text: string): string => text.replaceAll(/ {2,}/g, " ").normalize("NFC").toLowerCase();

/** Whether an entry is the base, or below it. */
export function isBelow(dn: string, base: string): boolean {
  const [key, root] = [keyOfDn(dn), keyOfDn(base)];
  return root === "" || key === root || key.endsWith(`,${root}`);
}
