import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DirectoryKind } from "../../../src/model/address.ts";
import type { FieldChange } from "../../../src/model/resource.ts";
import { kindTable } from "../../../src/kind/table.ts";
import { fieldChanges, unsupportedFields } from "../../../src/plan/diff.ts";

const all = (kind: DirectoryKind): ReadonlySet<string> => new Set(Object.keys(kindTable[kind].fields));

describe("the difference of fields", () => {
  it.each<[string, DirectoryKind, object, object, readonly FieldChange[]]>([
    ["nothing written, nothing compared", "account", {}, { displayName: "Ana", quota: 5 }, []],
    ["what is equal", "account", { displayName: "Ana", quota: 5 }, { displayName: "Ana", quota: 5 }, []],
    [
      "what differs, in the kind's order",
      "account",
      { quota: 5, displayName: "Cy Lund" },
      { displayName: "Cy L" },
      [
        { field: "displayName", from: "Cy L", to: "Cy Lund" },
        { field: "quota", to: 5 },
      ],
    ],
    [
      "false and zero are values",
      "account",
      { enabled: false, quota: 0 },
      { enabled: true, quota: 1 },
      [
        { field: "enabled", from: true, to: false },
        { field: "quota", from: 1, to: 0 },
      ],
    ],
    [
      "sets whatever their order",
      "list",
      { members: ["a@x.example", "b@x.example"] },
      { members: ["b@x.example", "a@x.example"] },
      [],
    ],
    ["addresses whatever their case", "list", { members: ["a@x.example"] }, { members: ["A@X.example"] }, []],
    ["domains by IDNA", "alias", { target: "a@xn--bcher-kva.example" }, { target: "a@Bücher.example" }, []],
    [
      "forwarding by the addresses in it",
      "account",
      { forwarding: { to: ["a@x.example"], keepCopy: true } },
      { forwarding: { keepCopy: true, to: ["A@x.example"] } },
      [],
    ],
    ["an empty set and none", "list", { members: [] }, {}, []],
    [
      "what says nothing, and what is not there",
      "account",
      { displayName: "", recovery: {}, forwarding: { to: [], keepCopy: true } },
      { forwarding: { to: [], keepCopy: false } },
      [],
    ],
    [
      "forwarding that is to end",
      "account",
      { forwarding: { to: [], keepCopy: true } },
      { forwarding: { to: ["a@x.example"], keepCopy: true } },
      [
        {
          field: "forwarding",
          from: { to: ["a@x.example"], keepCopy: true },
          to: { to: [], keepCopy: true },
        },
      ],
    ],
    [
      "a set that is to be empty",
      "list",
      { members: [] },
      { members: ["a@x.example"] },
      [{ field: "members", from: ["a@x.example"], to: [] }],
    ],
    [
      "names keep their case",
      "account",
      { displayName: "ana" },
      { displayName: "Ana" },
      [{ field: "displayName", from: "Ana", to: "ana" }],
    ],
  ])("%s", (_, kind, want, has, expected) => {
    expect(fieldChanges(kind, want, has, all(kind))).toEqual(expected);
  });

  it("leaves out what the endpoint cannot hold, and names it", () => {
    expect(fieldChanges("account", { quota: 5, displayName: "A" }, {}, new Set(["displayName"]))).toEqual([
      { field: "displayName", to: "A" },
    ]);
    expect(unsupportedFields("account", { quota: 5, displayName: "A" }, new Set(["displayName"]))).toEqual(["quota"]);
  });

  it("is empty once it was applied, and touches only what is written", () => {
    const address = fc
      .tuple(fc.constantFrom("a", "b", "C"), fc.constantFrom("x.example", "Y.example"))
      .map((p) => p.join("@"));
    const fields = fc.record(
      {
        displayName: fc.string(),
        members: fc.uniqueArray(address),
        owners: fc.uniqueArray(address),
        senders: fc.uniqueArray(address),
        hidden: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fields, fields, fc.subarray([...all("list")]), (want, has, holds) => {
        const held = new Set(holds);
        const changes = fieldChanges("list", want, has, held);
        const after: Record<string, unknown> = { ...has };
        for (const { field, from, to } of changes) {
          expect(from).toEqual((has as Record<string, unknown>)[field]);
          after[field] = to;
        }
        expect(fieldChanges("list", want, after, held)).toEqual([]);
        for (const { field } of changes) expect(Object.hasOwn(want, field) && held.has(field)).toBe(true);
      }),
    );
  });
});
