import { normalMailAddress } from "../kind/normal.ts";
import type { MailboxResource } from "../model/resource.ts";
import type { MailboxManifest } from "../model/spec.ts";
import type { Read } from "./contents.ts";
import type { BoxWish, Declaration } from "./declaration.ts";
import { expectEndpoint } from "./endpoint.ts";
import { type MailboxDocument, type MailboxFrame, mailboxOfAccount, mailboxOfDocument } from "./mailbox.ts";
import type { Migration } from "./migration.ts";
import { noteAt, type Place, placeIn, problemAt } from "./place.ts";
import { present } from "./present.ts";
import type { Report } from "./problem.ts";
import { escapeText } from "./quote.ts";

const nameOf = (each: Pick<MailboxDocument, "document">): Place => placeIn(each.document, ["metadata", "name"]);

/** Mailbox documents by their address; one written again is reported and left out. */
export function mailboxDocuments(
  documents: readonly Read<MailboxManifest>[],
  report: Report,
): readonly MailboxDocument[] {
  const byName = new Map<string, MailboxDocument>();
  for (const { document, body } of documents) {
    const at = nameOf({ document });
    const name = normalMailAddress(body.metadata.name);
    const first = name === undefined ? undefined : byName.get(name);
    if (name === undefined) report(problemAt(at, "not a mail address"));
    else if (first === undefined) byName.set(name, { document, body, name });
    else
      report(
        problemAt(at, `mailbox/${escapeText(name)} is written twice`, undefined, [
          noteAt(nameOf(first), "the first is here"),
        ]),
      );
  }
  return [...byName.values()];
}

export function frameOf(
  migration: Migration,
  sourceDomains: ReadonlyMap<string, string>,
  own: readonly MailboxDocument[],
  declarations: readonly Declaration[],
): MailboxFrame {
  const written = new Set(own.map((each) => each.name));
  const sourced = new Set([
    ...own.flatMap(({ name, body }) => (saysUser(body.spec.source) ? [name] : [])),
    ...declarations.flatMap(({ resource, box }) =>
      resource.kind === "account" && saysUser(box?.source) ? [resource.name] : [],
    ),
  ]);
  const ends = { source: migration.source.mail, destination: migration.destination.mail };
  return { defaults: migration.mailboxes, sourceDomains, written, sourced, ...present(ends) };
}

const saysUser = (side: BoxWish["source"]): boolean =>
  side !== undefined && (side === false || side.user !== undefined);

/** One mailbox for each account, where there is mail at both ends, and for each Mailbox document. */
export function mailboxesOf(
  declarations: readonly Declaration[],
  own: readonly MailboxDocument[],
  frame: MailboxFrame,
  report: Report,
): readonly MailboxResource[] {
  const accounts = new Map(
    declarations.flatMap((each) => (each.resource.kind === "account" ? [[each.resource.name, each]] : [])),
  );
  const byAccount = [...accounts.values()].map((each) => mailboxOfAccount(each.resource, each.box, frame));
  const byDocument = own.map((each) => {
    const account = accounts.get(each.name);
    if (account?.resource.absent !== true)
      return mailboxOfDocument(each, account?.resource, account?.box, frame, report);
    const message = `account/${escapeText(each.name)} is to be absent, so it has no mailbox`;
    report(problemAt(nameOf(each), message, "take one of the two away", [noteAt(account.at, "it is absent here")]));
    return undefined;
  });
  return [...byAccount, ...byDocument].filter((each) => each !== undefined);
}

/** Reports endpoints that Mailbox documents name and nobody declares. */
export function expectMailboxEnds(own: readonly MailboxDocument[], known: ReadonlySet<string>, report: Report): void {
  for (const { document, body } of own) {
    for (const side of ["source", "destination"] as const) {
      const spec = body.spec[side];
      if (spec) expectEndpoint(spec.endpoint, placeIn(document, ["spec", side, "endpoint"]), known, report);
    }
  }
}
