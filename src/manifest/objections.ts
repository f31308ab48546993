import type { ErrorObject } from "ajv";
import { expectedBy, found, orList, typeOf, typeRemedy } from "./expected.ts";
import { nearest } from "../kind/nearest.ts";
import { spotOf, type YamlDocument } from "./parse.ts";
import type { Problem } from "./problem.ts";
import { quoted } from "./quote.ts";
import { type JsonSchema, type Schemas, schemas } from "./schema.ts";
import { firstWithin } from "./source.ts";

/** One thing that a schema does not allow: where, and in words. */
interface Objection {
  readonly path: readonly string[];
  readonly part?: "key" | "value";
  readonly message: string;
  readonly remedy?: string | undefined;
}

interface Context {
  readonly schemas: Schemas;
  /** False where the part may be a secret. */
  shown(path: readonly string[], part: "key" | "value"): boolean;
}

/** What the schemas do not allow in a document, each thing once; none means that it is one. */
export function objectionsTo(document: YamlDocument): readonly Problem[] {
  const all = schemas();
  if (all.document(document.value)) return [];
  const context: Context = {
    schemas: all,
    shown(path, part) {
      const { span, hidden } = spotOf(document, path, part);
      return firstWithin(hidden(), span.start, span.start + 1) === undefined;
    },
  };
  const objections = explain(all.document.errors ?? [], [], context);
  return unique(objections).map(({ path, part, message, remedy }) => ({
    spot: spotOf(document, path, part ?? "value"),
    message,
    ...(remedy === undefined ? {} : { remedy }),
  }));
}

/** Several rules may object to one thing: the first is told. */
function unique(objections: readonly Objection[]): readonly Objection[] {
  const seen = new Set<string>();
  return objections.filter(({ path, part }) => {
    const key = JSON.stringify([path, part ?? "value"]);
    return !seen.has(key) && seen.add(key);
  });
}

function explain(errors: readonly ErrorObject[], base: readonly string[], context: Context): readonly Objection[] {
  const choices = new Set(errors.filter((error) => error.keyword === "oneOf").map((error) => error.instancePath));
  const within = (path: string): boolean => {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1))
      if (choices.has(path.slice(0, end))) return true;
    return false;
  };
  const told = new Set<string>();
  return errors.flatMap((error) => {
    const path = error.instancePath;
    if (error.keyword === "oneOf") {
      if (within(path) || told.has(path)) return [];
      told.add(path);
      return choose(error, [...base, ...steps(path)], context);
    }
    if (within(path) || choices.has(path)) return [];
    const objection = rules[error.keyword]?.(error, [...base, ...steps(path)], context);
    return objection === undefined ? [] : [objection];
  });
}

const steps = (pointer: string): readonly string[] =>
  pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
const schemaOf = (error: ErrorObject): JsonSchema => (error.parentSchema ?? {}) as JsonSchema;

/** Of several shapes, the one that was probably meant is explained; where that is not clear, all are named. */
function choose(error: ErrorObject, path: readonly string[], context: Context): readonly Objection[] {
  const schema = schemaOf(error);
  const branches = (schema.oneOf ?? []).map((branch) => context.schemas.follow(branch));
  const value: unknown = error.data;
  if (isSecretReference(schema)) return [secretObjection(schema, value, path, context)];
  const fitting = branches.filter((branch) => accepts(branch, value));
  const keyed = fitting.filter(
    (branch) => branch.required !== undefined && branch.required.every((key) => key in (value as object)),
  );
  const meant = keyed.length === 1 ? keyed[0] : fitting.length === 1 ? fitting[0] : undefined;
  if (meant !== undefined && meant.const === undefined) {
    if (isSecretReference(meant)) return [secretObjection(meant, value, path, context)];
    const check = context.schemas.check(meant);
    check(value);
    return explain(check.errors ?? [], path, context);
  }
  if (fitting.length > 1) return [oneOfKeys(fitting, value, path, context)];
  const named = schema.title === undefined ? orList([...new Set(branches.map(expectedBy))]) : expectedBy(schema);
  const shown = context.shown(path, "value");
  const remedy = !shown && typeof value === "string" ? neverWritten : undefined;
  return [{ path, message: `expected ${named}, found ${found(value, shown)}`, remedy }];
}

const neverWritten = "a secret is never written in a manifest: refer to it, and change this one";

function accepts(branch: JsonSchema, value: unknown): boolean {
  const type = typeOf(value);
  if (branch.oneOf !== undefined) return type === "object";
  return [branch.type ?? "object"]
    .flat()
    .some((wanted) => wanted === type || (wanted === "number" && type === "integer"));
}

function oneOfKeys(
  branches: readonly JsonSchema[],
  value: unknown,
  path: readonly string[],
  context: Context,
): Objection {
  const keys = branches.flatMap((branch) => branch.required ?? []);
  const written = Object.keys(value as object);
  const known = new Set(branches.flatMap((branch) => Object.keys(branch.properties ?? {})));
  const stranger = written.find((key) => !known.has(key));
  const message = `expected exactly one of ${keys.join(", ")}`;
  if (stranger === undefined) return { path, message };
  const name = context.shown([...path, stranger], "key") ? ` ${quoted(stranger)}` : "";
  return {
    path: [...path, stranger],
    part: "key",
    message: `unknown key${name}; ${message}`,
    remedy: meantRemedy(nearest(stranger, known)),
  };
}

const isSecretReference = (schema: JsonSchema): boolean => schema.title?.startsWith("a secret reference") === true;

