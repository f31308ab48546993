import { normalDomain, normalMailAddress } from "../kind/normal.ts";
import type {
  AccountManifest,
  AliasManifest,
  DistributionListManifest,
  DomainManifest,
  ManifestDocument,
} from "../model/spec.ts";
import { accountOf } from "./account.ts";
import { aliasOf } from "./alias.ts";
import { type Declaration, domainOf } from "./declaration.ts";
import { type DomainContents, domainContents } from "./domain.ts";
import type { PlacedFrom } from "./from.ts";
import { listOf } from "./list.ts";
import type { YamlDocument } from "./parse.ts";
import { placeIn, problemAt } from "./place.ts";
import type { Report } from "./problem.ts";

/** A document that fits its kind's schema. */
export interface Read<B = ManifestDocument> {
  readonly document: YamlDocument;
  readonly body: B;
}

export function ofKind<B extends ManifestDocument>(documents: readonly Read[], kind: B["kind"]): readonly Read<B>[] {
  return documents.filter((each): each is Read<B> => each.body.kind === kind);
}

/** Everything of the directory that documents declare. */
export interface Contents {
  readonly declarations: readonly Declaration[];
  readonly froms: readonly PlacedFrom[];
  /** What a domain's addresses end in at the source, where it differs. */
  readonly sourceDomains: ReadonlyMap<string, string>;
}

export function contentsOf(documents: readonly Read[], report: Report): Contents {
  const domains = ofKind<DomainManifest>(documents, "Domain").flatMap((each) => readDomain(each, report));
  const singles = documents.flatMap((each) => (isSingle(each) ? readSingle(each, report) : []));
  const sourceDomains = domains.flatMap(({ name, sourceDomain }) =>
    sourceDomain === undefined ? [] : [[name, sourceDomain] as const],
  );
  return {
    declarations: [...domains.flatMap((each) => each.declarations), ...singles],
    froms: domains.flatMap((each) => each.froms),
    sourceDomains: new Map(sourceDomains),
  };
}

function readDomain(
  { document, body }: Read<DomainManifest>,
  report: Report,
): readonly (DomainContents & { readonly name: string })[] {
  const at = placeIn(document, ["metadata", "name"]);
  const name = normalDomain(body.metadata.name);
  if (name === undefined) {
    report(problemAt(at, "not a mail domain"));
    return [];
  }
  const around = { domain: name, labels: body.metadata.labels ?? {}, report };
  return [{ name, ...domainContents(name, body.spec, at, placeIn(document, ["spec"]), around) }];
}

type Single = AccountManifest | DistributionListManifest | AliasManifest;

const isSingle = (each: Read): each is Read<Single> =>
  ["Account", "DistributionList", "Alias"].includes(each.body.kind);

function readSingle({ document, body }: Read<Single>, report: Report): readonly Declaration[] {
  const at = placeIn(document, ["metadata", "name"]);
  const spec = placeIn(document, ["spec"]);
  const name = normalMailAddress(body.metadata.name);
  if (name === undefined) {
    report(problemAt(at, "not a mail address"));
    return [];
  }
  const around = { domain: domainOf(name), labels: body.metadata.labels ?? {}, report };
  if (body.kind === "Account") return accountOf(name, body.spec, at, spec, around);
  if (body.kind === "DistributionList") return listOf(name, body.spec, at, spec, around);
  return aliasOf(name, body.spec, at, spec, around);
}
