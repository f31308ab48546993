import { type CST, Composer, type Document, Parser, type YAMLError } from "yaml";
import { bounds } from "./bounds.ts";
import type { Problem, Spot } from "./problem.ts";
import { hiddenIn, hiddenSpans } from "./secrecy.ts";
import { mergedSpans, type Source, type Span } from "./source.ts";
import type { Part } from "./places.ts";
import { type Placed, type Tree, treeOf } from "./tree.ts";

/** One YAML document as plain data, every part of which can be placed. */
export interface YamlDocument {
  readonly source: Source;
  readonly value: unknown;
  /** Where the part at a path stands; of what is not there, where its nearest holder stands. */
  readonly placeAt: (path: readonly string[]) => Placed;
  /** Where it begins. */
  readonly startAt: (path: readonly string[], part: Part) => number;
  /** What no message may quote. */
  readonly hidden: () => readonly Span[];
}

export interface Parsed {
  readonly documents: readonly YamlDocument[];
  readonly problems: readonly Problem[];
}

/** YAML 1.2, core schema, with merge keys; texts of the errors are ours, for YAML's own quote what they found. */
export function parseSource(source: Source): Parsed {
  const documents: YamlDocument[] = [];
  const problems: Problem[] = [];
  const blind = once(() => hiddenIn(source.text));
  let count = 0;
  for (const document of compose(source, problems, blind)) {
    count += 1;
    if (count > bounds.documentsPerFile) {
      problems.push({
        spot: spotAt(source, startOf(document), blind),
        message: `more than ${bounds.documentsPerFile.toLocaleString("en")} documents in one file`,
      });
      break;
    }
    const read = readDocument(source, document, problems, blind);
    if (read !== undefined) documents.push(read);
  }
  return { documents, problems };
}

function* compose(source: Source, problems: Problem[], blind: Blind): Generator<Document.Parsed> {
  const composer = new Composer({
    schema: "core",
    resolveKnownTags: false,
    uniqueKeys: false,
    keepSourceTokens: false,
  });
  for (const token of new Parser().parse(source.text)) {
    const deep = tooDeep(token);
    if (deep !== undefined) {
      problems.push({
        spot: spotAt(source, { start: deep, end: deep + 1 }, blind),
        message: `more than ${bounds.depth} levels inside one another`,
      });
      continue;
    }
    yield* composer.next(token);
  }
  yield* composer.end();
}

/** Where a token is nested beyond the bound, found without recursion, for what follows recurses. */
function tooDeep(token: CST.Token): number | undefined {
  const rest: [CST.Token, number][] = [[token, 0]];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const [node, depth] = next;
    if (depth > bounds.depth) return node.offset;
    if (node.type === "document" && node.value) rest.push([node.value, depth + 1]);
    if (!("items" in node)) continue;
    for (const item of node.items) {
      if (item.key && "items" in item.key) rest.push([item.key, depth + 1]);
      if (item.value && "items" in item.value) rest.push([item.value, depth + 1]);
    }
  }
  return undefined;
}

function readDocument(
  source: Source,
  document: Document.Parsed,
  problems: Problem[],
  blind: Blind,
): YamlDocument | undefined {
  const found: Problem[] = [];
  const faults = [...document.errors, ...document.warnings];
  const hidden = once(() =>
    mergedSpans([...hiddenSpans(document.contents, source.text), ...(faults.length > 0 ? blind() : [])]),
  );
  const spot = (span: Span): Spot => spotAt(source, span, hidden);
  for (const fault of faults) found.push({ spot: spot({ start: fault.pos[0], end: fault.pos[1] }), ...tell(fault) });
  const report = (span: Span, message: string, remedy?: string, first?: Span): void => {
    const also = first === undefined ? {} : { also: [{ spot: spot(first), message: "the first is here" }] };
    found.push({ spot: spot(span), message, ...(remedy === undefined ? {} : { remedy }), ...also });
  };
  const empty = document.contents === null || (document.contents as { source?: string }).source === "";
  const tree = empty || faults.length > 0 ? undefined : treeOf(document, report);
  for (const problem of found) problems.push(problem);
  if (tree === undefined || found.length > 0) return undefined;
  const placeAt = placing(tree, startOf(document));
  return { source, value: tree.value, placeAt, startAt: (path, part) => placeAt(path)[part].start, hidden };
}

