import { basename } from "node:path";
import type { Scope, StoredHash } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import type { DirectoryKind } from "../../model/address.ts";
import { normalSet } from "../../kind/normal.ts";
import type { Observed } from "../../model/resource.ts";
import { readDomains } from "./domains.ts";
import { assertOneEach, incomplete, invalidFile, unfiltered } from "./faults.ts";
import { filesOf, type Folder } from "./folder.ts";
import { members as inColumn, text } from "./form.ts";
import { observe } from "./layout.ts";
import { gather, type Holders, joinedTable, seenJoined } from "./joined.ts";
import { readMembers, strays } from "./members.ts";
import { createLines, type Entry, readTable } from "./read.ts";
import { identityOf } from "./scan.ts";
import type { JoinedForm } from "./form.ts";
import { fieldsOf, type MembersForm, type TableForm } from "./table.ts";

type Read = (folder: Folder, table: TableForm, scope: Scope, options: Options) => AsyncIterable<Observed>;

/** Reads one kind, of which the folder has a table. */
export function readKind(kind: DirectoryKind, folder: Folder, scope: Scope, options: Options): AsyncIterable<Observed> {
  const { joined, tables } = folder.profile;
  const column = joined?.[kind];
  if (column !== undefined && tables.account !== undefined)
    return readJoined(folder, tables.account, column, scope, options);
  const table = tables[kind];
  return table === undefined ? nothing() : readers[kind](folder, table, scope, options);
}

async function* nothing(): AsyncGenerator<Observed> {}

const readers: { readonly [K in DirectoryKind]: Read } = {
  domain: readDomainRows,
  account: readRows,
  list: readLists,
  alias: readRows,
};

const seen = (kind: DirectoryKind, { attributes, ...said }: Entry): Observed => observe(kind, said, attributes);

/** Every row must be seen to know what they name: a filter or a map would leave members out. */
async function* readJoined(
  folder: Folder,
  accounts: TableForm,
  joined: JoinedForm,
  scope: Scope,
  options: Options,
): AsyncGenerator<Observed> {
  const about = folder.path(accounts.file);
  if (scope.filter !== undefined || scope.map !== undefined) throw unfiltered(about, joined);
  const holders: Holders = new Map();
  for await (const { name, fields } of readRows(folder, joinedTable(accounts, joined), {}, options))
    gather(holders, joined, name, fields);
  if (joined.kind === "alias") assertOneEach(about, joined, holders);
  for (const [name, set] of holders) yield seenJoined(joined, name, set);
}

async function* readRows(folder: Folder, table: TableForm, scope: Scope, options: Options): AsyncGenerator<Observed> {
  for await (const entry of readEntries(folder, table, scope, options)) yield seen(table.kind, entry);
}

/** All files are one: none may come, go or change before the last is read. */
async function* readEntries(folder: Folder, table: TableForm, scope: Scope, options: Options): AsyncGenerator<Entry> {
  const files = await filesOf(folder, table);
  const before = await identitiesOf(files);
  const lines = createLines();
  for (const file of files) yield* readTable(file, table, scope, options, () => {}, lines);
  if (table.rowsPerFile === undefined) return;
  if ((await identitiesOf(await filesOf(folder, table))) !== before)
    throw incomplete(folder.path(table.file), "or a file that goes on with it changed while they were read");
}

async function identitiesOf(files: readonly string[]): Promise<string> {
  const identities: string[] = [];
  for (const file of files) identities.push(`${file} ${(await identityOf(file)) ?? ""}`);
  return identities.join("\n");
}

/** Password hashes of accounts, from the column for them; of a file that lacks it, none. */
export async function* readHashes(
  folder: Folder,
  table: TableForm,
  column: string,
  scope: Scope,
  options: Options,
): AsyncGenerator<StoredHash> {
  const whole = { ...table, forms: [...table.forms, text(column)] };
  for await (const { name, fields } of readEntries(folder, whole, scope, options)) {
    const hash = fields[column];
    if (typeof hash === "string") yield { name, hash };
  }
}

/** A domain is there when it has a row, or when an address ends in it; a filter lets only rows through, for it asks for columns. */
async function* readDomainRows(
  folder: Folder,
  table: TableForm,
  scope: Scope,
  options: Options,
): AsyncGenerator<Observed> {
  const told = new Set<string>();
  for await (const entry of readTable(folder.path(table.file), table, scope, options)) {
    told.add(entry.name);
    yield seen("domain", entry);
  }
  if (scope.filter !== undefined) return;
  const { used } = await readDomains(folder, options);
  for (const [name, observed] of used) if (!told.has(name)) yield observed;
}

/** Members stand in a column of the lists where the profile has it so or the map names one; else in a file of their own. */
async function* readLists(folder: Folder, table: TableForm, scope: Scope, options: Options): AsyncGenerator<Observed> {
  const { members } = folder.profile;
  if (members !== undefined && scope.map?.["members"] === undefined)
    return yield* readTwoFiles(folder, table, members, scope, options);
  const whole = fieldsOf(table).includes("members") ? table : { ...table, forms: [...table.forms, inColumn] };
  for await (const entry of readTable(folder.path(table.file), whole, scope, options)) yield seen("list", entry);
}

/** The file of the members must not move meanwhile. */
async function* readTwoFiles(
  folder: Folder,
  table: TableForm,
  form: MembersForm,
  scope: Scope,
  options: Options,
): AsyncGenerator<Observed> {
  const members = folder.path(form.file);
  const before = await identityOf(members);
  const sets = await readMembers(members, form, options);
  const lists = new Set<string>();
  const file = folder.path(table.file);
  for await (const { name, fields, attributes } of readTable(file, table, scope, options, (each) => lists.add(each))) {
    yield observe(
      "list",
      { name, fields: { ...fields, members: normalSet(sets.get(name)?.members ?? []) } },
      attributes,
    );
  }
  if ((await identityOf(members)) !== before) throw incomplete(members, "changed while the lists were read");
  const lost = strays(sets, form, lists, table.file);
  if (lost.length > 0)
    throw invalidFile(members, lost, `add the list to ${table.file}, or take the row out of ${basename(members)}`);
}
