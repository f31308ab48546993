import { Fault, type FaultFacts, interrupted, type Spoils } from "../../model/fault.ts";

/** A request to a token endpoint (RFC 6749, 3.2). */
export interface Grant {
  /** The endpoint's name, for faults. */
  readonly about: string;
  readonly url: string;
  readonly form: URLSearchParams;
  /** What a token endpoint spoils that is not there now. */
  readonly unreachableSpoils: Spoils;
  /** What helps, by error code (RFC 6749, 5.2), and otherwise. */
  readonly remedies: Readonly<Record<string, string>> & { readonly otherwise: string; readonly unreachable: string };
}

export interface Granted {
  readonly value: string;
  /** As `expires_in` says it, or does not. */
  readonly seconds: unknown;
  readonly refreshToken: string | undefined;
}

/** Milliseconds that a token endpoint has to answer. */
const patience = 30_000;

type Said = Readonly<Record<string, unknown>>;

/** Asks once. Throws `token.refused`, `token.unreachable` and `run.interrupted`; no word of what was sent is in them. */
export async function requestToken(grant: Grant, signal: AbortSignal): Promise<Granted> {
  const { host } = new URL(grant.url);
  const { status, said } = await send(grant, signal);
  const { access_token: value, expires_in: seconds, refresh_token: next, error } = said;
  if (status >= 500 || status === 429) throw unreachable(grant, `${host} answered with status ${status}`);
  if (status >= 300 || typeof value !== "string" || value === "") {
    // A code alone: other words may repeat what they were sent.
    const code = typeof error === "string" && /^[a-z_]{1,40}$/.test(error) ? error : undefined;
    const why = `${host} answered with ${code ?? `status ${status} and no token`}`;
    throw refusedToken(grant, why, grant.remedies[code ?? ""] ?? grant.remedies.otherwise);
  }
  return { value, seconds, refreshToken: typeof next === "string" && next !== "" ? next : undefined };
}

async function send(grant: Grant, signal: AbortSignal): Promise<{ readonly status: number; readonly said: Said }> {
  const stop = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
  const asked = { method: "POST", body: grant.form, headers: { accept: "application/json" }, signal: stop };
  try {
    const response = await fetch(grant.url, { ...asked, redirect: "error" });
    const text = await response.text();
    return { status: response.status, said: objectOf(text) };
  } catch (thrown) {
    if (signal.aborted) throw interrupted();
    const why = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause.message : String(thrown);
    throw unreachable(grant, `${new URL(grant.url).host} was not reached (${why})`);
  }
}

const none = (
  { about }: Pick<Grant, "about">,
  why: string,
  facts: Pick<FaultFacts, "code" | "spoils" | "retry"> & { readonly remedy: string },
): Fault => new Fault({ ...facts, message: `No access token was had: ${why}`, about });

/** The fault of a token that is not had though somebody could be asked. */
export const refusedToken = (grant: Pick<Grant, "about">, why: string, remedy: string): Fault =>
  none(grant, why, { code: "token.refused", spoils: "endpoint", retry: "later", remedy });

/** A token endpoint that is not there may come back, so that what failed is tried again. */
const unreachable = (grant: Grant, why: string): Fault =>
  none(grant, why, {
    code: "token.unreachable",
    spoils: grant.unreachableSpoils,
    retry: { afterMs: 2000 },
    remedy: grant.remedies.unreachable,
  });

function objectOf(text: string): Said {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Said) : {};
  } catch {
    return {};
  }
}
