import type { Options } from "../../contract/options.ts";
import type { DirectoryKind } from "../../model/address.ts";
import { Fault } from "../../model/fault.ts";
import type { Json } from "../../model/json.ts";
import type { Book } from "./changing.ts";
import { digestOf, type Grid, loadGrid, newGrid } from "./grid.ts";
import { joinedBook, joinedTable } from "./joined.ts";
import { createMemberSheet, type MemberSheet } from "./members.ts";
import { replaceFile } from "./replace.ts";
import { createSheet, type Sheet } from "./sheet.ts";
import { joinSheets, type Sheets } from "./sheets.ts";
import { columnsOf, type TableForm } from "./table.ts";
import { createLines, type Lines } from "./read.ts";
import { filesOf, type Folder, nextFile } from "./folder.ts";
import { type Domains, readDomains } from "./domains.ts";

type Values = Readonly<Record<string, Json | undefined>>;

/** Opens the book of a kind of which the folder has a table. */
export async function openBook(kind: DirectoryKind, folder: Folder, options: Options): Promise<Book> {
  const { joined, tables } = folder.profile;
  const column = joined?.[kind];
  if (column !== undefined && tables.account !== undefined)
    return joinedBook(await loadSheets(folder, joinedTable(tables.account, column), options), column, tables.account);
  const table = tables[kind];
  if (table === undefined) throw new Error(`no table of the kind ${kind}`);
  const { members } = folder.profile;
  if (kind === "domain")
    return domainBook(await loadSheet(folder.path(table.file), table, options), await readDomains(folder, options));
  if (kind !== "list" || members === undefined) return sheetBook(await loadSheets(folder, table, options));
  const grid = await loadGrid(folder.path(members.file), [members.list, members.member], options);
  return listBook(await loadSheet(folder.path(table.file), table, options), createMemberSheet(grid, members));
}

async function loadSheet(path: string, table: TableForm, options: Options, lines?: Lines): Promise<Sheet> {
  return createSheet(await loadGrid(path, columnsOf(table), options), table, lines);
}

async function loadSheets(folder: Folder, table: TableForm, options: Options): Promise<Sheets> {
  const { rowsPerFile } = table;
  const sheets: Sheet[] = [];
  const lines = createLines();
  for (const file of await filesOf(folder, table)) sheets.push(await loadSheet(file, table, options, lines));
  const [only] = sheets;
  if (only !== undefined && rowsPerFile === undefined) return only;
  return joinSheets(sheets, rowsPerFile ?? Number.POSITIVE_INFINITY, () => {
    const files = sheets.map(({ grid }) => grid.path);
    return createSheet(newGrid(nextFile(folder, table, files), columnsOf(table)), table);
  });
}

async function saveGrid(grid: Grid, options: Options): Promise<boolean> {
  return !grid.dirty || replaceFile(grid.path, grid.content(), grid.digest, options);
}

/** A kind in one file, or in files that are read as one. A password is written where there is a column for it, and never read. */
function sheetBook(sheet: Sheets): Book {
  return {
    find: (name) => sheet.find(name),
    create: ({ want, password }) => sheet.insert(want.name, want.fields as Values, password),
    update: ({ want, was, fields, password }) => sheet.change(was.name, want.name, fields, password),
    remove: (name) => sheet.remove(name),
    save: (options) => sheet.save(options),
  };
}

/** A domain that addresses end in is there, with a row of its own or without. */
function domainBook(sheet: Sheet, domains: Domains): Book {
  const refuse = (name: string) => {
    if (!domains.used.has(name)) return;
    throw new Fault({
      code: "domain.used",
      message: "Addresses still end in this domain",
      about: name,
      spoils: "item",
      retry: "later",
      remedy: "delete its accounts, lists and aliases first",
    });
  };
  return {
    ...sheetBook(sheet),
    find: (name) => sheet.find(name) ?? domains.used.get(name),
    update: ({ want, was, fields }) => {
      refuse(was.name);
      sheet.change(was.name, want.name, fields);
    },
    remove: (name) => {
      refuse(name);
      sheet.remove(name);
    },
  };
}

/** Lists, whose members stand in a file of their own. */
function listBook(sheet: Sheet, members: MemberSheet): Book {
  const book = sheetBook(sheet);
  let comes = false;
  let goes = false;
  const setMembers = (list: string, wanted: Json | undefined) => members.set(list, (wanted ?? []) as readonly string[]);

  function rename(from: string, to: string): void {
    if (members.of(from).length === 0) return sheet.change(from, to, []);
    sheet.copy(from, to);
    sheet.remove(from);
    members.rename(from, to);
    goes = true;
  }

  return {
    find: (name) => sheet.find(name, { members: members.of(name) }),
    create: (change) => {
      book.create(change);
      setMembers(change.want.name, (change.want.fields as Values)["members"]);
      comes = true;
    },
    update: ({ want, was, fields }) => {
      if (want.name !== was.name) rename(was.name, want.name);
      const others = fields.filter(({ field }) => field !== "members");
      if (others.length > 0) sheet.change(want.name, want.name, others);
      const change = fields.find(({ field }) => field === "members");
      if (change !== undefined) setMembers(want.name, change.to);
      comes = true;
    },
    remove: (name) => {
      setMembers(name, []);
      sheet.remove(name);
      goes = true;
    },
    save: (options) => saveLists(sheet.grid, members.grid, { comes, goes }, options),
  };
}

/**
 * A list's row comes before its members and goes after them, so that whatever stops us in between leaves no member without a list:
 * a list that lacks members, or is still there, is mended by the next pass.
 */
async function saveLists(
  lists: Grid,
  members: Grid,
  { comes, goes }: { comes: boolean; goes: boolean },
  options: Options,
): Promise<boolean> {
  if (!members.dirty) return saveGrid(lists, options);
  if (!goes) return (await saveGrid(lists, options)) && saveGrid(members, options);
  if (!comes) return (await saveGrid(members, options)) && saveGrid(lists, options);
  const union = lists.content(true);
  return (
    (await replaceFile(lists.path, union, lists.digest, options)) &&
    (await saveGrid(members, options)) &&
    replaceFile(lists.path, lists.content(), digestOf(union), options)
  );
}
