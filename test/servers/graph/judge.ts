/**
 * Microsoft's own descriptions as a judge: each request that comes to the stand-in for Graph, and each answer of it. They are not part of
 * this repository; where they are not beside it, nobody judges, and a line says so.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";

const folder = join(import.meta.dirname, "../../../../shared/specs/microsoft-graph");
const names = ["graph-v1.0-mail-migration.openapi.json", "graph-v1.0-mailbox-import-export.openapi.json"];

type Node = Readonly<Record<string, unknown>>;

interface Judged {
  readonly method: string;
  /** Below the version, decoded, without its query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly status: number;
  readonly answer: unknown;
}

export interface Judge {
  /** What is wrong with an exchange, a sentence each; none where it is as described. */
  judge(exchange: Judged): readonly string[];
}

/** What the descriptions do not hold, though Graph has it: paths, and why they are taken on trust. */
const undescribed: readonly (readonly [RegExp, string])[] = [
  [/^\/\$batch$/, "batches are part of the protocol; their parts are judged"],
  [/^\/directory\/deletedItems\//, "left out of the slice"],
  [/^\/users\/[^/]+\/settings\/exchange$/, "left out of the slice"],
];

/** Types whose values are often of a type derived from them, with more properties. */
const open = new Set(["directoryObject", "domainDnsRecord", "attachment", "entity", "outlookItem", "message"]);

function isOpen(name: string): boolean {
  return open.has(name.replace(/^microsoft\.graph\./, ""));
}

/** OpenAPI 3.0 to JSON Schema: null where it may be, and no property that nobody described. */
function converted(node: unknown, closed: boolean): unknown {
  if (Array.isArray(node)) return node.map((each) => converted(each, closed));
  if (typeof node !== "object" || node === null) return node;
  const { nullable, description: _description, example: _example, title: _title, ...rest } = node as Node;
  const out = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, converted(value, closed)]));
  if (closed && "properties" in rest && !("additionalProperties" in rest))
    Object.assign(out, { additionalProperties: false, patternProperties: { "@odata\\.|@removed": {} } });
  return nullable === true ? { anyOf: [{ type: "null" }, out] } : out;
}

interface Described {
  readonly document: Node;
  readonly validator: (pointer: string) => ValidateFunction;
}

function load(name: string): Described {
  const document = JSON.parse(readFileSync(join(folder, name), "utf8")) as Node;
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
  addFormats.default(ajv);
  for (const format of ["int16", "int32", "int64", "double", "float", "binary", "base64url", "decimal"])
    ajv.addFormat(format, true);
  const components = document["components"] as Readonly<Record<string, Node>>;
  const schemas = Object.entries(components["schemas"] ?? {}).map(([key, value]) => [
    key,
    converted(value, !isOpen(key)),
  ]);
  const { schemas: _schemas, ...others } = components;
  const paths = converted(document["paths"], true);
  ajv.addSchema({
    $id: name,
    components: { ...(converted(others, true) as Node), schemas: Object.fromEntries(schemas) },
    paths,
  });
  const kept = new Map<string, ValidateFunction>();
  return {
    document,
    validator: (pointer) => {
      const known = kept.get(pointer) ?? ajv.compile({ $ref: `${name}#${pointer}` });
      kept.set(pointer, known);
      return known;
    },
  };
}

const escaped = (part: string): string => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"));

function follow(document: Node, node: unknown, at: string): { readonly node: Node; readonly at: string } {
  const reference = (node as Node)["$ref"];
  if (typeof reference !== "string") return { node: node as Node, at };
  const parts = reference.slice(2).split("/");
  const found = parts.reduce<unknown>((value, part) => (value as Node)[part], document);
  return { node: found as Node, at: parts.map((part) => `/${escaped(part)}`).join("") };
}

const fixed = (template: string): number => template.split("/").filter((part) => !part.startsWith("{")).length;

/** The template that a path fits, the one with the most fixed parts. */
function templateOf(paths: Node, path: string): string | undefined {
  const parts = path.split("/");
  const fits = Object.keys(paths).filter((each) => {
    const own = each.split("/");
    return own.length === parts.length && own.every((part, index) => part.startsWith("{") || part === parts[index]);
  });
  return fits.toSorted((one, other) => fixed(other) - fixed(one))[0];
}

function contentOf(document: Node, node: unknown, at: string): string | undefined {
  const found = follow(document, node, at);
  const content = found.node["content"] as Node | undefined;
  return content !== undefined && "application/json" in content
    ? `${found.at}/content/${escaped("application/json")}/schema`
    : undefined;
}

function complaints({ validator }: Described, pointer: string, value: unknown, what: string): readonly string[] {
  const validate = validator(pointer);
  if (validate(value)) return [];
  return (validate.errors ?? []).slice(0, 3).map(({ instancePath, message, params }) => {
    return `${what}${instancePath} ${message} ${JSON.stringify(params)}`;
  });
}

function judgeBy(described: Described, exchange: Judged, template: string): readonly string[] {
  const { document } = described;
  const { method, query, body, status, answer } = exchange;
  const operation = ((document["paths"] as Node)[template] as Node)[method.toLowerCase()] as Node | undefined;
  const what = `${method} ${template}`;
  if (operation === undefined) return [`${what}: there is no such method`];
  const at = `/paths/${escaped(template)}/${method.toLowerCase()}`;
  const parameters = new Set(
    ((operation["parameters"] as readonly unknown[] | undefined) ?? []).map(
      (each) => follow(document, each, "").node["name"],
    ),
  );
  const strange = [...query.keys()].filter(
    (name) => name !== "$skiptoken" && name !== "$deltatoken" && !parameters.has(name),
  );
  const requested =
    operation["requestBody"] === undefined
      ? undefined
      : contentOf(document, operation["requestBody"], `${at}/requestBody`);
  const responses = operation["responses"] as Node;
  const which = [String(status), `${Math.floor(status / 100)}XX`, "default"].find((each) => each in responses);
  const said =
    which === undefined || answer === undefined
      ? undefined
      : contentOf(document, responses[which], `${at}/responses/${which}`);
  return [
    ...strange.map((name) => `${what}: there is no parameter ${name}`),
    ...(body === undefined || requested !== undefined ? [] : [`${what}: it takes no body`]),
    ...(body === undefined || requested === undefined ? [] : complaints(described, requested, body, `${what} request`)),
    ...(said === undefined ? [] : complaints(described, said, answer, `${what} answer ${status}`)),
  ];
}

let loaded: readonly Described[] | undefined;
let told = false;

export function openJudge(): Judge {
  if (!existsSync(folder)) {
    if (!told)
      process.stderr.write("Microsoft's descriptions of Graph are not here: nobody judges requests and answers\n");
    told = true;
    return { judge: () => [] };
  }
  loaded ??= names.map(load);
  const all = loaded;
  return {
    judge: (exchange) => {
      if (undescribed.some(([path]) => path.test(exchange.path))) return [];
      for (const described of all) {
        const template = templateOf(described.document["paths"] as Node, exchange.path);
        if (template !== undefined) return judgeBy(described, exchange, template);
      }
      return [`${exchange.method} ${exchange.path}: there is no such path`];
    },
  };
}
