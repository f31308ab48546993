import { isAlias, isMap, isPair, isScalar, isSeq, type Pair, type YAMLMap } from "yaml";
import { distance } from "../kind/nearest.ts";
import type { Span } from "./source.ts";
import { spanOf } from "./tree.ts";

const words = [
  "password",
  "passwords",
  "passphrase",
  "secret",
  "token",
  "accesstoken",
  "refreshtoken",
  "clientsecret",
  "serviceaccount",
  "apikey",
  "postgres",
  "signingkey",
];
const telling =
  /pass(?:w|ph|$)|passwd|pwd|secret|token$|credential|api[_-]?key|(?:private|signing)[_-]?key|^hash$|^postgres$/iu;

/** Keys under which a secret would be written, misspelt ones among them. Too many is harmless: they only hide what a line quotes. */
function tellsSecret(key: string): boolean {
  if (telling.test(key)) return true;
  const lower = key.slice(0, 20).toLowerCase();
  return words.some((word) => distance(lower, word, word.length >> 2) <= word.length >> 2);
}

/** What may stand beside or inside a secret and is none. */
const harmless = new Set([
  "user",
  "mustChange",
  "issue",
  "external",
  "generate",
  "method",
  "mechanism",
  "scope",
  "tokenUrl",
  "clientId",
  "dn",
  "separator",
]);

/**
 * The parts of a document that no message may quote: whatever stands where a secret does and is not a reference to one.
 * What is hidden is hidden to the end of its line, for a literal may hold the characters that end a YAML value.
 */
export function hiddenSpans(contents: unknown, text: string): readonly Span[] {
  const hidden: Span[] = [];
  const hide = (from: number, node: unknown): void => {
    const end = Math.max(from, spanOf(node).end);
    const newline = text.indexOf("\n", end);
    hidden.push({ start: from, end: newline === -1 ? text.length : newline });
  };
  const walkPair = (pair: Pair, secret: boolean): void => {
    const name = isScalar(pair.key) ? String(pair.key.value) : "";
    if (leaks(pair.key)) hide(spanOf(pair.key).start, isScalar(pair.value) ? pair.value : pair.key);
    const under = (secret && !harmless.has(name)) || tellsSecret(name);
    const value = pair.value;
    if (under && isMap(value) && isReference(value)) return;
    if (isMap(value) || isSeq(value)) walk(value, under);
    else if ((under && !innocent(value)) || leaks(value)) hide(afterColon(text, spanOf(pair.key).end), value);
    if (!isScalar(pair.key)) walk(pair.key, under);
  };
  /** In a map that stands for a secret and is no reference, the keys may be the secret, too: `{hunter2}`. */
  const walk = (node: unknown, secret: boolean): void => {
    if (isMap(node)) {
      for (const pair of node.items) {
        const key = isScalar(pair.key) ? String(pair.key.value) : "";
        if (secret && isEmpty(pair.value) && !harmless.has(key) && !tellsSecret(key))
          hide(spanOf(pair.key).start, pair.key);
        walkPair(pair, secret);
      }
    } else if (isSeq(node)) {
      for (const item of node.items) {
        if (isPair(item)) walkPair(item, secret);
        else if ((secret && (isScalar(item) || isAlias(item))) || leaks(item)) hide(spanOf(item).start, item);
        else walk(item, secret);
      }
    }
  };
  if (leaks(contents)) hide(spanOf(contents).start, contents);
  walk(contents, false);
  return hidden;
}

/** `password:hunter2`, without the space that makes a key of it, is a text to YAML. */
function leaks(node: unknown): boolean {
  if (!isScalar(node) || typeof node.value !== "string") return false;
  return [...node.value.slice(0, 4096).matchAll(/([\w.-]{3,40})["']?[ \t]*[:=]/gu)].some(([, key = ""]) =>
    tellsSecret(key),
  );
}

const afterColon = (text: string, end: number): number =>
  end + (/^[ \t]*:[ \t]?/u.exec(text.slice(end, end + 16))?.[0].length ?? 0);
const isEmpty = (node: unknown): boolean =>
  node === null || node === undefined || (isScalar(node) && node.value === null && (node.source ?? "") === "");
const innocent = (node: unknown): boolean =>
  isScalar(node) && (typeof node.value === "boolean" || node.value === "source");

/** A reference in one of its three shapes, so that its words are names and not the secret. */
function isReference(map: YAMLMap): boolean {
  const [pair, more] = map.items;
  if (pair === undefined || more !== undefined || !isScalar(pair.key)) return false;
  const value: unknown = pair.value;
  if (pair.key.value === "command") return isSeq(value) && value.items.length > 0 && value.items.every(isScalar);
  if (!isScalar(value) || typeof value.value !== "string") return false;
  return pair.key.value === "file"
    ? value.value !== ""
    : pair.key.value === "env" && /^[A-Za-z_]\w*$/u.test(value.value);
}

/** One key and what may be its reference, as far as lines tell: for a document that cannot be read as YAML. */
const keyLine =
  /(["']?)([\w.-]{3,40})\1[ \t]*:(?![ \t]*(?:#.*)?(?:\r?\n[ \t]*)?\{?[ \t]*["']?(?:env|file|command|external|generate|secret|hash|mustChange|issue)["']?[ \t]*:|[ \t]+source\b)/gu;

/** In a text that is no YAML, everything from the first key on that tells of a literal secret is hidden. */
export function hiddenIn(text: string): readonly Span[] {
  for (const match of text.matchAll(keyLine)) {
    const key = match[2] ?? "";
    if (key !== "credentials" && tellsSecret(key)) return [{ start: match.index + match[0].length, end: text.length }];
  }
  return [];
}
