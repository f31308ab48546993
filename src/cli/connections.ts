import type { Clock, Endpoint } from "../contract/endpoint.ts";
import { createBudgets } from "../endpoint/budgets.ts";
import { openEndpoint } from "../endpoint/index.ts";
import type { Manifest } from "../manifest/load.ts";
import { type ResolveSecret, secretResolver, sharingSecrets } from "../manifest/secret.ts";
import type { Emit } from "../model/event.ts";
import { Fault } from "../model/fault.ts";
import type { StopControl } from "./stops.ts";
import type { Terminal } from "./terminal.ts";

/** Endpoints by their names in the manifests. */
export interface Connections {
  readonly secret: ResolveSecret;
  /** Opened when it is first asked for. Throws `endpoint.undeclared`. */
  connect(endpoint: string): Promise<Endpoint>;
}

interface Around {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** Takes what is to be closed. */
  keep(endpoint: Endpoint): Endpoint;
}

export function createConnections(
  { endpoints: declared }: Pick<Manifest, "endpoints">,
  { terminal, clock, signal, emit, keep }: Around,
): Connections {
  const resolve = sharingSecrets(secretResolver({ environment: process.env, signal }), clock);
  const endpoints = new Map<string, Promise<Endpoint>>();
  const budgets = createBudgets(declared.values(), clock);
  const secret: ResolveSecret = async (...asked) => {
    const value = await resolve(...asked);
    terminal.hide(value);
    return value;
  };

  async function begin(name: string): Promise<Endpoint> {
    const endpoint = declared.get(name);
    if (endpoint === undefined) {
      throw new Fault({
        code: "endpoint.undeclared",
        message: "The manifests declare no such endpoint",
        about: name,
        spoils: "endpoint",
        remedy: "declare it with kind: Endpoint",
      });
    }
    return keep(await openEndpoint(name, endpoint.spec, { secret, clock, signal, emit, budgets }));
  }

  return {
    secret,
    connect(name) {
      const known = endpoints.get(name) ?? begin(name);
      endpoints.set(name, known);
      return known.catch((thrown: unknown) => {
        if (canWait(thrown) && endpoints.get(name) === known) endpoints.delete(name);
        throw thrown;
      });
    },
  };
}

/** An endpoint that may be there after a wait is opened anew; any other stays as it was found. */
const canWait = (thrown: unknown): boolean => thrown instanceof Fault && typeof thrown.retry === "object";

/** Closes the last first. Throws the first fault once all are closed. */
export async function closeAll(open: { close(): Promise<void> }[]): Promise<void> {
  const faults: unknown[] = [];
  for (let last = open.pop(); last !== undefined; last = open.pop()) {
    await last.close().catch((thrown: unknown) => faults.push(thrown));
  }
  if (faults.length > 0) throw faults[0];
}

/** What was interrupted was so for a reason: a signal, the time, a lost lease. */
export function reasonOf(thrown: unknown, { soft }: StopControl): unknown {
  const stopped = thrown instanceof Fault && thrown.code === "run.interrupted" && soft.reason instanceof Fault;
  return stopped ? soft.reason : thrown;
}
