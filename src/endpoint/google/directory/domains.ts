import type { Options } from "../../../contract/options.ts";
import { normalDomain } from "../../../kind/normal.ts";
import type { Finding } from "../../../model/finding.ts";
import type { Observed } from "../../../model/resource.ts";
import { type Admin, ifThere } from "../admin.ts";
import { isRefused } from "../refused.ts";
import { revisionOf } from "./revision.ts";
import type { Work } from "./writing.ts";

/** A domain of the customer's, or another name of one. */
interface Domain {
  readonly name: string;
  readonly verified: boolean;
  readonly parent?: string;
}

export async function domains(admin: Admin, options: Options): Promise<readonly Domain[]> {
  const api = await admin.apis.directory();
  const asked = { customer: admin.customer, auth: admin.auth("domains", options) };
  const [own, others] = [await api.domains.list(asked), await api.domainAliases.list(asked)];
  return [
    ...(own.data.domains ?? []).map(({ domainName, verified }) => domainOf(domainName, verified)),
    ...(others.data.domainAliases ?? []).map(({ domainAliasName, verified, parentDomainName }) =>
      domainOf(domainAliasName, verified, parentDomainName),
    ),
  ];
}

type Text = string | null | undefined;

function domainOf(name: Text, verified: boolean | null | undefined, parent?: Text): Domain {
  const text = name ?? "";
  return { name: normalDomain(text) ?? text, verified: verified === true, ...(parent ? { parent } : {}) };
}

export const observedDomain = ({ name, verified, parent }: Domain): Observed<"domain"> => ({
  kind: "domain",
  name,
  // What it is an alias of is part of what it is; that it was verified meanwhile is none.
  revision: revisionOf(name, parent ?? ""),
  fields: {},
  attributes: { verified: String(verified), ...(parent === undefined ? {} : { aliasOf: parent }) },
});

async function domainAt(admin: Admin, name: string, options: Options): Promise<Domain | undefined> {
  const api = await admin.apis.directory();
  const { customer } = admin;
  const auth = admin.auth("domains", options);
  const own = await ifThere(api.domains.get({ customer, domainName: name, auth }));
  if (own !== undefined) return domainOf(own.domainName, own.verified);
  const alias = await ifThere(api.domainAliases.get({ customer, domainAliasName: name, auth }));
  return alias && domainOf(alias.domainAliasName, alias.verified, alias.parentDomainName);
}

export function domainWork(admin: Admin): Work {
  return {
    held: { fields: new Set() },
    find: async (name, options) => {
      const domain = await domainAt(admin, name, options);
      return domain && observedDomain(domain);
    },
    perform: async (change, _, options) => {
      if (change.act === "create") await create(admin, change.want.name, options);
      if (change.act === "delete") await remove(admin, change.was.name, options);
    },
  };
}

async function create(admin: Admin, name: string, options: Options): Promise<void> {
  const api = await admin.apis.directory();
  const asked = { customer: admin.customer, auth: admin.auth("domains", options) };
  const parent = parentsOf(admin).get(name);
  try {
    if (parent === undefined) await api.domains.insert({ ...asked, requestBody: { domainName: name } });
    else await api.domainAliases.insert({ ...asked, requestBody: { domainAliasName: name, parentDomainName: parent } });
  } catch (thrown) {
    // By an earlier try whose answer was lost; somebody else's domain is 409 as well, and is not found then.
    if (!isRefused(thrown, 409) || (await domainAt(admin, name, options)) === undefined) throw thrown;
  }
  const domain = await domainAt(admin, name, options);
  if (domain?.verified === false) admin.emit({ type: "finding", finding: unverified(name) });
}

const parentsOf = ({ spec }: Admin): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(spec.domainAliases ?? {}).map(([name, of]) => [normalDomain(name) ?? name, normalDomain(of) ?? of]),
  );

async function remove(admin: Admin, name: string, options: Options): Promise<void> {
  const api = await admin.apis.directory();
  const { customer } = admin;
  const auth = admin.auth("domains", options);
  const domain = await domainAt(admin, name, options);
  try {
    if (domain?.parent === undefined) await api.domains.delete({ customer, domainName: name, auth });
    else await api.domainAliases.delete({ customer, domainAliasName: name, auth });
  } catch (thrown) {
    if (!isRefused(thrown, 404)) throw thrown;
  }
}

/** Nobody can have mail there until it is verified, which takes a record in the DNS. */
export const unverified = (name: string): Finding => ({
  code: "domain.unverified",
  severity: "warning",
  about: `domain/${name}`,
  message: "The domain is not verified: accounts and groups cannot be made in it yet",
  remedy:
    "publish the TXT record that the console shows, and verify it: Admin console > Account > Domains > Manage domains (https://admin.google.com/ac/domains/manage)",
});
