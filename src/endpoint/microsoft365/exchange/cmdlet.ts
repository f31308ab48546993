/** A value of a parameter: a text, a switch, several texts, or what is to come to and to go from a set. */
export type Value =
  | string
  | boolean
  | readonly string[]
  | { readonly add?: readonly string[]; readonly remove?: readonly string[] };

/** A cmdlet of Exchange Online, as data: run by a transport, or shown to a person. */
export interface Cmdlet {
  readonly name: string;
  readonly parameters: Readonly<Record<string, Value>>;
}

/**
 * As PowerShell reads it. A text stands between single quotes, where nothing is special but the quote itself, which is doubled, and its
 * typographic kin, which PowerShell takes for one (about_Quoting_Rules).
 */
const quoted = (text: string): string => `'${text.replaceAll(/['\u2018\u2019\u201a\u201b]/gu, "$&$&")}'`;

const listed = (texts: readonly string[]): string => (texts.length === 0 ? "@()" : texts.map(quoted).join(","));

function shown(value: Exclude<Value, boolean>): string {
  if (typeof value === "string") return quoted(value);
  if (isList(value)) return listed(value);
  const parts = Object.entries({ Add: value.add, Remove: value.remove });
  return `@{${parts.flatMap(([name, texts]) => (texts === undefined ? [] : [`${name}=${listed(texts)}`])).join(";")}}`;
}

const isList = (value: Value): value is readonly string[] => Array.isArray(value);

/** A line that can be pasted. */
export function lineOf({ name, parameters }: Cmdlet): string {
  const parts = Object.entries(parameters).map(([parameter, value]) =>
    typeof value === "boolean" ? `-${parameter}:$${value}` : `-${parameter} ${shown(value)}`,
  );
  return [name, ...parts].join(" ");
}

/** As the admin API takes it in JSON. */
export function bodyOf({ name, parameters }: Cmdlet): Readonly<Record<string, unknown>> {
  const encoded = Object.entries(parameters).map(([parameter, value]) => [parameter, encodedOf(value)]);
  return { CmdletInput: { CmdletName: name, Parameters: Object.fromEntries(encoded) } };
}

const encodedOf = (value: Value): unknown =>
  typeof value === "object" && !isList(value) ? { "@odata.type": "#Exchange.GenericHashTable", ...value } : value;
