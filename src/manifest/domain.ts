import { addressOf } from "../model/address.ts";
import type { DomainSpec } from "../model/spec.ts";
import { normalDomain } from "../kind/normal.ts";
import { accountOf } from "./account.ts";
import { aliasOf } from "./alias.ts";
import { type Declaration, qualified, type Surroundings } from "./declaration.ts";
import { type PlacedFrom, fromsOf } from "./from.ts";
import { listOf } from "./list.ts";
import { below, originOf, type Place, placeIn, problemAt } from "./place.ts";

export interface DomainContents {
  readonly declarations: readonly Declaration[];
  readonly froms: readonly PlacedFrom[];
  /** What addresses end in at the source, where it differs. */
  readonly sourceDomain?: string;
}

/** A domain, with everything that its compact maps declare: the same resources as documents of their own would. */
export function domainContents(
  name: string,
  spec: DomainSpec,
  at: Place,
  body: Place,
  around: Surroundings,
): DomainContents {
  const resource = {
    kind: "domain",
    name,
    address: addressOf("domain", name),
    labels: around.labels,
    origin: originOf(at),
    fields: {},
    ...(spec.prune === undefined ? {} : { prune: spec.prune }),
  } as const;
  const declarations = [
    { resource, at, references: [], formerly: [] },
    ...each(spec.accounts, "accounts", body, around, accountOf),
    ...each(spec.lists, "lists", body, around, listOf),
    ...each(spec.aliases, "aliases", body, around, aliasOf),
  ];
  const sourceDomain = sourceDomainOf(spec, body, around);
  const froms = fromsOf(spec, body, { ...around, ...(sourceDomain === undefined ? {} : { sourceDomain }) });
  return { declarations, froms, ...(sourceDomain === undefined ? {} : { sourceDomain }) };
}

type Declare<S> = (name: string, spec: S, at: Place, body: Place, around: Surroundings) => readonly Declaration[];

function each<S>(
  specs: Readonly<Record<string, S>> | undefined,
  set: string,
  body: Place,
  around: Surroundings,
  declare: Declare<S>,
): readonly Declaration[] {
  return Object.entries(specs ?? {}).flatMap(([local, spec]) => {
    const place = below(body, set, local);
    const at = placeIn(place.document, place.path, "key");
    const name = qualified(local, around.domain);
    if (name !== undefined) return declare(name, spec, at, place, around);
    around.report(problemAt(at, "not the part of an address before the @"));
    return [];
  });
}

function sourceDomainOf(spec: DomainSpec, body: Place, around: Surroundings): string | undefined {
  const text = spec.source?.domain;
  if (text === undefined) return undefined;
  const name = normalDomain(text);
  if (name === undefined) around.report(problemAt(below(body, "source", "domain"), "not a mail domain"));
  return name;
}
