import { readdirSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, test } from "vitest";

const folder = new URL("../../../schemas/", import.meta.url);
const kinds = [
  "manifest",
  "defs",
  "endpoint",
  "migration",
  "domain",
  "account",
  "distributionlist",
  "alias",
  "mailbox",
];
const names = kinds.map((kind) => `${kind}.schema.json`);
const read = (name: string): Record<string, unknown> => JSON.parse(readFileSync(new URL(name, folder), "utf8"));

/** Every schema inside a schema, by its pointer. */
function* parts(schema: unknown, pointer: string): Generator<[string, Record<string, unknown>]> {
  if (typeof schema !== "object" || schema === null) return;
  if (!Array.isArray(schema)) yield [pointer, schema as Record<string, unknown>];
  for (const [key, part] of Object.entries(schema)) yield* parts(part, `${pointer}/${key}`);
}

describe("the schemas", () => {
  test("are all here", () => expect(readdirSync(folder)).toEqual(expect.arrayContaining(names)));

  test("are sound, by JSON Schema's own schema and in ajv's strict mode", () => {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false, discriminator: true });
    addFormats.default(ajv, ["date"]);
    for (const name of names) ajv.addSchema(read(name));
    for (const name of names) expect(ajv.getSchema(String(read(name)["$id"]))).toBeTypeOf("function");
  });

  test.each(names)("%s: an id by its file, words for every property, and no key but those it names", (name) => {
    const schema = read(name);
    expect(schema["$schema"]).toBe("https://json-schema.org/draft/2020-12/schema");
    expect(String(schema["$id"]).split("/").at(-1)).toBe(name);
    const inner = [...parts(schema, "#")].filter(
      ([pointer]) => !/\/(properties|\$defs|dependentSchemas|examples|default)$|\/dependentSchemas\//u.test(pointer),
    );
    const silent = inner.filter(
      ([pointer, part]) => /\/properties\/[^/]+$/u.test(pointer) && !/^.{8,}\.$/u.test(String(part["description"])),
    );
    const open = inner.filter(
      ([, part]) =>
        part["type"] === "object" && part["oneOf"] === undefined && part["additionalProperties"] === undefined,
    );
    expect([...silent, ...open].map(([pointer]) => pointer)).toEqual([]);
    expect(inner.length).toBeGreaterThan(3);
  });
});
