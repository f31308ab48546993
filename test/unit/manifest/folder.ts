import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadManifests, type LoadOptions, type Manifest } from "../../../src/manifest/load.ts";
import { ManifestError } from "../../../src/manifest/problem.ts";
import { documentsIn, verdict } from "./agreement.ts";

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Runs with a folder that holds these files, and removes it. Whatever they say, the check of the build must see it as the schemas do. */
export async function withFolder<T>(files: Files, run: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "reconcile-manifest-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      if (typeof text === "string") documentsIn(text).forEach(verdict);
    }
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const asFiles = (files: Files | string): Files => (typeof files === "string" ? { "m.yaml": files } : files);

/** Loads one file `m.yaml`, or these; places are told without the folder. */
export function load(files: Files | string, options: LoadOptions = {}): Promise<Manifest> {
  return withFolder(asFiles(files), (folder) => loadManifests([folder], { folder, ...options }));
}

/** What is wrong, as the reader sees it, without the folder; fails when nothing is. */
export function complaint(files: Files | string, options: LoadOptions = {}): Promise<string> {
  return withFolder(asFiles(files), async (folder) => {
    const error = await loadManifests([folder], options).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof ManifestError)) throw new Error(`no ManifestError, but ${String(error)}`, { cause: error });
    return error.message.replaceAll(`${folder}/`, "").replaceAll(folder, ".");
  });
}

/** A document of a kind, with its spec as one flow map. */
export function document(kind: string, name: string, spec: string): string {
  return `apiVersion: reconcile/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${spec}\n---\n`;
}

export const endpoint = (name: string): string => document("Endpoint", name, "{type: memory}");
export const migration = (spec = "{source: {directory: a, mail: a}, destination: {directory: b, mail: b}}"): string =>
  document("Migration", "test", spec) + endpoint("a") + endpoint("b");
