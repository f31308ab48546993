import { describe, expect, it } from "vitest";
import type { Handler } from "../../../src/contract/endpoint.ts";
import type { LedgerRecord } from "../../../src/contract/state-store.ts";
import { kindTable } from "../../../src/kind/table.ts";
import { type Address, addressOf, type DirectoryKind, kindOf, nameOf } from "../../../src/model/address.ts";
import type { DirectoryDrift } from "../../../src/model/drift.ts";
import type { Json } from "../../../src/model/json.ts";
import type { DirectoryResource, Observed } from "../../../src/model/resource.ts";
import { directoryDrift } from "../../../src/plan/drift.ts";
import type { View } from "../../../src/plan/observe.ts";

type Fields = Readonly<Record<string, Json>>;
interface Scene {
  readonly wants: Readonly<Record<string, Fields & { readonly absent?: boolean }>>;
  readonly applied: Readonly<Record<string, Fields | Partial<LedgerRecord>>>;
  readonly there: Readonly<Record<string, Fields & { readonly id?: string }>>;
  readonly holds?: readonly string[];
}

const unasked: Pick<Handler<DirectoryKind>, "read" | "assess"> = {
  read: () => {
    throw new Error("the directory was read already");
  },
  assess: () => [],
};

function look({ wants, applied, there, holds }: Scene): DirectoryDrift {
  const resources = Object.entries(wants).map(([address, { absent, ...fields }]) => ({
    kind: kindOf(address as Address),
    name: nameOf(address as Address),
    address,
    labels: {},
    fields,
    ...(absent === undefined ? {} : { absent }),
  })) as unknown as DirectoryResource[];
  const records = Object.entries(applied).map(([address, record]) => [
    address,
    { address, endpoint: "new", ...("applied" in record || "protect" in record ? record : { applied: record }) },
  ]) as [Address, LedgerRecord][];
  const seenOf = (kind: DirectoryKind): View => ({
    seen: new Map(
      Object.entries(there)
        .filter(([address]) => kindOf(address as Address) === kind)
        .map(([address, { id, ...fields }]) => [
          nameOf(address as Address),
          { kind, name: nameOf(address as Address), fields, ...(id === undefined ? {} : { id }) } as Observed,
        ]),
    ),
    handler: { fields: new Set(holds ?? Object.keys(kindTable[kind].fields)), ...unasked },
  });
  const views = new Map((["domain", "account", "list", "alias"] as const).map((kind) => [kind, seenOf(kind)]));
  return directoryDrift({ endpoint: "new", wants: resources, views, ledger: new Map(records) });
}

const ana = addressOf("account", "ana@x.example");
const none = { resources: [], untold: [], unapplied: [], unmanaged: [], unread: [] };
const one = (want: Fields, applied: Fields, there: Fields, more: Partial<Scene> = {}) =>
  look({ wants: { [ana]: want }, applied: { [ana]: applied }, there: { [ana]: there }, ...more });

describe("the drift of a directory", () => {
  it.each<[string, Fields, Fields, Fields]>([
    ["nothing changed", { displayName: "A" }, { displayName: "A" }, { displayName: "A" }],
    ["fields that nobody manages changed", { displayName: "A" }, { displayName: "A" }, { displayName: "A", quota: 5 }],
    ["the manifests say it by now as well", { displayName: "B" }, { displayName: "A" }, { displayName: "B" }],
    ["the manifests manage it no longer", {}, { displayName: "A" }, { displayName: "B" }],
    ["an empty set is no set", { members: [] }, { members: [] }, {}],
  ])("is none where %s", (_, want, applied, there) => {
    expect(one(want, applied, there)).toEqual(none);
  });

  it("is what was applied to what is there, and not what the manifests say", () => {
    const was = { displayName: "A", quota: 1, enabled: true };
    expect(one({ ...was, quota: 2 }, was, { displayName: "B", quota: 1, enabled: false })).toEqual({
      ...none,
      resources: [
        {
          address: ana,
          what: "changed",
          fields: [
            { field: "displayName", from: "A", to: "B" },
            { field: "enabled", from: true, to: false },
          ],
          edited: [],
        },
      ],
      unapplied: [ana],
    });
  });

  it("names what both changed, and a value that is gone", () => {
    const { resources, unapplied } = one(
      { displayName: "C", quota: 1 },
      { displayName: "A", quota: 1 },
      { displayName: "B" },
    );
    expect(resources).toEqual([
      {
        address: ana,
        what: "changed",
        fields: [
          { field: "displayName", from: "A", to: "B" },
          { field: "quota", from: 1 },
        ],
        edited: ["displayName"],
      },
    ]);
    expect(unapplied).toEqual([]);
  });

  it("leaves out fields that the endpoint cannot hold", () => {
    expect(one({ class: "x" }, { class: "x" }, {}, { holds: ["displayName"] })).toEqual(none);
  });

  it("tells deletions, names and things made anew by the endpoint's own ids", () => {
    const bo = addressOf("account", "bo@x.example");
    const cy = addressOf("account", "cy@x.example");
    const found = look({
      wants: { "domain/x.example": {}, [ana]: {}, [bo]: { displayName: "Bo" }, [cy]: {} },
      applied: {
        [ana]: { applied: {}, id: "1" },
        [bo]: { applied: { displayName: "Bo" }, id: "2" },
        [cy]: { applied: {}, id: "3" },
      },
      there: {
        "account/robert@x.example": { id: "2", displayName: "Robert" },
        [cy]: { id: "9" },
        "account/dee@x.example": { id: "7" },
        "account/far@y.example": {},
      },
    });
    expect(found.resources).toMatchObject([
      { address: ana, what: "deleted" },
      { address: bo, what: "renamed", to: "robert@x.example", fields: [{ field: "displayName", to: "Robert" }] },
      { address: cy, what: "replaced" },
    ]);
    expect(found.unmanaged).toEqual(["account/dee@x.example"]);
    expect(found.unapplied).toEqual(["domain/x.example"]);
  });

  it("says where nothing is remembered, and blames nobody", () => {
    const found = look({
      wants: { [ana]: { displayName: "A" }, "account/bo@x.example": {}, "account/zed@x.example": { absent: true } },
      applied: { [ana]: { protect: true } },
      there: { [ana]: { displayName: "B" }, "account/zed@x.example": {} },
    });
    expect(found).toEqual({ ...none, untold: [ana], unapplied: ["account/bo@x.example", "account/zed@x.example"] });
    expect(
      one({ displayName: "A" }, { applied: { displayName: "A" }, endpoint: "other" }, { displayName: "B" }).untold,
    ).toEqual([ana]);
  });
});
