/** Active Directory as the tests open it: by TLS as its administrator, unless said otherwise. */
import { onTestFinished } from "vitest";
import type { Endpoint } from "../../src/contract/endpoint.ts";
import { systemClock } from "../../src/endpoint/clock.ts";
import { openEndpoint } from "../../src/endpoint/index.ts";
import type { Finding } from "../../src/model/finding.ts";
import type { LdapEndpointSpec } from "../../src/model/spec.ts";
import { startLdapFront } from "../servers/ldap-front.ts";
import { administrator, type Samba } from "../servers/samba.ts";

const options = { signal: new AbortController().signal };
const passwords: Readonly<Record<string, string>> = {
  ADMINISTRATOR: administrator.password,
  USER: "Passw0rd!User",
  WRONG: "Passw0rd!Wrong",
};

export function specOf(server: Samba, more: Partial<LdapEndpointSpec> = {}): LdapEndpointSpec {
  return {
    type: "ldap",
    flavour: "activeDirectory",
    url: `ldaps://127.0.0.1:${server.tlsPort}`,
    ca: server.capath,
    base: server.company,
    bind: { dn: administrator.dn, password: { env: "ADMINISTRATOR" } },
    ...more,
  };
}

export async function openSpec(spec: LdapEndpointSpec, findings: Finding[] = []): Promise<Endpoint> {
  return openEndpoint("corp", spec, {
    secret: async (ref) => passwords["env" in ref ? ref.env : ""] ?? "",
    clock: systemClock,
    signal: options.signal,
    emit: (event) => event.type === "finding" && findings.push(event.finding),
  });
}

/** With Active Directory's limits before it, until the test is over. */
export async function limited(server: Samba, more: Partial<LdapEndpointSpec> = {}) {
  const front = await startLdapFront({ to: server.port, secure: `${server.folder}/both.pem` });
  onTestFinished(() => front.stop());
  return { front, spec: specOf(server, { url: `ldaps://127.0.0.1:${front.port}`, ...more }) };
}
