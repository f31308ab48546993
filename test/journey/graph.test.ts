import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { companyFiles } from "./company.ts";
import { openPlace, type Place } from "./run.ts";

const people = `accounts:
  ana: {aliases: [a.ruiz]}
  bo: {}
lists:
  sales: {members: [ana, all]}
  all: {members: [sales, partner@elsewhere.example]}`;

describe("graph", () => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
    await place.write(companyFiles(people));
  });
  afterAll(() => place.remove());

  it("draws what the manifests declare, and needs neither a Migration's endpoints nor a state", async () => {
    await place.write({ "alone/people.yaml": companyFiles(people)["manifests/people.yaml"] ?? "" });
    const { code, stdout, stderr } = await place.run(["graph", "-f", "alone"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.split("\n")).toEqual([
      "flowchart LR",
      '  subgraph d0["example.com"]',
      '    n0["ana@example.com"]',
      '    n1["bo@example.com"]',
      '    n2(["a.ruiz@example.com"])',
      '    n3[["example.com"]]',
      '    n4{{"all@example.com"}}',
      '    n5{{"sales@example.com"}}',
      "  end",
      '  n6>"partner@elsewhere.example"]',
      "  n2 --> n0",
      "  n4 --> n6",
      "  n4 --> n5",
      "  n5 --> n0",
      "  n5 --> n4",
      "",
    ]);
  });

  it("draws a part, and says which part of the asking fits nothing", async () => {
    const { code, stdout, stderr } = await place.run(
      "graph --format dot --target list/* --target account/* --exclude */all@* --exclude */nobody@*".split(" "),
    );
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warning {2}\*\/nobody@\*: --exclude names nothing/u);
    expect(stdout).toBe(`digraph reconcile {
  rankdir=LR;
  subgraph cluster_0 {
    label="example.com";
    n0 [label="ana@example.com", shape=box];
    n1 [label="bo@example.com", shape=box];
    n2 [label="sales@example.com", shape=hexagon];
  }
  n2 -> n0;
}
`);
  });

  it("says that rows are not drawn, and reads none", async () => {
    await place.write({
      "rows/people.yaml": `apiVersion: reconcile/v1
kind: Domain
metadata: {name: example.com}
spec: {accountsFrom: {endpoint: gone}, lists: {all: {members: [x@example.com]}}}
---
apiVersion: reconcile/v1
kind: Endpoint
metadata: {name: gone}
spec: {type: imap, host: gone.invalid, auth: {method: user, password: {env: NONE}}}
`,
    });
    const { code, stdout, stderr } = await place.run(["graph", "-f", "rows"]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^info {5}domain\/example\.com: Those whom its accountsFrom declares are not drawn/u);
    expect(stdout).toMatch(/n1\{\{"all@example\.com"\}\}/u);
  });

  it("refuses a form that is none", async () => {
    const { code, stderr } = await place.run(["graph", "--format", "png"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/mermaid, dot/u);
  });
});
