import { hash } from "node:crypto";
import { basename } from "node:path";
import type { Scope } from "../../contract/endpoint.ts";
import { globMatcher } from "../../model/address.ts";
import { Fault } from "../../model/fault.ts";
import type { Json } from "../../model/json.ts";
import type { Observed } from "../../model/resource.ts";
import { invalidFile, type Problem } from "./faults.ts";
import { type Form, WrongCell } from "./form.ts";
import { nearest } from "../../kind/nearest.ts";
import type { Row } from "./scan.ts";
import { columnsOf, isSecret, type TableForm } from "./table.ts";

/** Which column holds what, in one file. */
export interface Layout {
  readonly path: string;
  readonly header: readonly string[];
  readonly kind: TableForm["kind"];
  readonly key: number;
  readonly name: TableForm["name"];
  /** Where each form's columns stand; -1 for a column that the file lacks. */
  readonly forms: readonly { readonly form: Form; readonly at: readonly number[] }[];
  /** Columns that are none of ours. */
  readonly others: readonly { readonly name: string; readonly at: number }[];
}

/** Index of a column by its name, whose case does not count; -1 where there is none. */
export function columnAt(header: readonly string[], name: string): number {
  const wanted = name.trim().toLowerCase();
  return header.findIndex((column) => column.trim().toLowerCase() === wanted);
}

/** Finds the table's columns. Throws `csv.invalid` for a header that cannot be used, `csv.column` for a mapped column that is not there. */
export function layoutOf(path: string, header: readonly string[], table: TableForm, map: Scope["map"] = {}): Layout {
  const place = (field: string, column: string): number => {
    const mapped = map[field];
    return mapped === undefined ? columnAt(header, column) : readableColumn(path, header, mapped);
  };
  const key = place("address", table.key);
  const problems = [...repeated(header, table), ...(key === -1 ? [missing(header, table.key)] : [])];
  if (problems.length > 0) throw invalidFile(path, problems);
  const all = table.source === undefined ? table.forms : [...table.forms, table.source];
  const forms = all.map((form) => ({ form, at: form.columns.map((column) => place(form.field, column)) }));
  const ours = new Set([key, ...forms.flatMap(({ at }) => at)]);
  const others = header.flatMap((name, at) =>
    ours.has(at) || name.trim() === "" || isSecret(name) ? [] : [{ name, at }],
  );
  return { path, header, kind: table.kind, key, name: table.name, forms, others };
}

function repeated(header: readonly string[], table: TableForm): readonly Problem[] {
  const names = header.map((name) => name.trim().toLowerCase());
  return columnsOf(table)
    .filter((column) => names.indexOf(column.toLowerCase()) !== names.lastIndexOf(column.toLowerCase()))
    .map((column) => ({ line: 1, text: `the column ${column} is there twice` }));
}

function missing(header: readonly string[], column: string): Problem {
  const meant = nearest(column, header);
  const parted = header.length === 1 ? /[;\t]/.exec(header[0] ?? "") : null;
  const hint = meant === undefined ? "" : `; did you mean ${JSON.stringify(meant)}?`;
  const other =
    parted === null
      ? ""
      : `; the cells seem to be parted by ${parted[0] === ";" ? "semicolons" : "tabs"} and must be parted by commas`;
  return { line: 1, text: `there is no column ${column}${hint}${other}` };
}

/** A column that a manifest names. Throws `csv.column` where it is not there, or holds secrets. */
function readableColumn(path: string, header: readonly string[], column: string): number {
  const at = columnAt(header, column);
  if (at !== -1 && !isSecret(column)) return at;
  const meant = nearest(
    column,
    header.filter((name) => !isSecret(name)),
  );
  throw new Fault({
    code: "csv.column",
    message:
      at === -1
        ? `${basename(path)} has no column ${JSON.stringify(column)}`
        : `The column ${JSON.stringify(column)} of ${basename(path)} holds secrets and is not read`,
    about: path,
    spoils: "endpoint",
    remedy: meant === undefined || at !== -1 ? "name another column" : `did you mean ${JSON.stringify(meant)}?`,
  });
}

/** The test of a filter: every column must fit its pattern. Throws `csv.column` and, for what is no map, `csv.filter`. */
export function filterOf(
  { path, header }: Pick<Layout, "path" | "header">,
  filter: Scope["filter"] = {},
): (cells: readonly string[]) => boolean {
  if (typeof filter === "string") {
    throw new Fault({
      code: "csv.filter",
      message: "A filter on CSV files is a map of column to pattern, not a text",
      about: path,
      spoils: "endpoint",
      remedy: "write it as {column: pattern}",
    });
  }
  const tests = Object.entries(filter).map(([column, glob]) => ({
    at: readableColumn(path, header, column),
    fits: globMatcher(glob),
  }));
  return (cells) => tests.every(({ at, fits }) => fits(cells[at] ?? ""));
}

export function isBlank(cells: readonly string[]): boolean {
  return cells.every((cell) => cell === "");
}

type Source = NonNullable<Observed["source"]>;

/** What a row says of a thing. */
export interface Said {
  readonly name: string;
  readonly fields: Readonly<Record<string, Json>>;
  readonly source?: Source;
}

/** What a row says, or what is wrong with it. */
export function decode(
  layout: Layout,
  { line, cells }: Pick<Row, "line" | "cells">,
): Said & { readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const wrong = (at: number, text: string) =>
    problems.push({ line, text: `column ${layout.header[at] ?? at + 1}: ${text}` });
  const key = cells[layout.key] ?? "";
  const name = layout.name(key);
  if (cells.length !== layout.header.length) {
    problems.push({
      line,
      text: `column ${Math.min(cells.length, layout.header.length) + 1}: the row has ${cells.length} cells and the header ${layout.header.length}`,
    });
  } else if (name === undefined) {
    wrong(
      layout.key,
      key === ""
        ? "the cell is empty"
        : `${JSON.stringify(key.slice(0, 100))} is no ${layout.kind === "domain" ? "domain" : "mail address"}`,
    );
  }
  const fields: Record<string, Json> = {};
  for (const { form, at } of layout.forms) {
    try {
      const value = form.parse(at.map((index) => cells[index] ?? ""));
      if (value !== undefined) fields[form.field] = value;
    } catch (thrown) {
      if (!(thrown instanceof WrongCell)) throw thrown;
      wrong(at[thrown.at] ?? 0, thrown.message);
    }
  }
  const { source, ...own } = fields;
  return { name: name ?? "", fields: own, problems, ...(source === undefined ? {} : { source: source as Source }) };
}

/** The cells of columns that are none of ours; those that may hold secrets are left out. */
export function attributesOf({ others }: Layout, cells: readonly string[]): Readonly<Record<string, string>> {
  const attributes: Record<string, string> = {};
  for (const { name, at } of others) if (cells[at] !== undefined && cells[at] !== "") attributes[name] = cells[at];
  return attributes;
}

/** What a row is to the outside. Its revision is a hash of name and fields in normal form: the spelling of a row, and columns that are none of ours, do not count. */
export function observe(
  kind: TableForm["kind"],
  { name, fields, source }: Said,
  attributes: Readonly<Record<string, string>> = {},
): Observed {
  // Fields come in the order of their table, always: JSON alone tells them apart, and is quick.
  const revision = hash("sha256", JSON.stringify([name, fields])).slice(0, 32);
  return {
    kind,
    name,
    revision,
    fields,
    ...(source === undefined ? {} : { source }),
    ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
  };
}
