import { resolve } from "node:path";
import type { Endpoint, Open } from "../../contract/endpoint.ts";
import { type DirectoryKind, directoryKinds } from "../../model/address.ts";
import type { CsvEndpointSpec } from "../../model/spec.ts";
import { assessAccount } from "./assess.ts";
import { checkFolder } from "./check.ts";
import { assertFolder } from "./faults.ts";
import { filesOf, type Folder, folderOf } from "./folder.ts";
import { createHandler, type Surroundings } from "./handler.ts";
import { columnAt } from "./layout.ts";
import { profileOf } from "./profile/index.ts";
import { scan } from "./scan.ts";
import type { TableForm } from "./table.ts";

/** Opens a folder of CSV files; README.md beside this file says how they look. Throws `csv.missing` and `csv.domain`. */
export const open: Open = async (_name, spec, { signal }) => {
  const own = spec as CsvEndpointSpec;
  const folder = folderOf(resolve(own.path), profileOf(own));
  await assertFolder(folder.root);
  const assess = await assessor(folder, signal);
  const exclusively = createQueue();
  const handlerOf = <K extends DirectoryKind>(kind: K, table: TableForm) =>
    createHandler(kind, table, { folder, exclusively, assess: kind === "account" ? assess : () => [] });
  const handlers = directoryKinds.flatMap((kind) => {
    const table = folder.profile.tables[kind];
    return table === undefined ? [] : [[kind, handlerOf(kind, table)] as const];
  });
  const endpoint: Endpoint = {
    directory: Object.fromEntries(handlers) as Endpoint["directory"],
    items: {},
    check: (_, options) => checkFolder(folder, options),
    close: async () => {},
  };
  return endpoint;
};

async function assessor(folder: Folder, signal: AbortSignal): Promise<Surroundings["assess"]> {
  const table = folder.profile.tables.account;
  if (table === undefined) return () => [];
  const hasPassword = await hasPasswordColumn(folder, table, signal);
  return (want, was) => assessAccount(table, want, was, hasPassword);
}

/** Of the first file; what else is wrong with it is told when it is read. */
async function hasPasswordColumn(folder: Folder, table: TableForm, signal: AbortSignal): Promise<boolean> {
  const { password } = table;
  if (password === undefined) return false;
  try {
    const [file] = await filesOf(folder, table);
    if (file === undefined) return false;
    for await (const { cells } of scan(file, { signal })) return columnAt(cells, password.column) !== -1;
  } catch {
    return false;
  }
  return false;
}

/** Work that is done one after the other, in the order in which it came. */
function createQueue(): Surroundings["exclusively"] {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next;
  };
}
