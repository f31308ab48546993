/**
 * An independent stand-in for Gmail, the package `emulate` 0.11.2, with a front before it. The front adds what it lacks (getProfile), turns
 * a multipart upload, which it would store as a whole, into the JSON that it knows, and gives out tokens; all else goes through untouched.
 */
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { createEmulator } from "emulate";
import type { Clock } from "../../../src/contract/endpoint.ts";
import { freePorts } from "../ports.ts";
import { createGrants } from "./tokens.ts";
import { partsOf } from "./upload.ts";

export interface EmulatedGmail {
  readonly url: string;
  readonly key: string;
  /** Asks it directly, as another program would. */
  ask(method: string, path: string, body?: unknown): Promise<Answer>;
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Its one user has mail of his own at the start. */
export async function startEmulate(user: string, clock: Pick<Clock, "now">): Promise<EmulatedGmail> {
  const [port = 0] = await freePorts(1);
  const seed = { google: { users: [{ email: user, name: "Ana" }] }, tokens: { outside: { login: user } } };
  const emulator = await createEmulator({ service: "google", port, seed });
  const inner = `http://127.0.0.1:${port}`;
  const grants = createGrants(clock);

  async function ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const headers = { authorization: "Bearer outside", "content-type": "application/json" };
    const asked = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
    const response = await fetch(`${inner}${path}`, asked);
    return { status: response.status, body: objectOf(await response.text()) };
  }

  async function profile(): Promise<Answer> {
    const { body: history } = await ask("GET", "/gmail/v1/users/me/history?startHistoryId=1&maxResults=1");
    const { body: list } = await ask("GET", "/gmail/v1/users/me/messages?includeSpamTrash=true&maxResults=500");
    const messages = (list["messages"] ?? []) as unknown[];
    return {
      status: 200,
      body: { emailAddress: user, historyId: history["historyId"], messagesTotal: messages.length },
    };
  }

  async function answer(request: IncomingMessage, octets: Buffer, address: URL): Promise<Answer> {
    if (address.pathname === "/token") {
      const { status, body } = grants.answer(new URLSearchParams(octets.toString()), address.href);
      return { status, body: body as Answer["body"] };
    }
    const path = `${address.pathname}${address.search}`;
    if (address.pathname.endsWith("/profile")) return profile();
    const method = request.method ?? "GET";
    const { json, media } = partsOf(request.headers["content-type"] ?? "", octets);
    if (media === undefined) return ask(method, path, json);
    address.searchParams.delete("uploadType");
    return ask(method, `${address.pathname.replace("/upload", "")}${address.search}`, {
      ...json,
      raw: media.toString("base64url"),
    });
  }

  const front = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { status, body } = await answer(request, Buffer.concat(parts), new URL(request.url ?? "/", url));
    response.writeHead(status, { "content-type": "application/json" });
    response.end(status === 204 ? undefined : JSON.stringify(body));
  });
  front.listen(0, "127.0.0.1");
  await once(front, "listening");
  const url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
  return {
    url,
    key: grants.key(`${url}/token`),
    ask,
    async stop() {
      front.close();
      front.closeAllConnections();
      await Promise.all([once(front, "close"), emulator.close()]);
    },
  };
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
