import { escapeText, quoted } from "./quote.ts";
import type { JsonSchema } from "./schema.ts";

const nouns: Readonly<Record<string, string>> = {
  string: "text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  object: "a map",
  array: "a list",
  null: "nothing",
};

/** `a, b or c`. */
export function orList(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} or ${last}`;
}

/** What a schema asks for, in words: `a mail address, such as ana@example.com`. */
export function expectedBy(schema: JsonSchema): string {
  if (schema.const !== undefined) return String(schema.const);
  if (schema.enum !== undefined) return orList(schema.enum.map(String));
  const title = schema.title !== undefined && /^[a-z]/u.test(schema.title) ? schema.title : undefined;
  const example = schema.examples?.[0];
  const such = typeof example === "string" || typeof example === "number" ? `, such as ${example}` : "";
  return (title ?? orList([schema.type ?? "object"].flat().map((type) => nouns[type] ?? type))) + such;
}

/** The JSON type of a value, with `integer` for whole numbers. */
export function typeOf(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "number" && Number.isInteger(value) ? "integer" : typeof value;
}

/** What was found, in words; a value that must not be shown is named by its type. */
export function found(value: unknown, shown: boolean): string {
  if (typeof value === "string") return shown ? quoted(value) : "a literal, not shown here";
  if (typeof value === "number" || typeof value === "boolean")
    return shown ? `${escapeText(String(value))}` : "a literal, not shown here";
  return nouns[typeOf(value)] ?? typeof value;
}

/** What helps where a type is wrong. */
export function typeRemedy(wanted: readonly string[], value: unknown): string | undefined {
  const is = typeOf(value);
  if (wanted.includes("string") && (is === "integer" || is === "number" || is === "boolean"))
    return "put it in quotes to make it text";
  if (wanted.includes("boolean") && is === "string") return "write true or false, without quotes";
  if ((wanted.includes("integer") || wanted.includes("number")) && is === "string")
    return "write the number without quotes";
  if (wanted.includes("array") && is === "string") return "put it in [ ] to make it a list";
  if (wanted.includes("object") && is === "null") return "write {} where there is nothing to say";
  return undefined;
}
