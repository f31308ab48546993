import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { documentsIn, verdict } from "./agreement.ts";

const folder = join(import.meta.dirname, "../../../manifests");
const files = globSync("**/*.yaml", { cwd: folder }).toSorted();
const read = (file: string): readonly unknown[] => documentsIn(readFileSync(join(folder, file), "utf8"));

const odd = [
  null,
  true,
  0,
  -1,
  1.5,
  1e9,
  "",
  "x",
  "a b",
  "\u0000",
  "é".repeat(2000),
  "2026-02-30",
  [],
  ["x", "x"],
  {},
  { x: 1 },
];

/** A document with one part of it taken away, added to, or put wrong, in every place. */
function* mutants(node: unknown, rebuild: (part: unknown) => unknown): Generator {
  for (const each of odd) yield rebuild(each);
  if (Array.isArray(node)) {
    yield rebuild([...node, ...node]);
    for (const [at, part] of node.entries()) yield* mutants(part, (next) => rebuild(node.with(at, next)));
  } else if (typeof node === "object" && node !== null) {
    yield rebuild({ ...node, stranger: 1 });
    for (const [key, part] of Object.entries(node)) {
      const { [key]: _, ...rest } = node as Record<string, unknown>;
      yield rebuild(rest);
      yield* mutants(part, (next) => rebuild({ ...rest, [key]: next }));
    }
  }
}

describe("the check that the build writes out", () => {
  test.each(files)("%s: takes it, and judges what is made of it as the schemas do", (file) => {
    const documents = read(file);
    expect(documents.map(verdict)).not.toContain(false);
    const verdicts = documents.flatMap((document) => [...mutants(document, (whole) => whole)].map(verdict));
    expect(new Set(verdicts)).toEqual(new Set([true, false]));
  });
});
