/** Google's own descriptions of its APIs (discovery documents) as judge of requests and answers. Test data that is not ours to ship. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";

const folder = join(process.env["RECONCILE_SPECS"] ?? join(import.meta.dirname, "../../../../shared/specs"), "google");
const documents = ["admin.directory_v1", "groupssettings.v1", "gmail.v1"].map((name) => join(folder, `${name}.json`));

/** Why nothing is judged; undefined where the descriptions are there. */
export const unjudged: string | undefined = documents.every((path) => existsSync(path))
  ? undefined
  : `Google's discovery documents are not in ${folder}: requests and answers are not judged by them`;

/** One request and its answer, as they went over the wire. */
interface Exchange {
  readonly method: string;
  readonly url: URL;
  /** The JSON body, or the JSON part of an upload; undefined where there is none. */
  readonly body: unknown;
  readonly status: number;
  readonly answer: unknown;
}

export interface Judge {
  /** What is wrong, a sentence each; empty where all is as described. */
  judge(exchange: Exchange): readonly string[];
}

interface Parameter {
  readonly type?: string;
  readonly location?: string;
  readonly required?: boolean;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly repeated?: boolean;
}

interface Method {
  readonly id: string;
  readonly httpMethod: string;
  readonly path: string;
  readonly parameters?: Readonly<Record<string, Parameter>>;
  readonly request?: { readonly $ref: string };
  readonly response?: { readonly $ref: string };
  readonly mediaUpload?: { readonly protocols: Readonly<Record<string, { readonly path: string }>> };
}

interface Resource {
  readonly methods?: Readonly<Record<string, Method>>;
  readonly resources?: Readonly<Record<string, Resource>>;
}

interface Document extends Resource {
  readonly servicePath: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly schemas: Readonly<Record<string, unknown>>;
}

interface Described {
  readonly method: Method;
  readonly paths: readonly RegExp[];
  readonly shared: Readonly<Record<string, Parameter>>;
  readonly check: (name: string) => ValidateFunction;
}

/** Of an upload, beside the method's own. */
const uploading: Readonly<Record<string, Parameter>> = {
  uploadType: { type: "string" },
  upload_id: { type: "string" },
};

let loaded: Judge | undefined;

/** Made once: the descriptions are long. */
export const createJudge = (): Judge => (loaded ??= load());

function load(): Judge {
  if (unjudged !== undefined) return { judge: () => [] };
  const all = documents
    .flatMap((path) => describe(JSON.parse(readFileSync(path, "utf8")) as Document))
    // What takes any path comes last.
    .toSorted((a, b) => fixedPart(b.method) - fixedPart(a.method));
  return {
    judge: (exchange) => {
      const { method, url } = exchange;
      const about = `${method} ${url.pathname}`;
      const found = all.find(
        (one) => one.method.httpMethod === method && one.paths.some((path) => path.test(url.pathname)),
      );
      if (found === undefined) return [`${about}: no such method is described`];
      return faults(found, exchange).map((fault) => `${about} (${found.method.id}): ${fault}`);
    },
  };
}

const fixedPart = ({ path }: Method): number => path.replace(/\{[^}]*\}/g, "").length;

function describe(document: Document): readonly Described[] {
  const check = checker(document.schemas);
  return methodsOf(document).map((method) => {
    const uploads = Object.values(method.mediaUpload?.protocols ?? {}).map(({ path }) => path);
    const paths = [`/${document.servicePath}${method.path}`, ...uploads].map(expressionOf);
    return { method, paths, shared: document.parameters, check };
  });
}

function methodsOf({ methods = {}, resources = {} }: Resource): readonly Method[] {
  return [...Object.values(methods), ...Object.values(resources).flatMap(methodsOf)];
}

/** `{id}` is one part of a path, `{+path}` may be several. */
function expressionOf(path: string): RegExp {
  const source = path
    .split(/(\{\+?\w+\})/u)
    .map((part) =>
      part.startsWith("{+") ? ".+" : part.startsWith("{") ? "[^/]+" : part.replace(/[.+?^$()|[\]\\]/g, "\\$&"),
    )
    .join("");
  return new RegExp(`^${source}$`, "u");
}

/** Discovery is not JSON Schema: references are bare names, formats are Google's, `any` is a type, and nothing forbids unknown properties. */
function checker(schemas: Readonly<Record<string, unknown>>): (name: string) => ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: true });
  ajv.addSchema({
    $id: "google",
    $defs: Object.fromEntries(Object.entries(schemas).map(([name, one]) => [name, plain(one)])),
  });
  return (name) => ajv.getSchema(`google#/$defs/${name}`) ?? ajv.compile({ $ref: `google#/$defs/${name}` });
}

const dropped = new Set([
  "id",
  "description",
  "annotations",
  "enumDescriptions",
  "enumDeprecated",
  "format",
  "default",
  "readOnly",
  "deprecated",
]);

function plain(schema: unknown): unknown {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) return schema;
  const { $ref, properties, items, additionalProperties, ...rest } = schema as Readonly<Record<string, unknown>>;
  if (typeof $ref === "string") return { $ref: `#/$defs/${$ref}` };
  const kept = Object.entries(rest).filter(([key, value]) => !dropped.has(key) && !(key === "type" && value === "any"));
  return {
    ...Object.fromEntries(kept),
    ...(items === undefined ? {} : { items: plain(items) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: plain(additionalProperties) }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties as object).map(([key, value]) => [key, plain(value)]),
          ),
          additionalProperties: false,
        }),
  };
}

function faults({ method, shared, check }: Described, { url, body, status, answer }: Exchange): readonly string[] {
  const { parameters = {}, request, response, mediaUpload } = method;
  const known = { ...shared, ...parameters, ...(mediaUpload === undefined ? {} : uploading) };
  const query = [...new Set(url.searchParams.keys())].flatMap((key) =>
    wrongQuery(key, url.searchParams.getAll(key), known[key]),
  );
  const lacking = Object.entries(parameters).flatMap(([key, { location, required }]) =>
    location === "query" && required === true && !url.searchParams.has(key) ? [`lacks ${key}`] : [],
  );
  const sent =
    body === undefined
      ? []
      : request === undefined
        ? ["has a body, and takes none"]
        : wrongBody(check(request.$ref), body, "request");
  const came =
    status >= 300 || answer === undefined || response === undefined
      ? []
      : wrongBody(check(response.$ref), answer, "answer");
  return [...query, ...lacking, ...sent, ...came];
}

function wrongQuery(key: string, values: readonly string[], parameter: Parameter | undefined): readonly string[] {
  if (parameter === undefined) return [`has no parameter ${key}`];
  const { type, repeated, enum: words, pattern } = parameter;
  const several = values.length > 1 && repeated !== true ? [`takes ${key} once`] : [];
  const wrong = values.filter(
    (value) =>
      (type === "integer" && !/^-?\d+$/.test(value)) ||
      (type === "boolean" && !/^(true|false)$/.test(value)) ||
      (words !== undefined && !words.includes(value)) ||
      (pattern !== undefined && !new RegExp(pattern, "u").test(value)),
  );
  return [...several, ...wrong.map((value) => `does not take ${key}=${value}`)];
}

function wrongBody(validate: ValidateFunction, value: unknown, what: string): readonly string[] {
  if (validate(value) === true) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message = "", params }) => `${what}${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}
