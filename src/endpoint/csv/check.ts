import { access, constants, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Options } from "../../contract/options.ts";
import { kindTable } from "../../kind/table.ts";
import { type DirectoryKind, directoryKinds } from "../../model/address.ts";
import { asFault } from "../../model/fault.ts";
import type { Finding } from "../../model/finding.ts";
import type { PathOf } from "./book.ts";
import { assertFolder } from "./faults.ts";
import { columnAt } from "./layout.ts";
import { nearest } from "../../kind/nearest.ts";
import { readers } from "./readers.ts";
import { unfinished } from "./replace.ts";
import { scan } from "./scan.ts";
import { columnsOf, passwordColumn, tables } from "./table.ts";

/** Looks at the folder and reads every file. Throws `csv.missing`; all else is told. */
export async function* checkFolder(folder: string, path: PathOf, options: Options): AsyncGenerator<Finding> {
  await assertFolder(folder);
  yield await writability(folder);
  const found: string[] = [];
  for (const kind of directoryKinds) yield* checkKind(kind, path, options, found);
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
  path: PathOf,
  options: Options,
  found: string[],
): AsyncGenerator<Finding> {
  const { file } = tables[kind];
  const about = path(file);
  try {
    let count = 0;
    for await (const { name } of readers[kind](path, {}, options)) {
      count += 1;
      found.push(name);
    }
    yield {
      code: "csv.rows",
      severity: "info",
      about,
      message: `${count.toLocaleString("en-US")} ${count === 1 ? kindTable[kind].one : kindTable[kind].many}`,
      detail: { kind, count },
    };
    yield* misspelt(kind, about, options);
  } catch (thrown) {
    const { code, message, remedy } = asFault(thrown, { code: "csv.unread", spoils: "endpoint" });
    if (code === "run.interrupted") throw thrown;
    yield { code, severity: "error", about, message, ...(remedy === undefined ? {} : { remedy }) };
  }
}

/** Columns that are kept and mean nothing, where one of ours seems to be meant. */
async function* misspelt(kind: DirectoryKind, about: string, options: Options): AsyncGenerator<Finding> {
  const ours = [...columnsOf(tables[kind]), ...(kind === "account" ? [passwordColumn] : [])];
  for await (const { cells } of scan(about, options)) {
    const free = ours.filter((column) => columnAt(cells, column) === -1);
    for (const column of cells.filter((cell) => columnAt(ours, cell) === -1)) {
      const meant = nearest(column, free);
      if (meant === undefined) continue;
      yield {
        code: "csv.column",
        severity: "warning",
        about,
        message: `The column ${JSON.stringify(column)} is not used; did you mean ${meant}?`,
        remedy: `name it ${meant}`,
      };
    }
    return;
  }
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
