import type { Options } from "../../contract/options.ts";
import type { Observed } from "../../model/resource.ts";
import { filesOf, type Folder } from "./folder.ts";
import { columnAt, observe } from "./layout.ts";
import { scan } from "./scan.ts";

/** The domains that addresses end in. */
export interface Domains {
  readonly used: ReadonlyMap<string, Observed>;
}

/** Reads nothing but the addresses; what is no address is told by the reading of its own kind. */
export async function readDomains(folder: Folder, options: Options): Promise<Domains> {
  const used = new Map<string, Observed>();
  const { account, list, alias } = folder.profile.tables;
  for (const table of [account, list, alias]) {
    if (table === undefined) continue;
    for (const file of await filesOf(folder, table)) {
      let at: number | undefined;
      for await (const { cells } of scan(file, options)) {
        if (at === undefined) {
          at = columnAt(cells, table.key);
          continue;
        }
        const address = table.name(cells[at] ?? "");
        const domain = address?.slice(address.lastIndexOf("@") + 1);
        if (domain !== undefined && !used.has(domain))
          used.set(domain, observe("domain", { name: domain, fields: {} }));
      }
    }
  }
  return { used };
}
