import { Composer, type Document, isAlias, isMap, isNode, isScalar, isSeq, type Pair, Parser, visit } from "yaml";
import type { YAMLMap, YAMLSeq } from "yaml";
import { applySplices, type Splice } from "./splice.ts";
import { entryLines, flowText, textScalar, type Value } from "./scalar.ts";
import { keyName, spanOf } from "./tree.ts";

/** A change to the map or the list at a path of one document, which is named by the offset at which its contents begin. */
export type Edit = { readonly document: number; readonly path: readonly string[] } & (
  | {
      readonly act: "map";
      /** Written over what is there, else put in: after the key that `order` has before it, or by the alphabet. */
      readonly put: readonly (readonly [string, Value])[];
      readonly drop: readonly string[];
      readonly order: readonly string[] | "sorted";
    }
  | { readonly act: "list"; readonly add: readonly string[]; readonly drop: readonly number[] }
);

export interface Edited {
  readonly text: string;
  /** What cannot be done without changing more than was asked for, and why. */
  readonly refused: readonly { readonly edit: Edit; readonly why: string }[];
}

/** What one edit works on. */
interface Desk {
  readonly text: string;
  readonly eol: string;
  /** Anchors that an alias refers to. */
  readonly referred: ReadonlySet<string>;
}

class Refusal extends Error {
  readonly why: string;
  constructor(why: string) {
    super(why);
    this.why = why;
  }
}

/** Carries out edits of a file's text. Every octet that no edit is about stays: comments, order, anchors, blanks. Pure. */
export function editText(text: string, edits: readonly Edit[]): Edited {
  const documents = new Map(parse(text).map((each) => [spanOf(each.contents).start, each]));
  const splices: Splice[] = [];
  const refused: { edit: Edit; why: string }[] = [];
  const desks = new Map<Document.Parsed, Desk>();
  for (const edit of edits) {
    const document = documents.get(edit.document);
    try {
      if (document === undefined) throw new Refusal("there is no such document");
      const desk = desks.get(document) ?? deskOf(text, document);
      desks.set(document, desk);
      splices.push(...spliceAt(edit, document, desk));
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      refused.push({ edit, why: thrown.why });
    }
  }
  return { text: applySplices(text, splices), refused };
}

function parse(text: string): readonly Document.Parsed[] {
  const composer = new Composer({ schema: "core", resolveKnownTags: false, uniqueKeys: false });
  return [...composer.compose(new Parser().parse(text))];
}

function deskOf(text: string, document: Document.Parsed): Desk {
  const referred = new Set<string>();
  visit(document, { Alias: (_, { source }) => void referred.add(source) });
  return { text, eol: text.includes("\r\n") ? "\r\n" : "\n", referred };
}

function spliceAt(edit: Edit, document: Document.Parsed, desk: Desk): readonly Splice[] {
  let node: unknown = document.contents;
  let holder: Pair | undefined;
  for (const step of edit.path) {
    untouchable(node, desk);
    if (!isMap(node)) throw new Refusal("it is not written as a map here");
    const pair = pairOf(node, step);
    if (pair === undefined) throw new Refusal("it comes from elsewhere, by a merge key");
    holder = pair;
    node = pair.value;
  }
  untouchable(node, desk);
  if (edit.act === "list") {
    if (!isSeq(node)) throw new Refusal("it is not written as a list here");
    return inList(node, holder, edit, desk);
  }
  if (!isMap(node)) throw new Refusal("it is not written as a map here");
  return inMap(node, edit.put, edit.drop, edit.order, desk, holder);
}

/** The compact maps of a Domain, in the order of its documentation. */
const compact = new Set(["accounts", "lists", "aliases"]);

/** What others refer to, or what is only referred to here, cannot change for one alone. */
function untouchable(node: unknown, { referred }: Desk): void {
  if (isAlias(node)) throw new Refusal("it is written as an alias of another");
  const anchor = isNode(node) && "anchor" in node ? node.anchor : undefined;
  if (anchor !== undefined && referred.has(anchor)) throw new Refusal("others refer to it by its anchor");
}

const pairOf = (map: YAMLMap, name: string): Pair | undefined => map.items.find((each) => nameOf(each) === name);
const nameOf = (pair: Pair): string | undefined => keyName(pair.key);

