import type { Options } from "../../contract/options.ts";
import type { Observed } from "../../model/resource.ts";
import { columnAt, observe } from "./layout.ts";
import { scan } from "./scan.ts";
import { tables } from "./table.ts";

/** The domains that addresses end in. */
export interface Domains {
  readonly used: ReadonlyMap<string, Observed>;
}

/** Reads nothing but the addresses; what is no address is told by the reading of its own kind. */
export async function readDomains(path: (file: string) => string, options: Options): Promise<Domains> {
  const used = new Map<string, Observed>();
  for (const { file, key, name } of [tables.account, tables.list, tables.alias]) {
    let at: number | undefined;
    for await (const { cells } of scan(path(file), options)) {
      if (at === undefined) {
        at = columnAt(cells, key);
        continue;
      }
      const address = name(cells[at] ?? "");
      const domain = address?.slice(address.lastIndexOf("@") + 1);
      if (domain !== undefined && !used.has(domain)) used.set(domain, observe("domain", domain, {}, {}));
    }
  }
  return { used };
}
