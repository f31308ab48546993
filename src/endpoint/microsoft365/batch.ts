import type { Clock } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import { backoff, retryAfter } from "../http/wait.ts";
import { type Answered, answeredOf, listOf, looseOf, textOf } from "./answer.ts";
import { type Call, type Graph, isRepeatable } from "./graph.ts";

/** Requests that one batch takes (Microsoft Graph, JSON batching). */
const most = 20;

/** Milliseconds after which parts that were put off are waited for no more. */
const patience = 600_000;

/**
 * Sends calls in batches of twenty, and gives their answers in their order. Each part is judged by itself, for a batch that was done may
 * hold parts that were put off: these alone are sent again. A part that nobody knows the outcome of comes back as it was answered, unless
 * it may be sent twice. The order in which the parts of one batch are done is the server's own.
 */
export async function sendBatch(
  graph: Graph,
  calls: readonly Call[],
  { clock, random = Math.random }: { readonly clock: Clock; readonly random?: () => number },
  options: Options,
): Promise<readonly Answered[]> {
  const answers = new Map<number, Answered>();
  const until = clock.now() + patience;
  for (let tries = 1, left = calls.map((_, index) => index); left.length > 0; tries += 1) {
    for (let begin = 0; begin < left.length; begin += most) {
      const part = left.slice(begin, begin + most);
      for (const [index, answered] of await sendOne(graph, calls, part, options)) answers.set(index, answered);
    }
    const again = left.filter((index) => isPutOff(answers.get(index), calls[index]));
    const waits = again.map((index) => retryAfter(answers.get(index)?.headers.get("retry-after"), clock.now()) ?? 0);
    const ms = Math.max(...waits, 0) || backoff(tries, random);
    left = again.length === 0 || clock.now() + ms > until ? [] : again;
    if (left.length > 0) await clock.wait(ms, options.signal);
  }
  return calls.map((_, index) => answers.get(index) ?? answeredOf(500, new Headers(), new Uint8Array()));
}

function isPutOff(answered: Answered | undefined, call: Call | undefined): boolean {
  if (answered === undefined || call === undefined) return false;
  return answered.status === 429 || (answered.status >= 500 && isRepeatable(call));
}

async function sendOne(
  graph: Graph,
  calls: readonly Call[],
  part: readonly number[],
  options: Options,
): Promise<ReadonlyMap<number, Answered>> {
  const parts = part.flatMap((index) => (calls[index] === undefined ? [] : [{ index, call: calls[index] }]));
  const requests = parts.map(({ index, call: { method, path, body, headers } }) => ({
    id: String(index),
    method,
    url: path,
    ...(body !== undefined && { body }),
    ...((body !== undefined || headers !== undefined) && {
      headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    }),
  }));
  const repeatable = parts.every(({ call }) => isRepeatable(call));
  const mailbox = parts[0]?.call.mailbox;
  const batch: Call = {
    method: "POST",
    path: "/$batch",
    body: { requests },
    repeatable,
    parts: parts.map(({ call }) => call),
    ...(mailbox !== undefined && { mailbox }),
  };
  const said = await graph.ask(batch, options);
  return new Map(listOf(said["responses"]).map((each) => [Number(each["id"]), answeredIn(each)]));
}

function answeredIn(part: Readonly<Record<string, unknown>>): Answered {
  const headers = new Headers();
  for (const [name, value] of Object.entries(looseOf(part["headers"])))
    headers.set(name, textOf(value) ?? String(value));
  const octets = Buffer.from(part["body"] === undefined ? "" : JSON.stringify(part["body"]));
  return answeredOf(Number(part["status"]), headers, octets);
}
