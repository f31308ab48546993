import type { OpenContext } from "../../contract/endpoint.ts";
import { Fault, type FaultFacts, interrupted } from "../../model/fault.ts";
import type { ImapOauth2Auth } from "../../model/spec.ts";
import { createTokens, renewal, type Token, type Tokens } from "../http/token.ts";

/** Milliseconds that a token endpoint has to answer. */
const patience = 30_000;

/** What helps, by error code (RFC 6749, 5.2). */
const remedies: Readonly<Record<string, string>> = {
  invalid_client: "look at clientId and clientSecret",
  unauthorized_client:
    "let the client be allowed this grant: refresh_token, or client_credentials where there is no refreshToken",
  invalid_grant: "get a new refresh token: the old one has ended, was revoked, or is good for one use and was used",
  invalid_scope: "look at the scope",
};

/** RFC 6749: a refresh token (section 6) where there is one, else client credentials (4.4). */
export function createOauthTokens(name: string, auth: ImapOauth2Auth, context: OpenContext): Tokens {
  const { secret, clock, signal } = context;
  let rotated: string | undefined;

  function none(
    why: string,
    facts: Pick<FaultFacts, "code" | "spoils" | "retry"> & { readonly remedy: string },
  ): Fault {
    return new Fault({ ...facts, message: `No access token was had: ${why}`, about: name });
  }

  function refused(why: string, remedy: string): Fault {
    return none(why, { code: "token.refused", spoils: "endpoint", retry: "later", remedy });
  }

  /** A token endpoint that is not there may come back, so that the pass is tried again. */
  function unreachable(why: string): Fault {
    const remedy = "look whether tokenUrl is right and its server is up";
    return none(why, { code: "token.unreachable", spoils: "mailbox", retry: { afterMs: 2000 }, remedy });
  }

  async function form(): Promise<URLSearchParams> {
    const body = new URLSearchParams({ client_id: auth.clientId ?? "" });
    const refresh = rotated ?? (auth.refreshToken && (await secret(auth.refreshToken)));
    body.set("grant_type", refresh === undefined ? "client_credentials" : "refresh_token");
    if (refresh !== undefined) body.set("refresh_token", refresh);
    if (auth.clientSecret !== undefined) body.set("client_secret", await secret(auth.clientSecret));
    if (auth.scope !== undefined) body.set("scope", auth.scope);
    return body;
  }

  async function send(
    url: string,
  ): Promise<{ readonly status: number; readonly said: Readonly<Record<string, unknown>> }> {
    const stop = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
    const asked = { method: "POST", body: await form(), headers: { accept: "application/json" }, signal: stop };
    try {
      const response = await fetch(url, { ...asked, redirect: "error" });
      const text = await response.text();
      return { status: response.status, said: objectOf(text) };
    } catch (thrown) {
      if (signal.aborted) throw interrupted();
      const why = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause.message : String(thrown);
      throw unreachable(`${new URL(url).host} was not reached (${why})`);
    }
  }

  async function ask(url: string): Promise<Token> {
    const { status, said } = await send(url);
    const { access_token: value, expires_in: seconds, refresh_token: next, error } = said;
    if (status >= 500 || status === 429) throw unreachable(`${new URL(url).host} answered with status ${status}`);
    if (status >= 300 || typeof value !== "string" || value === "") {
      // A code alone: other words may repeat what they were sent.
      const code = typeof error === "string" && /^[a-z_]{1,40}$/.test(error) ? error : undefined;
      const remedy = remedies[code ?? ""] ?? "look at the client's id, its secret, the refresh token and the scope";
      throw refused(`${new URL(url).host} answered with ${code ?? `status ${status} and no token`}`, remedy);
    }
    if (typeof next === "string" && next !== "") rotated = next;
    return { value, renewAt: renewal(seconds, clock.now()) };
  }

  async function fetchToken(): Promise<Token> {
    if (auth.tokenUrl !== undefined) return ask(auth.tokenUrl);
    if (auth.accessToken !== undefined)
      return { value: await secret(auth.accessToken), renewAt: Number.POSITIVE_INFINITY };
    throw refused("neither accessToken nor tokenUrl is written", "write one of them in `auth`");
  }

  return createTokens(fetchToken, clock);
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}
