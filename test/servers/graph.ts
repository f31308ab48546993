/**
 * A stand-in for Microsoft 365 on loopback, for no tenant can be had here: the login, Graph and the admin API of Exchange Online, with what
 * a tenant holds. It does what Microsoft's documentation says and keeps to its limits; Microsoft's own descriptions judge each request and
 * each answer, where they are at hand.
 */
import { X509Certificate, constants, createPublicKey, verify } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createDomains } from "./graph/domains.ts";
import { createFaults, type Faults, type Trouble } from "./graph/faults.ts";
import { createGroups } from "./graph/groups.ts";
import { openJudge } from "./graph/judge.ts";
import { createObjects, type TenantObjects } from "./graph/objects.ts";
import { type Asked, failed, type Route, type Said } from "./graph/said.ts";
import { routeOf } from "./graph/table.ts";
import { createUsers } from "./graph/users.ts";

export interface FakeGraph {
  readonly url: string;
  readonly objects: TenantObjects;
  readonly faults: Faults;
  /** Requests as `METHOD path`, parts of batches among them. */
  readonly requests: readonly string[];
  /** What the descriptions, or the limits, say against what came or was answered. */
  readonly complaints: readonly string[];
  /** When each request to the directory came, parts of batches among them. */
  readonly counted: readonly { readonly method: string; readonly at: number }[];
  /** The most requests under way at one time. */
  readonly crowd: () => number;
  readonly tokens: readonly string[];
  /** A reading shows what was written only after so many readings of it. */
  lag(readings: number): void;
  /** These application permissions are granted from now on, in tokens to come. */
  grant(roles: readonly string[]): void;
  /** For `tokensAt` of a Dovecot with `tokensOpenAll`: tokens for Exchange Online's IMAP that are good (RFC 7662). */
  readonly introspectionUrl: string;
  /** No token that was given is good any more. */
  revoke(): void;
  /** Adds routes, such as those of mail. */
  route(route: Route): void;
  stop(): Promise<void>;
}

export interface FakeGraphOptions {
  readonly tenant?: string;
  readonly clientId?: string;
  readonly secret?: string;
  /** PEM; assertions are verified by it. */
  readonly certificate?: string;
  readonly expiresIn?: number;
  /** The most entries of a page. */
  readonly page?: number;
  readonly roles?: readonly string[];
  /** The time, by which requests are counted; the machine's by default. */
  readonly now?: () => number;
}

export const fakeTenant = "contoso.onmicrosoft.com";
export const fakeClient = "11111111-2222-3333-4444-555555555555";
export const fakeSecret = "the-client's-secret";

export const allRoles = [
  "User.ReadWrite.All",
  "Group.ReadWrite.All",
  "Domain.ReadWrite.All",
  "Organization.Read.All",
  "OrgContact.Read.All",
  "Mail.ReadWrite",
  "Exchange.ManageAsApp",
  "IMAP.AccessAsApp",
  "MailboxFolder.ReadWrite.All",
  "MailboxItem.Export.All",
  "MailboxItem.ImportExport.All",
];

