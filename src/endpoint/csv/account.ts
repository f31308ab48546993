import type { Handler, OpenContext } from "../../contract/endpoint.ts";
import type { TakenHashes } from "../../kind/scheme.ts";
import { assessAccount } from "./assess.ts";
import { exposedFiles } from "./exposed.ts";
import { filesOf, type Folder } from "./folder.ts";
import { createHandler, type Surroundings } from "./handler.ts";
import { columnAt } from "./layout.ts";
import { readHashes } from "./readers.ts";
import { scan } from "./scan.ts";
import { holdingOf } from "./holding.ts";
import { secretsOf, type TableForm } from "./table.ts";

/** Accounts, whose passwords and hashes go to columns of their own. */
export async function openAccounts(
  table: TableForm,
  shared: Omit<Surroundings, "assess">,
  { signal, emit }: Pick<OpenContext, "signal" | "emit">,
): Promise<Handler<"account">> {
  const { folder } = shared;
  const columns = await secretColumns(folder, table, signal);
  for (const finding of await exposedFiles(folder, table, { signal })) emit({ type: "finding", finding });
  const { always = false, hashColumn } = table.password ?? {};
  const hashes: TakenHashes = hashColumn === undefined ? new Set() : "any";
  return {
    ...createHandler("account", holdingOf(table), {
      ...shared,
      assess: (want, was) => assessAccount(table, want, was, columns),
    }),
    ...(always || columns.size > 0 ? { passwords: { hashes } } : {}),
    ...(hashColumn === undefined
      ? {}
      : { hashes: (scope, options) => readHashes(folder, table, hashColumn, scope, options) }),
  };
}

/** Of the first file; what else is wrong with it is told when it is read. */
async function secretColumns(folder: Folder, table: TableForm, signal: AbortSignal): Promise<ReadonlySet<string>> {
  try {
    const [file] = await filesOf(folder, table);
    if (file === undefined) return new Set();
    for await (const { cells } of scan(file, { signal }))
      return new Set(secretsOf(table).filter((column) => columnAt(cells, column) !== -1));
  } catch {
    return new Set();
  }
  return new Set();
}
