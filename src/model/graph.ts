import type { Address } from "./address.ts";

/** A declared resource, or a name that something refers to and nobody declares. */
export interface GraphNode {
  readonly address: Address | `external/${string}`;
  readonly name: string;
  /** True where the manifests say that it must not be there. */
  readonly absent?: true;
}

/** `from` needs `to` to be there. */
export interface GraphEdge {
  readonly from: GraphNode["address"];
  readonly to: GraphNode["address"];
}

/** What needs what, in the order of addresses. What a resource needs of its domain is told by the group that it stands in. */
export interface Graph {
  readonly domains: readonly { readonly name: string; readonly nodes: readonly GraphNode[] }[];
  readonly external: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}
