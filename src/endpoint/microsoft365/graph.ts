import type { Context, GraphRequest } from "@microsoft/microsoft-graph-client";
import type { Options } from "../../contract/options.ts";
import type { Spoils } from "../../model/fault.ts";
import type { Rounds } from "../http/round.ts";
import type { Charge } from "../http/throttle.ts";
import { type Answered, answeredOf, isDone, listOf, type Loose, textOf } from "./answer.ts";
import { refusal } from "./faults.ts";
import { ownLink } from "./link.ts";

/** A request to Graph. */
export interface Call {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below the version, with its query, encoded: `/users?$top=999`. */
  readonly path: string;
  readonly body?: Loose | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whose mailbox it is about; it counts against that mailbox's limits. */
  readonly mailbox?: string;
  /** True for a POST that may be sent twice. */
  readonly repeatable?: boolean;
  readonly spoils?: Spoils;
  /** Milliseconds for one try, where it is a long one. */
  readonly timeout?: number;
  /** Of a batch: what is in it, for each part counts against its limits. */
  readonly parts?: readonly Call[];
}

export interface Graph {
  /** The answer, whatever its status; throws what `Rounds` throw. */
  send(call: Call, options: Options): Promise<Answered>;
  /** What a call that was done says; throws its refusal. */
  ask(call: Call, options: Options): Promise<Loose>;
  /** The entries of all pages of a collection, and the last page's own words (`@odata.deltaLink`). */
  pages(call: Omit<Call, "method">, options: Options): AsyncGenerator<readonly Loose[], Loose>;
  /** Where the service's objects are, with its version: what links and references begin with. */
  readonly base: string;
  /** The path of a link that an answer holds. Throws `answer.foreign`. */
  pathOf(link: string): string;
}

/** What a request of the client carries to the middleware that sends it, and back; the client finds it by its class. */
class Sending {
  readonly call: Call;
  readonly signal: AbortSignal;
  /** What was thrown: the client would make an error of its own of it. */
  thrown: { readonly cause: unknown } | undefined;
  constructor(call: Call, signal: AbortSignal) {
    this.call = call;
    this.signal = signal;
  }
}

/** Whether sending it twice does what sending it once does (RFC 9110, 9.2.2); a PATCH of ours sets values, and adds nothing. */
export const isRepeatable = ({ method, repeatable }: Call): boolean => repeatable ?? method !== "POST";

/** What a request counts against: a mailbox's limits, or those of the directory. */
function chargesOf({ method, mailbox, body, parts }: Call): readonly Charge[] {
  if (parts !== undefined) return summed(parts.flatMap(chargesOf));
  if (mailbox !== undefined) {
    const octets = body instanceof Uint8Array ? body.length : 0;
    return [{ name: `mailbox:${mailbox}` }, ...(octets === 0 ? [] : [{ name: `upload:${mailbox}`, units: octets }])];
  }
  // Reading a collection costs two units or more, a write one (Microsoft Graph throttling limits, identity).
  return method === "GET" ? [{ name: "directory", units: 2 }] : [{ name: "directory writes" }, { name: "directory" }];
}

/** One charge a name. A batch's parts for one mailbox run side by side there, so that it takes a place for each, up to all of them. */
function summed(charges: readonly Charge[]): readonly Charge[] {
  return [...Map.groupBy(charges, ({ name }) => name)].map(([name, all]) => ({
    name,
    units: all.reduce((sum, { units = 1 }) => sum + units, 0),
    places: all.length,
  }));
}

export interface GraphSettings {
  /** The endpoint's name, for faults. */
  readonly about: string;
  /** Of the service, without a version and without a slash at its end. */
  readonly url: string;
  readonly rounds: Rounds;
}

/** Microsoft's own client, with a chain of one: what waits, tries again and holds tokens is ours. */
export async function openGraph(settings: GraphSettings): Promise<Graph> {
  const { Client: clients, ResponseType } = await import("@microsoft/microsoft-graph-client");
  const base = `${settings.url}/v1.0`;
  const client = clients.initWithMiddleware({
    baseUrl: settings.url,
    defaultVersion: "v1.0",
    middleware: { execute: (context) => deliver(context, settings) },
  });

  async function send(call: Call, { signal }: Options): Promise<Answered> {
    const sending = new Sending(call, signal);
    const request = client
      .api(call.path)
      .responseType(ResponseType.RAW)
      .headers({ ...call.headers })
      .middlewareOptions([sending as never]);
    const response: Response = await verbs[call.method](request, call.body);
    if (sending.thrown !== undefined) throw sending.thrown.cause;
    return answeredOf(response.status, response.headers, new Uint8Array(await response.arrayBuffer()));
  }

  async function ask(call: Call, options: Options): Promise<Loose> {
    const answered = await send(call, options);
    if (isDone(answered)) return answered.body;
    throw refusal(answered, whatOf(call), settings.about, call.spoils ?? "item");
  }

  return {
    base,
    pathOf: (link) => ownLink(link, base, settings.about).slice(base.length),
    send,
    ask,
    async *pages(call, options) {
      let path = call.path;
      for (;;) {
        const page = await ask({ ...call, method: "GET", path }, options);
        const next = textOf(page["@odata.nextLink"]);
        if (next === undefined) {
          yield listOf(page["value"]);
          return page;
        }
        yield listOf(page["value"]);
        path = ownLink(next, base, settings.about).slice(base.length);
      }
    },
  };
}

const verbs: Readonly<Record<Call["method"], (request: GraphRequest, body: Call["body"]) => Promise<Response>>> = {
  GET: (request) => request.get(),
  POST: (request, body) => request.post(body),
  PATCH: (request, body) => request.patch(body),
  DELETE: (request) => request.delete(),
};

/** A call's name, for faults: without a query, which may hold what somebody searches for. */
export const whatOf = ({ method, path }: Pick<Call, "method" | "path">): string => `${method} ${path.split("?", 1)[0]}`;

/** Where the client's requests end. */
async function deliver(context: Context, settings: GraphSettings): Promise<void> {
  const sending = context.middlewareControl?.getMiddlewareOptions(Sending) as unknown as Sending;
  try {
    context.response = await sent(context, sending, settings);
  } catch (cause) {
    sending.thrown = { cause };
    context.response = new Response(null, { status: 500 });
  }
}

/** Sent by the rounds, with a token of ours; a whole answer, so that nothing is under way once it is there. */
function sent({ request, options }: Context, { call, signal }: Sending, { rounds }: GraphSettings): Promise<Response> {
  const headers = { ...(options?.headers as Record<string, string>), "accept-language": "en-US" };
  const once = async (token: string, during: AbortSignal): Promise<Response> => {
    const whole = { ...options, headers: { ...headers, authorization: `Bearer ${token}` }, signal: during };
    const response = await fetch(request as string, whole as RequestInit);
    const body = await response.arrayBuffer();
    const none = response.status === 204 || body.byteLength === 0;
    return new Response(none ? null : body, { status: response.status, headers: response.headers });
  };
  const { timeout } = call;
  const facts = {
    what: whatOf(call),
    repeatable: isRepeatable(call),
    charges: chargesOf(call),
    ...(timeout !== undefined && { timeout }),
  };
  return rounds.run({ ...facts, spoils: call.spoils ?? "item", once }, signal);
}
