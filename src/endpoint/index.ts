import type { Budget, Endpoint, Open, OpenContext } from "../contract/endpoint.ts";
import { Fault } from "../model/fault.ts";
import type { EndpointSpec } from "../model/spec.ts";
import { type Budgets, createBudgets } from "./budgets.ts";

/** Where each type's code is; it is loaded when it is first opened. */
const types: { readonly [T in EndpointSpec["type"]]: () => Promise<{ readonly open: Open }> } = {
  memory: () => import("./memory/index.ts"),
  csv: () => import("./csv/index.ts"),
  archive: () => import("./archive/index.ts"),
  imap: () => import("./imap/index.ts"),
  ldap: () => import("./ldap/index.ts"),
  microsoft365: () => import("./microsoft365/index.ts"),
  google: () => import("./google/index.ts"),
};

/** Types that manifests may name one day. */
const later = new Set(["carbonio", "dav", "sieve"]);

/**
 * What opening needs from outside. Endpoints on one host share a budget; without `budgets` each has its own; `budget` is that of an
 * endpoint which uses another one.
 */
export type Surroundings = Omit<OpenContext, "open" | "budget"> & {
  readonly budgets?: Budgets;
  readonly budget?: Budget;
};

/** Opens an endpoint of the manifests. Throws `endpoint.unavailable` or `endpoint.unknown` for a type that nobody can open, and what its opening throws. */
export async function openEndpoint(name: string, spec: EndpointSpec, surroundings: Surroundings): Promise<Endpoint> {
  if (!Object.hasOwn(types, spec.type)) throw unopenable(name, spec.type);
  const { open } = await types[spec.type]();
  const { budgets = createBudgets([], surroundings.clock) } = surroundings;
  const { key, limits, budget: shared } = budgets.of(name, spec);
  const { budget = shared } = surroundings;
  const context: OpenContext = {
    ...surroundings,
    budget,
    open: (inner, own) => openEndpoint(name, inner, { ...surroundings, ...own }),
  };
  const endpoint = await open(name, spec, context);
  const connections = endpoint.connections ?? limits.connections ?? 0;
  return { ...endpoint, shares: key, ...(connections === 0 ? {} : { connections }) };
}

function unopenable(name: string, type: string): Fault {
  const known = later.has(type);
  return new Fault({
    code: known ? "endpoint.unavailable" : "endpoint.unknown",
    message: known
      ? `Endpoints of the type ${type} cannot be opened by this version`
      : `There is no type of endpoint ${JSON.stringify(type)}`,
    about: name,
    spoils: "endpoint",
    remedy: `use one of ${Object.keys(types).join(", ")}`,
  });
}
