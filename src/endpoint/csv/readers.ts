import { basename } from "node:path";
import type { Scope } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import type { DirectoryKind } from "../../model/address.ts";
import { normalSet } from "../../kind/normal.ts";
import type { Observed } from "../../model/resource.ts";
import type { PathOf } from "./book.ts";
import { readDomains } from "./domains.ts";
import { incomplete, invalidFile } from "./faults.ts";
import { addresses } from "./form.ts";
import { observe } from "./layout.ts";
import { readMembers, strays } from "./members.ts";
import { type Entry, readTable } from "./read.ts";
import { identityOf } from "./scan.ts";
import { membersFile, type TableForm, tables } from "./table.ts";

type Read = (path: PathOf, scope: Scope, options: Options) => AsyncIterable<Observed>;

/** What reads each kind. */
export const readers: { readonly [K in DirectoryKind]: Read } = {
  domain: readDomainRows,
  account: readRows(tables.account),
  list: readLists,
  alias: readRows(tables.alias),
};

const seen = (kind: DirectoryKind, { name, fields, attributes }: Entry): Observed =>
  observe(kind, name, fields, attributes);

function readRows(table: TableForm): Read {
  return async function* rows(path, scope, options) {
    for await (const entry of readTable(path(table.file), table, scope, options)) yield seen(table.kind, entry);
  };
}

/** A domain is there when it has a row, or when an address ends in it; a filter lets only rows through, for it asks for columns. */
async function* readDomainRows(path: PathOf, scope: Scope, options: Options): AsyncGenerator<Observed> {
  const told = new Set<string>();
  for await (const entry of readTable(path(tables.domain.file), tables.domain, scope, options)) {
    told.add(entry.name);
    yield seen("domain", entry);
  }
  if (scope.filter !== undefined) return;
  const { used } = await readDomains(path, options);
  for (const [name, observed] of used) if (!told.has(name)) yield observed;
}

/** With `members` in the map, they are read from that column of lists.csv; else from members.csv, which must not move meanwhile. */
async function* readLists(path: PathOf, scope: Scope, options: Options): AsyncGenerator<Observed> {
  if (scope.map?.["members"] !== undefined) {
    const table = { ...tables.list, forms: [...tables.list.forms, addresses("members")] };
    for await (const { name, fields, attributes } of readTable(path(table.file), table, scope, options)) {
      yield observe("list", name, { members: [], ...fields }, attributes);
    }
    return;
  }
  const members = path(membersFile.file);
  const before = await identityOf(members);
  const sets = await readMembers(members, options);
  const lists = new Set<string>();
  for await (const { name, fields, attributes } of readTable(
    path(tables.list.file),
    tables.list,
    scope,
    options,
    (each) => lists.add(each),
  )) {
    yield observe("list", name, { ...fields, members: normalSet(sets.get(name)?.members ?? []) }, attributes);
  }
  if ((await identityOf(members)) !== before) throw incomplete(members, "changed while the lists were read");
  const lost = strays(members, sets, lists, tables.list.file);
  if (lost.length > 0)
    throw invalidFile(
      members,
      lost,
      `add the list to ${tables.list.file}, or take the row out of ${basename(members)}`,
    );
}
