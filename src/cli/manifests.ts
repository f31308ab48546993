import { type Manifest, loadManifests } from "../manifest/load.ts";
import type { Migration } from "../manifest/migration.ts";
import { Fault } from "../model/fault.ts";
import type { ManifestFlags } from "./flags.ts";

/** Manifests that say from where and to where. */
export type MigrationManifest = Manifest & { readonly migration: Migration };

/** Throws everything that is wrong with the manifests, at once. */
export function readManifests({ file, environment }: ManifestFlags): Promise<Manifest> {
  return loadManifests(file ?? ["manifests"], environment === undefined ? {} : { environment });
}

export async function readMigration(flags: ManifestFlags): Promise<MigrationManifest> {
  const manifests = await readManifests(flags);
  const { migration } = manifests;
  if (migration !== undefined) return { ...manifests, migration };
  throw new Fault({
    code: "migration.missing",
    message: "The manifests hold no Migration",
    spoils: "run",
    remedy: "say from where and to where in a document of kind: Migration",
  });
}
