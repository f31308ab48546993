import type { Origin } from "../model/resource.ts";
import type { EndpointManifest, EndpointSpec, SecretReference } from "../model/spec.ts";
import { parseSize } from "../kind/normal.ts";
import { nearest } from "../kind/nearest.ts";
import type { YamlDocument } from "./parse.ts";
import { below, noteAt, originOf, pathAt, type Place, placeIn, problemAt, secretAt } from "./place.ts";
import { present } from "./present.ts";
import type { Report } from "./problem.ts";
import { quoted } from "./quote.ts";

/** An Endpoint document; paths are absolute, sizes in octets. */
export interface DeclaredEndpoint {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly origin: Origin;
  readonly spec: EndpointSpec;
}

interface EndpointDocument {
  readonly document: YamlDocument;
  readonly body: EndpointManifest;
}

export function endpointsOf(all: readonly EndpointDocument[], report: Report): ReadonlyMap<string, DeclaredEndpoint> {
  const endpoints = new Map<string, DeclaredEndpoint>();
  const places = new Map<string, Place>();
  for (const { document, body } of all) {
    const { name, labels = {} } = body.metadata;
    const at = placeIn(document, ["metadata", "name"]);
    const first = places.get(name);
    if (first !== undefined) {
      report(
        problemAt(at, `the Endpoint ${quoted(name)} is written twice`, undefined, [noteAt(first, "the first is here")]),
      );
      continue;
    }
    places.set(name, at);
    endpoints.set(name, { name, labels, origin: originOf(at), spec: specAt(body.spec, placeIn(document, ["spec"])) });
  }
  return endpoints;
}

/** Keys of an endpoint's spec that hold a path, that hold a secret's reference, and that hold more such keys. */
const pathKeys = new Set(["path", "seed", "ca", "file", "certificate", "key"]);
const secretKeys = new Set(["password", "accessToken", "refreshToken", "clientSecret", "privateKey", "serviceAccount"]);
const groupKeys = new Set(["auth", "passwords", "bind", "clientCertificate"]);

/** Paths in full, and references with the line that asks for them. */
function located(part: object, at: Place): object {
  const entries = Object.entries(part).map(([key, value]: [string, unknown]): [string, unknown] => {
    const place = below(at, key);
    if (pathKeys.has(key) && typeof value === "string") return [key, pathAt(place, value)];
    if (secretKeys.has(key)) return [key, secretAt(place, value as SecretReference)];
    return [key, groupKeys.has(key) ? located(value as object, place) : value];
  });
  return Object.fromEntries(entries);
}

function specAt(spec: EndpointSpec, at: Place): EndpointSpec {
  const bytesPerSecond = spec.limits?.bytesPerSecond;
  const limits = spec.limits && {
    ...spec.limits,
    ...present({ bytesPerSecond: bytesPerSecond === undefined ? undefined : parseSize(bytesPerSecond) }),
  };
  return { ...spec, ...located(spec, at), ...present({ limits }) };
}

/** Which system an endpoint speaks to, whatever it is called; undefined where the spec does not tell one from another. */
export function systemOf(spec: EndpointSpec | undefined): string | undefined {
  if (spec === undefined) return undefined;
  const { type, ...rest } = spec as EndpointSpec & Readonly<Record<(typeof systemKeys)[number], unknown>>;
  const where = systemKeys.flatMap((key) => (typeof rest[key] === "string" ? [rest[key]] : []));
  return where.length === 0 ? undefined : [type, ...where].join(" ");
}

const systemKeys = ["host", "url", "path", "seed", "tenant", "admin"] as const;

/** Reports a name that no Endpoint document bears. */
export function expectEndpoint(name: string | undefined, at: Place, known: ReadonlySet<string>, report: Report): void {
  if (name === undefined || known.has(name)) return;
  const meant = nearest(name, known);
  const remedy = meant === undefined ? "declare it: kind: Endpoint" : `did you mean ${quoted(meant)}?`;
  report(problemAt(at, `no Endpoint is called ${quoted(name)}`, remedy));
}

const sides = ["source", "destination"] as const;
const uses = ["directory", "mail"] as const;

/** Reports every end of a Migration that no Endpoint document bears. */
export function expectEnds(
  ends: Readonly<Record<(typeof sides)[number], { readonly directory?: string; readonly mail?: string }>>,
  document: YamlDocument,
  known: ReadonlySet<string>,
  report: Report,
): void {
  for (const side of sides)
    for (const use of uses)
      expectEndpoint(ends[side][use], below(placeIn(document, ["spec"]), side, use), known, report);
}
