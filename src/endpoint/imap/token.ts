import type { OpenContext } from "../../contract/endpoint.ts";
import type { ImapOauth2Auth } from "../../model/spec.ts";
import { refusedToken, requestToken } from "../http/grant.ts";
import { createTokens, renewal, type Token, type Tokens } from "../http/token.ts";

/** What helps, by error code (RFC 6749, 5.2). */
const remedies = {
  invalid_client: "look at clientId and clientSecret",
  unauthorized_client:
    "let the client be allowed this grant: refresh_token, or client_credentials where there is no refreshToken",
  invalid_grant: "get a new refresh token: the old one has ended, was revoked, or is good for one use and was used",
  invalid_scope: "look at the scope",
  otherwise: "look at the client's id, its secret, the refresh token and the scope",
  unreachable: "look whether tokenUrl is right and its server is up",
};

/** RFC 6749: a refresh token (section 6) where there is one, else client credentials (4.4). */
export function createOauthTokens(name: string, auth: ImapOauth2Auth, context: OpenContext): Tokens {
  const { secret, clock, signal } = context;
  let rotated: string | undefined;
  /** Set once a token was refused: what it was made with may be another by now. */
  let anew: "anew" | undefined;

  async function form(): Promise<URLSearchParams> {
    const body = new URLSearchParams({ client_id: auth.clientId ?? "" });
    const refresh = rotated ?? (auth.refreshToken && (await secret(auth.refreshToken, anew)));
    body.set("grant_type", refresh === undefined ? "client_credentials" : "refresh_token");
    if (refresh !== undefined) body.set("refresh_token", refresh);
    if (auth.clientSecret !== undefined) body.set("client_secret", await secret(auth.clientSecret, anew));
    if (auth.scope !== undefined) body.set("scope", auth.scope);
    return body;
  }

  async function ask(url: string): Promise<Token> {
    const grant = { about: name, url, form: await form(), unreachableSpoils: "mailbox", remedies } as const;
    const { value, seconds, refreshToken } = await requestToken(grant, signal);
    rotated = refreshToken ?? rotated;
    return { value, renewAt: renewal(seconds, clock.now()) };
  }

  async function fetchToken(): Promise<Token> {
    if (auth.tokenUrl !== undefined) return ask(auth.tokenUrl);
    if (auth.accessToken !== undefined)
      return { value: await secret(auth.accessToken, anew), renewAt: Number.POSITIVE_INFINITY };
    throw refusedToken({ about: name }, "neither accessToken nor tokenUrl is written", "write one of them in `auth`");
  }

  const tokens = createTokens(async () => fetchToken().finally(() => (anew = undefined)), clock);
  return {
    get: tokens.get,
    drop: (refused) => {
      anew = "anew";
      return tokens.drop(refused);
    },
  };
}
