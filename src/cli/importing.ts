import { link, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import type { WrittenFile } from "../import/import.ts";
import { bounds } from "../manifest/bounds.ts";
import { type Found, readSources } from "../manifest/find.ts";
import { loadFound, type Loaded } from "../manifest/load.ts";
import type { YamlDocument } from "../manifest/parse.ts";
import { type Source, sourceOf } from "../manifest/source.ts";
import { Fault } from "../model/fault.ts";

/** The manifests that an import stands beside: those that were named, and those in the folder that it writes to. */
export interface Standing {
  readonly found: Found;
  readonly loaded: Loaded;
  /** Documents below the folder. */
  readonly documents: readonly YamlDocument[];
  /** Texts of the files below the folder, by their path in full. */
  readonly texts: ReadonlyMap<string, string>;
}

export const pathOfSource = ({ folder, file }: Source): string => join(folder, basename(file));

interface Manifests {
  readonly paths: readonly string[];
  readonly out: string;
  readonly environment?: string;
}

/** Throws everything that is wrong with the manifests that are there. */
export async function readStanding({ paths, out, environment }: Manifests): Promise<Standing> {
  const found = readSources(paths, [out]);
  const loaded = await loadFound(found, environment === undefined ? {} : { environment });
  const within = (source: Source): boolean => pathOfSource(source).startsWith(`${resolve(out)}${sep}`);
  return {
    found,
    loaded,
    documents: loaded.documents.filter(({ source }) => within(source)),
    texts: new Map(found.sources.filter(within).map((source) => [pathOfSource(source), source.text])),
  };
}

/** Reads what is to be written as if it were, with all that stands beside it. Throws `manifest.invalid` and `file.large`. */
export async function proveFiles(
  files: readonly WrittenFile[],
  { found }: Standing,
  environment: string | undefined,
): Promise<void> {
  const fresh = new Map(files.map((file) => [file.path, file]));
  for (const { path, after } of files) if (Buffer.byteLength(after) > bounds.fileBytes) throw large(path);
  const kept = found.sources.filter((source) => !fresh.has(pathOfSource(source)));
  const sources = [
    ...kept,
    ...files.map(({ path, after }) => sourceOf(relative(process.cwd(), path), dirname(path), after)),
  ];
  await loadFound({ sources, problems: found.problems }, environment === undefined ? {} : { environment });
}

/** One file that must not be overwritten stops it before the first is written. Throws `file.exists` and `file.moved`. */
export async function refuseOverwriting(files: readonly WrittenFile[], update: boolean): Promise<void> {
  for (const { path, before } of files) {
    const there = await stat(path).then(
      () => true,
      () => false,
    );
    if (there && !(update && before !== undefined)) throw exists(path);
    if (before !== undefined && (await readFile(path, "utf8")) !== before) throw moved(path);
  }
}

/** Each file appears whole or not at all; one that appears meanwhile is kept. */
export async function writeFiles(files: readonly WrittenFile[]): Promise<void> {
  for (const { path, before, after } of files) {
    const by = join(dirname(path), `.${basename(path)}.${process.pid}.new`);
    try {
      await mkdir(dirname(path), { recursive: true });
      const mode = before === undefined ? 0o644 : (await stat(path)).mode & 0o777;
      await writeFile(by, after, { flag: "wx", mode });
      await (before === undefined ? link(by, path) : rename(by, path));
    } catch (cause) {
      throw unwritable(path, cause);
    } finally {
      await rm(by, { force: true });
    }
  }
}

const spoilt = { spoils: "run" } as const;

const exists = (about: string): Fault =>
  new Fault({
    ...spoilt,
    code: "file.exists",
    message: "It is there already, and nothing was written",
    about,
    remedy: "--update merges into files that are there; --out names another folder",
  });

const moved = (about: string): Fault =>
  new Fault({
    ...spoilt,
    code: "file.moved",
    message: "It was changed while the endpoint was read, and nothing was written",
    about,
    remedy: "run again",
  });

const large = (about: string): Fault =>
  new Fault({
    ...spoilt,
    code: "file.large",
    message: `It would be larger than ${bounds.fileBytes / 1024 / 1024} MB, and nothing was written`,
    about,
    remedy: "take a part with --select",
  });

const unwritable = (about: string, cause: unknown): Fault =>
  new Fault({
    ...spoilt,
    code: "file.unwritable",
    message: cause instanceof Error ? cause.message : String(cause),
    about,
    remedy: "look at the folder's rights, or name another with --out",
    cause,
  });
