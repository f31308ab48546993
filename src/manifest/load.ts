import type { ManifestDocument } from "../model/spec.ts";
import type { Read } from "./contents.ts";
import { digestOf } from "./digest.ts";
import { type Found, readSources } from "./find.ts";
import type { YamlDocument } from "./parse.ts";
import { manifestError, type Problem, type Report } from "./problem.ts";
import { readSource } from "./read.ts";
import { type Resolved, resolveDocuments } from "./resolve.ts";
import { type Source, sourceOf } from "./source.ts";
import { validateDocument } from "./validate.ts";

export interface Manifest extends Resolved {
  /** Hex. Equal for equal meaning. */
  readonly digest: string;
}

export interface LoadOptions {
  /** The Migration to take where there are several. */
  readonly environment?: string;
  /** The folder that the digest's paths are relative to; the working folder by default. */
  readonly folder?: string;
  /** Texts to take in place of what stands in the files, by the path that the reader knows them by. */
  readonly texts?: ReadonlyMap<string, string>;
}

/** Reads, checks and resolves manifests: folders or files. Throws one `ManifestError` with everything that is wrong. */
export async function loadManifests(paths: readonly string[], options: LoadOptions = {}): Promise<Manifest> {
  return (await loadFound(readSources(paths), options)).manifest;
}

/** Manifests, and the documents that they were read from. */
export interface Loaded {
  readonly manifest: Manifest;
  readonly documents: readonly YamlDocument[];
}

/** The same of files that were read, or that may yet be written. */
export async function loadFound(found: Found, options: LoadOptions = {}): Promise<Loaded> {
  const problems: Problem[] = [];
  const report: Report = (problem) => void problems.push(problem);
  for (const problem of found.problems) report(problem);
  const { texts } = options;
  const taken = found.sources.map((source) => {
    const text = texts?.get(source.file);
    return text === undefined ? source : sourceOf(source.file, source.folder, text);
  });
  const read = await readDocuments(taken, report);
  const unread = found.problems.length > 0 || read.unread;
  const resolved = resolveDocuments(read.valid, {
    report,
    invalid: read.invalid,
    unread,
    environment: options.environment,
  });
  if (problems.length > 0) throw manifestError(problems);
  const digest = digestOf(meaningOf(resolved), options.folder ?? process.cwd());
  return { manifest: { ...resolved, digest }, documents: read.valid.map(({ document }) => document) };
}

interface Documents {
  readonly valid: readonly Read[];
  readonly invalid: readonly YamlDocument[];
  /** True when a document is no YAML. */
  readonly unread: boolean;
}

async function readDocuments(sources: readonly Source[], report: Report): Promise<Documents> {
  const valid: Read[] = [];
  const invalid: YamlDocument[] = [];
  let unread = false;
  for (const source of sources) {
    const parsed = await readSource(source);
    unread ||= parsed.problems.length > 0;
    for (const problem of parsed.problems) report(problem);
    for (const document of parsed.documents) {
      const objections = await validateDocument(document);
      for (const problem of objections) report(problem);
      if (objections.length > 0) invalid.push(document);
      else valid.push({ document, body: document.value as ManifestDocument });
    }
  }
  return { valid, invalid, unread };
}

/** What a plan rests on, by name, whatever the order of the files. */
function meaningOf({ migration, endpoints, resources, froms }: Resolved): unknown {
  const byDomain = new Map(froms.map((from) => [`${from.kind} ${from.domain}`, from]));
  return { migration, endpoints: Object.fromEntries(endpoints), resources, froms: Object.fromEntries(byDomain) };
}
