import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { patchText } from "../../../src/report/patch.ts";

const plain = { color: false };
const path = "a.yaml";
const lines = fc
  .array(fc.constantFrom("a", "b", "  c: {d: e}", "- x", "+ y", "@@ z", "", "é 王"), { maxLength: 30 })
  .map((all) => all.map((line) => `${line}\n`).join(""));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "patch-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What git makes of a file and a diff. */
function patched(before: string, diff: string): string {
  const file = join(folder, path);
  writeFileSync(file, before);
  execFileSync("git", ["apply", "-p0", "--whitespace=nowarn", "-"], { input: diff, cwd: folder });
  return readFileSync(file, "utf8");
}

describe("a change of a file", () => {
  it("is a unified diff with three lines around", () => {
    const before = Array.from({ length: 9 }, (_, at) => `l${at}\n`).join("");
    expect(patchText({ path, before, after: before.replace("l4\n", "new\nmore\n") }, plain)).toBe(`--- a.yaml
+++ a.yaml
@@ -2,7 +2,8 @@
 l1
 l2
 l3
-l4
+new
+more
 l5
 l6
 l7
`);
  });

  it("is all that a new file has", () => {
    expect(patchText({ path, after: "a\nb\n" }, plain)).toBe("--- /dev/null\n+++ a.yaml\n@@ -0,0 +1,2 @@\n+a\n+b\n");
  });

  it("says where a file ends without a line end", () => {
    const text = patchText({ path, before: "a\n", after: "a" }, plain);
    expect(text).toBe("--- a.yaml\n+++ a.yaml\n@@ -1,1 +1,1 @@\n-a\n+a\n\\ No newline at end of file\n");
  });

  it("is taken by git, and makes the one of the other", () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        fc.pre(before !== after);
        expect(patched(before, patchText({ path, before, after }, plain))).toBe(after);
      }),
      { numRuns: 20 },
    );
  });

  it("does nothing to a terminal, whatever the file and its name hold", () => {
    const evil = "\u001b[2J\u202e\u0007";
    const text = patchText({ path: `a${evil}.yaml`, before: `x${evil}\r\n`, after: `y${evil}\r\n` }, plain);
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/u);
    expect(text.split("\n")).toHaveLength(6);
  });

  it("is green and red where colours are wanted, its head apart", () => {
    const [, , hunk = "", gone = "", come = ""] = patchText(
      { path, before: "a\n", after: "b\n" },
      { color: true },
    ).split("\n");
    expect([gone, come]).toEqual(["\u001b[31m-a\u001b[39m", "\u001b[32m+b\u001b[39m"]);
    expect(hunk).not.toBe("@@ -1,1 +1,1 @@");
  });
});
