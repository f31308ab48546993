import { describe, expect, it } from "vitest";
import type { Graph } from "../../../src/model/graph.ts";
import { dependencyGraph } from "../../../src/plan/graph.ts";
import { document, load, migration } from "../manifest/folder.ts";

const company =
  migration("{source: {mail: a}, destination: {directory: b, mail: b}}") +
  document(
    "Domain",
    "x.example",
    `
  accounts:
    ana: {aliases: [a.ruiz]}
    zed: {absent: true}
  lists:
    sales: {members: [ana, all, partner@elsewhere.example], owners: [ana]}
    all: {members: [sales]}`,
  ) +
  document("Alias", "info@y.example", "{target: sales@x.example}");

const graphOf = async (takes: Parameters<typeof dependencyGraph>[1] = () => true): Promise<Graph> =>
  dependencyGraph((await load(company)).resources, takes);
const arrows = ({ edges }: Graph): readonly string[] => edges.map(({ from, to }) => `${from} > ${to}`).toSorted();

describe("the dependency graph", () => {
  it("has an arrow from each resource to what must be there before it, circles of lists included", async () => {
    expect(arrows(await graphOf())).toEqual([
      "alias/a.ruiz@x.example > account/ana@x.example",
      "alias/info@y.example > list/sales@x.example",
      "list/all@x.example > list/sales@x.example",
      "list/sales@x.example > account/ana@x.example",
      "list/sales@x.example > external/partner@elsewhere.example",
      "list/sales@x.example > list/all@x.example",
      "mailbox/ana@x.example > account/ana@x.example",
    ]);
  });

  it("groups by domain, and tells what is not to be there", async () => {
    const { domains, external } = await graphOf();
    expect(domains.map(({ name, nodes }) => [name, nodes.map(({ address }) => address)])).toEqual([
      [
        "x.example",
        [
          "account/ana@x.example",
          "account/zed@x.example",
          "alias/a.ruiz@x.example",
          "domain/x.example",
          "list/all@x.example",
          "list/sales@x.example",
          "mailbox/ana@x.example",
        ],
      ],
      ["y.example", ["alias/info@y.example"]],
    ]);
    expect(domains[0]?.nodes.filter(({ absent }) => absent).map(({ name }) => name)).toEqual(["zed@x.example"]);
    expect(external).toEqual([{ address: "external/partner@elsewhere.example", name: "partner@elsewhere.example" }]);
  });

  it("draws what is taken, and calls nothing external that is declared", async () => {
    const drawn = await graphOf(({ kind }) => kind === "list");
    expect(arrows(drawn)).toEqual([
      "list/all@x.example > list/sales@x.example",
      "list/sales@x.example > external/partner@elsewhere.example",
      "list/sales@x.example > list/all@x.example",
    ]);
    expect(drawn.external).toHaveLength(1);
  });
});