const placing =
  ({ value: whole, spans }: Tree, root: Span) =>
  (path: readonly string[]): Placed => {
    let placed: Placed = { key: root, value: root };
    let value = whole;
    for (const step of path) {
      const next = typeof value === "object" && value !== null ? spans.get(value)?.get(step) : undefined;
      if (next === undefined) break;
      placed = next;
      value = (value as Record<string, unknown>)[step];
    }
    return placed;
  };

function startOf(document: Document.Parsed): Span {
  const range = (document.contents as { range?: readonly number[] } | null)?.range ?? document.range;
  const start = range[0] ?? 0;
  return { start, end: start + 1 };
}

export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** What may not be quoted of a text that is no YAML. */
type Blind = () => readonly Span[];

const spotAt = (source: Source, span: Span, hidden: () => readonly Span[]): Spot => ({
  source,
  span: inside(source, span),
  hidden,
});

/** YAML counts the end of a file as a place; a line is quoted for the last character before it. */
function inside(source: Source, { start, end }: Span): Span {
  const last = Math.max(0, source.text.trimEnd().length);
  return start > last ? { start: last, end: last + 1 } : { start, end: Math.max(start, end) };
}

type Telling = Pick<Problem, "message" | "remedy">;

const tellings: Readonly<Partial<Record<YAMLError["code"], Telling>>> = {
  ALIAS_PROPS: { message: "an alias takes neither an anchor nor a tag" },
  BAD_ALIAS: { message: "an alias or an anchor without a proper name" },
  BAD_DIRECTIVE: { message: "a directive that is not known", remedy: "put a text that begins with % in quotes" },
  BAD_DQ_ESCAPE: { message: "an escape that YAML does not know", remedy: "use single quotes, or \\\\ for a backslash" },
  BAD_PROP_ORDER: { message: "an anchor or a tag in the wrong place" },
  BAD_SCALAR_START: { message: "a text cannot begin with this character", remedy: "put it in quotes" },
  BLOCK_AS_IMPLICIT_KEY: {
    message: "a map inside a line",
    remedy: "put a text with a colon in quotes, or the map on lines of its own",
  },
  BLOCK_IN_FLOW: { message: "indented lines inside { } or [ ]" },
  KEY_OVER_1024_CHARS: { message: "a key of more than 1,024 characters" },
  MULTILINE_IMPLICIT_KEY: { message: "a key over several lines" },
  MULTIPLE_ANCHORS: { message: "a second anchor" },
  MULTIPLE_TAGS: { message: "a second tag" },
  RESOURCE_EXHAUSTION: { message: "too deeply nested" },
  TAB_AS_INDENT: { message: "a tab where spaces must be", remedy: "indent with spaces" },
  TAG_RESOLVE_FAILED: {
    message: "a tag",
    remedy: "leave it out: there are no tags in manifests; put a text that begins with ! in quotes",
  },
  UNEXPECTED_TOKEN: {
    message: "not expected here",
    remedy: "look at the indentation, and put a text with special characters in quotes",
  },
  BAD_COLLECTION_TYPE: { message: "a tag that does not fit" },
};

/** Messages of these codes are fixed texts that quote nothing. */
const fixed = new Set<YAMLError["code"]>(["MISSING_CHAR", "BAD_INDENT"]);

function tell(error: YAMLError): Telling {
  if (fixed.has(error.code)) return { message: `${error.message.charAt(0).toLowerCase()}${error.message.slice(1)}` };
  return tellings[error.code] ?? { message: "not YAML as it should be" };
}

/** The spot of a part's value, or of its key. */
export function spotOf(document: YamlDocument, path: readonly string[], part: Part = "value"): Spot {
  return spotAt(document.source, document.placeAt(path)[part], document.hidden);
}
