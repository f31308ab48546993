import { kindTable } from "../kind/table.ts";
import { type Address, kindOf, nameOf } from "../model/address.ts";
import type { Graph, GraphEdge, GraphNode } from "../model/graph.ts";
import type { Resource } from "../model/resource.ts";

/** The references by which steps are ordered, among the resources that `takes` lets through. */
export function dependencyGraph(resources: readonly Resource[], takes: (resource: Resource) => boolean): Graph {
  const declared = new Set(resources.map(({ address }) => address));
  const taken = resources.filter(takes);
  const shown = new Set(taken.map(({ address }) => address));
  const edges = taken.flatMap((resource) => edgesOf(resource, declared));
  const domains = Map.groupBy(taken, ({ name }) => name.slice(name.lastIndexOf("@") + 1));
  const external = new Set(edges.flatMap(({ to }) => (isExternal(to) ? [to] : [])));
  return {
    domains: [...domains]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, members]) => ({ name, nodes: members.map(nodeOf).toSorted(byAddress) })),
    external: [...external].toSorted().map((address) => ({ address, name: address.slice(prefix.length) })),
    edges: edges.filter(({ to }) => isExternal(to) || shown.has(to)).toSorted(byEnds),
  };
}

const prefix = "external/";
const isExternal = (address: GraphNode["address"]): address is `external/${string}` => address.startsWith(prefix);

const nodeOf = (resource: Resource): GraphNode => ({
  address: resource.address,
  name: resource.name,
  ...(resource.kind !== "mailbox" && resource.absent === true ? { absent: true } : {}),
});

const byEnds = (a: GraphEdge, b: GraphEdge): number =>
  a.from < b.from ? -1 : a.from > b.from ? 1 : a.to < b.to ? -1 : 1;

const byAddress = (a: GraphNode, b: GraphNode): number => (a.address < b.address ? -1 : 1);

/** A name may be an account's, a list's or an alias's: that of the declared one, else nobody's here. */
function edgesOf(resource: Resource, declared: ReadonlySet<Address>): readonly GraphEdge[] {
  const { references } = kindTable[resource.kind];
  const needed = references(resource).filter((address) => kindOf(address) !== "domain");
  const byName = Map.groupBy(needed, nameOf);
  return [...byName].flatMap(([name, candidates]): readonly GraphEdge[] => {
    const found = new Set(candidates.filter((address) => declared.has(address)));
    if (found.size > 0) return [...found].map((to) => ({ from: resource.address, to }));
    return resource.kind === "mailbox" ? [] : [{ from: resource.address, to: `${prefix}${name}` }];
  });
}
