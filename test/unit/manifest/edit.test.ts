import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { editManifest, type ManifestEdit } from "../../../src/manifest/edit.ts";
import type { Json } from "../../../src/model/json.ts";

const text = `# people of one office
kind: Domain
spec:
  accounts:   # by name
    ana: {displayName: Ana Ruiz, quota: 50GB, aliases: [a.ruiz]}  # first
    bo:  {displayName: "Bo Ek", enabled: false}
    cy:
      displayName: Cy L   # married
      # twice as much
      quota: 1GB
    zed:
    shared: &s {quota: 1GB}
    also: *s
  lists:
    sales: {members: [ana, bo, partner@elsewhere.example]}
    all:
      members:
        - ana   # lead
        # the rest
        - bo
        - cy
`;

const at = (...path: readonly string[]) => ({ document: 0, path: ["spec", ...path] });
const set = (value: Json, ...path: readonly string[]): ManifestEdit => ({ ...at(...path), act: "set", value });
const unset = (...path: readonly string[]): ManifestEdit => ({ ...at(...path), act: "unset" });
const members = (drop: readonly string[], add: readonly string[], ...path: readonly string[]): ManifestEdit => ({
  ...at(...path),
  act: "members",
  drop,
  add,
});

/** The lines that an edit changed, before and after. */
function changed(...edits: readonly ManifestEdit[]): readonly string[] {
  const [before, after] = [text.split("\n"), editManifest(text, edits).split("\n")];
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `-${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `+${line}`),
  ];
}

describe("an edited manifest", () => {
  it.each<[string, readonly ManifestEdit[], readonly string[]]>([
    ["nothing", [], []],
    [
      "a value, its neighbours and its comment",
      [set("Ana: Berg", "accounts", "ana", "displayName")],
      [
        "-    ana: {displayName: Ana Ruiz, quota: 50GB, aliases: [a.ruiz]}  # first",
        '+    ana: {displayName: "Ana: Berg", quota: 50GB, aliases: [a.ruiz]}  # first',
      ],
    ],
    [
      "a key more",
      [set(true, "accounts", "cy", "enabled"), set(false, "accounts", "ana", "enabled")],
      [
        "-    ana: {displayName: Ana Ruiz, quota: 50GB, aliases: [a.ruiz]}  # first",
        "+    ana: {displayName: Ana Ruiz, quota: 50GB, aliases: [a.ruiz], enabled: false}  # first",
        "+      enabled: true",
      ],
    ],
    ["a key where nothing is", [set(true, "accounts", "zed", "absent")], ["-    zed:", "+    zed: {absent: true}"]],
    ["a key less", [unset("accounts", "cy", "quota")], ["-      quota: 1GB"]],
    [
      "several of one map",
      [unset("accounts", "bo", "displayName"), set("1GB", "accounts", "bo", "quota")],
      ['-    bo:  {displayName: "Bo Ek", enabled: false}', "+    bo:  {enabled: false, quota: 1GB}"],
    ],
    [
      "members in a line",
      [members(["bo"], ["dee"], "lists", "sales", "members")],
      [
        "-    sales: {members: [ana, bo, partner@elsewhere.example]}",
        "+    sales: {members: [ana, partner@elsewhere.example, dee]}",
      ],
    ],
    ["members on lines", [members(["bo"], ["dee"], "lists", "all", "members")], ["-        - bo", "+        - dee"]],
  ])("differs by %s alone", (_, edits, lines) => {
    expect(changed(...edits)).toEqual(lines);
  });

  it.each([
    ["by an anchor", set("2GB", "accounts", "also", "quota")],
    ["for others too", set("2GB", "accounts", "shared", "quota")],
    ["for others too, and would go", unset("accounts", "shared")],
    ["in nothing", set("2GB", "accounts", "nobody", "quota")],
    ["in no list", members([], ["x"], "accounts", "ana", "quota")],
  ])("is refused for what stands %s", (_, edit) => {
    expect(() => editManifest(text, [edit])).toThrow(expect.objectContaining({ code: "manifest.uneditable" }));
  });

  it("holds what the edits say and nothing else new, whatever is written", () => {
    const word = fc.oneof(
      fc.string({ unit: "grapheme" }).filter((one) => !/[\p{C}\p{Zl}\p{Zp}]/u.test(one)),
      fc.constantFrom("yes", "null", "1", "a: b", "#c", "- d", "{e}", "", " f ", "&g", "*h", "!i"),
    );
    const value = fc.oneof(word, fc.boolean(), fc.nat(), fc.array(word, { maxLength: 3 }));
    const person = fc.constantFrom("ana", "bo", "cy", "zed");
    const field = fc.constantFrom("displayName", "quota", "enabled", "class");
    const edits = fc.uniqueArray(fc.tuple(person, field, fc.option(value, { nil: undefined })), {
      selector: ([name, key]) => `${name} ${key}`,
      maxLength: 8,
    });
    fc.assert(
      fc.property(edits, (wanted) => {
        const expected = parse(text) as { spec: { accounts: Record<string, Record<string, unknown> | null> } };
        for (const [name, key, to] of wanted) {
          const of = (expected.spec.accounts[name] ??= {});
          if (to === undefined) delete of[key];
          else of[key] = to;
        }
        const edited = editManifest(
          text,
          wanted.map(([name, key, to]) =>
            to === undefined ? unset("accounts", name, key) : set(to, "accounts", name, key),
          ),
        );
        const found = parse(edited) as typeof expected;
        // A person of whom nothing is written is the same with and without braces.
        found.spec.accounts["zed"] ??= {};
        expected.spec.accounts["zed"] ??= {};
        expect(found).toEqual(expected);
        for (const comment of ["# people of one office", "# by name", "# first", "# lead", "# the rest"])
          expect(edited).toContain(comment);
      }),
    );
  });
});
