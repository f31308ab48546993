import { Readable } from "node:stream";
import type { OpenContext } from "../../contract/endpoint.ts";
import type { Spoils } from "../../model/fault.ts";
import { type Answer, createRounds, type Rounds, type Verdict, verdictOf } from "../http/round.ts";
import type { ServiceAccount } from "../http/service-account.ts";
import { type Charge, createThrottle } from "../http/throttle.ts";
import { allowanceOf } from "./quota.ts";
import { Refused, saidOf } from "./refused.ts";

/** On whose behalf a request is sent, and how it may be tried. */
export interface Call {
  readonly subject: string;
  readonly scope: string;
  readonly charges: readonly Charge[];
  /** Whether sending it twice leaves what sending it once does. */
  readonly repeatable: boolean;
  readonly spoils: Spoils;
  readonly signal: AbortSignal;
}

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** Takes the body of an answer that is neither an error nor empty, as it comes: then the answer has no text. */
  take?(body: AsyncIterable<Uint8Array>): Promise<void>;
}

interface Came extends Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface Wire {
  /** Sends, and waits or tries again as the call allows. Throws `Refused` for what is neither 2xx nor 3xx, and what `Rounds` throws. */
  send(request: Sent, call: Call): Promise<Came>;
  /** For `auth` of a method of googleapis: it then sends by this wire. */
  auth(call: Call): string;
}

/** Reasons of a 403 that say: later (https://developers.google.com/workspace/gmail/api/guides/handle-errors). */
const rates = new Set(["rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "RATE_LIMIT_EXCEEDED"]);

/** Milliseconds: raw messages are large. */
const timeout = 600_000;

/** The APIs' HTTP, beneath googleapis. */
export function createWire(
  name: string,
  account: ServiceAccount,
  { clock, emit }: Pick<OpenContext, "clock" | "emit">,
): Wire {
  const throttle = createThrottle(allowanceOf, clock);
  const rounds = new Map<string, Rounds>();

  function roundsOf({ subject, scope }: Call): Rounds {
    const key = `${subject} ${scope}`;
    const known =
      rounds.get(key) ??
      createRounds({ about: name, tokens: account.tokens(subject, scope), throttle, clock, emit, judge: judgeOf });
    rounds.set(key, known);
    return known;
  }

  async function send(request: Sent, call: Call): Promise<Came> {
    const { method, url, body } = request;
    const what = `${method} ${new URL(url).pathname}`;
    const { charges, repeatable, spoils, signal } = call;
    const once = async (token: string, stop: AbortSignal): Promise<Came> => {
      const headers = new Headers(request.headers);
      headers.set("authorization", `Bearer ${token}`);
      const sent = { method, headers, redirect: "manual", signal: stop } as const;
      const response = await fetch(url, body === undefined ? sent : { ...sent, body });
      const { status, ok } = response;
      if (request.take === undefined || !ok || response.body === null)
        return { status, headers: response.headers, text: await response.text() };
      await request.take(response.body);
      return { status, headers: response.headers, text: "" };
    };
    const came = await roundsOf(call).run({ once, what, repeatable, charges, spoils, timeout }, signal);
    if (came.status < 400) return came;
    throw new Refused(what, saidOf(came.status, jsonOf(came.text)));
  }

  return {
    send,
    auth: (call) => {
      const client = {
        request: async (options: Asked) => {
          const came = await send(await sentOf(options), call);
          return { config: options, data: jsonOf(came.text), status: came.status, headers: came.headers };
        },
      };
      // Its type asks for one of google-auth-library's clients; a client is what has `request`.
      return client as unknown as string;
    },
  };
}

/** What googleapis hands to its client. */
interface Asked {
  readonly method?: string;
  readonly url?: string | URL;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly headers?: Headers;
  readonly data?: unknown;
}

async function sentOf({ method = "GET", url = "", params = {}, headers, data }: Asked): Promise<Sent> {
  const target = new URL(url);
  for (const [key, value] of Object.entries(params)) {
    for (const each of Array.isArray(value) ? value : [value])
      if (each !== undefined && each !== null) target.searchParams.append(key, String(each));
  }
  const all = new Headers(headers);
  // `fetch` undoes what the server packed by itself, and says so by itself.
  all.delete("accept-encoding");
  if (data === undefined || data === null) return { method, url: target.href, headers: all };
  if (data instanceof Readable) return { method, url: target.href, headers: all, body: await octetsOf(data) };
  if (!all.has("content-type")) all.set("content-type", "application/json");
  return { method, url: target.href, headers: all, body: new TextEncoder().encode(JSON.stringify(data)) };
}

async function octetsOf(stream: Readable): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part as Uint8Array));
  return Buffer.concat(parts);
}

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function judgeOf(answer: Answer): Verdict {
  if (answer.status !== 403) return verdictOf(answer);
  return rates.has(saidOf(403, jsonOf((answer as Came).text)).reason) ? "throttled" : "done";
}
