/** The token endpoint for service accounts (RFC 7523), and the key that it knows. */
import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import type { Clock } from "../../../src/contract/endpoint.ts";
import type { Reply } from "./said.ts";

export interface Grants {
  /** The key as the Cloud console would give it out. */
  key(tokenUrl: string): string;
  /** Answers the token endpoint. */
  answer(form: URLSearchParams, tokenUrl: string): Reply;
  /** Who has a token, and for what; undefined where it is none, or no more. */
  holder(token: string): Holder | undefined;
  /** Scopes that the administrator granted; all where undefined. */
  granted: ReadonlySet<string> | undefined;
  /** Users there are; everybody where undefined. */
  known: ((user: string) => boolean) | undefined;
  /** Every token is good no more. */
  revoke(): void;
  readonly issued: () => number;
}

interface Holder {
  readonly subject: string;
  readonly scopes: readonly string[];
}

const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
const email = "mover@project.iam.gserviceaccount.com";

const wrong = (status: number, error: string): Reply => ({
  status,
  body: { error, error_description: `${error} said` },
});

/** Tokens are good for so many seconds. */
export function createGrants(clock: Pick<Clock, "now">, lasts = 3600): Grants {
  const tokens = new Map<string, Holder & { readonly until: number }>();
  let count = 0;
  const grants: Grants = {
    granted: undefined,
    known: undefined,
    issued: () => count,
    key: (tokenUrl) =>
      JSON.stringify({
        type: "service_account",
        project_id: "project",
        private_key_id: "k1",
        private_key: pair.privateKey.export({ type: "pkcs8", format: "pem" }),
        client_email: email,
        client_id: "1029384756",
        token_uri: tokenUrl,
      }),
    answer(form, tokenUrl) {
      if (form.get("grant_type") !== "urn:ietf:params:oauth:grant-type:jwt-bearer")
        return wrong(400, "unsupported_grant_type");
      const claims = claimsOf(form.get("assertion") ?? "");
      const now = clock.now() / 1000;
      const { iss, sub, scope, aud, exp, iat } = claims ?? {};
      const good = iss === email && aud === tokenUrl && Number(exp) > now - 300 && Number(exp) - Number(iat) <= 3600;
      if (!good || typeof sub !== "string" || grants.known?.(sub) === false) return wrong(400, "invalid_grant");
      const scopes = String(scope).split(" ");
      if (grants.granted !== undefined && !scopes.every((one) => grants.granted?.has(one)))
        return wrong(401, "unauthorized_client");
      count += 1;
      const token = `ya29.${count}-${sub}`;
      tokens.set(token, { subject: sub.toLowerCase(), scopes, until: clock.now() + lasts * 1000 });
      return { status: 200, body: { access_token: token, expires_in: lasts, token_type: "Bearer" } };
    },
    holder(token) {
      const held = tokens.get(token);
      return held !== undefined && held.until > clock.now() ? held : undefined;
    },
    revoke: () => tokens.clear(),
  };
  return grants;
}

/** What a signed assertion says; undefined where the signature is not the key's. */
function claimsOf(assertion: string): Readonly<Record<string, unknown>> | undefined {
  const [header = "", claims = "", signature = ""] = assertion.split(".");
  const key = createPublicKey(pair.publicKey.export({ type: "spki", format: "pem" }));
  const signed = verify("RSA-SHA256", Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, "base64url"));
  return signed ? (JSON.parse(Buffer.from(claims, "base64url").toString()) as Record<string, unknown>) : undefined;
}
