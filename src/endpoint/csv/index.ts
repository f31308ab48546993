import { resolve } from "node:path";
import type { Endpoint, Open } from "../../contract/endpoint.ts";
import type { DirectoryKind } from "../../model/address.ts";
import type { CsvEndpointSpec } from "../../model/spec.ts";
import { openAccounts } from "./account.ts";
import { checkFolder } from "./check.ts";
import { assertFolder } from "./faults.ts";
import { type Folder, folderOf } from "./folder.ts";
import { createHandler, type Surroundings } from "./handler.ts";
import { assessJoined } from "./joined.ts";
import { profileOf } from "./profile/index.ts";
import { type Holding, holdingOf } from "./holding.ts";

const otherKinds = ["domain", "list", "alias"] as const;

/** Opens a folder of CSV files; README.md beside this file says how they look. Throws `csv.missing` and `csv.domain`. */
export const open: Open = async (_name, spec, context) => {
  const own = spec as CsvEndpointSpec;
  const folder = folderOf(resolve(own.path), profileOf(own));
  await assertFolder(folder.root);
  const shared = { folder, exclusively: createQueue() };
  const { account } = folder.profile.tables;
  const accounts = account === undefined ? {} : { account: await openAccounts(account, shared, context) };
  const handlers = otherKinds.flatMap((kind) => {
    const holding = heldOf(folder, kind);
    if (holding === undefined) return [];
    return [[kind, createHandler(kind, holding, { ...shared, assess: joinedAssessor(folder, kind) })] as const];
  });
  const endpoint: Endpoint = {
    directory: { ...Object.fromEntries(handlers), ...accounts } as Endpoint["directory"],
    items: {},
    check: (_, options) => checkFolder(folder, options),
    close: async () => {},
  };
  return endpoint;
};

/** What the folder can hold of a kind; undefined where it has no place for it. */
function heldOf({ profile: { tables, joined, members } }: Folder, kind: DirectoryKind): Holding | undefined {
  const column = joined?.[kind];
  if (column !== undefined) return { fields: [column.field] };
  const table = tables[kind];
  return table === undefined ? undefined : holdingOf(table, kind === "list" && members !== undefined);
}

function joinedAssessor({ profile: { tables, joined } }: Folder, kind: DirectoryKind): Surroundings["assess"] {
  const column = joined?.[kind];
  const { account } = tables;
  if (column === undefined || account === undefined) return () => [];
  return (want, was) => assessJoined(column, account, want, was);
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
