import type { DirectoryChange } from "../../../contract/endpoint.ts";
import type { Options } from "../../../contract/options.ts";
import { normalDomain } from "../../../kind/normal.ts";
import { Fault } from "../../../model/fault.ts";
import type { Finding } from "../../../model/finding.ts";
import type { Json } from "../../../model/json.ts";
import type { Observed } from "../../../model/resource.ts";
import { errorOf, isDone, type Loose, textOf } from "../answer.ts";
import type { Call } from "../graph.ts";
import { idOf, inPath, observe, readAll, refusalOf, type Tenant } from "./tenant.ts";
import type { Seen } from "./work.ts";

/** A domain of the tenant. One that is not verified yet is taken for not there: nobody can have an address in it. */
export interface DomainSight {
  readonly name: string;
  readonly verified: boolean;
  /** Where new Microsoft 365 groups get their address. */
  readonly isDefault: boolean;
  readonly domain: Loose;
}

export async function readDomains(tenant: Tenant, options: Options): Promise<readonly DomainSight[]> {
  const all = await readAll(tenant, "/domains", options);
  return all.flatMap((domain) => {
    const name = normalDomain(idOf(domain));
    const facts = { verified: domain["isVerified"] === true, isDefault: domain["isDefault"] === true, domain };
    return name === undefined ? [] : [{ name, ...facts }];
  });
}

export const seenDomains = (domains: readonly DomainSight[]): readonly Observed<"domain">[] =>
  domains.filter(({ verified }) => verified).map(({ name }) => observe("domain", name, undefined, {}));

/** A record as a tool for DNS takes it; names are full, without the last dot. */
interface DnsRecord {
  readonly type: string;
  readonly name: string;
  readonly value: string;
  readonly ttl: number;
  readonly priority?: number;
  readonly weight?: number;
  readonly port?: number;
  readonly optional?: true;
}

/** What each type says in its own words. */
const readers: Readonly<Record<string, (record: Loose) => Omit<DnsRecord, "type" | "name" | "ttl">>> = {
  txt: (record) => ({ value: textOf(record["text"]) ?? "" }),
  mx: (record) => ({ value: textOf(record["mailExchange"]) ?? "", priority: Number(record["preference"] ?? 0) }),
  cname: (record) => ({ value: textOf(record["canonicalName"]) ?? "" }),
  srv: (record) => ({
    value: textOf(record["nameTarget"]) ?? "",
    priority: Number(record["priority"] ?? 0),
    weight: Number(record["weight"] ?? 0),
    port: Number(record["port"] ?? 0),
  }),
};

function recordOf(record: Loose): readonly DnsRecord[] {
  const type = (textOf(record["recordType"]) ?? "").toLowerCase();
  const read = readers[type];
  if (read === undefined) return [];
  const own = type === "srv" ? `${textOf(record["service"])}.${textOf(record["protocol"])}.` : "";
  const name = `${own}${textOf(record["label"]) ?? ""}`.replace(/\.$/, "");
  return [
    {
      type: type.toUpperCase(),
      name,
      ttl: Number(record["ttl"] ?? 3600),
      ...read(record),
      ...(record["isOptional"] === true && { optional: true as const }),
    },
  ];
}

async function records(tenant: Tenant, name: string, which: string, options: Options): Promise<readonly DnsRecord[]> {
  return (await readAll(tenant, `/domains/${inPath(name)}/${which}`, options)).flatMap(recordOf);
}

/** What is to be published before a domain can be verified. */
export async function verificationFinding(tenant: Tenant, name: string, options: Options): Promise<Finding> {
  const found = await records(tenant, name, "verificationDnsRecords", options);
  const first = found.find(({ type }) => type === "TXT");
  const which = first === undefined ? "one of these records" : `${first.name} ${first.ttl} IN TXT "${first.value}"`;
  return {
    code: "domain.unverified",
    severity: "warning",
    about: `domain/${name}`,
    message: `${name} is not verified: nobody can have an address in it`,
    remedy: `publish ${which} in the DNS, then run again`,
    detail: { records: found as unknown as Json },
  };
}

/** What is to be published for mail and the other services, once a domain is verified. */
export async function serviceFinding(tenant: Tenant, name: string, options: Options): Promise<Finding> {
  const found = await records(tenant, name, "serviceConfigurationRecords", options);
  const mail = found.find(({ type }) => type === "MX");
  return {
    code: "domain.records",
    severity: "info",
    about: `domain/${name}`,
    message: `${name} is verified${mail === undefined ? "" : `; its mail goes to ${mail.value} (MX ${mail.priority ?? 0})`}`,
    remedy: "publish the records of `detail` when the mail is to come here",
    detail: { records: found as unknown as Json },
  };
}

/** Adds, verifies and removes domains. Adding one that is there goes on with verifying it. */
export async function writeDomains(
  tenant: Tenant,
  changes: readonly DirectoryChange[],
  known: readonly DomainSight[],
  options: Options,
): Promise<ReadonlyMap<string, Fault>> {
  const failures = new Map<string, Fault>();
  for (const change of changes) {
    const fault =
      change.act === "delete"
        ? await remove(tenant, change.was.name, options)
        : await add(tenant, change.want.name, known, options);
    if (fault !== undefined && fault.spoils !== "item") throw fault;
    if (fault !== undefined) failures.set(change.key, fault);
  }
  return failures;
}

async function remove(tenant: Tenant, name: string, options: Options): Promise<Fault | undefined> {
  const call: Call = { method: "DELETE", path: `/domains/${inPath(name)}` };
  const answered = await tenant.graph.send(call, options);
  return answered.status === 404 ? undefined : refusalOf(tenant, call, answered);
}

async function add(
  tenant: Tenant,
  name: string,
  known: readonly DomainSight[],
  options: Options,
): Promise<Fault | undefined> {
  if (!known.some((each) => each.name === name)) {
    // Adding what is there is refused, so that it may be sent twice.
    const call: Call = { method: "POST", path: "/domains", body: { id: name }, repeatable: true };
    const answered = await tenant.graph.send(call, options);
    const there = /already exists|ObjectConflict/i.test(`${errorOf(answered).code} ${errorOf(answered).message}`);
    if (!isDone(answered) && !there) return refusalOf(tenant, call, answered);
  }
  const call: Call = { method: "POST", path: `/domains/${inPath(name)}/verify`, repeatable: true };
  const answered = await tenant.graph.send(call, options);
  if (isDone(answered)) {
    tenant.emit({ type: "finding", finding: await serviceFinding(tenant, name, options) });
    return undefined;
  }
  if (answered.status !== 400) return refusalOf(tenant, call, answered);
  const { message, remedy = "", about } = await verificationFinding(tenant, name, options);
  return new Fault({ code: "domain.unverified", message, spoils: "item", retry: "later", about, remedy });
}

export const lookAtDomains = (domains: readonly DomainSight[], names: ReadonlySet<string>): Seen =>
  new Map(seenDomains(domains).flatMap((each) => (names.has(each.name) ? [[each.name, each as Observed]] : [])));
