import { normalDomain, normalMailAddress } from "../kind/normal.ts";
import { kindTable } from "../kind/table.ts";
import { type Address, addressOf } from "../model/address.ts";
import type { ManifestDocument } from "../model/spec.ts";
import { qualified } from "./declaration.ts";
import type { YamlDocument } from "./parse.ts";

/** Where a resource is written: what an edit of it is about. */
export interface Standing {
  readonly document: YamlDocument;
  /** Leads to its map, to an alias's target, or to its place in a list of aliases. */
  readonly path: readonly string[];
}

const sets = { accounts: "account", lists: "list", aliases: "alias" } as const;

/** Every resource that documents declare, by its address. A Domain stands where its spec does. */
export function standingsIn(documents: readonly YamlDocument[]): ReadonlyMap<Address, Standing> {
  const found = new Map<Address, Standing>();
  for (const document of documents) {
    const body = document.value as ManifestDocument;
    const take = (address: Address, path: readonly string[]): void => void found.set(address, { document, path });
    if (body.kind === "Domain") takeDomain(body, take);
    else if (body.kind !== "Endpoint" && body.kind !== "Migration") takeSingle(body, take);
  }
  return found;
}

type Take = (address: Address, path: readonly string[]) => void;

function takeDomain(body: Extract<ManifestDocument, { kind: "Domain" }>, take: Take): void {
  const domain = normalDomain(body.metadata.name) ?? body.metadata.name;
  take(addressOf("domain", domain), ["spec"]);
  for (const [set, kind] of Object.entries(sets) as [keyof typeof sets, (typeof sets)[keyof typeof sets]][]) {
    for (const [key, spec] of Object.entries(body.spec[set] ?? {})) {
      const name = qualified(key, domain);
      if (name === undefined) continue;
      take(addressOf(kind, name), ["spec", set, key]);
      takeAliases(spec, domain, ["spec", set, key], take);
    }
  }
}

type Single = Exclude<ManifestDocument, { kind: "Domain" | "Endpoint" | "Migration" }>;

function takeSingle(body: Single, take: Take): void {
  const form = Object.values(kindTable).find(({ manifest }) => manifest === body.kind);
  const name = normalMailAddress(body.metadata.name);
  if (form === undefined || name === undefined) return;
  take(addressOf(form.kind, name), ["spec"]);
  takeAliases(body.spec, name.slice(name.lastIndexOf("@") + 1), ["spec"], take);
}

function takeAliases(spec: unknown, domain: string, path: readonly string[], take: Take): void {
  const aliases = typeof spec === "object" && spec !== null && "aliases" in spec ? spec.aliases : undefined;
  if (!Array.isArray(aliases)) return;
  for (const [at, text] of aliases.entries()) {
    const name = qualified(String(text), domain);
    if (name !== undefined) take(addressOf("alias", name), [...path, "aliases", String(at)]);
  }
}

/** What a document says at a path. */
export function saidAt({ document, path }: Standing): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === "object" && value !== null ? (value as Record<string, unknown>)[step] : undefined,
    document.value,
  );
}