/** A secret is told by its place alone: neither what was written nor the keys of it are shown. */
function secretObjection(schema: JsonSchema, value: unknown, path: readonly string[], context: Context): Objection {
  const expected = `expected ${expectedBy(schema)}`;
  if (typeOf(value) !== "object") {
    const literal = value !== null && typeof value !== "object";
    return {
      path,
      message: `${expected}; found ${found(value, false)}`,
      remedy: literal ? neverWritten : undefined,
    };
  }
  const [key, more] = Object.keys(value as object);
  const branches = (schema.oneOf ?? []).map((branch) => context.schemas.follow(branch));
  const branch = branches.find((each) => key !== undefined && each.required?.includes(key));
  if (key === undefined || more !== undefined)
    return { path, message: `${expected}; exactly one of the keys env, file and command` };
  if (branch === undefined)
    return { path, message: expected, remedy: meantRemedy(nearest(key, ["env", "file", "command"])) };
  return {
    path,
    message: `${expected}; ${key} takes ${branch.properties?.[key] === undefined ? "another value" : expectedBy(context.schemas.follow(branch.properties[key]))}`,
  };
}

const meantRemedy = (word: string | undefined): string | undefined =>
  word === undefined ? undefined : `did you mean ${quoted(word)}?`;

type Rule = (error: ErrorObject, path: readonly string[], context: Context) => Objection | undefined;

/** A value that does not fit: what the schema asks for, and what was found. */
const misfit: Rule = (error, path, context) => {
  if (error.propertyName !== undefined) {
    const key = [...path, error.propertyName];
    const name = context.shown(key, "key") ? `, found ${quoted(error.propertyName)}` : "";
    return { path: key, part: "key", message: `expected ${expectedBy(schemaOf(error))}${name}` };
  }
  return {
    path,
    message: `expected ${expectedBy(schemaOf(error))}, found ${found(error.data, context.shown(path, "value"))}`,
  };
};

const bound =
  (words: string): Rule =>
  (error, path) => ({ path, message: `${words} ${Number(error.params["limit"]).toLocaleString("en")}` });

const rules: Readonly<Record<string, Rule>> = {
  type: (error, path, context) => {
    const objection = misfit(error, path, context);
    const wanted = [schemaOf(error).type ?? []].flat();
    return (
      objection && {
        ...objection,
        remedy: schemaOf(error).enum === undefined ? typeRemedy(wanted, error.data) : undefined,
      }
    );
  },
  enum: (error, path, context) => {
    const words = (schemaOf(error).enum ?? []).map(String);
    const objection = misfit(error, path, context);
    return (
      objection && {
        ...objection,
        remedy: typeof error.data === "string" ? meantRemedy(nearest(error.data, words)) : undefined,
      }
    );
  },
  const: (error, path, context) => {
    const dependent = /\/dependentSchemas\/([^/]+)\/properties\/([^/]+)\/const$/u.exec(error.schemaPath);
    if (dependent === null) return misfit(error, path, context);
    const [, key = "", other = ""] = dependent;
    return {
      path: [...path.slice(0, -1), key],
      part: "key",
      message: `${quoted(key)} is for ${other}: ${String(error.params["allowedValue"])}`,
    };
  },
  pattern: misfit,
  format: misfit,
  minLength: misfit,
  maxLength: bound("longer than"),
  minimum: bound("expected at least"),
  maximum: bound("expected at most"),
  minItems: bound("fewer items than"),
  maxItems: bound("more items than"),
  minProperties: (error, path) => ({ path, message: `expected one of the keys ${keysOf(error).join(", ")}` }),
  maxProperties: (error, path) => ({ path, message: `expected only one of the keys ${keysOf(error).join(", ")}` }),
  uniqueItems: (error, path) => ({
    path: [...path, String(Math.max(error.params["i"], error.params["j"]))],
    message: "written twice in this list",
  }),
  required: (error, path) => {
    const schema = schemaOf(error) as JsonSchema & { readonly discriminator?: { readonly propertyName: string } };
    const key = String(error.params["missingProperty"]);
    if (schema.discriminator?.propertyName === key) return undefined;
    return { path, part: "key", message: `the key ${quoted(key)} is missing` };
  },
  additionalProperties: (error, path, context) => {
    const key = String(error.params["additionalProperty"]);
    const known = keysOf(error);
    const fresh = known.filter((each) => !(each in (error.data as object)));
    const name = context.shown([...path, key], "key") ? ` ${quoted(key)}` : "";
    return {
      path: [...path, key],
      part: "key",
      message: `unknown key${name}`,
      remedy: meantRemedy(nearest(key, fresh)) ?? `known here: ${known.join(", ")}`,
    };
  },
  discriminator: (error, path, context) => {
    const tag = String(error.params["tag"]);
    const words = (schemaOf(error).oneOf ?? []).map((branch) =>
      String(context.schemas.follow(branch).properties?.[tag]?.const),
    );
    const value: unknown = error.params["tagValue"];
    if (value === undefined)
      return { path, part: "key", message: `the key ${quoted(tag)} is missing: ${orList(words)}` };
    const at = [...path, tag];
    const message = `expected ${orList(words)}, found ${found(value, context.shown(at, "value"))}`;
    return { path: at, message, remedy: typeof value === "string" ? meantRemedy(nearest(value, words)) : undefined };
  },
};

const keysOf = (error: ErrorObject): readonly string[] => Object.keys(schemaOf(error).properties ?? {});
