import { kindTable } from "../kind/table.ts";
import { type Address, addressOf, kindOf, nameOf } from "../model/address.ts";
import { Fault } from "../model/fault.ts";
import { type Change, type MailboxPlan, phases, type Step } from "../model/plan.ts";
import type { Observed, Origin, Resource } from "../model/resource.ts";
import type { Draft } from "./draft.ts";
import { stepId } from "./hash.ts";
import { isSplittable, splitList } from "./split.ts";

/** Where the manifest declares an address; for the message about a circle. */
type OriginOf = (address: Address) => Origin | undefined;

/** A step and the steps that it waits for, by index; a soft edge is a courtesy that a circle may do without. */
interface Node {
  readonly draft: Draft;
  readonly hard: Set<number>;
  readonly soft: Set<number>;
}

/**
 * Puts drafts in an order in which every reference is made before what refers to it, a name is free before it is taken, a thing is
 * deleted after what refers to it has let go, and mail moves after its account is there. Lists that hold one another are made
 * without each other first. Throws `order.cycle` where nothing helps.
 */
export function order(drafts: readonly Draft[], originOf: OriginOf = () => undefined): readonly Step[] {
  const sorted = drafts.toSorted(byRank);
  let nodes = nodesOf(sorted);
  const bound = inCircles(nodes).filter((index) => isSplittable(nodes[index]?.draft));
  if (bound.length > 0) {
    const lists = new Set(bound.map((index) => nameOf((nodes[index] as Node).draft.address)));
    const chosen = new Set(bound);
    nodes = nodesOf(sorted.flatMap((draft, index) => (chosen.has(index) ? splitList(draft, lists) : [draft])));
  }
  return stepsOf(nodes, arrange(nodes, originOf));
}

const ranks = (draft: Draft): readonly number[] => {
  const { rank } = kindTable[kindOf(draft.address)];
  const goes = draft.change.act === "delete";
  return [phases.indexOf(draft.phase), goes ? 1 : 0, goes ? -rank : rank];
};

function byRank(a: Draft, b: Draft): number {
  const [left, right] = [ranks(a), ranks(b)];
  const at = left.findIndex((value, index) => value !== right[index]);
  if (at >= 0) return (left[at] ?? 0) - (right[at] ?? 0);
  return a.address < b.address ? -1 : a.address > b.address ? 1 : 0;
}

/** Accounts, lists and aliases share one space of names, domains have their own. */
const spaceOf = (address: Address): string => (kindOf(address) === "domain" ? address : nameOf(address));

const referencesOf = (thing: object): readonly Address[] => {
  const resource = thing as Resource;
  return kindTable[resource.kind].references(resource);
};

const wantOf = (change: Change) => (change.act === "create" || change.act === "update" ? change.want : undefined);
const wasOf = (change: Change): Observed | undefined =>
  change.act === "update" || change.act === "delete" ? change.was : undefined;
const makesName = (change: Change): boolean =>
  change.act === "create" || (change.act === "update" && change.renamed !== undefined);

interface Index {
  /** Who makes an address; who frees a name; who lets go of an address; who changes an account; who reads a mailbox. */
  readonly makes: Map<string, number[]>;
  readonly frees: Map<string, number[]>;
  readonly drops: Map<string, number[]>;
  readonly changes: Map<string, number[]>;
  readonly reads: Map<string, number[]>;
  /** Who notes beforehand that an account is disabled by us. */
  readonly notes: Map<string, number[]>;
}

function add<K>(map: Map<K, number[]>, key: K, index: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [index]);
  else list.push(index);
}

function indexOf(drafts: readonly Draft[]): Index {
  const index: Index = {
    makes: new Map(),
    frees: new Map(),
    drops: new Map(),
    changes: new Map(),
    reads: new Map(),
    notes: new Map(),
  };
  for (const [at, { address, change }] of drafts.entries()) {
    const was = wasOf(change);
    if (makesName(change)) add(index.makes, address, at);
    if (wantOf(change) !== undefined) add(index.changes, address, at);
    if (was !== undefined && was.name !== nameOf(address)) add(index.frees, spaceOf(addressOf(was.kind, was.name)), at);
    if (change.act === "delete") add(index.frees, spaceOf(address), at);
    if (was !== undefined) for (const gone of dropped(change, was)) add(index.drops, gone, at);
    if (change.act === "sync") for (const key of readingOf(change.want)) add(index.reads, key, at);
    if (isNotedBefore(change)) add(index.notes, address, at);
  }
  return index;
}

/** That we disable an account is remembered before: whatever stops us in between, its person is let in again on return. */
const isNotedBefore = (change: Change): boolean =>
  change.act === "record" && "leaver" in change.set && change.set.leaver;

/** A mailbox is read at its endpoint; where that is written to as well, the accounts managed may be those of the same system. */
const readingOf = ({ source, destination }: MailboxPlan): readonly string[] => {
  const user = source.user.toLowerCase();
  return [`${source.endpoint} ${user}`, ...(source.endpoint === destination.endpoint ? [user] : [])];
};

/** What it referred to, and will not any more. */
function dropped(change: Change, was: Observed): readonly Address[] {
  const want = wantOf(change);
  if (want === undefined) return referencesOf(was);
  const kept = new Set(referencesOf({ ...want, fields: { ...was.fields, ...want.fields } }));
  return referencesOf(was).filter((address) => !kept.has(address));
}

function nodesOf(drafts: readonly Draft[]): readonly Node[] {
  const index = indexOf(drafts);
  return drafts.map((draft, at) => {
    const hard = new Set(needs(draft, index));
    const soft = new Set(draft.change.act === "delete" ? courtesies(draft, index) : []);
    hard.delete(at);
    soft.delete(at);
    return { draft, hard, soft };
  });
}

