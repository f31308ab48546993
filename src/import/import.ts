import { join } from "node:path";
import { type Edit, editText } from "../manifest/merge.ts";
import type { Value } from "../manifest/scalar.ts";
import { saidAt, type Standing, standingsIn } from "../manifest/standing.ts";
import type { YamlDocument } from "../manifest/parse.ts";
import type { Manifest } from "../manifest/load.ts";
import type { Address } from "../model/address.ts";
import type { Finding } from "../model/finding.ts";
import { bearerOf, folded, shortName } from "./arrange.ts";
import { createDesk, type Desk } from "./desk.ts";
import { fileNameOf } from "./filename.ts";
import { domainOf, type Entry, type Holding, keyOrder } from "./holding.ts";
import { addFresh, goneFindings, type Known, updateDeclared } from "./update.ts";
import { compactEntry, domainText } from "./write.ts";

export interface ImportRequest {
  /** The endpoint's name. */
  readonly endpoint: string;
  readonly holding: Holding;
  /** The folder that files are written to. */
  readonly out: string;
  /** What the manifests declare already. */
  readonly manifest: Manifest;
  /** Documents of files below the folder, which alone may be edited. */
  readonly documents: readonly YamlDocument[];
  /** Texts of files below the folder, by the path that `pathOf` gives. */
  readonly texts: ReadonlyMap<string, string>;
  pathOf(document: YamlDocument): string;
  takes(address: Address): boolean;
}

/** A file as it is to be; `before` is absent where it is not there yet. */
export interface WrittenFile {
  readonly path: string;
  readonly before?: string;
  readonly after: string;
}

export interface Imported {
  readonly files: readonly WrittenFile[];
  readonly findings: readonly Finding[];
  /** Entries that are written for the first time. */
  readonly fresh: readonly Entry[];
}

/** What would be written of an endpoint: new files, and edits of those that are there. Pure. */
export function importHolding(request: ImportRequest): Imported {
  const { holding, manifest, takes, endpoint } = request;
  const standings = standingsIn(request.documents);
  const resources = new Map(manifest.resources.map((resource) => [resource.address, resource]));
  const entries = holding.entries.filter(({ address }) => takes(address));
  const declared = new Set(entries.map(({ name }) => name));
  for (const address of standings.keys()) {
    const resource = resources.get(address);
    if (resource !== undefined && isName(resource) && resource.absent !== true) declared.add(resource.name);
  }
  const known: Known = { resources, standings, declared };
  const desk = createDesk(({ document }) => request.pathOf(document));
  const updated = updateDeclared(entries, holding, known, desk);
  const rows = rowsOf(manifest, updated.fresh);
  const fresh = updated.fresh.filter((entry) => !rows.entries.has(entry));
  const left = settle(fresh, known, desk);
  const edited = editedFiles(desk.edits(), request);
  return {
    files: withNewFiles(edited.files, left, known, request),
    findings: [
      ...holding.findings,
      ...updated.findings,
      ...rows.findings,
      ...edited.findings,
      ...goneFindings(holding, known, endpoint, takes),
    ],
    fresh,
  };
}

const isName = <T extends { readonly kind: string }>(each: T): each is Exclude<T, { kind: "mailbox" }> =>
  each.kind === "account" || each.kind === "list" || each.kind === "alias";

/** New people whom rows of an endpoint declare already. */
function rowsOf({ froms }: Manifest, fresh: readonly Entry[]) {
  const sets = new Set(froms.map(({ kind, domain }) => `${kind} ${domain}`));
  const entries = new Set(fresh.filter(({ kind, name }) => sets.has(`${kind} ${domainOf(name)}`)));
  const findings = [...entries].map(({ address, kind }): Finding => ({
    code: "import.rows",
    severity: "info",
    about: address,
    message: `Not written: ${kind}sFrom declares the ${kind}s of its domain`,
  }));
  return { entries, findings };
}

