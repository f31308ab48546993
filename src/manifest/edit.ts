import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseAllDocuments,
  stringify,
  visit,
} from "yaml";
import type { Json } from "../model/json.ts";
import { Fault } from "../model/fault.ts";

/** Which part of a file: the document by its number from 0, and the keys from its top; a number is a place in a list. */
export interface EditPath {
  readonly document: number;
  readonly path: readonly (string | number)[];
}

/** One edit of one part. `set` and `unset` a key; `members` takes texts out of a list of texts, and adds others at its end. */
export type ManifestEdit = EditPath &
  (
    | { readonly act: "set"; readonly value: Json }
    | { readonly act: "unset" }
    | { readonly act: "members"; readonly drop: readonly string[]; readonly add: readonly string[] }
  );

interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * The text with these edits made, and every other character as it was: comments, order, spaces, quotes. Throws `manifest.uneditable`
 * for a part that cannot be edited where it stands: one that comes by an anchor or a merge key, or that others refer to so, or whose
 * holder is not there.
 */
export function editManifest(text: string, edits: readonly ManifestEdit[]): string {
  let edited = text;
  // Two edits of one map may meet at one place, so each round makes one a map, and the next reads the text again.
  for (let left = edits; left.length > 0;) {
    const documents = parse(edited);
    const holders = new Set<unknown>();
    const later: ManifestEdit[] = [];
    const splices: Splice[] = [];
    for (const edit of left) {
      const holder = holderOf(documents, edit);
      if (holders.has(holder)) later.push(edit);
      else {
        holders.add(holder);
        splices.push(...spliceOf(edited, holder, edit));
      }
    }
    for (const { start, end, text: words } of splices.toSorted((a, b) => b.start - a.start))
      edited = edited.slice(0, start) + words + edited.slice(end);
    left = later;
  }
  return edited;
}

function parse(text: string): readonly Document.Parsed[] {
  const documents = parseAllDocuments(text, { schema: "core", merge: true, uniqueKeys: false });
  return Array.isArray(documents) ? documents : [];
}

/** What holds the last part of the path: a map, a list, or a pair whose value is not written yet. */
function holderOf(documents: readonly Document.Parsed[], edit: ManifestEdit): Node | Pair {
  const document = documents[edit.document];
  const steps = edit.act === "members" ? edit.path : edit.path.slice(0, -1);
  let at: Node | Pair | undefined = document?.contents ?? undefined;
  const referred = anchorsReferred(document);
  for (const step of steps) {
    const next: Pair | Node | undefined = isSeq(at)
      ? (at.items[Number(step)] as Node | undefined)
      : isMap(at)
        ? pairOf(at, step)
        : undefined;
    at = next !== undefined && "key" in next && written(next) ? (next.value as Node) : next;
    if (isReferred(at, referred)) throw uneditable(edit, "it is shared by an anchor");
  }
  const part = edit.act !== "members" && isMap(at) ? pairOf(at, String(edit.path.at(-1)))?.value : undefined;
  if (part !== undefined && holdsReferred(part, referred)) throw uneditable(edit, "it is shared by an anchor");
  if (at === undefined || isAlias(at) || isScalar(at)) throw uneditable(edit, "what holds it is not written there");
  return at;
}

/** Anchors that an alias or a merge key refers to: what stands there is not one's own. */
function anchorsReferred(document: Document.Parsed | undefined): ReadonlySet<string> {
  const referred = new Set<string>();
  if (document !== undefined) visit(document, { Alias: (_, { source }) => void referred.add(source) });
  return referred;
}

const isReferred = (node: unknown, referred: ReadonlySet<string>): boolean =>
  isNode(node) && "anchor" in node && node.anchor !== undefined && referred.has(node.anchor);

function holdsReferred(node: unknown, referred: ReadonlySet<string>): boolean {
  let holds = false;
  if (isNode(node))
    visit(node, { Value: (_, part) => (isReferred(part, referred) ? ((holds = true), visit.BREAK) : undefined) });
  return holds;
}

const written = ({ value }: Pair): boolean => value !== null && !(isScalar(value) && value.value === null);

const keyText = ({ key }: Pair): string | undefined =>
  isScalar(key) ? (key.type === "PLAIN" ? (key.source ?? String(key.value)) : String(key.value)) : undefined;

const pairOf = (map: { readonly items: readonly unknown[] }, key: string | number): Pair | undefined =>
  (map.items as readonly Pair[]).find((pair) => keyText(pair) === String(key));

function uneditable({ path }: EditPath, why: string): Fault {
  return new Fault({
    code: "manifest.uneditable",
    message: `${path.join(".")} cannot be edited: ${why}`,
    spoils: "item",
    remedy: "edit it by hand",
  });
}

