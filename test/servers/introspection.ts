/** An authorization server's introspection endpoint (RFC 7662) whose tokens the test gives and takes away. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export interface Introspection {
  /** For `tokensAt` of a Dovecot. */
  readonly url: string;
  /** Every token asked for, in order. */
  readonly asked: readonly string[];
  /** From now on the token is this user's, until then (milliseconds since 1970) or for good. */
  accept(token: string, user: string, until?: number): void;
  revoke(token: string): void;
  /** While it is broken, every question is answered by 503. */
  broken: boolean;
  stop(): Promise<void>;
}

interface Grant {
  readonly user: string;
  readonly until: number;
}

export async function startIntrospection(): Promise<Introspection> {
  const grants = new Map<string, Grant>();
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const token = new URLSearchParams(await textOf(request)).get("token") ?? "";
    asked.push(token);
    response.writeHead(introspection.broken ? 503 : 200, { "content-type": "application/json", connection: "close" });
    response.end(JSON.stringify(answer(grants.get(token))));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const introspection: Introspection = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/introspect`,
    asked,
    accept: (token, user, until = Infinity) => void grants.set(token, { user, until }),
    revoke: (token) => void grants.delete(token),
    broken: false,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
  return introspection;
}

/** Of a token that is not active nothing more is told (RFC 7662 §2.2). */
function answer(grant: Grant | undefined): object {
  if (!grant || grant.until <= Date.now()) return { active: false };
  const expiry = grant.until === Infinity ? {} : { exp: Math.floor(grant.until / 1000) };
  return { active: true, username: grant.user, token_type: "Bearer", ...expiry };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += String(chunk);
  return text;
}
