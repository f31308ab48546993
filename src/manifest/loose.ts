import { qualified } from "./declaration.ts";
import { normalDomain } from "../kind/normal.ts";
import type { YamlDocument } from "./parse.ts";

/** What documents with errors declare, as far as it can be told, so that they do not make others seem wrong. */
export interface Loose {
  readonly names: ReadonlySet<string>;
  readonly domains: ReadonlySet<string>;
  readonly endpoints: ReadonlySet<string>;
}

export function looseNames(documents: readonly YamlDocument[]): Loose {
  const names = new Set<string>();
  const domains = new Set<string>();
  const endpoints = new Set<string>();
  for (const { value } of documents) {
    const { kind, metadata } = record(value);
    const { name } = record(metadata);
    if (typeof name !== "string") continue;
    const address = qualified(name, "");
    const domain = normalDomain(name);
    if (kind === "Endpoint") endpoints.add(name);
    else if (kind === "Domain" && domain !== undefined) domains.add(domain);
    else if (address !== undefined) names.add(address);
  }
  return { names, domains, endpoints };
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