function spliceOf(text: string, holder: Node | Pair, edit: ManifestEdit): readonly Splice[] {
  if (edit.act === "members") return isSeq(holder) ? members(text, holder, edit) : refuse(edit, "it is no list");
  const key = String(edit.path.at(-1));
  if ("key" in holder && !isMap(holder)) {
    // A key without a value: its map begins here.
    if (edit.act === "unset") return [];
    const at = text.indexOf(":", endOf(holder.key)) + 1;
    return [{ start: at, end: at, text: ` {${key}: ${flow(edit.value)}}` }];
  }
  if (!isMap(holder)) return refuse(edit, "it stands in no map");
  const pair = pairOf(holder, key);
  if (edit.act === "unset") return pair === undefined ? [] : removal(text, holder, holder.items.indexOf(pair as never));
  if (pair !== undefined) return [replacement(text, pair, edit)];
  return [addition(text, holder, `${flow(key)}: ${flow(edit.value)}`)];
}

function refuse(edit: EditPath, why: string): never {
  throw uneditable(edit, why);
}

/** A value on one line, fit for a flow map and a block alike. */
const flow = (value: Json): string => {
  const [, text = ""] =
    /^\[ ?(.*?) ?\]\n$/su.exec(
      stringify([value], { collectionStyle: "flow", lineWidth: 0, flowCollectionPadding: false }),
    ) ?? [];
  return text;
};

interface Ranged {
  readonly range?: readonly [number, number, number] | null;
}
const startOf = (node: unknown): number => (node as Ranged | null)?.range?.[0] ?? 0;
const endOf = (node: unknown): number => (node as Ranged | null)?.range?.[1] ?? 0;

function replacement(text: string, pair: Pair, edit: Extract<ManifestEdit, { act: "set" }>): Splice {
  const { value } = pair;
  if (isAlias(value) || (isScalar(value) && value.anchor !== undefined))
    return refuse(edit, "it is shared by an anchor");
  const words = flow(edit.value);
  if (!written(pair) && endOf(value) === startOf(value)) {
    const at = text.indexOf(":", endOf(pair.key)) + 1;
    return { start: at, end: at, text: ` ${words}` };
  }
  // The range of a block text (`|`, `>`) ends after its last line.
  const block = isScalar(value) && (value.type === "BLOCK_LITERAL" || value.type === "BLOCK_FOLDED");
  return { start: startOf(value), end: endOf(value), text: block ? `${words}\n` : words };
}

type Collection = Node & { readonly items: readonly unknown[]; readonly flow?: boolean };

const partStart = (item: unknown): number =>
  startOf(item !== null && typeof item === "object" && "key" in item ? item.key : item);
const partEnd = (item: unknown): number => {
  if (item === null || typeof item !== "object" || !("key" in item)) return endOf(item);
  return Math.max(endOf((item as Pair).key), endOf((item as Pair).value));
};

/** At the end of the collection: after its last part, in its own style. */
function addition(text: string, holder: Collection, words: string, mark = ""): Splice {
  const last = holder.items.at(-1);
  if (holder.flow === true) {
    if (last === undefined)
      return {
        start: startOf(holder),
        end: endOf(holder),
        text: `${text[startOf(holder)]}${words}${text[endOf(holder) - 1]}`,
      };
    return { start: partEnd(last), end: partEnd(last), text: `, ${words}` };
  }
  const at = lineEnd(text, partEnd(last));
  const indent = " ".repeat(columnOf(text, startOf(holder)));
  return { start: at, end: at, text: `${at > 0 && text[at - 1] !== "\n" ? "\n" : ""}${indent}${mark}${words}\n` };
}

const columnOf = (text: string, at: number): number => at - (text.lastIndexOf("\n", at - 1) + 1);

/** The beginning of the next line; a part whose range ends with its line is there already. */
function lineEnd(text: string, at: number): number {
  if (text[at - 1] === "\n") return at;
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end + 1;
}

