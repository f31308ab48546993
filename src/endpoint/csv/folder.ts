import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { assertFolder, diskFault } from "./faults.ts";
import type { Profile, TableForm } from "./table.ts";

/** Where files stand, and how they look. */
export interface Folder {
  readonly path: (file: string) => string;
  readonly root: string;
  readonly profile: Profile;
}

export function folderOf(root: string, profile: Profile): Folder {
  return { root, profile, path: (file) => join(root, file) };
}

/** The files of a table, in the order of their numbers: `users.csv` where one brought it, then `users-1.csv` and on. Of a table in one file, that one, there or not. */
export async function filesOf({ root, path }: Folder, table: TableForm): Promise<readonly string[]> {
  if (table.rowsPerFile === undefined) return [path(table.file)];
  await assertFolder(root);
  const names = await readdir(root).catch((thrown: unknown) => {
    throw diskFault(root, thrown);
  });
  return names
    .flatMap((name) => {
      const number = numberOf(table, name);
      return number === undefined ? [] : [{ name, number }];
    })
    .toSorted((a, b) => a.number - b.number)
    .map(({ name }) => path(name));
}

/** A part's number; 0 for the file without one, undefined for a file that is no part. */
function numberOf({ file }: TableForm, name: string): number | undefined {
  if (name === file) return 0;
  const stem = file.slice(0, -".csv".length);
  const digits =
    name.startsWith(`${stem}-`) && name.endsWith(".csv") ? name.slice(stem.length + 1, -".csv".length) : "";
  return /^[1-9][0-9]{0,8}$/.test(digits) ? Number(digits) : undefined;
}

/** The file that comes after these. */
export function nextFile({ path }: Folder, table: TableForm, files: readonly string[]): string {
  const numbers = files.map((file) => numberOf(table, basename(file)) ?? 0);
  return path(`${table.file.slice(0, -".csv".length)}-${Math.max(0, ...numbers) + 1}.csv`);
}
