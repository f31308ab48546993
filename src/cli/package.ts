import { readFile, readdir } from "node:fs/promises";

/** The package's root, seen from `dist/cli/` and from `src/cli/` alike. */
const root = new URL("../../", import.meta.url);

const suffix = ".schema.json";

export async function readVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(new URL("package.json", root), "utf8")) as { version: string };
  return version;
}

/** Names of the schemas that are shipped: `account`, `plan`. */
export async function schemaNames(): Promise<readonly string[]> {
  const names = await readdir(new URL("schemas/", root));
  return names
    .filter((name) => name.endsWith(suffix))
    .map((name) => name.slice(0, -suffix.length))
    .toSorted();
}

export function readSchema(name: string): Promise<string> {
  return readFile(new URL(`schemas/${name}${suffix}`, root), "utf8");
}
