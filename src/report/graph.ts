import type { Kind } from "../model/address.ts";
import type { Graph, GraphNode } from "../model/graph.ts";
import { escapeLine } from "./escape.ts";

type NodeKind = Kind | "external";

export const graphForms = ["mermaid", "dot"] as const;
type GraphForm = (typeof graphForms)[number];

export function graphText(graph: Graph, form: GraphForm): string {
  return forms[form](graph);
}

const forms: Readonly<Record<GraphForm, (graph: Graph) => string>> = { mermaid: mermaidText, dot: dotText };

const kindOfNode = ({ address }: GraphNode): NodeKind => address.slice(0, address.indexOf("/")) as NodeKind;

/** Kinds by their shape, for colours are not everybody's; the words of a node are its name. */
const labelOf = ({ name, absent }: GraphNode): string => escapeLine(absent === true ? `${name} (absent)` : name);

/** Short names for the nodes: what an address may hold, no form's own names can. */
function numbered({ domains, external }: Graph): (address: GraphNode["address"]) => string {
  const nodes = [...domains.flatMap((domain) => domain.nodes), ...external];
  const numbers = new Map(nodes.map(({ address }, index) => [address, `n${index}`]));
  return (address) => numbers.get(address) ?? "";
}

const mermaidShapes: Readonly<Record<NodeKind, readonly [string, string]>> = {
  domain: ["[[", "]]"],
  account: ["[", "]"],
  list: ["{{", "}}"],
  alias: ["([", "])"],
  mailbox: ["[(", ")]"],
  external: [">", "]"],
};

/** Letters, digits and what means nothing anywhere in a flowchart; all else as an entity code, which Mermaid shows as the character. */
const mermaidWord = (text: string): string =>
  `"${text.replace(/[^\p{L}\p{M}\p{N} @._/()-]/gu, (character) => `#${character.codePointAt(0)};`)}"`;

function mermaidText(graph: Graph): string {
  const idOf = numbered(graph);
  const node = (each: GraphNode): string => {
    const [open, close] = mermaidShapes[kindOfNode(each)];
    return `${idOf(each.address)}${open}${mermaidWord(labelOf(each))}${close}`;
  };
  const lines = [
    "flowchart LR",
    ...graph.domains.flatMap(({ name, nodes }, index) => [
      `  subgraph d${index}[${mermaidWord(escapeLine(name))}]`,
      ...nodes.map((each) => `    ${node(each)}`),
      "  end",
    ]),
    ...graph.external.map((each) => `  ${node(each)}`),
    ...graph.edges.map(({ from, to }) => `  ${idOf(from)} --> ${idOf(to)}`),
  ];
  return `${lines.join("\n")}\n`;
}

const dotShapes: Readonly<Record<NodeKind, string>> = {
  domain: "folder",
  account: "box",
  list: "hexagon",
  alias: "oval",
  mailbox: "cylinder",
  external: "plain",
};

/** A quoted string of DOT. A label knows more escapes than the grammar (`\N`, `\l`), and HTML entities in plain text too. */
const dotWord = (text: string): string =>
  `"${text.replaceAll("&", "&amp;").replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

function dotText(graph: Graph): string {
  const idOf = numbered(graph);
  const node = (each: GraphNode): string =>
    `${idOf(each.address)} [label=${dotWord(labelOf(each))}, shape=${dotShapes[kindOfNode(each)]}];`;
  const lines = [
    "digraph reconcile {",
    "  rankdir=LR;",
    ...graph.domains.flatMap(({ name, nodes }, index) => [
      `  subgraph cluster_${index} {`,
      `    label=${dotWord(escapeLine(name))};`,
      ...nodes.map((each) => `    ${node(each)}`),
      "  }",
    ]),
    ...graph.external.map((each) => `  ${node(each)}`),
    ...graph.edges.map(({ from, to }) => `  ${idOf(from)} -> ${idOf(to)};`),
    "}",
  ];
  return `${lines.join("\n")}\n`;
}
