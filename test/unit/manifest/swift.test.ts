import fc from "fast-check";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { parseSource } from "../../../src/manifest/parse.ts";
import { flowText, type Value } from "../../../src/manifest/scalar.ts";
import { sourceOf } from "../../../src/manifest/source.ts";
import { readSwiftly } from "../../../src/manifest/swift.ts";
import { complaint, document, load } from "./folder.ts";

const manifests = join(import.meta.dirname, "../../../manifests");
const texts = globSync("**/*.yaml", { cwd: manifests })
  .toSorted()
  .map((file) => readFileSync(join(manifests, file), "utf8"));

/** Every part's path. */
function* pathsIn(value: unknown, path: readonly string[] = []): Generator<readonly string[]> {
  yield path;
  if (typeof value !== "object" || value === null) return;
  for (const [key, part] of Object.entries(value)) yield* pathsIn(part, [...path, key]);
}

interface Document {
  readonly value: unknown;
  readonly startAt: (path: readonly string[], part: "key" | "value") => number;
}

const told = ({ value, startAt }: Document) => ({
  value,
  starts: [...pathsIn(value), ["nowhere"]].map((path) => [path, startAt(path, "key"), startAt(path, "value")]),
});

/** Holds what is read swiftly against what YAML's reader says of the same text, its places included; whether it was read at all. */
function agrees(text: string): boolean {
  const swift = readSwiftly(text);
  if (swift === undefined) return false;
  const { documents, problems } = parseSource(sourceOf("m.yaml", "/", text));
  expect(problems.map(({ message }) => message)).toEqual([]);
  expect(swift.map(told)).toEqual(documents.map(told));
  return true;
}

const characters = [..."abyn01.-+~ \n:,#'\"{}[]?&*!|>%@`\\<=/_éŁ小😀\t\r\0\u0085\u00a0\u2028\ufeff"];
const scalars =
  "true False null 0x1F 0o17 007 1e3 -0 +1 1.50 .5 5. .inf .NaN 1_000 2026-11-28 12:30 123456789012345678 yes '' \"\" {} []";
const pieces = [
  ': |, |- |? | #|: \n|&x |*x|!!str |<<: |__proto__: |a:|a: b|{a: b}|[a, b]|[a: b]|\'a\'|"a"|"\\|"\\u00e9"|{? a: b}|- - ',
  '\n |\n  |\n    |\n- |\n  - |\n- c: |\n- [a]|\n- {a: b}|\n- "x"y: z|a:\n|\na: |\n? a\n: b|--- |---\n|...\n|%YAML 1.1\n| >-\n',
].flatMap((each) => each.split("|"));
const word = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...characters, ...scalars.split(" "), ...pieces, " |\n") },
  fc.string({ maxLength: 3, unit: "binary" }),
);

const awkward = ["7", "007", "a b", "true", "<<", "", "~", "1.5", "constructor", "a: b", "- a", "#"];
const key = fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom(...awkward));
const mapOf = <T>(part: fc.Arbitrary<T>, minKeys = 0) =>
  fc.dictionary(key, part, { noNullPrototype: true, minKeys, maxKeys: 12, size: "-1" });

describe("what is read swiftly is what YAML's reader reads", () => {
  test("whatever the data", () => {
    const leaf = fc.oneof(
      { weight: 30, arbitrary: fc.string({ unit: "grapheme" }) },
      { weight: 20, arbitrary: fc.oneof(fc.integer(), fc.boolean()) },
      { weight: 1, arbitrary: fc.constantFrom(null, ...scalars.split(" ")) },
      { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true, max: 1e15, min: -1e15 }) },
    );
    const tree = fc.letrec((tie) => ({
      any: fc.oneof({ depthSize: "small" }, leaf, fc.array(tie("any"), { maxLength: 4 }), mapOf(tie("any"))),
    })).any;
    const options = fc.record(
      {
        indent: fc.constantFrom(2, 4),
        collectionStyle: fc.constant("flow" as const),
        lineWidth: fc.constantFrom(0, 20),
      },
      { requiredKeys: [] },
    );
    let read = 0;
    fc.assert(
      fc.property(fc.array(mapOf(tree, 1), { minLength: 1, maxLength: 3 }), options, (maps, how) => {
        read += Number(agrees(maps.map((each) => stringify(each, how)).join("---\n")));
      }),
      { numRuns: 1000 },
    );
    expect(read).toBeGreaterThan(100);
  });

  test("whatever an import writes", () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: "small" },
        fc.oneof(fc.string({ unit: "grapheme" }), fc.nat(), fc.boolean()),
        fc.array(tie("any")),
        mapOf(tie("any")),
      ),
    })).any as fc.Arbitrary<Value>;
    fc.assert(
      fc.property(value, (each) => {
        expect(agrees(`spec:\n  accounts:\n    a: {b: ${flowText(each)}}\n`)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test("whatever the text", () => {
    let read = 0;
    fc.assert(
      fc.property(fc.array(word, { maxLength: 24 }), (parts) => {
        read += Number(agrees(parts.join("")));
      }),
      { numRuns: 20_000 },
    );
    expect(read).toBeGreaterThan(100);
  });

  test("whatever is put wrong in a manifest", () => {
    const edit = fc.tuple(fc.nat(), fc.nat(3), word);
    let read = 0;
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.array(edit, { maxLength: 3 }), (text, edits) => {
        let changed = text;
        for (const [seed, length, put] of edits) {
          const at = seed % (changed.length + 1);
          changed = changed.slice(0, at) + put + changed.slice(at + length);
        }
        read += Number(agrees(changed));
      }),
      { numRuns: 3000 },
    );
    expect(read).toBeGreaterThan(300);
  });

  test("most manifests that come with the product are read so", () =>
    expect(texts.filter(agrees).length).toBeGreaterThan(texts.length / 2));

  test.each([
    ["an indented mark on the first line", " ---\na[a: b]\n"],
    ["what follows a quoted text in a list", 'a:\n\n- "é"b: c\n'],
    ["levels beyond the bound", `a: ${"[".repeat(80)}${"]".repeat(80)}\n`],
    ["a text beyond the bound", `a: ${"x".repeat(70_000)}\n`],
    ["the same key twice", "a: 1\na: 2\n"],
    ["an alias", "a: &a 1\nb: *a\n"],
    ["a number that is none in YAML 1.2's sense, or another one", "a: 0o17\n"],
  ])("%s is left to YAML's reader", (_, text) => expect(readSwiftly(text)).toBeUndefined());
});

const many = Array.from({ length: 4000 }, (_, at) => `  p${at}: {displayName: Person ${at}},\n`).join("");

/** Read swiftly; its last line is the 4,005th. */
function people(last: string): string {
  const text = document("Domain", "example.com", `{accounts: {\n${many}${last}}}`);
  expect(readSwiftly(text)).toHaveLength(1);
  return text;
}

describe("a large manifest", () => {
  test("says where its people stand", async () => {
    const { resources } = await load(people("  last: {displayName: Last, aliases: [other]}"));
    const other = resources.find(({ name }) => name === "other@example.com");
    expect(other?.origin).toMatchObject({ line: 4005, column: 39 });
  });

  test("is refused with the line, and quotes no secret", async () => {
    const text = await complaint(people("  last: {displayName: 7, password: hunter2}"));
    expect(text).toContain("m.yaml:4005:23: expected text on one line, found 7");
    expect(text).not.toContain("hunter2");
  });
});
