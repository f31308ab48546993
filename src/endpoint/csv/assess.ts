import type { Finding } from "../../model/finding.ts";
import type { Want } from "../../model/plan.ts";
import type { Observed } from "../../model/resource.ts";
import { columnsOf, type PasswordForm, secretColumn, type TableForm } from "./table.ts";

/** What a file of accounts cannot do with one, beside fields that have no column. `columns` are those for passwords that are there by now. */
export function assessAccount(
  table: TableForm,
  want: Want,
  was: Observed | undefined,
  columns: ReadonlySet<string>,
): readonly Finding[] {
  return [...unnamed(table, want), ...lacking(table, want, was), ...assessPassword(table, want, was, columns)];
}

function unnamed({ cell, key, file }: TableForm, want: Want): readonly Finding[] {
  if (cell === undefined || cell(want.name) !== undefined) return [];
  return [
    {
      code: "csv.name",
      severity: "error",
      about: want.address,
      message: `The column ${key} of ${file} cannot hold this name: it is of another domain than the endpoint`,
      remedy: "give the domain an endpoint of its own",
    },
  ];
}

function lacking(table: TableForm, want: Want, was: Observed | undefined): readonly Finding[] {
  return (table.needs ?? [])
    .filter((field) => [want.fields, was?.fields].every((fields) => !has(fields, field)))
    .map((field) => ({
      code: "csv.needed",
      severity: "warning",
      about: want.address,
      message: `Nothing is said of its ${field}, and the system that reads ${table.file} refuses a row where the column ${columnOf(table, field)} is empty`,
      remedy: `write its ${field}, or one for all under defaults`,
    }));
}

const has = (fields: object | undefined, field: string): boolean =>
  fields !== undefined && (fields as Readonly<Record<string, unknown>>)[field] !== undefined;

const columnOf = (table: TableForm, field: string): string =>
  table.forms.find((form) => form.field === field)?.columns[0] ?? columnsOf(table)[0] ?? field;

function assessPassword(
  { password: form, file }: TableForm,
  want: Want,
  was: Observed | undefined,
  columns: ReadonlySet<string>,
): readonly Finding[] {
  const { password } = want;
  const due = was === undefined || password?.issue !== undefined;
  if (password === undefined || password.from === "external" || !due || form === undefined) return [];
  const [message, remedy] = objection(form, file, password, columns) ?? [];
  if (message === undefined || remedy === undefined) return [];
  return [{ code: "field.unsupported", severity: "warning", about: want.address, message, remedy }];
}

function objection(
  form: PasswordForm,
  file: string,
  { from, mustChange }: NonNullable<Want["password"]>,
  columns: ReadonlySet<string>,
): readonly [message: string, remedy: string] | undefined {
  const { column, hashColumn } = form;
  if (from === "hash" && hashColumn === undefined) {
    return [
      `The column ${column} of ${file} takes passwords in clear alone, so no password is written`,
      "give it another password, or carry the hash in another way",
    ];
  }
  if (secretColumn(form, from, (name) => columns.has(name)) === undefined)
    return [`${file} has no column ${column}, so no password is written`, `add a column ${column} to ${file}`];
  if (mustChange !== true) return undefined;
  return [
    `${file} cannot say that the password must be changed at the first login`,
    "take mustChange away, or see to it elsewhere",
  ];
}
