/** An OAuth 2.0 authorization server on loopback: the token endpoint (RFC 6749), and what a mail server asks of tokens (RFC 7662). */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export interface AuthorizationServer {
  readonly tokenUrl: string;
  readonly introspectionUrl: string;
  /** Access tokens that it gave, the newest last. */
  readonly issued: readonly string[];
  /** The forms that came to the token endpoint. */
  readonly asked: readonly URLSearchParams[];
  /** Makes an access token for this user. */
  token(user: string): string;
  /** Makes a refresh token for this user, good for one use unless they are `lasting` (RFC 9700, 2.2.2). */
  refreshToken(user: string): string;
  /** This access token is good no more. */
  revoke(token: string): void;
  /** Its clock, by which access tokens that it issued end, stands still but for this: milliseconds. */
  advance(ms: number): void;
  /** What the token endpoint answers until `undefined` is said: status and body. */
  answer(answer: { readonly status: number; readonly body: string } | undefined): void;
  /** Holds the answers of the token endpoint back until the promise is done. */
  hold(until: Promise<unknown>): void;
  stop(): Promise<void>;
}

interface Options {
  /** What `expires_in` says; nothing where absent. */
  readonly expiresIn?: number | string;
  /** For whom client credentials are good. */
  readonly client?: string;
  /** Refresh tokens stay good, and are not followed by others. */
  readonly lasting?: boolean;
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  return new URLSearchParams(body);
}

export async function startAuthorizationServer({
  expiresIn,
  client = "",
  lasting = false,
}: Options = {}): Promise<AuthorizationServer> {
  const users = new Map<string, string>();
  /** When tokens end that say so, by a clock of its own. */
  const ends = new Map<string, number>();
  let now = 0;
  const refreshers = new Map<string, string>();
  const issued: string[] = [];
  const asked: URLSearchParams[] = [];
  let canned: { readonly status: number; readonly body: string } | undefined;
  let held: Promise<unknown> = Promise.resolve();
  let count = 0;

  const token = (user: string): string => {
    count += 1;
    const made = `access-${count}-of-${user}`;
    users.set(made, user);
    return made;
  };
  const refreshToken = (user: string): string => {
    count += 1;
    const made = `refresh-${count}-of-${user}`;
    refreshers.set(made, user);
    return made;
  };

  function grant(form: URLSearchParams): { readonly status: number; readonly body: string } {
    const refresh = form.get("refresh_token");
    const user = refresh === null ? client : refreshers.get(refresh);
    if (user === undefined) return { status: 400, body: JSON.stringify({ error: "invalid_grant" }) };
    if (refresh !== null && !lasting) refreshers.delete(refresh);
    const made = token(user);
    issued.push(made);
    if (expiresIn !== undefined) ends.set(made, now + Number(expiresIn) * 1000);
    return {
      status: 200,
      body: JSON.stringify({
        access_token: made,
        token_type: "bearer",
        ...(expiresIn === undefined ? {} : { expires_in: expiresIn }),
        ...(refresh === null || lasting ? {} : { refresh_token: refreshToken(user) }),
      }),
    };
  }

  async function tell(
    path: string,
    form: URLSearchParams,
  ): Promise<{ readonly status: number; readonly body: string }> {
    if (path === "/introspect") {
      const asked = form.get("token") ?? "";
      // RFC 7662, 2.2: a token that has expired is not active.
      const user = now < (ends.get(asked) ?? Infinity) ? users.get(asked) : undefined;
      return {
        status: 200,
        body: JSON.stringify(user === undefined ? { active: false } : { active: true, username: user }),
      };
    }
    asked.push(form);
    const answer = canned ?? grant(form);
    await held;
    return answer;
  }

  const server = createServer(async (request, response) => {
    const { status, body } = await tell(request.url ?? "", await formOf(request));
    response.writeHead(status, { "content-type": "application/json", connection: "close" }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    tokenUrl: `${at}/token`,
    introspectionUrl: `${at}/introspect`,
    issued,
    asked,
    token,
    refreshToken,
    revoke: (old) => void users.delete(old),
    advance: (ms) => void (now += ms),
    answer: (answer) => {
      canned = answer;
    },
    hold: (until) => {
      held = until;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
