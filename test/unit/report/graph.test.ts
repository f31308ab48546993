import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Graph } from "../../../src/model/graph.ts";
import { graphText } from "../../../src/report/graph.ts";

/** What a drawing says, by a reader of the form: labels by group, and arrows between labels. */
interface Drawn {
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly arrows: readonly (readonly [string, string])[];
}

/** `__proto__` is a name like any other. */
const emptyGroups = (): Record<string, string[]> => Object.assign(Object.create(null), { "": [] });

const shapes = ["\\[\\[@\\]\\]", "\\[@\\]", "\\{\\{@\\}\\}", "\\(\\[@\\]\\)", "\\[\\(@\\)\\]", ">@\\]"];
const mermaidNode = new RegExp(`^(\\w+)(?:${shapes.map((shape) => shape.replace("@", '"([^"]*)"')).join("|")})$`, "u");
const entities = (text: string): string => {
  expect(text.replaceAll(/#\d+;/gu, "")).not.toMatch(/[#;`<>&%:]/u);
  return text.replaceAll(/#(\d+);/gu, (_, code: string) => String.fromCodePoint(Number(code)));
};

/**
 * The part of Mermaid's flowchart grammar that is written here, and no more: a header; `subgraph ID["TEXT"]` … `end`; nodes in six shapes
 * with a quoted text; arrows between ids that were declared. In a quoted text only `"` ends it, and entity codes stand for what Mermaid
 * reads before its grammar does: comments, directives, Markdown, HTML.
 */
function readMermaid(text: string): Drawn {
  const [header, ...lines] = text.trimEnd().split("\n");
  expect(header).toBe("flowchart LR");
  const labels = new Map<string, string>();
  const groups = emptyGroups();
  const arrows: [string, string][] = [];
  let group = "";
  for (const line of lines.map((each) => each.trim())) {
    const opens = /^subgraph d\d+\["([^"]*)"\]$/u.exec(line);
    const arrow = /^(\w+) --> (\w+)$/u.exec(line);
    const node = mermaidNode.exec(line);
    if (opens) {
      expect(group).toBe("");
      group = entities(opens[1] ?? "");
      groups[group] = [];
    } else if (line === "end") {
      expect(group).not.toBe("");
      group = "";
    } else if (arrow) arrows.push([labels.get(arrow[1] ?? "") as string, labels.get(arrow[2] ?? "") as string]);
    else {
      expect(line).toMatch(mermaidNode);
      const [, id = "", ...texts] = node as RegExpExecArray;
      expect(labels.has(id)).toBe(false);
      labels.set(id, entities(texts.find((each) => each !== undefined) ?? ""));
      groups[group]?.push(labels.get(id) as string);
    }
  }
  expect(group).toBe("");
  return { groups, arrows };
}

const dotString = '"((?:[^"\\\\]|\\\\.)*)"';
const nodeLine = new RegExp(`^(\\w+) \\[label=${dotString}, shape=\\w+\\];$`, "u");
const unquoted = (text: string): string =>
  text
    .replaceAll(/\\(.)/gu, (_, character: string) => {
      expect(['"', "\\"]).toContain(character);
      return character;
    })
    .replaceAll("&amp;", "&");

/** The part of the DOT language that is written here, by its grammar (https://graphviz.org/doc/info/lang.html). */
function readDot(text: string): Drawn {
  const lines = text.trimEnd().split("\n");
  expect([lines[0], lines[1], lines.at(-1)]).toEqual(["digraph reconcile {", "  rankdir=LR;", "}"]);
  const labels = new Map<string, string>();
  const groups = emptyGroups();
  const arrows: [string, string][] = [];
  let group = "";
  for (const line of lines.slice(2, -1).map((each) => each.trim())) {
    const title = new RegExp(`^label=${dotString};$`, "u").exec(line);
    const node = nodeLine.exec(line);
    const arrow = /^(\w+) -> (\w+);$/u.exec(line);
    if (/^subgraph cluster_\d+ \{$/u.test(line)) expect(group).toBe("");
    else if (title) groups[(group = unquoted(title[1] ?? ""))] = [];
    else if (line === "}") group = "";
    else if (arrow) arrows.push([labels.get(arrow[1] ?? "") as string, labels.get(arrow[2] ?? "") as string]);
    else {
      expect(line).toMatch(nodeLine);
      labels.set(node?.[1] ?? "", unquoted(node?.[2] ?? ""));
      groups[group]?.push(labels.get(node?.[1] ?? "") as string);
    }
  }
  return { groups, arrows };
}

const node = (address: Graph["external"][number]["address"]) => ({
  address,
  name: address.slice(address.indexOf("/") + 1),
});

const small: Graph = {
  domains: [
    {
      name: "x.example",
      nodes: [
        node("account/ana@x.example"),
        { ...node("account/zed@x.example"), absent: true },
        node("alias/a@x.example"),
        node("domain/x.example"),
        node("list/all@x.example"),
        node("mailbox/ana@x.example"),
      ],
    },
  ],
  external: [node("external/out@y.example")],
  edges: [
    { from: "alias/a@x.example", to: "account/ana@x.example" },
    { from: "list/all@x.example", to: "external/out@y.example" },
  ],
};

/** Names as nobody should have them; without what a terminal would not show. */
const words = fc.oneof(
  fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !/[\p{C}\p{Zl}\p{Zp}]/u.test(text)),
  fc.constantFrom(
    'a"b',
    'a\\"b',
    "a\\",
    "end",
    "%%{init: {}}%%",
    "#quot;",
    "&lt;",
    "`**b**`",
    "</svg><script>",
    "\\N",
    "a;b",
    "style:x#1;",
  ),
);
const graphs = fc.uniqueArray(words, { minLength: 2, maxLength: 6 }).map((names): Graph => {
  const nodes = names.map((name) => node(`account/${name}`));
  return {
    domains: [{ name: names[0] ?? "", nodes }],
    external: [],
    edges: nodes.slice(1).map(({ address }) => ({ from: nodes[0]?.address ?? address, to: address })),
  };
});

const readers = { mermaid: readMermaid, dot: readDot };
const graphviz = spawnSync("dot", ["-V"]).status === 0;

describe.each(["mermaid", "dot"] as const)("a graph as %s", (form) => {
  it("shows groups, names and arrows", () => {
    expect(readers[form](graphText(small, form))).toEqual({
      groups: {
        "": ["out@y.example"],
        "x.example": [
          "ana@x.example",
          "zed@x.example (absent)",
          "a@x.example",
          "x.example",
          "all@x.example",
          "ana@x.example",
        ],
      },
      arrows: [
        ["a@x.example", "ana@x.example"],
        ["all@x.example", "out@y.example"],
      ],
    });
  });

  it("keeps every name, whatever it holds", () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { groups, arrows } = readers[form](graphText(graph, form));
        const names = graph.domains[0]?.nodes.map(({ name }) => name) ?? [];
        expect(Object.values(groups).flat()).toEqual(names);
        expect(arrows.map(([, to]) => to)).toEqual(names.slice(1));
      }),
    );
  });

  it("sends no control to a terminal", () => {
    const text = graphText({ domains: [], external: [node("external/\u001b[2J\n\u202e")], edges: [] }, form);
    expect(text.split("\n")).toHaveLength(form === "dot" ? 5 : 3);
    expect(text).not.toMatch(/[^\P{C}\n]/u);
  });

  it("draws nothing of nothing", () => {
    const text = graphText({ domains: [], external: [], edges: [] }, form);
    expect(readers[form](text)).toEqual({ groups: emptyGroups(), arrows: [] });
  });
});

describe("Graphviz", () => {
  it.skipIf(!graphviz)(`draws it${graphviz ? "" : " (left out: there is no dot here)"}`, () => {
    const names = ['a"b', "a\\", "\\N", "&lt;", "#quot;", "端末", "a;b", "</svg>"];
    const nodes = names.map((name) => node(`list/${name}`));
    const edges = nodes.slice(1).map(({ address }) => ({ from: nodes[0]?.address ?? address, to: address }));
    const input = graphText({ domains: [{ name: 'x"y', nodes }], external: [], edges }, "dot");
    const { status, stdout, stderr } = spawnSync("dot", ["-Tsvg"], { input, encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const texts = [...stdout.matchAll(/<text [^>]*>([^<]*)<\/text>/gu)].map(([, text]) => text ?? "");
    const codes: Readonly<Record<string, string>> = { quot: '"', lt: "<", gt: ">", amp: "&", "#45": "-", "#39": "'" };
    const read = texts.map((text) => text.replaceAll(/&([^;]+);/gu, (whole, code: string) => codes[code] ?? whole));
    expect(read.toSorted()).toEqual([...names, 'x"y'].toSorted());
    expect(stdout.match(/<g id="edge/gu)).toHaveLength(edges.length);
  });
});