/** Starts with a tenant that holds nothing but its initial domain, or not even that where `bare`. */
export async function startGraph(options: FakeGraphOptions = {}): Promise<FakeGraph> {
  const { tenant = fakeTenant, clientId = fakeClient, secret = fakeSecret, expiresIn = 3600, page = 100 } = options;
  let [lag, url, roles] = [0, "", options.roles ?? allRoles];
  const objects = createObjects(() => lag);
  const faults = createFaults();
  const judge = openJudge();
  const settings = { base: () => `${url}/v1.0`, page };
  const routes: Route[] = [createUsers, createGroups, createDomains].map((make) => routeOf(make(objects, settings)));
  const requests: string[] = [];
  const { now = Date.now } = options;
  const counted: { readonly method: string; readonly at: number }[] = [];
  const complaints: string[] = [];
  const tokens: string[] = [];
  const valid = new Set<string>();
  let [running, crowd] = [0, 0];

  function login(form: URLSearchParams): Said {
    if (form.get("client_id") !== clientId) return refused("unauthorized_client", 400);
    const assertion = form.get("client_assertion");
    if (
      assertion === null
        ? form.get("client_secret") !== secret
        : !isSigned(assertion, options.certificate, clientId, `${url}/${tenant}/oauth2/v2.0/token`)
    )
      return refused("invalid_client");
    const token = `${part({ alg: "none" })}.${part({ roles, aud: form.get("scope"), n: tokens.length })}.`;
    tokens.push(token);
    valid.add(token);
    return { status: 200, body: { access_token: token, token_type: "Bearer", expires_in: expiresIn } };
  }

  /** One request to Graph, whole or a part of a batch. */
  function answer(asked: Asked): Said | "cut" {
    const path = `/${asked.parts.join("/")}`;
    requests.push(`${asked.method} ${path}`);
    if (path !== "/$batch") counted.push({ method: asked.method, at: now() });
    const trouble = path === "/$batch" ? undefined : faults.of(asked.method, path);
    if (trouble !== undefined && trouble.after !== true) return trouble.cut === true ? "cut" : troubled(trouble);
    const said =
      path === "/$batch"
        ? batch(asked)
        : (routed(asked) ?? failed(400, "BadRequest", `Resource not found for the segment '${asked.parts.at(-1)}'.`));
    if (said !== "cut")
      complaints.push(
        ...judge.judge({
          method: asked.method,
          path,
          query: asked.query,
          body: asked.body,
          status: said.status,
          answer: said.body,
        }),
      );
    return trouble === undefined ? said : trouble.cut === true ? "cut" : troubled(trouble);
  }

  function routed(asked: Asked): Said | undefined {
    for (const route of routes) {
      const said = route(asked);
      if (said !== undefined) return said;
    }
    return undefined;
  }

  function batch({ body, headers }: Asked): Said | "cut" {
    const parts = (body as { readonly requests?: readonly Record<string, unknown>[] }).requests ?? [];
    if (parts.length === 0 || parts.length > 20)
      return failed(400, "BadRequest", "Number of batch requests exceeds the limit of 20.");
    const responses = parts.map((each) => {
      const said = answer(
        askedOf(
          String(each["method"]),
          String(each["url"]),
          { ...headers, ...(each["headers"] as object) },
          each["body"],
        ),
      );
      if (said === "cut") throw new Error("a part of a batch cannot be cut");
      const octets = said.octets === undefined ? said.body : Buffer.from(said.octets).toString("base64");
      return {
        id: each["id"],
        status: said.status,
        headers: said.headers ?? {},
        ...(octets !== undefined && { body: octets }),
      };
    });
    return { status: 200, body: { responses } };
  }

  /** What a mail server asks of a token. */
  function introspected(form: URLSearchParams): Said {
    const token = form.get("token") ?? "";
    const { aud, roles: granted } = valid.has(token) ? claimsOf(token.split(".")[1] ?? "") : {};
    const active = String(aud).startsWith(url) && (granted as readonly string[]).includes("IMAP.AccessAsApp");
    return { status: 200, body: active ? { active, username: "application" } : { active } };
  }

  /** What is no part of Graph: the admin API, and URLs that need no login. Items that are imported there meet the same troubles. */
  function elsewhere(asked: Asked): Said | "cut" {
    const path = `/${asked.parts.join("/")}`;
    const trouble = path.endsWith("/importItem") ? faults.of(asked.method, path) : undefined;
    if (path.endsWith("/importItem")) requests.push(`${asked.method} ${path}`);
    if (trouble !== undefined && trouble.after !== true) return trouble.cut === true ? "cut" : troubled(trouble);
    const said = routed(asked) ?? failed(404, "NotFound", path);
    return trouble === undefined ? said : trouble.cut === true ? "cut" : troubled(trouble);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const octets = await read(request);
    const path = request.url ?? "";
    if (path.startsWith(`/${tenant}/oauth2/v2.0/token`))
      return tell(response, login(new URLSearchParams(octets.toString())));
    if (path === "/introspect") return tell(response, introspected(new URLSearchParams(octets.toString())));
    if (!path.startsWith("/v1.0/")) {
      const said = elsewhere(
        askedOf(request.method ?? "", path, request.headers as Asked["headers"], jsonOf(octets), octets),
      );
      return said === "cut" ? void request.socket.destroy() : tell(response, said);
    }
    if (!valid.has((request.headers.authorization ?? "").replace(/^Bearer /, "")))
      return tell(response, failed(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid."));
    const asked = askedOf(
      request.method ?? "",
      path.slice("/v1.0".length),
      request.headers as Asked["headers"],
      jsonOf(octets),
      octets,
    );
    const said = answer(asked);
    if (said === "cut") return void request.socket.destroy();
    return tell(response, said);
  }

  const server = createServer(async (request, response) => {
    running += 1;
    crowd = Math.max(crowd, running);
    try {
      await handle(request, response);
    } catch (thrown) {
      complaints.push(`the stand-in failed: ${String(thrown)}`);
      tell(response, failed(500, "InternalServerError", "failed"));
    } finally {
      running -= 1;
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    objects,
    faults,
    requests,
    counted,
    complaints,
    tokens,
    crowd: () => crowd,
    lag: (readings) => void (lag = readings),
    grant: (given) => void (roles = given),
    introspectionUrl: `${url}/introspect`,
    revoke: () => valid.clear(),
    route: (route) => void routes.push(route),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const refused = (error: string, status = 401): Said => ({
  status,
  body: { error, error_description: `AADSTS: ${error}` },
});

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

const claimsOf = (encoded: string) =>
  JSON.parse(Buffer.from(encoded, "base64url").toString()) as Readonly<Record<string, unknown>>;

function isSigned(assertion: string, certificate: string | undefined, client: string, audience: string): boolean {
  const [header = "", claims = "", signature = ""] = assertion.split(".");
  if (certificate === undefined) return false;
  const { raw, fingerprint256 } = new X509Certificate(certificate);
  const thumb = Buffer.from(fingerprint256.replaceAll(":", ""), "hex").toString("base64url");
  const { iss, sub, aud, exp, nbf } = claimsOf(claims);
  const key = { key: createPublicKey(certificate), padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  return (
    raw.length > 0 &&
    claimsOf(header)["alg"] === "PS256" &&
    claimsOf(header)["x5t#S256"] === thumb &&
    iss === client &&
    sub === client &&
    aud === audience &&
    Number(exp) - Number(nbf) <= 600 &&
    verify("sha256", Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, "base64url"))
  );
}

function troubled({ status, retryAfter, body }: Trouble): Said {
  const code = status === 429 ? "TooManyRequests" : "ServiceUnavailable";
  return {
    ...failed(status, code, "Come back later."),
    ...(body !== undefined && { body }),
    ...(retryAfter !== undefined && { headers: { "retry-after": String(retryAfter) } }),
  };
}

function askedOf(
  method: string,
  url: string,
  headers: Asked["headers"],
  body: unknown,
  octets: Uint8Array = new Uint8Array(),
): Asked {
  const [path = "", query = ""] = url.split("?", 2);
  const parts = path.slice(1).split("/").map(decodeURIComponent);
  return { method, parts, query: new URLSearchParams(query), headers, body, octets };
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function jsonOf(octets: Buffer): unknown {
  try {
    return octets.length === 0 ? undefined : JSON.parse(octets.toString());
  } catch {
    return undefined;
  }
}

function tell(response: ServerResponse, { status, body, octets, headers = {} }: Said): void {
  const content = octets ?? (body === undefined ? undefined : JSON.stringify(body));
  const type = octets === undefined ? "application/json" : "text/plain";
  response
    .writeHead(status, { ...(content !== undefined && { "content-type": type }), ...headers, connection: "close" })
    .end(content);
}
