/**
 * What could steer a terminal or a reader's eye: C0 and C1 controls (with them every OSC and CSI), line and paragraph breaks,
 * marks that take no room, bidirectional overrides, tag characters, lone halves of a pair.
 */
const unsafe =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

const shown: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Text from outside on one line of a terminal: what is unsafe shows as `\n` or `\u{1b}`. */
export function escapeLine(text: string): string {
  return text.replace(
    unsafe,
    (character) => shown[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** What makes markup, HTML, a link, a mention, an issue number, a formula or an emoji in the middle of a line (CommonMark 0.31, GFM). */
const marks = /[\\`*_[\]<>#|~$:@&!]|(?<=www)\./gi;

/** Text from outside in the middle of a Markdown line or in a table's cell: plain text on one line. */
export function escapeMarkdown(text: string): string {
  return escapeLine(text).replace(marks, (character) => `&#${character.codePointAt(0)};`);
}

/** JSON that is safe to show: what could steer a terminal is written as `\uXXXX`, which says the same. */
export function escapeJson(json: string): string {
  return json.replace(unsafe, (character) => (character === "\n" ? character : escapeUnits(character)));
}

const escapeUnits = (character: string): string =>
  character
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
