/** What a manifest may hold, as plain data; keys stand in the order in which they are written. */
export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

/** Letters, digits and marks that mean nothing to YAML inside a word. */
const inner = String.raw`\p{L}\p{M}\p{N}_.@+'/()&\-`;
const plain = new RegExp(String.raw`^[\p{L}\p{N}_][${inner}]*(?: [\p{L}\p{N}_(&+/][${inner}]*)*$`, "u");
/** Words that YAML 1.2 or 1.1 takes for something else than a text. */
const reserved = /^(?:null|true|false|yes|no|on|off|y|n)$/i;
/** What some reader takes for a number, a time or a date: 0x1, 1e3, 007, 12:30, 2024-01-31. */
const numeric = /^[\d+.-][\da-fox_.:e+-]*$/i;
/** What could not be seen, or would turn a line around, in a review. */
const unseen =
  // oxlint-disable-next-line no-control-regex
  /["\\\u0000-\u001f\u007f-\u00a0\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\u3000\ufeff\ufff9-\uffff\u{e0000}-\u{e007f}]|\p{Surrogate}|(?! )\p{Zs}/gu;

/** A text as YAML: plain where every reader takes it for that text, else in double quotes, with what is unseen as an escape. */
export function textScalar(text: string): string {
  if (plain.test(text) && !reserved.test(text) && !numeric.test(text)) return text;
  return `"${text.replace(unseen, escaped)}"`;
}

function escaped(character: string): string {
  if (character === '"' || character === "\\") return `\\${character}`;
  const code = character.codePointAt(0) ?? 0;
  const [mark, width] = code > 0xffff ? ["U", 8] : code > 0xff ? ["u", 4] : ["x", 2];
  return `\\${mark}${code.toString(16).toUpperCase().padStart(width, "0")}`;
}

/** A value on one line: `{displayName: Ana Ruiz, aliases: [a.ruiz]}`. */
export function flowText(value: Value): string {
  if (typeof value === "string") return textScalar(value);
  if (typeof value !== "object") return String(value);
  if (isList(value)) return `[${value.map(flowText).join(", ")}]`;
  return `{${Object.entries(value)
    .map(([key, part]) => `${textScalar(key)}: ${flowText(part)}`)
    .join(", ")}}`;
}

const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

/** Columns beyond which a map or a list is written over several lines. */
const widest = 120;

/** `key: value`, indented, over as few lines as are readable: of what is too long, every part has a line of its own. */
export function entryLines(key: string, value: Value, indent: number): readonly string[] {
  const line = `${" ".repeat(indent)}${textScalar(key)}: ${flowText(value)}`;
  if (typeof value !== "object" || line.length <= widest || Object.keys(value).length === 0) return [line];
  return [`${" ".repeat(indent)}${textScalar(key)}:`, ...partLines(value, indent + 2)];
}

function partLines(value: Exclude<Value, string | number | boolean>, indent: number): readonly string[] {
  if (isList(value)) return value.map((part) => `${" ".repeat(indent)}- ${flowText(part)}`);
  return Object.entries(value).flatMap(([key, part]) => entryLines(key, part, indent));
}