function* needs({ address, change }: Draft, index: Index): Iterable<number> {
  const want = wantOf(change);
  if (want !== undefined) for (const reference of referencesOf(want)) yield* index.makes.get(reference) ?? [];
  if (makesName(change)) yield* index.frees.get(spaceOf(address)) ?? [];
  else if (change.act === "update") yield* index.makes.get(address) ?? [];
  if (change.act === "sync") yield* index.changes.get(addressOf("account", nameOf(address))) ?? [];
  if (change.act === "update") yield* index.notes.get(address) ?? [];
  if (change.act === "manual" && change.unseen === true) yield* index.changes.get(address) ?? [];
  if (change.act === "record" && !isNotedBefore(change)) yield* index.changes.get(address) ?? [];
}

/** A delete waits for those who let go of it, and for those who still read its mail. */
function* courtesies({ address, at }: Draft, index: Index): Iterable<number> {
  yield* index.drops.get(address) ?? [];
  if (kindOf(address) !== "account") return;
  yield* index.reads.get(nameOf(address)) ?? [];
  yield* index.reads.get(`${at[0]} ${nameOf(address)}`) ?? [];
}

/** Steps that lie on a circle, or between two: what is left when ends are taken off until there are none. */
function inCircles(nodes: readonly Node[]): readonly number[] {
  const left = new Set(nodes.keys());
  peel(
    left,
    nodes.map((node) => node.hard),
  );
  if (left.size === 0) return [];
  const behind = nodes.map(() => new Set<number>());
  for (const [at, node] of nodes.entries()) for (const need of node.hard) behind[need]?.add(at);
  peel(left, behind);
  return [...left];
}

function peel(left: Set<number>, edges: readonly ReadonlySet<number>[]): void {
  const waiting = new Map<number, number>();
  const back = new Map<number, number[]>();
  for (const at of left) {
    const open = [...(edges[at] ?? [])].filter((need) => left.has(need));
    waiting.set(at, open.length);
    for (const need of open) add(back, need, at);
  }
  const ready = [...left].filter((at) => waiting.get(at) === 0);
  for (let at = ready.pop(); at !== undefined; at = ready.pop()) {
    left.delete(at);
    for (const next of back.get(at) ?? []) {
      const open = (waiting.get(next) ?? 0) - 1;
      waiting.set(next, open);
      if (open === 0) ready.push(next);
    }
  }
}

/** Depth first over the sorted nodes: what a step needs comes right before it. Courtesies go where they close a circle. */
function arrange(nodes: readonly Node[], originOf: OriginOf): readonly number[] {
  for (;;) {
    const found = walk(nodes);
    if (!("circle" in found)) return found.sequence;
    const cut = found.circle.findIndex((at, index) => {
      const need = found.circle[(index + 1) % found.circle.length] as number;
      const node = nodes[at] as Node;
      return node.soft.has(need) && !node.hard.has(need);
    });
    if (cut < 0)
      throw circleFault(
        found.circle.map((at) => (nodes[at] as Node).draft.address),
        originOf,
      );
    const at = found.circle[cut] as number;
    nodes[at]?.soft.delete(found.circle[(cut + 1) % found.circle.length] as number);
  }
}

type Walk = { readonly sequence: readonly number[] } | { readonly circle: readonly number[] };

function walk(nodes: readonly Node[]): Walk {
  const sequence: number[] = [];
  const state = new Map<number, "open" | "done">();
  for (const start of nodes.keys()) {
    if (state.has(start)) continue;
    const path = [visitOf(start, nodes)];
    state.set(start, "open");
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = top.needs.pop();
      if (next === undefined) {
        sequence.push(top.at);
        state.set(top.at, "done");
        path.pop();
      } else if (state.get(next) === "open") {
        return { circle: path.slice(path.findIndex((visit) => visit.at === next)).map((visit) => visit.at) };
      } else if (!state.has(next)) {
        state.set(next, "open");
        path.push(visitOf(next, nodes));
      }
    }
  }
  return { sequence };
}

/** The needs of a node, last first, for they are popped. */
function visitOf(at: number, nodes: readonly Node[]): { readonly at: number; readonly needs: number[] } {
  const { hard, soft } = nodes[at] as Node;
  return { at, needs: [...new Set([...hard, ...soft])].toSorted((a, b) => b - a) };
}

function circleFault(circle: readonly Address[], originOf: OriginOf): Fault {
  const edges = circle.map((address, index) => {
    const origin = originOf(address);
    const where = origin === undefined ? "" : ` (${origin.file}:${origin.line}:${origin.column})`;
    return `${address}${where} needs ${circle[(index + 1) % circle.length]}`;
  });
  return new Fault({
    code: "order.cycle",
    message: `These changes wait for one another: ${edges.join("; ")}`,
    about: circle[0] ?? "",
    spoils: "run",
    remedy: "take one of them out, apply, and put it back",
  });
}

function stepsOf(nodes: readonly Node[], sequence: readonly number[]): readonly Step[] {
  const ids = nodes.map((node) => stepId(node.draft));
  const place = new Map(sequence.map((at, index) => [at, index]));
  return sequence.map((at) => {
    const { draft, hard, soft } = nodes[at] as Node;
    const before = [...new Set([...hard, ...soft])].toSorted((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0));
    const { address, at: endpoints, phase, change, precondition, irreversible } = draft;
    const after = before.map((need) => ids[need] as string);
    const tail = irreversible === undefined ? {} : { irreversible };
    return { id: ids[at] as string, address, at: endpoints, phase, change, after, precondition, ...tail };
  });
}
