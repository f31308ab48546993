import type { Endpoint, Open, OpenContext } from "../../contract/endpoint.ts";
import type { Microsoft365EndpointSpec } from "../../model/spec.ts";
import { createRounds, type Rounds } from "../http/round.ts";
import { createThrottle, type Throttle } from "../http/throttle.ts";
import { allowanceOf } from "./allowances.ts";
import { createHandlers } from "./directory/handlers.ts";
import type { Exchange } from "./exchange/exchange.ts";
import { createInvokeCommand } from "./exchange/invoke-command.ts";
import { openGraph } from "./graph.ts";
import { createLogin } from "./login.ts";
import { servicesOf } from "./settings.ts";

/** Opens a tenant. Asks it for nothing: a token is had with the first request. */
export const open: Open = async (name, given, context) => {
  const spec = given as Microsoft365EndpointSpec;
  const { clock, emit, budget } = context;
  const throttle = createThrottle(allowanceOf, clock);
  const services = servicesOf(spec);
  const rounds = roundsTo(name, spec, "graph", throttle, context);
  const graph = await openGraph({ about: name, url: services.graph, rounds, budget });
  const exchange = exchangeOf(name, spec, throttle, context);
  const tenant = { about: name, spec, graph, clock, emit, ...(exchange !== undefined && { exchange }) };
  const endpoint: Endpoint = {
    directory: createHandlers(tenant),
    items: {},
    check: async function* () {},
    rates: budget.rates,
    close: async () => exchange?.close(),
  };
  return endpoint;
};

function roundsTo(
  about: string,
  spec: Microsoft365EndpointSpec,
  service: "graph" | "outlook",
  throttle: Throttle,
  context: OpenContext,
): Rounds {
  const { clock, emit } = context;
  return createRounds({ about, tokens: createLogin(about, spec, service, context), throttle, clock, emit });
}

function exchangeOf(
  about: string,
  spec: Microsoft365EndpointSpec,
  throttle: Throttle,
  context: OpenContext,
): Exchange | undefined {
  if (spec.exchange === undefined) return undefined;
  const rounds = roundsTo(about, spec, "outlook", throttle, context);
  return createInvokeCommand({ about, url: servicesOf(spec).outlook, tenant: spec.tenant, rounds });
}
