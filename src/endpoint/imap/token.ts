import type { OpenContext } from "../../contract/endpoint.ts";
import { Fault } from "../../model/fault.ts";
import type { ImapOauth2Auth } from "../../model/spec.ts";

/** Access tokens of one endpoint, asked for when they are needed and again before they end. */
export interface Tokens {
  get(): Promise<string>;
  /** Forgets the token at hand; false where the next one would be the same. */
  drop(): boolean;
}

/** Milliseconds before its end at which a token is renewed, and which one lasts that says no end (RFC 6749, 5.1). */
const margin = 60_000;
const lasting = 300_000;
const patience = 30_000;

interface Token {
  readonly value: string;
  readonly until: number;
}

/** RFC 6749: a refresh token (section 6) where there is one, else client credentials (4.4). */
export function createTokens(name: string, auth: ImapOauth2Auth, context: OpenContext): Tokens {
  const { secret, clock, signal } = context;
  let current: Promise<Token> | undefined;
  let rotated: string | undefined;

  function refused(what: string, remedy: string): Fault {
    return new Fault({
      code: "token.refused",
      message: `No access token was had: ${what}`,
      spoils: "endpoint",
      retry: "later",
      about: name,
      remedy,
    });
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

  async function ask(url: string): Promise<Token> {
    const stop = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
    const asked = { method: "POST", body: await form(), headers: { accept: "application/json" }, signal: stop };
    const response = await fetch(url, { ...asked, redirect: "error" }).catch((thrown: unknown) => {
      const why = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause.message : String(thrown);
      throw refused(`${new URL(url).host} was not reached (${why})`, "look whether tokenUrl is right and reachable");
    });
    const said = (await response.json().catch(() => ({}))) as Readonly<Record<string, unknown>>;
    const { access_token: value, expires_in: seconds, refresh_token: next, error } = said;
    if (!response.ok || typeof value !== "string" || value === "") {
      const why = typeof error === "string" ? error : `status ${response.status}`;
      throw refused(why, "look at the client's id, its secret, the refresh token and the scope");
    }
    if (typeof next === "string" && next !== "") rotated = next;
    const lasts = typeof seconds === "number" ? seconds * 1000 : Number(seconds) * 1000 || lasting;
    return { value, until: clock.now() + lasts };
  }

  async function fetchToken(): Promise<Token> {
    if (auth.tokenUrl !== undefined) return ask(auth.tokenUrl);
    if (auth.accessToken !== undefined)
      return { value: await secret(auth.accessToken), until: Number.POSITIVE_INFINITY };
    throw refused("neither accessToken nor tokenUrl is written", "write one of them in `auth`");
  }

  /** One request at a time, for a refresh token may be good for one use only. */
  function begin(): Promise<Token> {
    const asked = fetchToken();
    current = asked;
    asked.catch(() => {
      if (current === asked) current = undefined;
    });
    return asked;
  }

  return {
    async get() {
      const held = current ?? begin();
      const token = await held;
      if (token.until - margin >= clock.now()) return token.value;
      return (await (current === held || current === undefined ? begin() : current)).value;
    },
    drop: () => {
      current = undefined;
      return true;
    },
  };
}
