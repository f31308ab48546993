/** What the fake is asked and answers. */
import type { Buffer } from "node:buffer";

export interface Ask {
  readonly method: string;
  readonly url: URL;
  /** The parts of the path that stand for something, decoded. */
  readonly parts: readonly string[];
  /** The JSON of the body, or of an upload's first part. */
  readonly json: Readonly<Record<string, unknown>>;
  /** The octets of an upload. */
  readonly media?: Buffer;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly octets: Buffer;
  /** On whose behalf. */
  readonly subject: string;
}

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Answerer = (ask: Ask) => Reply;

/** Method, path with `{}` for what stands for something, and who answers. */
export type Route = readonly [method: string, path: string, answer: Answerer];

export const ok = (body?: unknown): Reply => (body === undefined ? { status: 204 } : { status: 200, body });

export function refuse(status: number, reason: string, message = reason, headers?: Reply["headers"]): Reply {
  const error = { code: status, message, errors: [{ domain: "global", reason, message }] };
  return { status, body: { error }, ...(headers === undefined ? {} : { headers }) };
}

export const missing = (what: string): Reply => refuse(404, "notFound", `Resource Not Found: ${what}`);