type Put = readonly (readonly [string, Value])[];
type Order = readonly string[] | "sorted";

function inMap(map: YAMLMap, put: Put, drop: readonly string[], order: Order, desk: Desk, holder?: Pair): Splice[] {
  const names = map.items.map(nameOf);
  const splices = put.flatMap(([key, value]) => {
    const pair = map.items[names.indexOf(key)];
    return pair === undefined ? [] : [replaced(pair, value, desk)];
  });
  const fresh = put.filter(([key]) => !names.includes(key));
  const gone = new Set(drop.map((key) => names.indexOf(key)));
  if (gone.has(-1)) throw new Refusal("it comes from elsewhere, by a merge key");
  for (const at of gone) guardNode(map.items[at]?.value, desk);
  const kept = map.items.map((_, at) => at).filter((at) => !gone.has(at));
  const parts = map.items.map((pair) => ({ start: spanOf(pair.key).start, end: endOf(pair) }));
  const places = placesOf(fresh, names, kept, order);
  if (map.flow === true) {
    const words = places.map(({ after, entry: [key, value] }) => ({
      after,
      text: `${textScalar(key)}: ${flowText(value)}`,
    }));
    return [...splices, ...inFlow(spanOf(map).start, parts, kept, words)];
  }
  if (kept.length === 0 && fresh.length === 0) return emptied(holder, map, "{}", desk);
  const indent = columnOf(parts[0]?.start ?? 0, desk);
  const lines = places.map(({ after, entry: [key, value] }) => ({
    after,
    text: linesOf(key, value, indent).join(desk.eol),
  }));
  return [...splices, ...inBlock(parts, kept, lines, desk)];
}

/** Maps of maps keep a line an entry; all else is on one line where it fits. */
function linesOf(key: string, value: Value, indent: number): readonly string[] {
  if (!compact.has(key) || typeof value !== "object" || Array.isArray(value)) return entryLines(key, value, indent);
  const inner = Object.entries(value).flatMap(([name, part]) => entryLines(name, part as Value, indent + 2));
  return [`${" ".repeat(indent)}${key}:`, ...inner];
}

interface Part {
  readonly start: number;
  readonly end: number;
}

/** Something new, and the index of the part that it follows; -1 for the front. */
interface Fresh {
  readonly after: number;
  readonly text: string;
}

const endOf = ({ key, value }: Pair): number => Math.max(spanOf(key).end, spanOf(value).end);

function replaced(pair: Pair, value: Value, desk: Desk): Splice {
  const { value: node, key } = pair;
  guardNode(node, desk);
  const text = flowText(value);
  const { start, end } = spanOf(node);
  const block = (isMap(node) || isSeq(node)) && node.flow !== true;
  if (!block) return { start, end, text: desk.text[end - 1] === "\n" ? `${text}${desk.eol}` : text };
  const colon = desk.text.indexOf(":", spanOf(key).end);
  return { start: colon + 1, end: trimmed(end, desk), text: ` ${text}` };
}

function guardNode(node: unknown, desk: Desk): void {
  if (isAlias(node)) return;
  untouchable(node, desk);
}

/** Where new entries go: behind what stands before them in the order, or, in a map without it, at the end. */
function placesOf(fresh: Put, names: readonly (string | undefined)[], kept: readonly number[], order: Order) {
  const there = kept.map((at) => ({ at, name: names[at] ?? "" }));
  const sorted = there.every(({ name }, at) => at === 0 || (there[at - 1]?.name ?? "") <= name);
  const rank = (name: string): number => (order === "sorted" ? 0 : order.indexOf(name));
  const precedes = (name: string, key: string): boolean =>
    order === "sorted" ? !sorted || name < key : rank(name) <= rank(key);
  const next =
    order === "sorted"
      ? fresh.toSorted(([a], [b]) => (a < b ? -1 : 1))
      : fresh.toSorted(([a], [b]) => rank(a) - rank(b));
  return next.map((entry) => ({ entry, after: there.findLast(({ name }) => precedes(name, entry[0]))?.at ?? -1 }));
}

