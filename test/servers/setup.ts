/** Before the tests: installs the servers that the files about to run reach by their imports. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestProject } from "vitest/node";
import { cache, missing, needs, type ServerName, serversOff } from "./packages.ts";
import { prepared } from "./samba-template.ts";

const starters = new Map<string, ServerName>(
  (["dovecot", "cyrus", "courier", "openldap", "samba"] as const).map((name) => [
    join(import.meta.dirname, `${name}.ts`),
    name,
  ]),
);

/** The servers whose starters these files import, directly or through others. */
export function serversOf(files: readonly string[]): ServerName[] {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file) || !existsSync(file)) return;
    seen.add(file);
    const imports = readFileSync(file, "utf8").matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+\.ts)"/g);
    for (const [, path = ""] of imports) visit(join(dirname(file), path));
  };
  for (const file of files) visit(file);
  return [...starters].filter(([path]) => seen.has(path)).map(([, name]) => name);
}

/** What keeps the packages from being installed is told by each test that needs them. */
async function installed(names: readonly ServerName[]): Promise<boolean> {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return false;
  mkdirSync(cache, { recursive: true });
  // The kernel opens the lock when its holder dies.
  const install = [process.execPath, join(import.meta.dirname, "install.ts"), ...names];
  const child = spawn("flock", [join(cache, "lock"), ...install], { stdio: ["ignore", "ignore", "inherit"] });
  const [code] = await once(child, "exit");
  return code === 0;
}

export default async function setup(project: TestProject): Promise<void> {
  if (serversOff()) return;
  // Absent: every file. It is the list of files named on the command line, which Vitest keeps to itself.
  const { filenamePattern } = project.vitest as { readonly filenamePattern?: string[] };
  const { testFiles } = await project.globTestFiles(filenamePattern);
  const names = serversOf(testFiles);
  if ((await missing(names)).length > 0 && !(await installed(names))) {
    process.stderr.write(`${needs(names.join(", "), await missing(names))}\n`);
  } else if (names.includes("samba")) {
    // What keeps it from being made is told by each test that needs it.
    await prepared().catch((error: Error) => process.stderr.write(`${error.message}\n`));
  }
}
