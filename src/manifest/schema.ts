import { readFileSync } from "node:fs";
import { Ajv2020, type Options, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats, { type FormatName } from "ajv-formats";

/** A schema's file below `schemas/`, which stands beside `src/` and `dist/` alike. */
const folder = new URL("../../schemas/", import.meta.url);

/** The files that a manifest is checked by; the first is the envelope. */
const files = [
  "manifest",
  "defs",
  "endpoint",
  "migration",
  "domain",
  "account",
  "distributionlist",
  "alias",
  "mailbox",
] as const;

export interface JsonSchema {
  readonly $id?: string;
  readonly $ref?: string;
  /** What it stands for, with its article, as messages say it; a file's own is its type's name. */
  readonly title?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
}

export interface Schemas {
  /** Checks a whole document. */
  readonly document: ValidateFunction;
  /** What a file of the schemas says: `account` for an account's spec. */
  named(file: (typeof files)[number]): JsonSchema;
  /** Follows a `$ref`; another schema is returned as it is. */
  follow(schema: JsonSchema): JsonSchema;
  /** Checks against one part of the schemas. */
  check(schema: JsonSchema): ValidateFunction;
}

/** How the language reads its schemas; their own soundness is a test's matter. */
export const dialect = {
  discriminator: true,
  allowUnionTypes: true,
  strict: false,
  validateSchema: false,
  meta: false,
} as const satisfies Options;

/** The formats that the schemas name. */
export const formats: FormatName[] = ["date"];

/** The schemas' files, the envelope first. */
export const readSchemas = (): readonly JsonSchema[] =>
  files.map((name) => JSON.parse(readFileSync(new URL(`${name}.schema.json`, folder), "utf8")) as JsonSchema);

let loaded: Schemas | undefined;

/** The schemas, read and compiled once, when first asked for. */
export function schemas(): Schemas {
  return (loaded ??= load());
}

function load(): Schemas {
  const ajv = new Ajv2020({ ...dialect, allErrors: true, verbose: true, code: { optimize: false } });
  addFormats.default(ajv, formats);
  const roots = readSchemas();
  for (const root of roots) ajv.addSchema(root);
  return schemasOf(ajv, roots);
}

function schemasOf(ajv: Ajv2020, roots: readonly JsonSchema[]): Schemas {
  const pointers = new Map<object, string>();
  const byPointer = new Map<string, JsonSchema>();
  for (const root of roots)
    index(root, `${root.$id}#`, (schema, pointer) => (pointers.set(schema, pointer), byPointer.set(pointer, schema)));
  const follow = (schema: JsonSchema): JsonSchema => {
    if (schema.$ref === undefined) return schema;
    const base = pointers.get(schema) ?? "";
    const target = new URL(schema.$ref, base).href;
    const next = byPointer.get(target.includes("#") ? target : `${target}#`);
    return next === undefined ? schema : follow(next);
  };
  const checks = new Map<string, ValidateFunction>();
  const check = (schema: JsonSchema): ValidateFunction => {
    const pointer = pointers.get(schema) ?? "";
    const known = checks.get(pointer) ?? ajv.compile({ $ref: pointer });
    checks.set(pointer, known);
    return known;
  };
  const named = (file: (typeof files)[number]): JsonSchema => {
    const root = roots[files.indexOf(file)];
    if (root === undefined) throw new Error("no schemas");
    return root;
  };
  return { document: check(named("manifest")), named, follow, check };
}

function index(schema: unknown, pointer: string, add: (schema: JsonSchema, pointer: string) => void): void {
  if (typeof schema !== "object" || schema === null) return;
  if (!Array.isArray(schema)) add(schema as JsonSchema, pointer);
  for (const [key, part] of Object.entries(schema))
    index(part, `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`, add);
}
