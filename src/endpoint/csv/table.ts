import type { DirectoryKind } from "../../model/address.ts";
import type { PasswordWish } from "../../model/resource.ts";
import type { Form, JoinedForm } from "./form.ts";

/** How a kind stands in its file: a row a thing, found by its key. The columns are documented in README.md beside this file. */
export interface TableForm {
  readonly kind: DirectoryKind;
  /** The file; with `rowsPerFile`, the first part of numbered ones. */
  readonly file: string;
  /** The column of the name. */
  readonly key: string;
  /** The name in normal form; undefined where the cell is none. */
  readonly name: (cell: string) => string | undefined;
  /** The cell that is read as this name; undefined for a name that no cell can say. Absent: the name itself. */
  readonly cell?: (name: string) => string | undefined;
  readonly forms: readonly Form[];
  /** Where an account's mail comes from. Read only: it is no field, and what is written there at first is in `first`. */
  readonly source?: Form;
  /** Cells of a new row that no field says. */
  readonly first?: (name: string) => Readonly<Record<string, string>>;
  /** The columns of a file that we make, in order, where these are more than the fields' or in another order. */
  readonly columns?: readonly string[];
  readonly password?: PasswordForm;
  /** The system that reads the file takes no more; the rest goes to further files, and all are read as one. */
  readonly rowsPerFile?: number;
  /** Fields without which that system refuses a row. */
  readonly needs?: readonly string[];
  /** Parts of a field that can be held, where they are not all. */
  readonly parts?: Readonly<Record<string, readonly string[]>>;
}

/** Passwords are written and never read; hashes are read to be carried elsewhere. */
export interface PasswordForm {
  readonly column: string;
  /** Written even where the file has no such column yet: it is added. */
  readonly always: boolean;
  /** The column of hashes: written where it is there; else they go to `column`. Absent where passwords are clear text alone. */
  readonly hashColumn?: string;
}

/** Members that have a file of their own, a row each. */
export interface MembersForm {
  readonly file: string;
  readonly list: string;
  readonly member: string;
}

/** A folder's files as one system reads and writes them. What has no table cannot be held. */
export interface Profile {
  readonly tables: { readonly [K in DirectoryKind]?: TableForm };
  /** Absent where members stand in a column of the lists' own file. */
  readonly members?: MembersForm;
  /** Kinds without a table that stand in the accounts' rows. */
  readonly joined?: { readonly [K in DirectoryKind]?: JoinedForm };
}

/** The columns of a file that we make, in order. */
export function columnsOf({ key, forms, columns }: TableForm): readonly string[] {
  return columns ?? [key, ...forms.flatMap(({ columns }) => columns)];
}

/** Fields that the table can hold. */
export function fieldsOf({ forms }: TableForm): readonly string[] {
  return forms.map(({ field }) => field);
}

/** The columns of passwords, in clear and hashed. */
export function secretsOf({ password }: TableForm): readonly string[] {
  return [password?.column, password?.hashColumn].filter((column) => column !== undefined);
}

/** The column where a password is written; undefined where it is written nowhere. `there` tells of columns that the file has. */
export function secretColumn(
  { column, always, hashColumn }: PasswordForm,
  from: PasswordWish["from"],
  there: (column: string) => boolean,
): string | undefined {
  if (from === "hash") {
    if (hashColumn === undefined) return undefined;
    if (there(hashColumn)) return hashColumn;
  }
  return always || there(column) ? column : undefined;
}

/** Columns whose cells never leave the file, whatever they are called. */
export function isSecret(column: string): boolean {
  return /passw|secret|token|hash|kennwort/i.test(column);
}
