import type { DirectoryChange } from "../../contract/endpoint.ts";
import { normalSet } from "../../kind/normal.ts";
import { Fault } from "../../model/fault.ts";
import type { Finding } from "../../model/finding.ts";
import type { Json } from "../../model/json.ts";
import type { Want } from "../../model/plan.ts";
import type { Observed } from "../../model/resource.ts";
import type { Book } from "./changing.ts";
import { joinedNames } from "./form.ts";
import { observe } from "./layout.ts";
import type { Sheets } from "./sheets.ts";
import type { JoinedForm } from "./form.ts";
import type { TableForm } from "./table.ts";

type Values = Readonly<Record<string, Json | undefined>>;

/** Which accounts' rows name each list or alias. */
export type Holders = Map<string, Set<string>>;

/** The accounts' table, of which only the joined column is looked at. */
export function joinedTable(accounts: TableForm, joined: JoinedForm): TableForm {
  const { source: _, ...rest } = accounts;
  return { ...rest, forms: [joinedNames(joined)] };
}

/** Adds what an account's row says. */
export function gather(holders: Holders, { column }: JoinedForm, account: string, fields: object): void {
  for (const name of ((fields as Values)[column] ?? []) as readonly string[])
    holders.set(name, (holders.get(name) ?? new Set()).add(account));
}

export function seenJoined({ kind, field }: JoinedForm, name: string, accounts: Iterable<string>): Observed {
  const set = normalSet(accounts);
  return observe(kind, { name, fields: { [field]: kind === "list" ? set : (set[0] ?? "") } });
}

const accountsIn = ({ field }: JoinedForm, fields: Values): readonly string[] => {
  const value = fields[field] ?? [];
  return normalSet(typeof value === "string" ? [value] : (value as readonly string[]));
};

/** Why the rows of accounts cannot say this, as far as it can be told without them. */
function objection(joined: JoinedForm, accounts: TableForm, name: string, holders: readonly string[]) {
  const { column, kind } = joined;
  if (name.includes("*"))
    return ["csv.name", `The column ${column} parts names by ${joined.separator}, so none with * can stand there`];
  if (holders.length === 0)
    return ["csv.empty", `A ${kind} stands in the rows of its accounts alone: without one it cannot be held`];
  const strange = holders.find((each) => accounts.cell !== undefined && accounts.cell(each) === undefined);
  return strange === undefined ? undefined : ["csv.member", `${strange} can have no row in ${accounts.file}`];
}

const remedy = "write accounts of this endpoint's domain there, or keep it in another directory";

export function assessJoined(
  joined: JoinedForm,
  accounts: TableForm,
  want: Want,
  was: Observed | undefined,
): readonly Finding[] {
  const holders = accountsIn(joined, { ...(was?.fields as Values), ...(want.fields as Values) });
  const [code, message] = objection(joined, accounts, want.name, holders) ?? [];
  if (code === undefined || message === undefined) return [];
  return [{ code, severity: "error", about: want.address, message, remedy }];
}

/** Lists or aliases: each change is an edit of the rows of its accounts. */
export function joinedBook(sheet: Sheets, joined: JoinedForm, accounts: TableForm): Book {
  const { column } = joined;
  const holders: Holders = new Map();
  for (const account of sheet.names()) gather(holders, joined, account, sheet.find(account)?.fields ?? {});
  const of = (name: string): readonly string[] => [...(holders.get(name) ?? [])];

  function edit(account: string, change: (names: readonly string[]) => readonly string[]): void {
    const names = ((sheet.find(account)?.fields as Values | undefined)?.[column] ?? []) as readonly string[];
    sheet.change(account, account, [{ field: column, to: change(names) }]);
  }

  function set(name: string, wanted: readonly string[], was = name): void {
    const before = of(was);
    for (const account of before)
      if (was !== name || !wanted.includes(account)) edit(account, (names) => names.filter((each) => each !== was));
    for (const account of wanted)
      if (was !== name || !before.includes(account)) edit(account, (names) => [...names, name]);
    holders.delete(was);
    if (wanted.length > 0) holders.set(name, new Set(wanted));
  }

  function assertHoldable({ want }: Extract<DirectoryChange, { act: "create" | "update" }>, wanted: readonly string[]) {
    const [code, message] = objection(joined, accounts, want.name, wanted) ?? [];
    if (code !== undefined && message !== undefined)
      throw new Fault({ code, message, about: want.address, spoils: "item", remedy });
    const lost = wanted.find((account) => sheet.find(account) === undefined);
    if (lost === undefined) return;
    throw new Fault({
      code: "csv.member",
      message: `${lost} has no row, and only an account's row can name a ${joined.kind}`,
      about: want.address,
      spoils: "item",
      retry: "later",
      remedy: "make the account first, or take it out",
    });
  }

  return {
    find: (name) => (holders.has(name) ? seenJoined(joined, name, of(name)) : undefined),
    create(change) {
      const wanted = accountsIn(joined, change.want.fields as Values);
      assertHoldable(change, wanted);
      set(change.want.name, wanted);
    },
    update(change) {
      const { want, was, fields } = change;
      const to = fields.find(({ field }) => field === joined.field);
      const wanted = to === undefined ? of(was.name) : accountsIn(joined, { [joined.field]: to.to });
      assertHoldable(change, wanted);
      set(want.name, wanted, was.name);
    },
    remove: (name) => set(name, []),
    save: (options) => sheet.save(options),
  };
}
