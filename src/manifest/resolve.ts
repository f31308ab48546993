import type { Finding } from "../model/finding.ts";
import type { Resource } from "../model/resource.ts";
import type { EndpointManifest, MailboxManifest, MigrationManifest } from "../model/spec.ts";
import { aliasCircles, renameProblems } from "./circles.ts";
import { contentsOf, ofKind, type Read } from "./contents.ts";
import { checkReferences, type PendingReference } from "./dangling.ts";
import type { Declaration } from "./declaration.ts";
import { type DeclaredEndpoint, endpointsOf, expectEndpoint, expectEnds } from "./endpoint.ts";
import type { From, PlacedFrom } from "./from.ts";
import { looseNames } from "./loose.ts";
import type { MailboxFrame } from "./mailbox.ts";
import { expectMailboxEnds, frameOf, mailboxDocuments, mailboxesOf } from "./mailboxes.ts";
import { chooseMigration, type Migration, migrationOf } from "./migration.ts";
import type { YamlDocument } from "./parse.ts";
import { problemAt } from "./place.ts";
import type { Report } from "./problem.ts";
import { onceEach } from "./uniqueness.ts";

interface Setting {
  readonly report: Report;
  /** Documents with errors. */
  readonly invalid: readonly YamlDocument[];
  /** True when something could not be read at all, so that nothing can be said to be missing. */
  readonly unread: boolean;
  readonly environment: string | undefined;
}

/** What the manifests say, resolved: addresses in full, paths absolute, secrets as references. */
export interface Resolved {
  /** Absent when no Migration was read: such manifests can be validated, not planned. */
  readonly migration?: Migration;
  readonly endpoints: ReadonlyMap<string, DeclaredEndpoint>;
  /** By address. */
  readonly resources: readonly Resource[];
  readonly froms: readonly From[];
  /** What mailboxes of accounts found in rows are made by; absent without a Migration. */
  readonly frame?: MailboxFrame;
  /** Short names that only the rows of `froms` can still declare. */
  readonly pending: readonly PendingReference[];
  readonly warnings: readonly Finding[];
}

/** Documents that fit their schemas, as resources; everything that one document alone cannot tell is checked here. */
export function resolveDocuments(
  documents: readonly Read[],
  { report, invalid, unread, environment }: Setting,
): Resolved {
  const loose = looseNames(invalid);
  const endpoints = endpointsOf(ofKind<EndpointManifest>(documents, "Endpoint"), report);
  const chosen = chooseMigration(ofKind<MigrationManifest>(documents, "Migration"), environment, report);
  const migration = chosen && migrationOf(chosen, report);
  const contents = contentsOf(documents, report);
  const declarations = onceEach(contents.declarations, report);
  const own = mailboxDocuments(ofKind<MailboxManifest>(documents, "Mailbox"), report);
  if (!unread) {
    const known = new Set([...endpoints.keys(), ...loose.endpoints]);
    if (chosen && migration) expectEnds(migration, chosen.document, known, report);
    for (const each of contents.froms) expectFrom(each, migration, known, report);
    expectMailboxEnds(own, known, report);
  }
  for (const problem of [...aliasCircles(declarations), ...renameProblems(declarations)]) report(problem);
  const fromDomains = new Set(contents.froms.map((each) => each.from.domain));
  const unsure = { all: unread, domains: loose.domains };
  const pending = checkReferences(declarations, { fromDomains, unsure, loose: loose.names }, report);
  const frame = migration && frameOf(migration, contents.sourceDomains, own, declarations);
  const mailboxes = frame === undefined ? [] : mailboxesOf(declarations, own, frame, report);
  const froms = contents.froms.map((each) => withEndpoint(each.from, migration));
  return {
    endpoints,
    resources: [...declarations.map((each) => each.resource), ...mailboxes].toSorted((a, b) =>
      a.address < b.address ? -1 : 1,
    ),
    froms,
    pending,
    warnings: warningsOf(migration, declarations, froms),
    ...(migration && { migration }),
    ...(frame && { frame }),
  };
}

function withEndpoint(from: From, migration: Migration | undefined): From {
  const endpoint = from.endpoint ?? migration?.source.directory;
  return endpoint === undefined ? from : { ...from, endpoint };
}

function expectFrom(
  { from, at }: PlacedFrom,
  migration: Migration | undefined,
  known: ReadonlySet<string>,
  report: Report,
): void {
  if (from.endpoint !== undefined) expectEndpoint(from.endpoint, at, known, report);
  else if (migration !== undefined && migration.source.directory === undefined) {
    report(
      problemAt(at, "no endpoint to read from", "write endpoint: here, or source: {directory: …} in the Migration"),
    );
  }
}

function warningsOf(
  migration: Migration | undefined,
  declarations: readonly Declaration[],
  froms: readonly From[],
): readonly Finding[] {
  if (migration === undefined || migration.destination.directory !== undefined) return [];
  if (froms.length === 0 && declarations.every((each) => each.resource.kind === "domain")) return [];
  return [
    {
      code: "migration.no-directory",
      severity: "warning",
      about: migration.name,
      message:
        "Without destination.directory, accounts, lists and aliases are not managed: accounts only name mailboxes",
      remedy: "write destination: {directory: …} in the Migration to manage them",
    },
  ];
}
