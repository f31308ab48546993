import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { bounds } from "./bounds.ts";
import type { Span } from "./source.ts";

export interface Placed {
  readonly key: Span;
  readonly value: Span;
}

/** Where the parts of every map and list stand, by the map or list that holds them. */
type Spans = WeakMap<object, ReadonlyMap<string, Placed>>;

export interface Tree {
  readonly value: unknown;
  readonly spans: Spans;
}

type Report = (span: Span, message: string, remedy?: string, first?: Span) => void;

interface Grown {
  readonly value: unknown;
  /** Values in it, aliases expanded. */
  readonly size: number;
}

const nothing: Grown = { value: null, size: 1 };

/** Collections and scalars of one YAML document as plain data, with merge keys and aliases resolved, and a place for each. */
export function treeOf(document: Document.Parsed, report: Report): Tree {
  const spans: Spans = new WeakMap();
  const anchors = new Map<string, Grown | "open">();
  let over = false;

  const budget = (size: number, at: Span): boolean => {
    if (size <= bounds.values) return true;
    if (!over)
      report(
        at,
        `aliases and merge keys expand beyond ${bounds.values.toLocaleString("en")} values`,
        "write it out, or in several documents",
      );
    over = true;
    return false;
  };

  function grow(node: unknown, depth: number): Grown {
    if (over || node === null || node === undefined) return nothing;
    if (depth > bounds.depth) {
      report(spanOf(node), `more than ${bounds.depth} levels inside one another`);
      over = true;
      return nothing;
    }
    if (isAlias(node)) return follow(node);
    const anchor = isScalar(node) || isCollection(node) ? node.anchor : undefined;
    if (anchor !== undefined) anchors.set(anchor, "open");
    const grown = isMap(node) ? map(node, depth) : isSeq(node) ? list(node, depth) : scalar(node as Scalar);
    if (anchor !== undefined) anchors.set(anchor, grown);
    return grown;
  }

  function follow(node: Alias): Grown {
    const target = anchors.get(node.source);
    if (target === undefined) report(spanOf(node), "no anchor of this name stands before it in this document");
    else if (target === "open") report(spanOf(node), "an anchor cannot hold itself");
    else return target;
    return nothing;
  }

  function list(node: YAMLSeq, depth: number): Grown {
    const value: unknown[] = [];
    const places = new Map<string, Placed>();
    let size = 1;
    for (const item of node.items) {
      const grown = isPair(item) ? nothing : grow(item, depth + 1);
      size += grown.size;
      if (!budget(size, spanOf(item))) break;
      places.set(String(value.length), { key: spanOf(item), value: spanOf(item) });
      value.push(grown.value);
    }
    spans.set(value, places);
    return { value, size };
  }

  function map(node: YAMLMap, depth: number): Grown {
    const value: Record<string, unknown> = {};
    const places = new Map<string, Placed>();
    const merges: Pair[] = [];
    let size = 1;
    for (const pair of node.items) {
      const key = keyOf(pair, report);
      if (key === undefined) continue;
      const first = places.get(key.name);
      if (first !== undefined || (key.merge && merges.length > 0)) {
        report(
          key.span,
          key.merge ? "a second merge key" : "the same key twice",
          key.merge ? "write one, with a list: <<: [*a, *b]" : undefined,
          first?.key,
        );
        continue;
      }
      if (key.merge) {
        merges.push(pair);
        continue;
      }
      const grown = grow(pair.value, depth + 1);
      size += grown.size;
      if (!budget(size, key.span)) break;
      value[key.name] = grown.value;
      places.set(key.name, { key: key.span, value: valueSpan(pair, key.span) });
    }
    for (const pair of merges) size += merge(pair, value, places, depth);
    budget(size, spanOf(node));
    spans.set(value, places);
    return { value, size };
  }

  /** YAML's merge key: what the map itself says wins, then the earlier of several. Returns how many values came. */
  function merge(pair: Pair, into: Record<string, unknown>, places: Map<string, Placed>, depth: number): number {
    const { value, size } = grow(pair.value, depth + 1);
    if (over) return size;
    for (const from of Array.isArray(value) ? value : [value]) {
      if (typeof from !== "object" || from === null || Array.isArray(from)) {
        report(valueSpan(pair, spanOf(pair.key)), "a merge key takes a map, or a list of maps");
        break;
      }
      for (const [name, part] of Object.entries(from)) {
        if (places.has(name)) continue;
        into[name] = part;
        const place = spans.get(from)?.get(name);
        if (place !== undefined) places.set(name, place);
      }
    }
    return size;
  }

  function scalar(node: Scalar): Grown {
    const { value } = node;
    if (
      typeof value === "bigint" ||
      (typeof value === "number" && (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER))
    ) {
      report(spanOf(node), "a number that is too large, or none", "write it in quotes if it is a text");
      return nothing;
    }
    if (typeof value === "string" && value.length > bounds.textLength) {
      report(spanOf(node), `a text of more than ${bounds.textLength.toLocaleString("en")} characters`);
      return nothing;
    }
    return { value, size: 1 };
  }

  return { value: grow(document.contents, 1).value, spans };
}

interface Key {
  readonly name: string;
  readonly span: Span;
  readonly merge: boolean;
}

/** Keys are texts as they are written: `007:` is "007", `true:` is "true". */
function keyOf(pair: Pair, report: Report): Key | undefined {
  const node = pair.key as Node | null;
  const span = node === null ? spanOf(pair.value) : spanOf(node);
  if (!isScalar(node) || (node.value === null && (node.source ?? "") === "")) {
    report(span, "a key must be a plain text");
    return undefined;
  }
  const plain = node.type === "PLAIN";
  const name = keyName(node);
  if (name === "__proto__") {
    report(span, "__proto__ cannot be a key");
    return undefined;
  }
  return { name, span, merge: plain && name === "<<" };
}

/** A scalar key's name, as it is written; "" for what is none. */
export function keyName(key: unknown): string {
  if (!isScalar(key)) return "";
  return key.type === "PLAIN" && key.source !== undefined ? key.source : String(key.value);
}

/** A value that is not written stands where its key does. */
function valueSpan(pair: Pair, key: Span): Span {
  const span = spanOf(pair.value);
  return span.end > span.start ? span : key;
}

export function spanOf(node: unknown): Span {
  const range = (node as { range?: readonly number[] | null } | null)?.range;
  if (range) return { start: range[0] ?? 0, end: range[1] ?? range[0] ?? 0 };
  return isPair(node) ? spanOf(node.key) : { start: 0, end: 0 };
}