/** Puts new entries where they belong in documents that are there; gives back those that need a place of their own. */
function settle(fresh: readonly Entry[], known: Known, desk: Desk): readonly Entry[] {
  const byName = new Map(fresh.map((entry) => [entry.name, entry]));
  const missing = new Map<string, { readonly home: Standing; readonly sets: Map<string, [string, Value][]> }>();
  const alone = fresh.filter(
    (entry) => !(entry.kind === "alias" && !bearerOf(entry, byName) && joinBearer(entry, known, desk)),
  );
  const homeless = folded(alone).filter((entry) => {
    const home = known.standings.get(`domain/${domainOf(entry.name)}`);
    const written = compactEntry(entry, known.declared);
    if (addFresh(entry, written, known, desk)) return false;
    if (home === undefined || entry.kind === "mailbox" || written[0] === "__proto__") return true;
    const { sets } = missing.get(domainOf(entry.name)) ?? { sets: new Map<string, [string, Value][]>() };
    missing.set(domainOf(entry.name), { home, sets });
    sets.set(setOf[entry.kind], [...(sets.get(setOf[entry.kind]) ?? []), [...written]]);
    return false;
  });
  for (const { home, sets } of missing.values())
    for (const [set, some] of sets)
      desk.put(home, set, Object.fromEntries(some.toSorted(([a], [b]) => (a < b ? -1 : 1))), domainOrder);
  // Their aliases come along.
  const names = new Set(homeless.map(({ name }) => name));
  return alone.filter(
    (entry) => names.has(entry.name) || (entry.kind === "alias" && names.has(bearerOf(entry, byName)?.name ?? "")),
  );
}

const setOf = { account: "accounts", list: "lists", alias: "aliases" } as const;
const domainOrder = ["prune", "source", "accountsFrom", "listsFrom", "accounts", "lists", "aliases"];

/** A new alias of somebody who is declared already stands with that person, in the same domain. */
function joinBearer(alias: Entry, { resources, standings, declared }: Known, desk: Desk): boolean {
  const target = String(alias.values["target"]);
  const domain = domainOf(alias.name);
  const kind = (["account", "list"] as const).find((each) => resources.get(`${each}/${target}`) !== undefined);
  const at = kind === undefined || domainOf(target) !== domain ? undefined : standings.get(`${kind}/${target}`);
  if (at === undefined || kind === undefined) return false;
  const text = shortName(alias.name, domain, declared);
  const place = { ...at, path: [...at.path, "aliases"] };
  if (Array.isArray(saidAt(place))) desk.add(place, text);
  else desk.put(at, "aliases", [text], keyOrder[kind]);
  return true;
}

function editedFiles(edits: ReadonlyMap<string, readonly Edit[]>, { texts }: ImportRequest) {
  const files = new Map<string, WrittenFile>();
  const findings: Finding[] = [];
  for (const [path, some] of edits) {
    const before = texts.get(path) ?? "";
    const { text, refused } = editText(before, some);
    if (text !== before) files.set(path, { path, before, after: text });
    for (const { edit, why } of refused) {
      findings.push({
        code: "import.refused",
        severity: "warning",
        about: path,
        message: `${edit.path.slice(1).join(".")} cannot be edited without changing more: ${why}`,
        remedy: "edit it by hand",
      });
    }
  }
  return { files, findings };
}

/** A file for each domain that has none; where its file is there and has no Domain, documents at its end. */
function withNewFiles(
  files: ReadonlyMap<string, WrittenFile>,
  entries: readonly Entry[],
  { standings, resources, declared }: Known,
  { endpoint, holding, out, texts, takes }: ImportRequest,
): readonly WrittenFile[] {
  const all = new Map(files);
  const byDomain = Map.groupBy(entries, ({ name }) => domainOf(name));
  for (const domain of holding.domains ?? [])
    if (!byDomain.has(domain) && takes(`domain/${domain}`) && !resources.has(`domain/${domain}`))
      byDomain.set(domain, []);
  for (const [domain, some] of [...byDomain].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const path = join(out, fileNameOf(domain));
    const there = resources.has(`domain/${domain}`) || standings.has(`domain/${domain}`);
    const listed = !there && holding.domains?.has(domain) !== false;
    const notes = holding.unread.map(({ message }) => message.replaceAll(/[\p{C}\p{Z}]+/gu, " "));
    const text = domainText({ domain, endpoint, listed, entries: some, declared, notes });
    const before = texts.get(path);
    const base = all.get(path)?.after ?? before;
    const after = base === undefined ? text : `${base}${base.endsWith("\n") ? "" : "\n"}---\n${text}`;
    all.set(path, { path, ...(before === undefined ? {} : { before }), after });
  }
  return [...all.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
