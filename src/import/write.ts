import { kindTable } from "../kind/table.ts";
import { entryLines, flowText, textScalar, type Value } from "../manifest/scalar.ts";
import { byName, type Declared, folded, writtenValues } from "./arrange.ts";
import { type Entry, localOf } from "./holding.ts";

export interface DomainFile {
  readonly domain: string;
  /** The endpoint's name. */
  readonly endpoint: string;
  /** False where the endpoint does not list the domain: declaring it would be a change. */
  readonly listed: boolean;
  readonly entries: readonly Entry[];
  readonly declared: Declared;
  /** What is missing in the file and why, a line each. */
  readonly notes: readonly string[];
}

const sets = [
  ["account", "accounts"],
  ["list", "lists"],
  ["alias", "aliases"],
] as const;

/** A domain's manifest: one Domain document in compact form, and a document of its own for what has no place in it. */
export function domainText(file: DomainFile): string {
  const entries = folded(file.entries).toSorted(byName);
  const fits = (entry: Entry): boolean => file.listed && isCompact(entry);
  const inside = entries.filter(fits);
  const alone = entries.filter((entry) => !fits(entry));
  const compact = file.listed && (inside.length > 0 || alone.every(({ kind }) => kind !== "mailbox"));
  const documents = [
    ...(compact ? [domainDocument(file, inside)] : []),
    ...alone.map((entry) => singleDocument(entry, file.declared)),
  ];
  return `${headLines(file)
    .map((line) => `# ${line}\n`)
    .join("")}${documents.join("---\n")}`;
}

/** `__proto__` can be no key. */
const isCompact = ({ kind, name }: Entry): boolean => kind !== "mailbox" && localOf(name) !== "__proto__";

function headLines({ domain, endpoint, listed, notes }: DomainFile): readonly string[] {
  const head = `${domain}, as it is at ${endpoint}. What is not written is not managed.`;
  const why = `${endpoint} does not list the domain itself, so no Domain is declared.`;
  return [head, ...(listed ? [] : [why]), ...notes];
}

function domainDocument({ domain, declared }: DomainFile, entries: readonly Entry[]): string {
  const lines = sets.flatMap(([kind, key]) => {
    const some = entries.filter((entry) => entry.kind === kind);
    return some.length === 0 ? [] : [`  ${key}:`, ...some.flatMap((entry) => personLines(entry, declared))];
  });
  const head = ["apiVersion: reconcile/v1", "kind: Domain", `metadata: {name: ${textScalar(domain)}}`];
  return `${[...head, ...(lines.length === 0 ? ["spec: {}"] : ["spec:", ...lines])].join("\n")}\n`;
}

/** A line a person; a list with many members has a line for each. */
function personLines(entry: Entry, declared: Declared): readonly string[] {
  const [key, value] = compactEntry(entry, declared);
  const line = entry.kind === "account" ? [`    ${textScalar(key)}: ${flowText(value)}`] : entryLines(key, value, 4);
  return [...unsaidLines(entry).map((text) => `    ${text}`), ...line];
}

/** How an entry is written in its domain's map. */
export function compactEntry(entry: Entry, declared: Declared): readonly [string, Value] {
  const values = writtenValues(entry, declared);
  return [localOf(entry.name), entry.kind === "alias" ? (values["target"] ?? "") : values];
}

function singleDocument(entry: Entry, declared: Declared): string {
  const head = ["apiVersion: reconcile/v1", `kind: ${kindTable[entry.kind].manifest}`];
  const body = entryLines("spec", writtenValues(entry, declared), 0);
  return `${[...unsaidLines(entry), ...head, `metadata: {name: ${textScalar(entry.name)}}`, ...body].join("\n")}\n`;
}

const unsaidLines = ({ unsaid }: Entry): readonly string[] =>
  unsaid.length === 0 ? [] : [`# ${unsaid.join(", ")}: not written, for no manifest can say what is there`];
