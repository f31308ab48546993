/** LDAP endpoints as the tests open them, and people as LDIF. */
import { Buffer } from "node:buffer";
import type { Endpoint, Scope } from "../../src/contract/endpoint.ts";
import { systemClock } from "../../src/endpoint/clock.ts";
import { openEndpoint } from "../../src/endpoint/index.ts";
import type { DirectoryKind } from "../../src/model/address.ts";
import type { Finding } from "../../src/model/finding.ts";
import type { Observed } from "../../src/model/resource.ts";
import type { LdapEndpointSpec } from "../../src/model/spec.ts";
import { collect } from "../contract/collect.ts";
import { admin, reader, suffix } from "../servers/openldap-configuration.ts";
import type { Openldap } from "../servers/openldap.ts";

export const options = { signal: new AbortController().signal };

const passwords: Readonly<Record<string, string>> = {
  ADMIN: admin.password,
  READER: reader.password,
  WRONG: "wrong-password",
};

const asAdmin = { bind: { dn: admin.dn, password: { env: "ADMIN" } } } as const;
export const asReader = { bind: { dn: reader.dn, password: { env: "READER" } } } as const;

/** Over TLS by StartTLS, as the root, unless said otherwise. */
export function specOf(server: Openldap, more: Partial<LdapEndpointSpec> = {}): LdapEndpointSpec {
  return { type: "ldap", url: `ldap://127.0.0.1:${server.port}`, ca: server.capath, base: suffix, ...asAdmin, ...more };
}

export function openSpec(spec: LdapEndpointSpec, findings: Finding[] = []): Promise<Endpoint> {
  return openEndpoint("corp", spec, {
    secret: async (ref) => passwords["env" in ref ? ref.env : ""] ?? "",
    clock: systemClock,
    signal: options.signal,
    emit: (event) => event.type === "finding" && findings.push(event.finding),
  });
}

export async function readKind(
  endpoint: Endpoint,
  kind: DirectoryKind,
  scope: Scope = {},
): Promise<readonly Observed[]> {
  const handler = endpoint.directory[kind];
  if (handler === undefined) throw new Error(`no ${kind}`);
  return collect(handler.read(scope, options) as AsyncIterable<Observed>);
}

const line = (name: string, value: string | Buffer): string =>
  typeof value === "string" && /^[!-9;=-~][ -~]*$/.test(value) && !value.endsWith(" ")
    ? `${name}: ${value}\n`
    : `${name}:: ${Buffer.from(value).toString("base64")}\n`;

/** An entry of LDIF; what is not plain is in base 64 (RFC 2849). */
export function ldif(
  dn: string,
  attributes: Readonly<Record<string, string | Buffer | readonly (string | Buffer)[]>>,
): string {
  const lines = Object.entries(attributes).flatMap(([name, values]) =>
    (Array.isArray(values) ? (values as readonly (string | Buffer)[]) : [values as string | Buffer]).map((value) =>
      line(name, value),
    ),
  );
  return `${line("dn", dn)}${lines.join("")}\n`;
}

export const unit = (name: string): string =>
  ldif(`ou=${name},${suffix}`, { objectClass: "organizationalUnit", ou: name });

/** A person with nothing but what must be there, and what is said. */
export const person = (uid: string, attributes: Parameters<typeof ldif>[1] = {}): string =>
  ldif(`uid=${uid},ou=people,${suffix}`, {
    objectClass: ["inetOrgPerson", "qmailUser"],
    uid,
    cn: uid,
    sn: uid,
    mail: `${uid}@example.com`,
    ...attributes,
  });
