/** `domains` and `domainAliases` of the Directory API. */
import type { Directory } from "./directory.ts";
import { missing, ok, refuse, type Route } from "./said.ts";

const base = "/admin/directory/v1/customer/{}";
const taken = refuse(409, "duplicate", "Entity already exists.");

/** What is added is not verified: that takes a record in the DNS. */
export function domainRoutes({ domains, domainAliases }: Directory): readonly Route[] {
  const domain = (domainName: string) => ({
    kind: "admin#directory#domain",
    domainName,
    isPrimary: false,
    verified: domains.get(domainName) === true,
  });
  const alias = (domainAliasName: string) => ({
    kind: "admin#directory#domainAlias",
    domainAliasName,
    parentDomainName: domainAliases.get(domainAliasName),
    verified: false,
  });
  const known = (name: string): boolean => domains.has(name) || domainAliases.has(name);
  return [
    ["GET", `${base}/domains`, () => ok({ kind: "admin#directory#domains", domains: [...domains.keys()].map(domain) })],
    [
      "POST",
      `${base}/domains`,
      ({ json }) => {
        const name = String(json["domainName"]);
        if (known(name)) return taken;
        domains.set(name, false);
        return ok(domain(name));
      },
    ],
    [
      "GET",
      `${base}/domains/{}`,
      ({ parts: [, name = ""] }) => (domains.has(name) ? ok(domain(name)) : missing("domain")),
    ],
    ["DELETE", `${base}/domains/{}`, ({ parts: [, name = ""] }) => (domains.delete(name) ? ok() : missing("domain"))],
    [
      "GET",
      `${base}/domainaliases`,
      () => ok({ kind: "admin#directory#domainAliases", domainAliases: [...domainAliases.keys()].map(alias) }),
    ],
    [
      "POST",
      `${base}/domainaliases`,
      ({ json }) => {
        const name = String(json["domainAliasName"]);
        if (known(name)) return taken;
        domainAliases.set(name, String(json["parentDomainName"]));
        return ok(alias(name));
      },
    ],
    [
      "GET",
      `${base}/domainaliases/{}`,
      ({ parts: [, name = ""] }) => (domainAliases.has(name) ? ok(alias(name)) : missing("domainAlias")),
    ],
    [
      "DELETE",
      `${base}/domainaliases/{}`,
      ({ parts: [, name = ""] }) => (domainAliases.delete(name) ? ok() : missing("domainAlias")),
    ],
  ];
}
