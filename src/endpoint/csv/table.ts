import { normalDomain, normalMailAddress } from "../../kind/normal.ts";
import type { DirectoryKind } from "../../model/address.ts";
import { address, addresses, flag, type Form, forwarding, recovery, size, text } from "./form.ts";

/** How a kind stands in its file: a row a thing, found by its key. The columns are documented in README.md beside this file. */
export interface TableForm {
  readonly kind: DirectoryKind;
  readonly file: string;
  /** The column of the name. */
  readonly key: string;
  /** The name in normal form; undefined where the cell is none. */
  readonly name: (cell: string) => string | undefined;
  readonly forms: readonly Form[];
}

export const tables: { readonly [K in DirectoryKind]: TableForm } = {
  domain: { kind: "domain", file: "domains.csv", key: "domain", name: normalDomain, forms: [] },
  account: {
    kind: "account",
    file: "accounts.csv",
    key: "address",
    name: normalMailAddress,
    forms: [
      text("displayName"),
      text("givenName"),
      text("familyName"),
      flag("enabled"),
      size("quota"),
      text("class"),
      forwarding,
      recovery,
    ],
  },
  list: {
    kind: "list",
    file: "lists.csv",
    key: "address",
    name: normalMailAddress,
    forms: [text("displayName"), flag("hidden"), addresses("owners"), addresses("senders")],
  },
  alias: { kind: "alias", file: "aliases.csv", key: "address", name: normalMailAddress, forms: [address("target")] },
};

/** The members of lists, a row each. */
export const membersFile = { file: "members.csv", list: "list", member: "member" } as const;

/** The columns of a file that we make, in order. */
export function columnsOf({ key, forms }: TableForm): readonly string[] {
  return [key, ...forms.flatMap(({ columns }) => columns)];
}

/** The column of passwords in accounts.csv: written at create where it is there, never read. */
export const passwordColumn = "password";

/** Columns whose cells never leave the file, whatever they are called. */
export function isSecret(column: string): boolean {
  return /passw|secret|token|hash|kennwort/i.test(column);
}
