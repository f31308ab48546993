import { firstWithin, lineAt, lineSpan, type Source, type Span } from "./source.ts";

/** Control characters, line and paragraph breaks, direction overrides, marks that take no room, lone halves of a pair. */
const unsafe =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

/** Text from outside, made safe for a terminal. */
export function escapeText(text: string): string {
  return text.replace(unsafe, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Text from outside as a message shows it: in quotes, escaped, cut when long. */
export function quoted(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 77)}…` : text;
  return `"${escapeText(short.replace(/(["\\])/gu, "\\$1"))}"`;
}

const mask = "***";
const widest = 120;
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/gu;
const narrow = /\p{Mark}/gu;

const columns = (text: string): number =>
  [...text].length + (text.match(wide)?.length ?? 0) - (text.match(narrow)?.length ?? 0);

/**
 * The line of a span with a caret under it, as two lines of text. What is hidden shows as ***, with the rest of its line.
 * A long line is cut around the caret.
 */
export function quoteLine(source: Source, span: Span, hidden: readonly Span[]): string {
  const index = lineAt(source, span.start);
  const line = visible(source, lineSpan(source, index), hidden);
  const from = Math.min(span.start, line.end);
  const to = Math.max(from, Math.min(span.end, line.end));
  const cut = Math.max(line.start, from - widest / 2);
  const stop = Math.min(line.end, cut + widest);
  const show = (start: number, end: number): string =>
    escapeText(source.text.slice(start, Math.max(start, end)).replace(/\t/gu, " "));
  const lead = (cut > line.start ? "…" : "") + show(cut, from);
  const shown = lead + show(from, stop) + (stop < line.end ? "…" : line.masked ? mask : "");
  const carets = Math.max(1, columns(show(from, Math.min(to, stop))));
  const number = String(index + 1).padStart(5);
  return `${number} | ${shown}\n${" ".repeat(number.length)} | ${" ".repeat(columns(lead))}${"^".repeat(carets)}`;
}

interface Visible extends Span {
  readonly masked: boolean;
}

/** The line up to the first hidden part; nothing of a line that begins inside one. */
function visible(source: Source, line: Span, hidden: readonly Span[]): Visible {
  const part = firstWithin(hidden, line.start, line.end);
  if (part === undefined) return { ...line, masked: false };
  return { start: line.start, end: Math.max(line.start, part.start), masked: true };
}
