import { access, constants, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Options } from "../../contract/options.ts";
import { showNumber } from "../../kind/normal.ts";
import { kindTable } from "../../kind/table.ts";
import { type DirectoryKind, directoryKinds } from "../../model/address.ts";
import { asFault } from "../../model/fault.ts";
import type { Finding } from "../../model/finding.ts";
import { exposed } from "./exposed.ts";
import { assertFolder } from "./faults.ts";
import { filesOf, type Folder } from "./folder.ts";
import { columnAt, isBlank } from "./layout.ts";
import { nearest } from "../../kind/nearest.ts";
import { readKind } from "./readers.ts";
import { unfinished } from "./replace.ts";
import { scan } from "./scan.ts";
import { columnsOf, secretsOf, type TableForm } from "./table.ts";

/** Looks at the folder and reads every file. Throws `csv.missing`; all else is told. */
export async function* checkFolder(place: Folder, options: Options): AsyncGenerator<Finding> {
  const folder = place.root;
  await assertFolder(folder);
  yield await writability(folder);
  const found: string[] = [];
  for (const kind of directoryKinds) yield* checkKind(kind, place, options, found);
  yield* twice(found);
  for (const name of await readdir(folder)) {
    if (!unfinished.test(name)) continue;
    yield {
      code: "csv.leftover",
      severity: "warning",
      about: join(folder, name),
      message: "A write was interrupted here",
      remedy: "remove the file",
    };
  }
}

async function writability(folder: string): Promise<Finding> {
  const writable = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (writable)
    return { code: "csv.folder", severity: "info", about: folder, message: "The folder can be read and written" };
  return {
    code: "csv.readonly",
    severity: "warning",
    about: folder,
    message: "The folder cannot be written to",
    remedy: "use it as a source only, or give this user the right to write",
  };
}

async function* checkKind(
  kind: DirectoryKind,
  folder: Folder,
  options: Options,
  found: string[],
): AsyncGenerator<Finding> {
  const { tables, joined } = folder.profile;
  const own = tables[kind];
  const table = own ?? (joined?.[kind] === undefined ? undefined : tables.account);
  if (table === undefined) return;
  const about = folder.path(table.file);
  try {
    let count = 0;
    for await (const { name } of readKind(kind, folder, {}, options)) {
      count += 1;
      found.push(name);
    }
    yield {
      code: "csv.rows",
      severity: "info",
      about,
      message: `${showNumber(count)} ${count === 1 ? kindTable[kind].one : kindTable[kind].many}`,
      detail: { kind, count },
    };
    if (own === undefined) return;
    for (const file of await filesOf(folder, table)) yield* checkFile(file, table, options);
  } catch (thrown) {
    const { code, message, remedy } = asFault(thrown, { code: "csv.unread", spoils: "endpoint" });
    if (code === "run.interrupted") throw thrown;
    yield { code, severity: "error", about, message, ...(remedy === undefined ? {} : { remedy }) };
  }
}

async function* checkFile(about: string, table: TableForm, options: Options): AsyncGenerator<Finding> {
  let header: readonly string[] | undefined;
  let secrets: readonly number[] = [];
  let passwords = false;
  let count = 0;
  for await (const { cells } of scan(about, options)) {
    if (header === undefined) {
      yield* unused(cells, about, table);
      header = cells;
      secrets = secretsOf(table).map((column) => columnAt(cells, column));
      continue;
    }
    passwords ||= secrets.some((at) => (cells[at] ?? "") !== "");
    if (!isBlank(cells)) count += 1;
  }
  const open = passwords ? await exposed(about) : undefined;
  if (open !== undefined) yield open;
  if (table.rowsPerFile !== undefined && count > table.rowsPerFile)
    yield {
      code: "csv.long",
      severity: "warning",
      about,
      message: `The file has ${count} rows, and the system that reads it takes ${table.rowsPerFile}`,
      remedy: "part it in two",
    };
}

/** Columns that are kept and mean nothing: one of ours seems to be meant, or they are told together. */
function* unused(header: readonly string[], about: string, table: TableForm): Generator<Finding> {
  const ours = [...columnsOf(table), ...secretsOf(table)];
  const free = ours.filter((column) => columnAt(header, column) === -1);
  const others: string[] = [];
  for (const column of header.filter((cell) => columnAt(ours, cell) === -1)) {
    const meant = nearest(column, free);
    if (meant === undefined) others.push(column);
    else
      yield {
        code: "csv.column",
        severity: "warning",
        about,
        message: `The column ${JSON.stringify(column)} is not used; did you mean ${meant}?`,
        remedy: `name it ${meant}`,
      };
  }
  if (others.length > 0)
    yield {
      code: "csv.columns",
      severity: "info",
      about,
      message: `Kept as they are, and not used: ${others.map((column) => JSON.stringify(column)).join(", ")}`,
      detail: { columns: others },
    };
}

/** An address is one account, one list or one alias. Domains have no `@` and meet no one. */
function* twice(names: readonly string[]): Generator<Finding> {
  const told = new Set<string>();
  for (const name of names) {
    if (told.has(name))
      yield {
        code: "csv.twice",
        severity: "error",
        about: name,
        message: "The address stands in two files",
        remedy: "take one of the rows away",
      };
    told.add(name);
  }
}
