import { readFileSync, readdirSync } from "node:fs";
import { join, sep } from "node:path";
import { describe, expect, it } from "vitest";
import { breaches } from "./floors.ts";

const src = join(import.meta.dirname, "../../src");

/** Every source file of the product; the path below src/ → its text. */
function sources(): Map<string, string> {
  const names = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  return new Map(names.map((name) => [name.split(sep).join("/"), readFileSync(join(src, name), "utf8")]));
}

const told = (files: Record<string, string>) => breaches(new Map(Object.entries(files)));

describe("the floors of src/", () => {
  it("stand", () => {
    const files = sources();
    expect(files.size).toBeGreaterThan(0);
    expect(breaches(files)).toEqual([]);
  });

  it("are TypeScript throughout, so that nothing escapes the reading", () => {
    const names = readdirSync(src, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(names.map((entry) => entry.name).filter((name) => !/(\.ts|^README\.md)$/.test(name))).toEqual([]);
  });
});

describe("the checker lets pass", () => {
  it.each<[string, Record<string, string>]>([
    ["a lower floor", { "plan/diff.ts": `import { a } from "../model/a.ts";`, "model/a.ts": "" }],
    ["the same room", { "cli/main.ts": `import "./a.ts";`, "cli/a.ts": "" }],
    [
      "the lazy index of endpoints",
      { "endpoint/index.ts": `export const csv = () => import("./csv/open.ts");`, "endpoint/csv/open.ts": "" },
    ],
    ["a vendor at home", { "endpoint/csv/read.ts": `import { parse } from "csv-parse/sync";` }],
    ["an import in a comment", { "model/a.ts": `// import "../cli/main.ts"\n/*\nimport "node:fs";\n*/` }],
    ["an address in a string", { "model/a.ts": `export const at = "https://example.org"; // console.log` }],
    ["a system that asks for itself", { "endpoint/imap/open.ts": `if (type === "imap") go();` }],
    ["a system that uses a shared room", { "endpoint/imap/a.ts": `import "../http/b.ts";`, "endpoint/http/b.ts": "" }],
    ["computing modules in a pure room", { "content/compare.ts": `import { createHash } from "node:crypto";` }],
    ["a diamond", { "cli/a.ts": `import "./b.ts";\nimport "./c.ts";`, "cli/b.ts": `import "./c.ts";`, "cli/c.ts": "" }],
  ])("%s", (_, files) => {
    expect(told(files)).toEqual([]);
  });
});

describe("the checker sees", () => {
  it.each<[string, Record<string, string>, RegExp]>([
    ["a higher floor", { "model/a.ts": `import { b } from "../cli/b.ts";`, "cli/b.ts": "" }, /floor 0.*floor 5/],
    [
      "a type from a higher floor",
      { "kind/a.ts": `import type { B } from "../plan/b.ts";`, "plan/b.ts": "" },
      /floor 4/,
    ],
    [
      "a list over lines",
      { "kind/a.ts": `import {\n  b,\n  type C,\n} from "../plan/b.ts";`, "plan/b.ts": "" },
      /floor 4/,
    ],
    ["a re-export", { "kind/a.ts": `export * from "../plan/b.ts";`, "plan/b.ts": "" }, /floor 4/],
    ["a named re-export", { "kind/a.ts": `export { b } from "../plan/b.ts";`, "plan/b.ts": "" }, /floor 4/],
    ["a lazy import", { "kind/a.ts": `const b = await import("../plan/b.ts");`, "plan/b.ts": "" }, /floor 4/],
    ["an import in a type", { "kind/a.ts": `type B = import("../plan/b.ts").B;`, "plan/b.ts": "" }, /floor 4/],
    [
      "the second of two imports",
      { "kind/a.ts": `import "./c.ts"; import "../plan/b.ts";`, "kind/c.ts": "", "plan/b.ts": "" },
      /floor 4/,
    ],
    ["a step sideways", { "plan/a.ts": `import "../apply/b.ts";`, "apply/b.ts": "" }, /floor 4.*floor 4/],
    [
      "an arrow between endpoints",
      { "endpoint/csv/a.ts": `import "../imap/b.ts";`, "endpoint/imap/b.ts": "" },
      /endpoint\/csv/,
    ],
    [
      "a shared room that uses a system",
      { "endpoint/http/a.ts": `import "../imap/b.ts";`, "endpoint/imap/b.ts": "" },
      /endpoint\/http/,
    ],
    [
      "a shared room from above",
      { "endpoint/index.ts": `import "./http/b.ts";`, "endpoint/http/b.ts": "" },
      /endpoint\/http/,
    ],
    [
      "an endpoint that looks up to the index",
      { "endpoint/csv/a.ts": `import "../index.ts";`, "endpoint/index.ts": "" },
      /endpoint\/csv/,
    ],
    ["an eager index", { "endpoint/index.ts": `import "./csv/a.ts";`, "endpoint/csv/a.ts": "" }, /endpoint\/csv/],
    [
      "a lazy import beside the index",
      { "endpoint/b.ts": `import("./csv/a.ts");`, "endpoint/csv/a.ts": "" },
      /endpoint\/csv/,
    ],
    ["a way out of src/", { "cli/a.ts": `import "../../test/b.ts";` }, /outside src/],
    ["an import that leads nowhere", { "cli/a.ts": `import "./b.js";` }, /no file/],
    ["I/O in a pure room", { "model/a.ts": `import { readFile } from "node:fs/promises";` }, /no I\/O/],
    ["I/O in a pure file", { "plan/diff.ts": `import net from "node:net";` }, /no I\/O/],
    ["I/O in a pure folder", { "content/compare/a.ts": `import "node:fs";` }, /no I\/O/],
    ["a vendor abroad", { "plan/a.ts": `import Database from "better-sqlite3";` }, /state alone/],
    ["a vendor's depth abroad", { "cli/a.ts": `import { Ajv2020 } from "ajv/dist/2020.js";` }, /manifest alone/],
    ["a scoped vendor abroad", { "cli/a.ts": `import "@microsoft/microsoft-graph-client";` }, /microsoft365 alone/],
    ["a system module without its prefix", { "cli/a.ts": `import "fs";` }, /no room/],
    ["a vendor nobody knows", { "cli/a.ts": `import "left-pad";` }, /no room/],
    ["a forbidden folder", { "plan/utils/a.ts": "" }, /called utils/],
    ["a file in no room", { "attic/a.ts": "" }, /no room/],
    ["a file under no roof", { "main.ts": "" }, /no room/],
    ["printing outside cli", { "report/a.ts": `process.stdout.write("x");` }, /only cli prints/],
    ["console outside cli", { "report/a.ts": `console.log("x");` }, /only cli prints/],
    ["asking for a type", { "plan/a.ts": `if (spec.type === "imap") go();` }, /capability/],
    ["asking backwards", { "plan/a.ts": `if ('ldap' !== spec.type) go();` }, /capability/],
    ["a case of types", { "apply/a.ts": `switch (t) { case "csv": go(); }` }, /capability/],
    ["asking for a neighbour", { "endpoint/csv/a.ts": `if (type === "imap") go();` }, /capability/],
    [
      "a circle of two",
      { "cli/a.ts": `import "./b.ts";`, "cli/b.ts": `import "./a.ts";` },
      /circle: cli\/a.ts → cli\/b.ts → cli\/a.ts/,
    ],
    ["a file that imports itself", { "cli/a.ts": `import "./a.ts";` }, /circle/],
    [
      "a circle behind a tail",
      {
        "cli/a.ts": `import "./b.ts";`,
        "cli/b.ts": `import "./c.ts";`,
        "cli/c.ts": `import type { B } from "./b.ts";`,
      },
      /circle: cli\/b.ts → cli\/c.ts → cli\/b.ts/,
    ],
  ])("%s", (_, files, sentence) => {
    expect(told(files)).toEqual([expect.stringMatching(sentence)]);
  });
});
