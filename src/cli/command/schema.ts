import type { Command } from "commander";
import { Fault } from "../../model/fault.ts";
import type { Json } from "../../model/json.ts";
import type { ExitFacts } from "../exit.ts";
import { type CommonFlags, withCommon, withExample } from "../flags.ts";
import { readSchema, schemaNames } from "../package.ts";
import type { Runner } from "../runner.ts";
import type { Terminal } from "../terminal.ts";

type Schema = { readonly [key: string]: Json };

/** Not a kind, and of no use alone. */
const shared = "defs";
const envelope = "manifest";

export function defineSchema(program: Command, run: Runner): void {
  const command = program
    .command("schema")
    .summary("print the JSON Schema of a manifest, a kind, a plan or drift")
    .description(
      "Prints a JSON Schema (2020-12) that needs no other file: of every document of a manifest, or of one kind's spec.",
    )
    .argument("[kind]", "such as Account, Migration, plan for a saved plan, or drift for its JSON");
  withExample(withCommon(command), "reconcile schema Account > account.schema.json").action(
    (kind: string | undefined, flags: CommonFlags) => run(flags, ({ terminal }) => print(kind ?? envelope, terminal)),
  );
}

async function print(kind: string, terminal: Terminal): Promise<ExitFacts> {
  const names = (await schemaNames()).filter((name) => name !== shared);
  const name = names.find((each) => each === kind.toLowerCase());
  if (name === undefined) {
    const message = `There is no schema ${JSON.stringify(kind)}`;
    throw new Fault({ code: "schema.unknown", message, spoils: "run", remedy: `name one of ${names.join(", ")}` });
  }
  terminal.out(`${JSON.stringify(await bundle(name), undefined, 2)}\n`);
  return {};
}

/** The schema with every file that it refers to under its `$defs` (JSON Schema 2020-12, section 9.3). */
async function bundle(name: string): Promise<Schema> {
  const root = JSON.parse(await readSchema(name)) as Schema;
  const parts = new Map<string, Schema>();
  const queue = [...filesIn(root)];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (parts.has(file) || file === name) continue;
    const part = JSON.parse(await readSchema(file)) as Schema;
    parts.set(file, part);
    queue.push(...filesIn(part));
  }
  if (parts.size === 0) return root;
  const own = (root["$defs"] ?? {}) as Schema;
  const named = [...parts].map(([file, part]) => [`${file}.schema.json`, part] as const);
  return { ...root, $defs: { ...own, ...Object.fromEntries(named) } };
}

function filesIn(node: Json): readonly string[] {
  if (Array.isArray(node)) return node.flatMap((part: Json) => filesIn(part));
  if (node === null || typeof node !== "object") return [];
  return Object.entries(node as Schema).flatMap(([key, value]) => {
    const match = key === "$ref" && typeof value === "string" ? /^([^#/]+)\.schema\.json(#|$)/.exec(value) : null;
    return match?.[1] === undefined ? filesIn(value) : [match[1]];
  });
}
