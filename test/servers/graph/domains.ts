/** Domains of the stand-in for Graph, and the records that they want in the DNS. */
import { lower, type Properties, type TenantObjects } from "./objects.ts";
import { type Asked, failed, missing, nothing, ok, paged, type Said } from "./said.ts";
import { type Act, type DirectorySettings } from "./table.ts";

type Table = readonly (readonly [string, Act])[];

export function createDomains(objects: TenantObjects, settings: DirectorySettings): Table {
  const { users, domains } = objects;
  const list = (all: readonly Properties[], asked: Asked): Said => paged(all, asked, settings.base(), settings.page);

  function addDomain({ body }: Asked): Said {
    const name = lower((body as Properties)["id"]);
    if (domains.has(name)) return failed(409, "ObjectConflict", `Domain ${name} already exists.`);
    const domain = {
      id: name,
      authenticationType: "Managed",
      isAdminManaged: true,
      isDefault: false,
      isInitial: false,
      isRoot: true,
      isVerified: false,
      supportedServices: [],
    };
    domains.set(name, domain);
    return ok(domain, 201);
  }

  function verify(_: Asked, [, name = ""]: readonly string[]): Said {
    const domain = domains.get(lower(name));
    if (domain === undefined) return missing(name);
    if (domain["isVerified"] === true) return failed(400, "Request_BadRequest", "Domain is already verified.");
    if (!objects.published.has(lower(name)) && !objects.published.has("*"))
      return failed(
        400,
        "Request_BadRequest",
        "Domain verification failed with the following error: 'The verification record was not found.'",
      );
    domains.set(lower(name), { ...domain, isVerified: true });
    return ok(domains.get(lower(name)));
  }

  function removeDomain(_: Asked, [, name = ""]: readonly string[]): Said {
    if (!domains.has(lower(name))) return missing(name);
    const used = users.all().some((user) => lower(user["userPrincipalName"]).endsWith(`@${lower(name)}`));
    if (used) return failed(400, "Request_BadRequest", "The domain cannot be deleted while objects refer to it.");
    domains.delete(lower(name));
    return nothing;
  }

  const record = (name: string, type: string, more: Properties): Properties => ({
    "@odata.type": `#microsoft.graph.domainDns${type}Record`,
    id: objects.newId(),
    isOptional: false,
    label: name,
    recordType: type,
    supportedService: "Email",
    ttl: 3600,
    ...more,
  });

  function records(asked: Asked, [, name = "", which]: readonly string[]): Said {
    const known = domains.get(lower(name));
    if (known === undefined) return missing(name);
    const host = lower(name).replaceAll(".", "-");
    const verification = [
      record(name, "Txt", { text: `MS=ms${host}` }),
      record(`ms${host}.${name}`, "Mx", { mailExchange: `ms${host}.msv1.invalid`, preference: 32767 }),
    ];
    const service = [
      record(name, "Mx", { mailExchange: `${host}.mail.protection.outlook.com`, preference: 0 }),
      record(name, "Txt", { text: "v=spf1 include:spf.protection.outlook.com -all" }),
      record(`autodiscover.${name}`, "CName", { canonicalName: "autodiscover.outlook.com" }),
      record(name, "Srv", {
        service: "_sip",
        protocol: "_tls",
        nameTarget: "sipdir.online.lync.com",
        priority: 100,
        weight: 1,
        port: 443,
        supportedService: "OfficeCommunicationsOnline",
      }),
    ];
    return list(which === "verificationDnsRecords" ? verification : service, asked);
  }

  return [
    ["GET /domains", (asked) => list([...domains.values()], asked)],
    ["POST /domains", addDomain],
    ["DELETE /domains/*", removeDomain],
    ["POST /domains/*/verify", verify],
    ["GET /domains/*/verificationDnsRecords", records],
    ["GET /domains/*/serviceConfigurationRecords", records],
  ];
}
