import type { Clock } from "../../contract/endpoint.ts";
import { Fault, interrupted, type Spoils } from "../../model/fault.ts";
import type { Emit } from "../../model/event.ts";
import type { Charge, Throttle } from "./throttle.ts";
import type { Tokens } from "./token.ts";
import { backoff, retryAfter } from "./wait.ts";

/** The part of an answer that is looked at here: a `Response` is one. */
export interface Answer {
  readonly status: number;
  readonly headers: { get(name: string): string | null | undefined };
}

/**
 * What an answer says of its request: `done` (whatever the status says, it is for who asked) · `stale` (the token was refused, and
 * nothing was done) · `throttled` (nothing was done, come back later) · `failed` (nobody knows what was done).
 */
export type Verdict = "done" | "stale" | "throttled" | "failed";

/** One request, and how it may be tried. */
export interface Work<A extends Answer> {
  /** Sends it once, and takes the answer in whole: when it resolves, nothing is under way any more. A rejection means that no answer came. */
  once(token: string, signal: AbortSignal): Promise<A>;
  /** What it is, for faults: `GET /users`. */
  readonly what: string;
  /** Whether sending it twice leaves what sending it once does (RFC 9110, 9.2.2). */
  readonly repeatable: boolean;
  /** What it counts against, the narrowest first. */
  readonly charges: readonly Charge[];
  readonly spoils: Spoils;
  /** Milliseconds for one try, where it is a long one; two minutes by default. */
  readonly timeout?: number;
}

export interface Rounds {
  /**
   * Sends until an answer is there that says `done`, and returns it. Throws `server.busy` and `server.unreachable`, where nothing was
   * done, `server.failed` where it may be tried again, `outcome.unknown` where what was not repeatable may have been done, and
   * `run.interrupted`.
   */
  run<A extends Answer>(work: Work<A>, signal: AbortSignal): Promise<A>;
}

export interface RoundSettings {
  /** The endpoint's name, for faults. */
  readonly about: string;
  readonly tokens: Tokens;
  readonly throttle: Throttle;
  readonly clock: Clock;
  readonly emit: Emit;
  /** What an answer says, where its status alone does not tell; undefined where it does. */
  judge?(answer: Answer): Verdict | undefined | Promise<Verdict | undefined>;
  /** Milliseconds after which nobody waits any more, over all tries of a request; ten minutes by default. */
  readonly patience?: number;
  readonly random?: () => number;
}

/** Which statuses say that nothing was done is RFC 6585, 4 (429), and no other: 503 is also said by what stands before a server that did it. */
export function verdictOf({ status }: Pick<Answer, "status">): Verdict {
  if (status === 401) return "stale";
  if (status === 429) return "throttled";
  return status === 408 || status >= 500 ? "failed" : "done";
}

/** A request never left for the server where this is why (libuv's and undici's codes). */
const unsent = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** How one try ended that was not the last word: what the fault would be if nobody waited longer, and what the server asked for. */
interface Setback {
  readonly fault: (afterMs: number) => Fault;
  readonly ms: number | undefined;
  readonly again: boolean;
  /** Everybody under the narrowest name is to wait. */
  readonly throttled: boolean;
}

/** Requests over HTTP that wait and are tried again where that cannot do a thing twice. */
export function createRounds(settings: RoundSettings): Rounds {
  const { about, tokens, throttle, clock, emit, patience = 600_000 } = settings;
  const { judge, random = Math.random } = settings;

  const trouble =
    (code: string, work: Pick<Work<Answer>, "what" | "spoils">, why: string, remedy: string, cause?: unknown) =>
    (afterMs: number): Fault =>
      new Fault({
        code,
        message: `${work.what} ${why}`,
        spoils: work.spoils,
        retry: { afterMs },
        about,
        remedy,
        ...(cause === undefined ? {} : { cause }),
      });

  function failed(work: Work<Answer>, why: string, ms: number | undefined, cause?: unknown): Setback {
    const remedy = work.repeatable
      ? "run again later: the server does not answer as it should"
      : "run again: what is there is looked at first";
    const code = work.repeatable ? "server.failed" : "outcome.unknown";
    return { fault: trouble(code, work, why, remedy, cause), ms, again: work.repeatable, throttled: false };
  }

  /** Waits, or throws where that would take longer than anybody waits. */
  async function rest(setback: Setback, tries: number, until: number, work: Work<Answer>, signal: AbortSignal) {
    const ms = setback.ms ?? backoff(tries, random);
    const fault = setback.fault(ms);
    if (!setback.again || clock.now() + ms > until) throw fault;
    const [narrowest] = work.charges;
    if (setback.throttled && narrowest !== undefined) throttle.hold(narrowest.name, ms);
    emit({ type: "waiting", about, ms, reason: fault.message });
    await clock.wait(ms, signal);
  }

  function lost(thrown: unknown, work: Work<Answer>, signal: AbortSignal): Setback {
    if (signal.aborted) throw interrupted();
    if (thrown instanceof Fault) throw thrown;
    const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
    const { code: known, name } = (cause ?? {}) as { readonly code?: unknown; readonly name?: unknown };
    const code = typeof known === "string" ? known : name === "TimeoutError" ? "in time" : undefined;
    // What is thrown may hold the request, and the token with it: its code alone is told.
    if (!unsent.has(code ?? ""))
      return failed(work, `got no answer${code === undefined ? "" : ` (${code})`}`, undefined);
    const remedy = "look whether the server's name is right, and whether it is up";
    return {
      fault: trouble("server.unreachable", work, `did not reach the server (${code})`, remedy),
      ms: undefined,
      again: true,
      throttled: false,
    };
  }

  function setback(verdict: Verdict, answer: Answer, work: Work<Answer>): Setback {
    const ms = retryAfter(answer.headers.get("retry-after"), clock.now());
    if (verdict !== "throttled") return failed(work, `was answered with status ${answer.status}`, ms);
    const remedy = "run again later, or with fewer connections: the system limits how much is asked of it";
    return {
      fault: trouble("server.busy", work, "was put off by the server", remedy),
      ms,
      again: true,
      throttled: true,
    };
  }

  async function attempt<A extends Answer>(work: Work<A>, token: string, signal: AbortSignal): Promise<A | Setback> {
    const leave = await throttle.enter(work.charges, signal);
    try {
      return await work.once(token, AbortSignal.any([signal, AbortSignal.timeout(work.timeout ?? 120_000)]));
    } catch (thrown) {
      return lost(thrown, work, signal);
    } finally {
      leave();
    }
  }

  return {
    async run(work, signal) {
      const until = clock.now() + patience;
      let renewed = false;
      for (let tries = 1; ; tries += 1) {
        if (signal.aborted) throw interrupted();
        const token = await tokens.get();
        const came = await attempt(work, token, signal);
        const verdict = "again" in came ? undefined : ((await judge?.(came)) ?? verdictOf(came));
        if (!("again" in came) && (verdict === "done" || (verdict === "stale" && renewed))) return came;
        if (verdict === "stale") {
          renewed = true;
          await tokens.drop(token);
          continue;
        }
        await rest("again" in came ? came : setback(verdict ?? "failed", came, work), tries, until, work, signal);
      }
    },
  };
}
