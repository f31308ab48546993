import { describe, expect, it } from "vitest";
import { type Edit, editText } from "../../../src/manifest/merge.ts";

const text = `# The house.
apiVersion: reconcile/v1
kind: Domain
metadata: {name: example.com}   # ours
spec:
  accounts:
    # the boss
    ana: {displayName: Ana Ruiz,   quota: 50GB}  # since 2019
    bo:  {displayName: "Bo Ek", enabled: false}

    zoe:
      displayName: Zoe   # as she likes it
      protect: true
  lists:
    sales: {members: [ana, bo, zoe], owners: [ana]}
    all:
      members:
        - ana   # first
        - zoe
  aliases: {info: ana}
`;
const document = text.indexOf("apiVersion");
const map = (path: readonly string[], more: Partial<Extract<Edit, { act: "map" }>>): Edit => ({
  document,
  path,
  act: "map",
  put: [],
  drop: [],
  order: "sorted",
  ...more,
});
const list = (path: readonly string[], more: Partial<Extract<Edit, { act: "list" }>>): Edit => ({
  document,
  path,
  act: "list",
  add: [],
  drop: [],
  ...more,
});
const order = ["displayName", "enabled", "quota", "aliases", "protect"];

/** Lines that went and came, as another program would show them. */
function changed(before: string, edits: readonly Edit[]): readonly string[] {
  const { text: after, refused } = editText(before, edits);
  expect(refused).toEqual([]);
  const [old, next] = [before.split("\n"), after.split("\n")];
  return [
    ...old.filter((line) => !next.includes(line)).map((line) => `-${line}`),
    ...next.filter((line) => !old.includes(line)).map((line) => `+${line}`),
  ];
}

const atFront = (path: readonly string[], more: Parameters<typeof map>[1]): Edit => ({
  ...map(path, more),
  document: 0,
});

describe("an edit", () => {
  it("of nothing changes nothing", () => {
    expect(editText(text, []).text).toBe(text);
  });

  it.each<[string, readonly Edit[], readonly string[]]>([
    [
      "writes over a value and leaves the rest of the line",
      [map(["spec", "accounts", "ana"], { put: [["displayName", "Ana: R."]], order })],
      [
        "-    ana: {displayName: Ana Ruiz,   quota: 50GB}  # since 2019",
        `+    ana: {displayName: "Ana: R.",   quota: 50GB}  # since 2019`,
      ],
    ],
    [
      "puts a key in where the order has it",
      [
        map(["spec", "accounts", "ana"], {
          put: [
            ["aliases", ["a.ruiz"]],
            ["enabled", false],
          ],
          order,
        }),
      ],
      [
        "-    ana: {displayName: Ana Ruiz,   quota: 50GB}  # since 2019",
        "+    ana: {displayName: Ana Ruiz, enabled: false,   quota: 50GB, aliases: [a.ruiz]}  # since 2019",
      ],
    ],
    [
      "takes a key out with its comma",
      [map(["spec", "accounts", "bo"], { drop: ["enabled"], order })],
      [`-    bo:  {displayName: "Bo Ek", enabled: false}`, `+    bo:  {displayName: "Bo Ek"}`],
    ],
    [
      "takes every key out",
      [map(["spec", "accounts", "bo"], { drop: ["enabled", "displayName"], order })],
      [`-    bo:  {displayName: "Bo Ek", enabled: false}`, `+    bo:  {}`],
    ],
    [
      "edits a map over several lines",
      [map(["spec", "accounts", "zoe"], { put: [["quota", "1GB"]], order })],
      ["+      quota: 1GB"],
    ],
    [
      "puts people in by the alphabet",
      [
        map(["spec", "accounts"], {
          put: [
            ["cy", { displayName: "Cy" }],
            ["aa", {}],
          ],
        }),
      ],
      ["+    aa: {}", "+    cy: {displayName: Cy}"],
    ],
    [
      "edits a list on one line",
      [list(["spec", "lists", "sales", "members"], { add: ["cy"], drop: [0, 2] })],
      ["-    sales: {members: [ana, bo, zoe], owners: [ana]}", "+    sales: {members: [bo, cy], owners: [ana]}"],
    ],
    [
      "edits a list of a line each",
      [list(["spec", "lists", "all", "members"], { add: ["bo"], drop: [1] })],
      ["-        - zoe", "+        - bo"],
    ],
    [
      "empties a list of a line each",
      [list(["spec", "lists", "all", "members"], { drop: [0, 1] })],
      ["-      members:", "-        - ana   # first", "-        - zoe", "+      members: []"],
    ],
    [
      "puts an alias in",
      [map(["spec", "aliases"], { put: [["help", "bo"]] })],
      ["-  aliases: {info: ana}", "+  aliases: {help: bo, info: ana}"],
    ],
  ])("%s", (_, edits, lines) => {
    expect(changed(text, edits)).toEqual(lines);
  });

  it("keeps line ends of the file", () => {
    const dos = text.replaceAll("\n", "\r\n");
    const { text: after } = editText(dos, [
      { ...map(["spec", "accounts"], { put: [["cy", {}]] }), document: dos.indexOf("apiVersion") },
    ]);
    expect(after.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/u);
    expect(after).toContain("\r\n    cy: {}\r\n");
  });

  it("ends a last line that has no end", () => {
    const open = "a: 1\nspec:\n  accounts:\n    ana: {}";
    const edit = { ...map(["spec", "accounts"], { put: [["bo", {}]] }), document: 0 };
    expect(editText(open, [edit]).text).toBe(`${open}\n    bo: {}`);
  });

  it("refuses what would change another, and does the rest", () => {
    const shared =
      "spec:\n  accounts:\n    ana: &staff {quota: 1GB}\n    bo: *staff\n    cy: {<<: *staff, enabled: false}\n";
    const { text: after, refused } = editText(shared, [
      atFront(["spec", "accounts", "ana"], { put: [["quota", "2GB"]] }),
      atFront(["spec", "accounts", "bo"], { put: [["quota", "2GB"]] }),
      atFront(["spec", "accounts", "cy"], { drop: ["quota"] }),
      atFront(["spec", "accounts", "cy"], { put: [["quota", "2GB"]] }),
    ]);
    expect(refused).toHaveLength(3);
    expect(after).toBe(shared.replace("enabled: false}", "enabled: false, quota: 2GB}"));
  });

  it("finds its document among several", () => {
    const two = `${text}---\n${text}`;
    const second = two.lastIndexOf("apiVersion");
    const { text: after } = editText(two, [{ ...map(["spec", "aliases"], { drop: ["info"] }), document: second }]);
    expect(after).toBe(`${text}---\n${text.replace("{info: ana}", "{}")}`);
  });
});
