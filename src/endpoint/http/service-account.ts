import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import type { Clock } from "../../contract/endpoint.ts";
import { Fault, type FaultFacts, interrupted } from "../../model/fault.ts";
import { createTokens, renewal, type Token, type Tokens } from "./token.ts";

/** A Google service account, on behalf of whoever its domain-wide delegation allows. */
export interface ServiceAccount {
  /** Access tokens for one subject and these scopes, apart by blanks. */
  tokens(subject: string, scope: string): Tokens;
  /** What an administrator grants scopes to. */
  clientId(): Promise<string>;
}

interface Settings {
  /** The endpoint's name, for faults. */
  readonly about: string;
  /** The key, as the Cloud console gives it out. */
  key(): Promise<string>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

interface Key {
  readonly email: string;
  readonly clientId: string;
  readonly id: string | undefined;
  readonly tokenUrl: string;
  readonly signer: KeyObject;
}

/** Milliseconds that a token endpoint has to answer. */
const patience = 30_000;
/** Seconds that an assertion is good for: the longest that Google takes. */
const lasts = 3600;
const grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const usualTokenUrl = "https://oauth2.googleapis.com/token";

/** Tokens by signed assertions (RFC 7523, 2.1), whose `sub` is the user on whose behalf they are. */
export function createServiceAccount({ about, key: read, clock, signal }: Settings): ServiceAccount {
  const held = new Map<string, Tokens>();

  function refused(code: "scope.missing" | "token.refused", why: string, remedy: string): Fault {
    // A user that is not there spoils his own mailbox alone; whether it is that, or the key, the server does not tell.
    const spoils = code === "scope.missing" ? "endpoint" : "mailbox";
    return new Fault({ code, message: why, spoils, retry: "later", about, remedy });
  }

  async function assertion({ email, id, tokenUrl, signer }: Key, subject: string, scope: string): Promise<string> {
    const now = Math.floor(clock.now() / 1000);
    const header = { alg: "RS256", typ: "JWT", ...(id === undefined ? {} : { kid: id }) };
    const claims = { iss: email, sub: subject, scope, aud: tokenUrl, iat: now, exp: now + lasts };
    const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    return `${text}.${sign("RSA-SHA256", Buffer.from(text), signer).toString("base64url")}`;
  }

  async function send(key: Key, body: URLSearchParams): Promise<{ readonly status: number; readonly text: string }> {
    try {
      const response = await fetch(key.tokenUrl, {
        method: "POST",
        body,
        headers: { accept: "application/json" },
        redirect: "error",
        signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
      });
      return { status: response.status, text: await response.text() };
    } catch (thrown) {
      if (signal.aborted) throw interrupted();
      const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause.message : String(thrown);
      throw unreachable(about, `${hostOf(key)} was not reached (${cause})`);
    }
  }

  async function ask(subject: string, scope: string): Promise<Token> {
    const key = keyOf(await read(), about);
    const form = new URLSearchParams({ grant_type: grant, assertion: await assertion(key, subject, scope) });
    const { status, text } = await send(key, form);
    if (status >= 500 || status === 429) throw unreachable(about, `${hostOf(key)} answered with status ${status}`);
    const { access_token: value, expires_in: seconds, error } = objectOf(text);
    if (status < 300 && typeof value === "string" && value !== "")
      return { value, renewAt: renewal(seconds, clock.now()) };
    // A code alone: other words may repeat what they were sent.
    const code = typeof error === "string" && /^[a-z_]{1,40}$/.test(error) ? error : `status ${status}`;
    throw code === "unauthorized_client" || code === "access_denied" || code === "invalid_scope"
      ? refused("scope.missing", `${scope} is not granted to the service account (${code})`, grantingOf(key.clientId))
      : refused("token.refused", `No access token on behalf of ${subject} was had: ${code}`, remedyOf(code));
  }

  return {
    tokens: (subject, scope) => {
      const name = `${subject} ${scope}`;
      const tokens = held.get(name) ?? createTokens(() => ask(subject, scope), clock);
      held.set(name, tokens);
      return tokens;
    },
    clientId: async () => keyOf(await read(), about).clientId,
  };
}

/** Where an administrator grants a scope. */
function grantingOf(clientId: string): string {
  return (
    `grant it to the client id ${clientId}: Admin console > Security > Access and data control > API controls > ` +
    "Domain-wide delegation (https://admin.google.com/ac/owl/domainwidedelegation)"
  );
}

const remedyOf = (code: string): string =>
  code === "invalid_grant"
    ? "look whether the user is there and not suspended, the key was not revoked, and this machine's clock is right"
    : "look whether the key is the service account's, and was not revoked";

const hostOf = ({ tokenUrl }: Key): string => new URL(tokenUrl).host;

/** A token endpoint that is not there may come back, so that the pass is tried again. */
function unreachable(about: string, why: string): Fault {
  const facts = { code: "token.unreachable", spoils: "mailbox", retry: { afterMs: 2000 } } as const;
  return new Fault({ ...facts, message: `No access token was had: ${why}`, about, remedy: "look whether it is up" });
}

/** Reads a key. What the text says is never told. */
function keyOf(text: string, about: string): Key {
  const said = objectOf(text);
  const email = said["client_email"];
  const pem = said["private_key"];
  if (said["type"] !== "service_account" || typeof email !== "string" || typeof pem !== "string")
    throw unfit(about, "The service account's key is no such key");
  const { token_uri: tokenUrl = usualTokenUrl, private_key_id: id, client_id: clientId } = said;
  return {
    email,
    clientId: typeof clientId === "string" ? clientId : email,
    id: typeof id === "string" ? id : undefined,
    tokenUrl: safeUrl(String(tokenUrl), about),
    signer: signerOf(pem, about),
  };
}

function signerOf(pem: string, about: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw unfit(about, "The private key of the service account cannot be read");
  }
}

/** Whoever gets an assertion is the service account for an hour. */
function safeUrl(url: string, about: string): string {
  if (/^(https:\/\/|http:\/\/(127\.[0-9.]+|localhost|\[::1\])([:/]|$))/.test(url)) return url;
  throw unfit(about, "The token_uri of the service account's key is neither https nor on loopback");
}

function unfit(about: string, message: string): Fault {
  const facts: Pick<FaultFacts, "code" | "spoils"> = { code: "key.invalid", spoils: "endpoint" };
  const remedy = "make a JSON key in the Cloud console: IAM & Admin > Service Accounts > Keys";
  return new Fault({ ...facts, message, about, remedy });
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}
