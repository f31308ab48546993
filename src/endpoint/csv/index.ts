import { resolve } from "node:path";
import type { Endpoint, Open } from "../../contract/endpoint.ts";
import type { CsvEndpointSpec } from "../../model/spec.ts";
import { openAccounts } from "./account.ts";
import { checkFolder } from "./check.ts";
import { assertFolder } from "./faults.ts";
import { folderOf } from "./folder.ts";
import { createHandler, type Surroundings } from "./handler.ts";
import { profileOf } from "./profile/index.ts";

const otherKinds = ["domain", "list", "alias"] as const;

/** Opens a folder of CSV files; README.md beside this file says how they look. Throws `csv.missing` and `csv.domain`. */
export const open: Open = async (_name, spec, { signal }) => {
  const own = spec as CsvEndpointSpec;
  const folder = folderOf(resolve(own.path), profileOf(own));
  await assertFolder(folder.root);
  const shared = { folder, exclusively: createQueue() };
  const { account, ...others } = folder.profile.tables;
  const accounts = account === undefined ? {} : { account: await openAccounts(account, shared, signal) };
  const handlers = otherKinds.flatMap((kind) => {
    const table = others[kind];
    return table === undefined ? [] : [[kind, createHandler(kind, table, { ...shared, assess: () => [] })] as const];
  });
  const endpoint: Endpoint = {
    directory: { ...Object.fromEntries(handlers), ...accounts } as Endpoint["directory"],
    items: {},
    check: (_, options) => checkFolder(folder, options),
    close: async () => {},
  };
  return endpoint;
};

/** Work that is done one after the other, in the order in which it came. */
function createQueue(): Surroundings["exclusively"] {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next;
  };
}
