import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { parseSource } from "../../../src/manifest/parse.ts";
import { sourceOf } from "../../../src/manifest/source.ts";
import { complaint, document, load } from "./folder.ts";

const parsed = (text: string) => parseSource(sourceOf("m.yaml", "/", text));
const value = (text: string): unknown => {
  const { documents, problems } = parsed(text);
  expect(problems.map((each) => each.message)).toEqual([]);
  return documents[0]?.value;
};
const messages = (text: string): readonly string[] => parsed(text).problems.map((each) => each.message);

const laughs = (levels: number): string => {
  const lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"];
  for (let level = 1; level < levels; level++)
    lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(", ")}]`);
  return `${lines.join("\n")}\n`;
};

describe("YAML", () => {
  test("reads what another reader of YAML reads", () => {
    const key = fc.string({ minLength: 1 }).filter((name) => name !== "__proto__" && name !== "<<");
    const leaf = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.double({ noNaN: true, noDefaultInfinity: true, max: 1e15, min: -1e15 }),
    );
    const tree = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: "small" },
        leaf,
        fc.array(tie("any")),
        fc.dictionary(key, tie("any"), { noNullPrototype: true }),
      ),
    })).any;
    fc.assert(
      fc.property(tree, (any) => {
        const text = stringify({ any });
        expect(value(text)).toEqual(parse(text));
      }),
    );
  });

  test("anchors and merge keys work inside a file", () => {
    const text =
      "base: &base {a: 1, b: 2}\nother: &other {b: 3, c: 4}\none: {<<: *base, b: 9}\nmany: {<<: [*base, *other]}\nlist: [*base]\n";
    expect(value(text)).toEqual({
      base: { a: 1, b: 2 },
      other: { b: 3, c: 4 },
      one: { a: 1, b: 9 },
      many: { a: 1, b: 2, c: 4 },
      list: [{ a: 1, b: 2 }],
    });
  });

  test("a merge key in quotes is a key", () => expect(value('"<<": 1\n')).toEqual({ "<<": 1 }));

  test("keys are texts as they are written", () => {
    expect(value("007: a\ntrue: b\n1.50: c\n~: d\n")).toEqual({ "007": "a", true: "b", "1.50": "c", "~": "d" });
  });

  test("many documents a file; empty ones count for nothing", () => {
    expect(parsed("---\n# none\n---\na: 1\n---\n...\n---\nb: 2\n").documents.map((each) => each.value)).toEqual([
      { a: 1 },
      { b: 2 },
    ]);
  });

  test("an anchor ends with its document", () => {
    expect(messages("a: &x 1\n---\nb: *x\n")).toEqual(["no anchor of this name stands before it in this document"]);
  });

  const refused: readonly (readonly [string, string, readonly string[]])[] = [
    ["a key twice", "a: 1\na: 2\n", ["the same key twice"]],
    ["a key twice, in quotes", 'a: 1\n"a": 2\n', ["the same key twice"]],
    ["two merge keys", "a: &a {}\nb: {<<: *a, <<: *a}\n", ["a second merge key"]],
    ["a merge key of a text", "<<: a\n", ["a merge key takes a map, or a list of maps"]],
    ["a tag of one's own", "a: !foo b\n", ["a tag"]],
    ["a tag of YAML that is no JSON", "a: !!binary aGk=\n", ["a tag"]],
    ["a set", "a: !!set {b}\n", ["a tag"]],
    ["a map as a key", "? {a: b}\n: c\n", ["a key must be a plain text"]],
    ["nothing as a key", ": c\n", ["a key must be a plain text"]],
    ["the prototype", "__proto__: {polluted: true}\n", ["__proto__ cannot be a key"]],
    ["the prototype, escaped", '"\\x5f_proto__": {polluted: true}\n', ["__proto__ cannot be a key"]],
    ["infinity", "a: .inf\n", ["a number that is too large, or none"]],
    ["no number", "a: .nan\n", ["a number that is too large, or none"]],
    ["a number beyond what is exact", "a: 12345678901234567890\n", ["a number that is too large, or none"]],
    ["an anchor that holds itself", "a: &a [*a]\n", ["an anchor cannot hold itself"]],
    ["an unclosed quote", 'a: "b\n', ['missing closing "quote']],
    ["a tab as indentation", "a:\n\t- b\n", ["a tab where spaces must be"]],
    ["a reserved character", "a: @b\n", ["a text cannot begin with this character"]],
  ];
  test.each(refused)("refuses %s", (_, text, told) => expect(messages(text)).toEqual(told));

  test("nothing reaches the prototype of objects", async () => {
    const spec = "{accounts: {constructor: {}, toString: {displayName: x}, hasOwnProperty: {}}}";
    const manifest = await load(document("Domain", "example.com", spec));
    expect(manifest.resources.map((each) => each.name)).toEqual([
      "constructor@example.com",
      "hasownproperty@example.com",
      "tostring@example.com",
      "example.com",
    ]);
    expect(await complaint(document("Account", "a@b.c", "{constructor: x}"))).toContain('unknown key "constructor"');
  });
});

describe("hostile YAML is bounded", () => {
  test("a billion laughs", () =>
    expect(messages(laughs(9))).toEqual(["aliases and merge keys expand beyond 1,000,000 values"]));
  test("a few laughs are none", () => expect(messages(laughs(3))).toEqual([]));

  test("a chain of merge keys", () => {
    const keys = Array.from({ length: 1000 }, (_, index) => `k${index}: 0`).join(", ");
    const text = `a: &a {${keys}}\nb: [${Array.from({ length: 2000 }, () => "{<<: *a}").join(", ")}]\n`;
    expect(messages(text)).toEqual(["aliases and merge keys expand beyond 1,000,000 values"]);
  });

  const deep: readonly (readonly [string, string])[] = [
    ["lists in a line", "[".repeat(50_000) + "]".repeat(50_000)],
    ["lists that are never closed", "[".repeat(50_000)],
    ["maps in a line", "{a: ".repeat(50_000)],
    ["lists in a block", `${"- ".repeat(20_000)}a`],
    ["maps as keys", "? ".repeat(20_000)],
    ["maps in a block", Array.from({ length: 500 }, (_, level) => `${" ".repeat(level)}a:`).join("\n")],
  ];
  test.each(deep)("deep nesting: %s", (_, text) =>
    expect(messages(text)[0]).toBe("more than 64 levels inside one another"),
  );

  test("deep nesting by aliases", () => {
    const lines = [
      "a0: &a0 [x]",
      ...Array.from({ length: 100 }, (_, level) => `a${level + 1}: &a${level + 1} [*a${level}]`),
    ];
    expect(messages(`${lines.join("\n")}\n`)).toEqual([]);
  });

  test("a huge text", () =>
    expect(messages(`a: ${"x".repeat(70_000)}\n`)).toEqual(["a text of more than 65,536 characters"]));

  test("a huge file", async () => {
    const told = await complaint({ "big.yaml": Buffer.alloc(8 * 1024 * 1024 + 1, "#") });
    expect(told).toBe("1 error in the manifests\n\nbig.yaml:1:1: larger than 8 MB\n  → part it into several files");
  });

  test("thousands of errors are counted, and some told", async () => {
    const told = await complaint(`a: 1\n---\n`.repeat(2000));
    expect(told.split("\n")[0]).toMatch(/^\d{4,} errors in the manifests$/u);
    expect(told).toMatch(/… and \d+ more$/u);
    expect(told.length).toBeLessThan(200_000);
  });

  test("another encoding", async () => {
    expect(await complaint({ "m.yaml": new Uint8Array([0xff, 0xfe, 0x61, 0x00]) })).toContain(
      "m.yaml:1:1: not UTF-8 text",
    );
  });
});
