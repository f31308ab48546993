import { describe, expect, it } from "vitest";
import { writeBack } from "../../../src/manifest/writeback.ts";
import type { ResourceDrift } from "../../../src/model/drift.ts";
import type { DirectoryResource } from "../../../src/model/resource.ts";
import { load } from "./folder.ts";

const text = `apiVersion: reconcile/v1
kind: Domain
metadata: {name: x.example}
spec:
  accounts:
    ana: {displayName: Ana, quota: 1GB, aliases: [a, b]}
    bo: {protect: true}
    cy: {}
  lists:
    sales: {members: [ana, cy]}
  aliases: {info: ana}
---
apiVersion: reconcile/v1
kind: Account
spec: {displayName: Dee}   # the spec may come first
metadata: {name: dee@x.example}
`;

/** The file after these drifts, and what was left to a person. */
async function written(...drifts: readonly (Partial<ResourceDrift> & Pick<ResourceDrift, "address">)[]) {
  const { resources } = await load(text);
  const all = drifts.map((drift) => ({
    drift: { what: "changed", fields: [], edited: [], ...drift } as ResourceDrift,
    resource: resources.find(({ address }) => address === drift.address) as DirectoryResource,
  }));
  const names = new Set(resources.map(({ name }) => name));
  const { texts, byHand } = writeBack(all, names, () => text);
  const [after = text] = [...texts.values()];
  await load(after);
  const lines = text.split("\n");
  return { changed: after.split("\n").filter((line) => !lines.includes(line)), byHand: byHand.map(({ why }) => why) };
}

describe("what the destination shows, in the manifests", () => {
  it.each<[string, Partial<ResourceDrift> & Pick<ResourceDrift, "address">, readonly string[]]>([
    [
      "a size, in the unit that says it",
      { address: "account/ana@x.example", fields: [{ field: "quota", from: 1, to: 1536 * 1024 ** 2 }] },
      ["    ana: {displayName: Ana, quota: 1536MB, aliases: [a, b]}"],
    ],
    [
      "a value that is gone",
      { address: "account/ana@x.example", fields: [{ field: "displayName", from: "Ana" }] },
      ["    ana: {quota: 1GB, aliases: [a, b]}"],
    ],
    [
      "an account disabled",
      { address: "account/cy@x.example", fields: [{ field: "enabled", from: true, to: false }] },
      ["    cy: {enabled: false}"],
    ],
    [
      "members, short where they are declared",
      {
        address: "list/sales@x.example",
        fields: [{ field: "members", to: ["dee@x.example", "cy@x.example", "o@y.example"] }],
      },
      ["    sales: {members: [cy, dee, o@y.example]}"],
    ],
    [
      "a set of nobody",
      { address: "list/sales@x.example", fields: [{ field: "members", from: [] }] },
      ["    sales: {members: []}"],
    ],
    [
      "another target",
      { address: "alias/info@x.example", fields: [{ field: "target", to: "cy@x.example" }] },
      ["  aliases: {info: cy}"],
    ],
    [
      "a deletion",
      { address: "list/sales@x.example", what: "deleted" },
      ["    sales: {members: [ana, cy], absent: true}"],
    ],
    [
      "an alias's deletion",
      { address: "alias/info@x.example", what: "deleted" },
      ["  aliases: {info: {absent: true}}"],
    ],
    [
      "a further address's",
      { address: "alias/a@x.example", what: "deleted" },
      ["    ana: {displayName: Ana, quota: 1GB, aliases: [b]}"],
    ],
    [
      "a document of its own",
      { address: "account/dee@x.example", fields: [{ field: "displayName", to: "Dee: X" }] },
      ['spec: {displayName: "Dee: X"}   # the spec may come first'],
    ],
  ])("is %s", async (_, drift, lines) => {
    expect(await written(drift)).toEqual({ changed: lines, byHand: [] });
  });

  it("is several changes of one file", async () => {
    const { changed } = await written(
      { address: "alias/a@x.example", what: "deleted" },
      { address: "alias/b@x.example", what: "deleted" },
      {
        address: "account/ana@x.example",
        fields: [
          { field: "enabled", to: false },
          { field: "quota", to: 0 },
        ],
      },
    );
    expect(changed).toEqual(["    ana: {displayName: Ana, quota: 0, aliases: [], enabled: false}"]);
  });

  it.each([
    [{ address: "account/bo@x.example", what: "deleted" }, /protected/u],
    [{ address: "account/cy@x.example", what: "renamed", to: "cyl@x.example" }, /called cyl@x\.example/u],
    [{ address: "alias/a@x.example", fields: [{ field: "target", to: "cy@x.example" }] }, /further address/u],
    [{ address: "domain/x.example", what: "deleted" }, /domain/u],
  ] as const)("leaves to a person what no field says: %s", async (drift, why) => {
    const { changed, byHand } = await written(drift);
    expect(changed).toEqual([]);
    expect(byHand).toMatchObject([expect.stringMatching(why)]);
  });
});
