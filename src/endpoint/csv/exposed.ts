import { stat } from "node:fs/promises";
import { basename } from "node:path";
import type { Options } from "../../contract/options.ts";
import type { Finding } from "../../model/finding.ts";
import { filesOf, type Folder } from "./folder.ts";
import { columnAt } from "./layout.ts";
import { scan } from "./scan.ts";
import { secretsOf, type TableForm } from "./table.ts";

/** A file that has passwords, and that others may read or write. */
export async function exposed(about: string): Promise<Finding | undefined> {
  const { mode } = await stat(about);
  if ((mode & 0o077) === 0) return undefined;
  return {
    code: "csv.exposed",
    severity: "warning",
    about,
    message: "The file holds passwords, and others than its owner may read or write it",
    remedy: `chmod 600 ${basename(about)}`,
  };
}

/** Of all files of a table; one that cannot be read is told of by whoever reads it. */
export async function exposedFiles(folder: Folder, table: TableForm, options: Options): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for (const file of await filesOf(folder, table).catch(() => [])) {
    const finding = await exposed(file).catch(() => undefined);
    if (finding !== undefined && (await holdsSecrets(file, table, options).catch(() => false))) found.push(finding);
  }
  return found;
}

async function holdsSecrets(file: string, table: TableForm, options: Options): Promise<boolean> {
  let secrets: readonly number[] | undefined;
  for await (const { cells } of scan(file, options)) {
    if (secrets !== undefined) {
      if (secrets.some((at) => (cells[at] ?? "") !== "")) return true;
      continue;
    }
    secrets = secretsOf(table)
      .map((column) => columnAt(cells, column))
      .filter((at) => at !== -1);
    if (secrets.length === 0) return false;
  }
  return false;
}
