import { SearchRequest } from "ldapts";
import type { Options } from "../../contract/options.ts";
import type { TakenHashes } from "../../kind/scheme.ts";
import type { Directory } from "./directory.ts";
import { createEntry } from "./entry.ts";
import { equal } from "./filter.ts";
import { ownSchemes, schemesOfModule } from "./hash.ts";

/**
 * Password hashes that the directory can check: those of every server of its kind, those that the manifest names, and those of the
 * modules that the server shows among its configuration (slapd-config(5)), which few logins see.
 */
export async function takenSchemes(directory: Directory, options: Options): Promise<TakenHashes> {
  const { flavour, spec } = directory;
  if (flavour.password !== undefined) return new Set();
  const loaded = await modulesOf(directory, options);
  return new Set([...ownSchemes, ...(spec.accounts?.passwordSchemes ?? []), ...loaded.flatMap(schemesOfModule)]);
}

async function modulesOf({ session }: Directory, options: Options): Promise<readonly string[]> {
  const { entry } = await session.root(options);
  const base = entry.text("configContext");
  if (base === undefined) return [];
  const found: string[] = [];
  const request = new SearchRequest({
    messageId: 0,
    baseDN: base,
    filter: equal("objectClass", "olcModuleList"),
    attributes: ["olcModuleLoad"],
    timeLimit: 0,
  });
  // Whatever it answers: who may not see it knows no more than before.
  await session.ask(request, options, { entry: (raw) => found.push(...createEntry(raw).texts("olcModuleLoad")) });
  return found;
}
