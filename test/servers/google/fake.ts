/**
 * A Google Workspace of our own, on loopback: Directory, Groups Settings and Gmail, with state, quotas and mishaps. What it is asked and
 * what it answers is judged by Google's own descriptions, where they are there.
 */
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../../src/contract/endpoint.ts";
import { createDirectory, type Directory, directoryRoutes, type FakeUser, isShown } from "./directory.ts";
import { createFakeMailbox, type FakeMailbox } from "./gmail.ts";
import { gmailRoutes } from "./gmail-routes.ts";
import { createJudge } from "./discovery.ts";
import { createFaults, type Faults } from "./faults.ts";
import { createMeter, type Meter, unitsOf } from "./meter.ts";
import { type Ask, missing, refuse, type Reply, type Route } from "./said.ts";
import { createGrants, type Grants } from "./tokens.ts";
import { partsOf } from "./upload.ts";

export interface FakeGoogle {
  readonly url: string;
  /** A service account's key that it knows. */
  readonly key: string;
  readonly admin: string;
  readonly directory: Directory;
  /** A user's mailbox; made when it is first asked for. */
  mailbox(user: string): FakeMailbox;
  readonly grants: Grants;
  readonly faults: Faults;
  readonly meter: Meter;
  /** What went over the wire and is not as Google describes it; a test ends with none. */
  readonly violations: readonly string[];
  /** Requests that came, as `GET /path`. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

interface Settings {
  readonly clock: Pick<Clock, "now">;
  readonly admin?: string;
  /** Seconds that a token is good for. */
  readonly tokenLasts?: number;
}

const scopesFor: readonly (readonly [RegExp, RegExp])[] = [
  [/^\/admin\/directory\/v1\/users/, /directory\.user(\.readonly)?$/],
  [/^\/admin\/directory\/v1\/groups/, /directory\.group(\.readonly)?$/],
  [/\/orgunits/, /directory\.orgunit(\.readonly)?$/],
  [/\/domain(s|aliases)/, /directory\.domain(\.readonly)?$/],
  [/^\/groups\/v1/, /apps\.groups\.settings$/],
  [/\/gmail\/v1\//, /(^https:\/\/mail\.google\.com\/|gmail\.readonly)$/],
];

export async function startFakeGoogle({
  clock,
  admin = "admin@example.com",
  tokenLasts = 3600,
}: Settings): Promise<FakeGoogle> {
  const directory = createDirectory(clock);
  const grants = createGrants(clock, tokenLasts);
  const faults = createFaults();
  const meter = createMeter(clock, 15_000);
  const judge = createJudge();
  const violations: string[] = [];
  const asked: string[] = [];
  const mailboxes = new Map<string, FakeMailbox>();
  const mailbox = (user: string): FakeMailbox => {
    const known = mailboxes.get(user) ?? createFakeMailbox(user, clock);
    mailboxes.set(user, known);
    return known;
  };
  const shown = (user: string): FakeUser | undefined => {
    const known = directory.user(user);
    return known !== undefined && isShown(directory, known) ? known : undefined;
  };
  const hasMail = (user: string): boolean => mailboxes.has(user) || shown(user)?.suspended === false;
  // An assertion for somebody who is not there, or not yet, is an invalid grant.
  grants.known = (user) => user === admin || mailboxes.has(user) || shown(user) !== undefined;
  const routes = [
    ...directoryRoutes(directory),
    ...gmailRoutes((user) => (hasMail(user) ? mailbox(user) : undefined), clock),
  ].map(compiled);

  function answered(ask: Ask, token: string): Reply {
    const holder = grants.holder(token);
    const { pathname } = ask.url;
    if (holder === undefined) return refuse(401, "authError", "Invalid Credentials");
    const scope = scopesFor.find(([path]) => path.test(pathname))?.[1];
    const reads = holder.scopes.some((one) => one.endsWith(".readonly"));
    if (!holder.scopes.some((one) => scope?.test(one)) || (reads && ask.method !== "GET"))
      return refuse(403, "insufficientPermissions", "Insufficient Permission");
    if (!pathname.includes("/gmail/v1/") && holder.subject !== admin)
      return refuse(403, "forbidden", "Not Authorized to access this resource/api");
    const route = routes.find(({ method, path }) => method === ask.method && path.test(pathname));
    if (route === undefined) return missing(pathname);
    const [, ...parts] = route.path.exec(pathname) ?? [];
    return route.answer({ ...ask, subject: holder.subject, parts: parts.map((part) => decodeURIComponent(part)) });
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const octets = await octetsOf(request);
    const address = new URL(request.url ?? "/", fake.url);
    if (address.pathname === "/token")
      return send(response, grants.answer(new URLSearchParams(octets.toString()), address.href));
    asked.push(`${request.method} ${address.pathname}`);
    const { json, media, wrong } = partsOf(request.headers["content-type"] ?? "", octets);
    const ask: Ask = {
      method: request.method ?? "GET",
      url: address,
      parts: [],
      json: json ?? {},
      ...(media === undefined ? {} : { media }),
      headers: request.headers,
      octets,
      subject: "",
    };
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    const user = grants.holder(token)?.subject ?? "";
    const fits = meter.begin(user, unitsOf(ask.method, address.pathname));
    // A turn of the loop, so that requests under way at one time are seen as such.
    await new Promise((resolve) => setImmediate(resolve));
    const mishap = faults.of(ask);
    const may = mishap === undefined || mishap.after === true;
    const reply = fits ? (may ? answered(ask, token) : undefined) : refuse(429, "rateLimitExceeded", "Quota exceeded");
    meter.end(user);
    if (wrong !== undefined) violations.push(`${ask.method} ${address.pathname}: ${wrong}`);
    const { status = 0, body } = reply ?? {};
    // The pieces of an upload are not described.
    if (address.pathname.includes("/v1") && ask.method !== "PUT")
      violations.push(
        ...judge.judge({
          method: ask.method,
          url: address,
          body: json,
          status: reply === undefined ? 599 : status,
          answer: body,
        }),
      );
    if (mishap?.cut === true) return void response.destroy();
    send(response, mishap?.reply ?? reply ?? missing("?"));
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      violations.push(`the fake broke: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      response.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const fake: FakeGoogle = {
    url,
    key: grants.key(`${url}/token`),
    admin,
    directory,
    mailbox,
    grants,
    faults,
    meter,
    violations,
    asked,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
  return fake;
}

function compiled([method, path, answer]: Route): {
  readonly method: string;
  readonly path: RegExp;
  readonly answer: Route[2];
} {
  const source = path.replace(/[.]/g, "\\.").replaceAll("{+}", "(.+)").replaceAll("{}", "([^/]+)");
  return { method, path: new RegExp(`^${source}$`), answer };
}

function send(response: ServerResponse, { status, body, headers = {} }: Reply): void {
  const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json; charset=UTF-8", ...headers });
  response.end(text);
}

async function octetsOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
