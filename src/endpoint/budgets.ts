import type { Budget, Clock } from "../contract/endpoint.ts";
import { parseSize } from "../kind/normal.ts";
import type { EndpointSpec, Limits } from "../model/spec.ts";
import { createBudget } from "./budget.ts";

/** The budgets of all endpoints of a run: one for each host, whatever it is called and however often. */
export interface Budgets {
  of(name: string, spec: EndpointSpec): Shared;
}

interface Shared {
  /** Equal for endpoints that share their limits. */
  readonly key: string;
  readonly limits: Limits;
  readonly budget: Budget;
}

export interface Named {
  readonly name: string;
  readonly spec: EndpointSpec;
}

function keyOf({ name, spec }: Named): string {
  if ("host" in spec && spec.host !== undefined) return `host ${spec.host.toLowerCase()}`;
  if ("tenant" in spec) return `tenant ${spec.tenant.toLowerCase()}`;
  return "url" in spec ? `server ${spec.url.toLowerCase().replace(/\/$/, "")}` : `endpoint ${name}`;
}

/** The lower of two limits; 0 and none are no limit. */
const lower = (a: number, b: number): number => (a === 0 ? b : b === 0 ? a : Math.min(a, b));

/** What holds for several endpoints on one host: the strictest that any of them says. */
function strictest(all: readonly EndpointSpec[]): Limits {
  const of = (limit: (limits: Limits) => number): number =>
    all.map(({ limits = {} }) => limit(limits)).reduce(lower, 0);
  return {
    connections: of(({ connections = 0 }) => connections),
    messagesPerSecond: of(({ messagesPerSecond = 0 }) => messagesPerSecond),
    bytesPerSecond: of(({ bytesPerSecond = 0 }) => parseSize(bytesPerSecond) ?? 0),
  };
}

/** `all` are the endpoints that a run may open; one that is not among them has a budget of its own. */
export function createBudgets(all: Iterable<Named>, clock: Clock): Budgets {
  const byHost = Map.groupBy(all, keyOf);
  const budgets = new Map<string, Shared>();
  return {
    of: (name, spec) => {
      const key = keyOf({ name, spec });
      const limits = strictest([spec, ...(byHost.get(key) ?? []).map((each) => each.spec)]);
      const shared = budgets.get(key) ?? { key, limits, budget: createBudget(limits, clock) };
      budgets.set(key, shared);
      return shared;
    },
  };
}