/** Takes one part out, with its comma or its lines. The last one leaves an empty collection. */
function removal(text: string, holder: Collection, index: number): readonly Splice[] {
  const part = holder.items[index];
  const empty = text[startOf(holder)] === "-" || isSeq(holder) ? "[]" : "{}";
  if (holder.items.length === 1) {
    const end = holder.flow === true ? endOf(holder) : partEnd(part);
    return [{ start: startOf(holder), end, text: text[end - 1] === "\n" ? `${empty}\n` : empty }];
  }
  if (holder.flow !== true) {
    const start =
      text.lastIndexOf("\n", (isSeq(holder) ? text.lastIndexOf("-", partStart(part)) : partStart(part)) - 1) + 1;
    // The first part of a map in a list stands on its dash's line.
    const head = text.slice(start, partStart(part)).trim();
    const from = !isSeq(holder) && head !== "" ? partStart(part) : start;
    const to = from === start ? lineEnd(text, partEnd(part)) : partStart(holder.items[index + 1]);
    return [{ start: from, end: to, text: "" }];
  }
  const next = holder.items[index + 1];
  if (next !== undefined) return [{ start: partStart(part), end: partStart(next), text: "" }];
  return [{ start: partEnd(holder.items[index - 1]), end: partEnd(part), text: "" }];
}

/** A list's parts that are named leave, each by itself; the new ones come after the last that stays. */
function members(text: string, list: Collection, edit: Extract<ManifestEdit, { act: "members" }>): readonly Splice[] {
  const { drop, add } = edit;
  if (list.flow === true && drop.length === 0 && add.length > 0)
    return [addition(text, list, add.map((word) => flow(word)).join(", "))];
  if (list.flow === true && text.slice(startOf(list), endOf(list)).includes("#"))
    throw uneditable(edit, "there are comments inside the list");
  const gone = new Set(drop);
  const stays = list.items.filter((item) => !(isScalar(item) && gone.has(String(item.value))));
  if (list.flow === true || stays.length === 0) return [rewritten(text, list, stays, add)];
  const removed = list.items.flatMap((item, index) => (stays.includes(item) ? [] : removal(text, list, index)));
  const indent = columnOf(text, startOf(list));
  const last = lineEnd(text, partEnd(stays.at(-1)));
  const lines = add.map((word) => `${" ".repeat(indent)}- ${flow(word)}\n`).join("");
  const begin = last > 0 && text[last - 1] !== "\n" && lines !== "" ? "\n" : "";
  return [...removed, ...(lines === "" ? [] : [{ start: last, end: last, text: `${begin}${lines}` }])];
}

/** A flow list with the parts that stay, each as it is written and with what stands before it, and the new ones. */
function rewritten(text: string, list: Collection, stays: readonly unknown[], add: readonly string[]): Splice {
  const kept = stays.map((item) => text.slice(partStart(item), partEnd(item)));
  const end = list.flow === true ? endOf(list) : partEnd(list.items.at(-1));
  const tail = list.flow !== true && text[end - 1] === "\n" ? "\n" : "";
  return { start: startOf(list), end, text: `[${[...kept, ...add.map((word) => flow(word))].join(", ")}]${tail}` };
}

/**
 * Where the resource is written whose name stands at this offset: the keys to its spec; of a further address, those of its list, and the
 * text itself. Undefined for what is no name: the rows of a `…From`.
 */
export function locate(
  text: string,
  offset: number,
): (EditPath & { readonly value: Json; readonly item?: string }) | undefined {
  for (const [number, document] of parse(text).entries()) {
    if (!isMap(document.contents) || offset < startOf(document.contents) || offset > endOf(document.contents)) continue;
    const path = pathTo(document.contents, offset, []);
    if (path === undefined) return undefined;
    const item = document.getIn(path);
    const value = (at: readonly (string | number)[]): Json =>
      document.toJS() === null ? null : valueAt(document.toJS(), at);
    if (path.join(".") === "metadata.name") return { document: number, path: ["spec"], value: value(["spec"]) };
    if (typeof path.at(-1) !== "number") return { document: number, path, value: value(path) };
    const list = path.slice(0, -1);
    return { document: number, path: list, value: value(list), item: String(item) };
  }
  return undefined;
}

function valueAt(value: unknown, path: readonly (string | number)[]): Json {
  let at = value;
  for (const step of path) at = (at as Readonly<Record<string, unknown>> | null | undefined)?.[step];
  return (at ?? null) as Json;
}

/** Of a map, what stands at its key; of a single document, the value of `metadata.name`; of a list, a text in it. */
function pathTo(
  node: unknown,
  offset: number,
  path: readonly (string | number)[],
): readonly (string | number)[] | undefined {
  if (isMap(node)) {
    for (const pair of node.items as readonly Pair[]) {
      const inner = [...path, keyText(pair) ?? ""];
      if (startOf(pair.key) === offset || (isScalar(pair.value) && startOf(pair.value) === offset)) return inner;
      if (offset >= startOf(pair.key) && offset <= partEnd(pair)) return pathTo(pair.value, offset, inner);
    }
  }
  if (isSeq(node)) {
    const index = node.items.findIndex((item) => startOf(item) === offset);
    return index < 0 ? undefined : [...path, index];
  }
  return undefined;
}
