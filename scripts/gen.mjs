// schemas/*.schema.json → src/model/spec.ts. `--check` writes nothing and fails when the two are out of step.
// All files become one schema first, so that a definition which several of them use is one type with one name.
import { readFile, readdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { compile } from "json-schema-to-typescript";

const schemas = new URL("../schemas/", import.meta.url);
const target = new URL("../src/model/spec.ts", import.meta.url);

/** What the product writes for others to read: its types stand in src/model, by hand. */
const outward = new Set(["drift.schema.json", "plan.schema.json", "proof.schema.json"]);

const banner = "// Generated from schemas/ by `npm run gen`. Do not edit.";
/** Keywords that hold schemas by name, those that hold data, and those that mean nothing to a type. */
const named = new Set(["properties", "patternProperties", "dependentSchemas"]);
const data = new Set(["enum", "const", "default", "examples", "required", "type"]);
const mute = new Set(["$schema", "$id", "$comment", "$anchor", "if", "then", "else", "not", "examples", "title"]);
const typing = new Set(
  "$ref type properties patternProperties additionalProperties items enum const allOf anyOf oneOf".split(" "),
);

const pascal = (text) => text.replace(/(?:^|[^A-Za-z0-9]+)([A-Za-z0-9])/g, (_, letter) => letter.toUpperCase());

async function load() {
  const names = (await readdir(schemas))
    .filter((name) => name.endsWith(".schema.json") && !outward.has(name))
    .toSorted();
  if (names.length === 0) throw new Error("schemas/ holds no *.schema.json");
  const files = names.map(async (name) => {
    const schema = JSON.parse(await readFile(new URL(name, schemas), "utf8"));
    const url = new URL(name, schemas).href;
    return { name, schema, base: schema.$id ?? url, url };
  });
  return Promise.all(files);
}

/** Every place a `$ref` may name (`url#`, `url#/$defs/x`; by path and by `$id`) → the type's name. */
function index(files) {
  const types = new Map();
  const places = new Map();
  const add = (file, fragment, type, schema) => {
    if (types.has(type)) throw new Error(`schemas/${file.name}${fragment}: ${type} is also ${types.get(type).from}`);
    types.set(type, { from: `schemas/${file.name}${fragment}`, schema, file });
    for (const url of new Set([file.base, file.url])) places.set(new URL(fragment, url).href, type);
  };
  for (const file of files) {
    const { $defs = {}, ...root } = file.schema;
    if (speaks(root)) add(file, "#", pascal(root.title ?? file.name.replace(".schema.json", "")), root);
    for (const [key, schema] of Object.entries($defs)) add(file, `#/$defs/${key}`, pascal(key), schema);
  }
  return { types, places };
}

/** The same schema with every `$ref` local to the one big file. */
function rewrite(node, file, places) {
  if (Array.isArray(node)) return node.map((each) => rewrite(each, file, places));
  if (typeof node !== "object" || node === null) return node;
  const out = {};
  for (const [key, value] of Object.entries(node)) {
    if (mute.has(key)) continue;
    if (key === "$ref") out.$ref = `#/$defs/${resolve(value, file, places)}`;
    else if (key === "unevaluatedProperties") out.additionalProperties ??= rewrite(value, file, places);
    else if (named.has(key)) out[key] = mapValues(value, (each) => rewrite(each, file, places));
    else out[key] = data.has(key) ? value : rewrite(value, file, places);
  }
  return alone(narrowed(out));
}

function resolve(ref, file, places) {
  for (const base of [file.base, file.url]) {
    const url = new URL(ref, base);
    if (url.hash === "") url.hash = "#";
    const type = places.get(url.href) ?? places.get(`${url.href}#`);
    if (type) return type;
  }
  throw new Error(`schemas/${file.name}: $ref ${ref} is neither a schema file nor one of its $defs`);
}

/** A `$ref` with a description beside it would be copied under a second name; inside allOf it keeps its own. */
function alone(node) {
  const { $ref, allOf = [], ...rest } = node;
  if ($ref === undefined || Object.keys(node).length === 1) return node;
  return { ...rest, allOf: [{ $ref }, ...allOf] };
}

/** False for a schema that only narrows (`{ required: ["a"] }` in a oneOf) or only names things: no type follows from it. */
const speaks = (schema) => Object.keys(schema).some((key) => typing.has(key));

/** A choice with a branch that says nothing about shape leaves the shape as it was. */
function narrowed(node) {
  const { allOf, anyOf, oneOf, ...rest } = node;
  const parts = allOf?.filter(speaks) ?? [];
  if (parts.length > 0) rest.allOf = parts;
  if (anyOf?.every(speaks)) rest.anyOf = anyOf;
  if (oneOf?.every(speaks)) rest.oneOf = oneOf;
  return rest;
}

const mapValues = (object, change) => Object.fromEntries(Object.entries(object).map(([k, v]) => [k, change(v)]));

async function generate() {
  const { types, places } = index(await load());
  const $defs = {};
  for (const [type, { schema, file }] of types) $defs[type] = { ...rewrite(schema, file, places), title: type };
  const root = { title: "Root", type: "object", properties: {}, $defs };
  for (const type of types.keys()) root.properties[type] = { $ref: `#/$defs/${type}` };
  const text = await compile(root, "Root", {
    additionalProperties: false,
    bannerComment: banner,
    cwd: fileURLToPath(schemas),
    ignoreMinAndMaxItems: true,
    style: { printWidth: 120 },
  });
  return text.replace(/export interface Root \{[^}]*\}\n+/, "");
}

const text = await generate();
const now = await readFile(target, "utf8").catch(() => undefined);
if (now !== text && process.argv.includes("--check")) {
  process.stderr.write("src/model/spec.ts is out of step with schemas/: run `npm run gen`.\n");
  process.exitCode = 1;
} else if (now !== text) {
  await writeFile(target, text);
}
