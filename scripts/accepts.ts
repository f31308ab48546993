import { Ajv2020 } from "ajv/dist/2020.js";
import standaloneCode from "ajv/dist/standalone/index.js";
import addFormats from "ajv-formats";
import { dialect, formats, type JsonSchema, readSchemas } from "../src/manifest/schema.ts";

/** Keywords for people; a property of such a name is a schema, and stays. */
const words = new Set(["title", "description", "examples"]);

/** A CommonJS module that exports `accepts`, as src/manifest/accepts.ts does. It says yes or no: errors are counted, and hold nothing. */
export function writtenOut(): string {
  const ajv = new Ajv2020({ ...dialect, messages: false, code: { source: true, lines: true } });
  addFormats.default(ajv, formats);
  const roots = readSchemas().map((root) => wordless(root) as JsonSchema);
  for (const root of roots) ajv.addSchema(root);
  const code = standaloneCode.default(ajv, { accepts: `${roots[0]?.$id}#` });
  return code.replace(/ = (\[?)\{instancePath.*\}(\]?);$/gmu, " = $1null$2;");
}

function wordless(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(wordless);
  if (typeof node !== "object" || node === null) return node;
  const kept = Object.entries(node).filter(([key, value]) => !words.has(key) || isSchema(value));
  return Object.fromEntries(kept.map(([key, value]) => [key, wordless(value)]));
}

const isSchema = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);
