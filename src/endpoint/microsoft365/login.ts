import { readFile } from "node:fs/promises";
import type { OpenContext } from "../../contract/endpoint.ts";
import { Fault } from "../../model/fault.ts";
import type { Microsoft365Auth, Microsoft365EndpointSpec } from "../../model/spec.ts";
import { requestToken } from "../http/grant.ts";
import { createTokens, renewal, type Tokens } from "../http/token.ts";
import { clientAssertion, type ClientCertificate } from "./assertion.ts";
import { servicesOf } from "./settings.ts";

const remedies = {
  invalid_client: "look at clientId, and at the secret or the certificate of the application's registration: they end",
  unauthorized_client: "look at clientId, and whether the application is registered in this tenant",
  invalid_request: "look at tenant and clientId",
  invalid_scope: "look whether `services` names the services of this tenant's cloud",
  otherwise: "look at the application's registration at https://entra.microsoft.com, App registrations",
  unreachable: "look whether the login service is reached from here",
};

/** Tokens of the application itself, for one service: client credentials (RFC 6749, 4.4), by a secret or by a certificate. */
export function createLogin(
  name: string,
  spec: Pick<Microsoft365EndpointSpec, "tenant" | "auth" | "services">,
  service: "graph" | "outlook",
  { secret, clock, signal }: Pick<OpenContext, "secret" | "clock" | "signal">,
): Tokens {
  const services = servicesOf(spec);
  const url = `${services.login}/${encodeURIComponent(spec.tenant)}/oauth2/v2.0/token`;

  return createTokens(async () => {
    const form = new URLSearchParams({
      client_id: spec.auth.clientId,
      grant_type: "client_credentials",
      scope: `${services[service]}/.default`,
      ...(await proofOf(name, spec.auth, url, { secret, clock })),
    });
    const grant = { about: name, url, form, unreachableSpoils: "endpoint", remedies } as const;
    const { value, seconds } = await requestToken(grant, signal);
    return { value, renewAt: renewal(seconds, clock.now()) };
  }, clock);
}

/** Asked anew each time: a secret may have been changed, and an assertion is good for minutes. */
async function proofOf(
  name: string,
  auth: Microsoft365Auth,
  url: string,
  { secret, clock }: Pick<OpenContext, "secret" | "clock">,
): Promise<Readonly<Record<string, string>>> {
  if ("clientSecret" in auth) return { client_secret: await secret(auth.clientSecret) };
  const by = await certificateOf(name, auth, secret);
  return {
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: assertionOf(name, by, auth.clientId, url, clock.now()),
  };
}

type ByCertificate = Extract<Microsoft365Auth, { certificate: string }>;

/** Throws `certificate.unreadable`. */
export async function certificateOf(
  name: string,
  { certificate: path, privateKey }: ByCertificate,
  secret: OpenContext["secret"],
): Promise<ClientCertificate> {
  const certificate = await readFile(path, "utf8").catch((thrown: unknown) => {
    throw unreadable(path, `The certificate cannot be read (${(thrown as NodeJS.ErrnoException).code})`, name);
  });
  return { certificate, privateKey: await secret(privateKey) };
}

function assertionOf(name: string, by: ClientCertificate, client: string, url: string, now: number): string {
  try {
    return clientAssertion(by, client, url, now);
  } catch {
    // What node:crypto says of a key may hold parts of it.
    throw unreadable(name, "The certificate or its private key is no PEM, or the key is no RSA key", name);
  }
}

function unreadable(about: string, message: string, name: string): Fault {
  return new Fault({
    code: "certificate.unreadable",
    message,
    spoils: "endpoint",
    about,
    remedy: `look at auth.certificate and auth.privateKey of ${name}: a PEM certificate with an RSA key, not encrypted`,
  });
}