function inFlow(open: number, parts: readonly Part[], kept: readonly number[], fresh: readonly Fresh[]): Splice[] {
  const front = fresh.filter(({ after }) => after < 0).map(({ text }) => text);
  const first = kept[0];
  const start = first === undefined ? undefined : parts[first]?.start;
  const at = start ?? parts[0]?.start ?? open + 1;
  const splices: Splice[] = [];
  if (front.length > 0)
    splices.push({ start: at, end: at, text: `${front.join(", ")}${start === undefined ? "" : ", "}` });
  for (const { after, text } of fresh) {
    const end = parts[after]?.end;
    if (end !== undefined) splices.push({ start: end, end, text: `, ${text}` });
  }
  return [...splices, ...removals(parts, kept)];
}

/** Takes each run of parts out with one of the commas beside it. */
function removals(parts: readonly Part[], kept: readonly number[]): readonly Splice[] {
  const splices: Splice[] = [];
  for (let from = 0; from < parts.length; from++) {
    if (kept.includes(from)) continue;
    let to = from;
    while (to + 1 < parts.length && !kept.includes(to + 1)) to++;
    const start = (to + 1 < parts.length || from === 0 ? parts[from]?.start : parts[from - 1]?.end) ?? 0;
    const end = parts[to + 1]?.start ?? parts[to]?.end ?? start;
    splices.push({ start, end, text: "" });
    from = to;
  }
  return splices;
}

function inBlock(parts: readonly Part[], kept: readonly number[], fresh: readonly Fresh[], desk: Desk): Splice[] {
  const stays = new Set(kept);
  const splices: Splice[] = parts.flatMap(({ start, end }, at) =>
    stays.has(at) ? [] : [{ start: lineStart(start, desk), end: lineAfter(end, desk), text: "" }],
  );
  for (const { after, text } of fresh) {
    const part = parts[after];
    const at = part === undefined ? lineStart(parts[0]?.start ?? 0, desk) : lineAfter(part.end, desk);
    const open = at > 0 && desk.text[at - 1] !== "\n";
    splices.push({ start: at, end: at, text: open ? `${desk.eol}${text}` : `${text}${desk.eol}` });
  }
  return splices;
}

function inList(list: YAMLSeq, holder: Pair | undefined, edit: Edit & { readonly act: "list" }, desk: Desk): Splice[] {
  const items = list.items.map((item) => spanOf(item));
  const gone = new Set(edit.drop);
  for (const at of gone) guardNode(list.items[at], desk);
  const kept = items.map((_, at) => at).filter((at) => !gone.has(at));
  const names = list.items.map((item) => (isScalar(item) ? String(item.value) : ""));
  const put = edit.add.map((text) => [text, ""] as const);
  const places = placesOf(put, names, kept, "sorted");
  if (list.flow === true) {
    return inFlow(
      spanOf(list).start,
      items,
      kept,
      places.map(({ after, entry: [text] }) => ({ after, text: textScalar(text) })),
    );
  }
  if (kept.length === 0 && put.length === 0) return emptied(holder, list, "[]", desk);
  const indent = columnOf(spanOf(list).start, desk);
  return inBlock(
    items,
    kept,
    places.map(({ after, entry: [text] }) => ({ after, text: `${" ".repeat(indent)}- ${textScalar(text)}` })),
    desk,
  );
}

/** A block without entries would be no map and no list: it is written as an empty one. */
function emptied(holder: Pair | undefined, node: YAMLMap | YAMLSeq, text: string, desk: Desk): Splice[] {
  if (holder === undefined) throw new Refusal("nothing would be left of the document");
  const colon = desk.text.indexOf(":", spanOf(holder.key).end);
  return [{ start: colon + 1, end: trimmed(spanOf(node).end, desk), text: ` ${text}` }];
}

/** The end of what is written before an offset, its line break left out. */
function trimmed(end: number, { text }: Desk): number {
  let at = end;
  while (at > 0 && (text[at - 1] === "\n" || text[at - 1] === "\r")) at--;
  return at;
}

const lineStart = (offset: number, { text }: Desk): number => text.lastIndexOf("\n", offset - 1) + 1;
const columnOf = (offset: number, desk: Desk): number => offset - lineStart(offset, desk);

function lineAfter(offset: number, { text }: Desk): number {
  if (text[offset - 1] === "\n") return offset;
  const end = text.indexOf("\n", offset);
  return end < 0 ? text.length : end + 1;
}
