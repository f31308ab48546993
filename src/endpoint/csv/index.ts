import { join, resolve } from "node:path";
import type { Endpoint, Open } from "../../contract/endpoint.ts";
import type { CsvEndpointSpec } from "../../model/spec.ts";
import { assessPassword } from "./assess.ts";
import { checkFolder } from "./check.ts";
import { assertFolder } from "./faults.ts";
import { createHandler, type Surroundings } from "./handler.ts";
import { columnAt } from "./layout.ts";
import { scan } from "./scan.ts";
import { passwordColumn, tables } from "./table.ts";

/** Opens a folder of CSV files; README.md beside this file says how they look. Throws `csv.missing`. */
export const open: Open = async (_name, spec, { signal }) => {
  const folder = resolve((spec as CsvEndpointSpec).path);
  await assertFolder(folder);
  const path = (file: string) => join(folder, file);
  const hasPassword = await hasPasswordColumn(path(tables.account.file), signal);
  const shared: Surroundings = { path, exclusively: createQueue(), assess: () => [] };
  const endpoint: Endpoint = {
    directory: {
      domain: createHandler("domain", shared),
      account: createHandler("account", { ...shared, assess: (want, was) => assessPassword(want, was, hasPassword) }),
      list: createHandler("list", shared),
      alias: createHandler("alias", shared),
    },
    items: {},
    check: (_, options) => checkFolder(folder, path, options),
    close: async () => {},
  };
  return endpoint;
};

/** What else is wrong with the file is told when it is read. */
async function hasPasswordColumn(path: string, signal: AbortSignal): Promise<boolean> {
  try {
    for await (const { cells } of scan(path, { signal })) return columnAt(cells, passwordColumn) !== -1;
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
