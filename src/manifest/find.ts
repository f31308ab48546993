import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { bounds } from "./bounds.ts";
import type { Problem } from "./problem.ts";
import { escapeText } from "./quote.ts";
import { type Source, sourceOf } from "./source.ts";

export interface Found {
  readonly sources: readonly Source[];
  readonly problems: readonly Problem[];
}

type Report = (file: string, message: string, remedy?: string) => void;

/**
 * Reads `*.yaml` and `*.yml` below each folder, dot-files and dot-folders left out, and each file that is named; none twice.
 * An optional folder may be empty, or not be there.
 * Reads in turn: of thousands of small files, waiting for each would cost more than reading.
 */
export function readSources(paths: readonly string[], optional: readonly string[] = []): Found {
  const problems: Problem[] = [];
  const report: Report = (file, message, remedy) => {
    const source = sourceOf(file, dirname(resolve(file)), "");
    const spot = { source, span: { start: 0, end: 0 }, hidden: () => [] };
    problems.push({ spot, message, ...(remedy === undefined ? {} : { remedy }) });
  };
  const files: string[] = [];
  const seen = new Set<string>();
  for (const path of paths) {
    const before = { files: files.length, seen: seen.size, problems: problems.length };
    collect(path, { files, seen, report, named: true, depth: 0 });
    const empty = files.length === before.files && seen.size > before.seen && problems.length === before.problems;
    if (empty) report(path, "no *.yaml or *.yml below this folder", "name the folder of the manifests with -f");
  }
  for (const path of optional) {
    const there = statSync(path, { throwIfNoEntry: false }) !== undefined;
    if (there) collect(path, { files, seen, report, named: true, depth: 0 });
  }
  if (files.length > bounds.files) {
    report(paths[0] ?? ".", `more than ${bounds.files.toLocaleString("en")} manifest files`);
    return { sources: [], problems };
  }
  const sources = readAll(files.toSorted(), report);
  return { sources, problems };
}

interface Walk {
  readonly files: string[];
  readonly seen: Set<string>;
  readonly report: Report;
  readonly named: boolean;
  readonly depth: number;
}

function collect(path: string, walk: Walk): void {
  try {
    const facts = statSync(path);
    const identity = `${facts.dev}:${facts.ino}`;
    if (walk.seen.has(identity) || walk.files.length > bounds.files) return;
    walk.seen.add(identity);
    if (facts.isDirectory()) descend(path, walk);
    else if (!facts.isFile()) walk.report(path, "neither a folder nor a file");
    else if (facts.size > bounds.fileBytes)
      walk.report(path, `larger than ${bounds.fileBytes / 1024 / 1024} MB`, "part it into several files");
    else walk.files.push(path);
  } catch (error) {
    walk.report(
      path,
      `cannot be read: ${reasonOf(error)}`,
      walk.named ? "name a folder or a file of manifests with -f" : undefined,
    );
  }
}

function descend(folder: string, walk: Walk): void {
  if (walk.depth >= bounds.folderDepth) {
    walk.report(folder, `more than ${bounds.folderDepth} folders inside one another`);
    return;
  }
  const entries = readdirSync(folder, { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith(".")) continue;
    const path = join(folder, entry.name);
    const manifest = /\.ya?ml$/iu.test(entry.name);
    const folderLike = entry.isDirectory() || (entry.isSymbolicLink() && !manifest && isFolder(path));
    if (manifest || folderLike) collect(path, { ...walk, named: false, depth: walk.depth + 1 });
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function readAll(files: readonly string[], report: Report): readonly Source[] {
  const sources: Source[] = [];
  let total = 0;
  for (const file of files) {
    const text = readText(file, report);
    if (text === undefined) continue;
    total += text.length;
    if (total > bounds.totalBytes) {
      report(file, `the manifests are larger than ${bounds.totalBytes / 1024 / 1024} MB together`);
      break;
    }
    sources.push(sourceOf(file, dirname(resolve(file)), text));
  }
  return sources;
}

function readText(file: string, report: Report): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    report(file, error instanceof TypeError ? "not UTF-8 text" : `cannot be read: ${reasonOf(error)}`);
    return undefined;
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ELOOP: "its symbolic links go round in a circle",
  ENOTDIR: "a part of the path is no folder",
};

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return reasons[code] ?? escapeText(code === "" ? String(error) : code);
}
