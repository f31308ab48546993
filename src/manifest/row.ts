import { addressOf } from "../model/address.ts";
import type { DirectoryResource, FieldsOf, MailboxResource, Observed } from "../model/resource.ts";
import { normalMailAddress, normalSet } from "../kind/normal.ts";
import { addressSets } from "../kind/table.ts";
import { domainOf } from "./declaration.ts";
import type { From } from "./from.ts";
import { type MailboxFrame, mailboxOfAccount } from "./mailbox.ts";
import { present } from "./present.ts";

/**
 * What one row of an `accountsFrom` or `listsFrom` declares: the account or list, and the account's mailbox where the frame has
 * mail at both ends and no Mailbox document speaks for it; a row may say who it is at the source, or that its mail stays. Addresses at the source's domain become the domain's own. Empty when the
 * row belongs to another domain.
 */
export function resourcesFromRow(
  from: From,
  row: Observed,
  frame: MailboxFrame | undefined,
): readonly (DirectoryResource | MailboxResource)[] {
  const name = here(row.name, from);
  if (name === undefined || domainOf(name) !== from.domain) return [];
  const { wave, protect, password, priority, fields } = from.defaults;
  const resource: DirectoryResource = {
    kind: from.kind,
    name,
    address: addressOf(from.kind, name),
    labels: from.labels,
    origin: from.origin,
    fields: { ...fields, ...movedFields(row.fields, from) },
    ...present({ wave, protect, password }),
    row: { endpoint: from.endpoint ?? "", ...present({ id: row.id }) },
  };
  if (from.kind !== "account" || frame === undefined) return [resource];
  const mailbox = mailboxOfAccount(resource, present({ priority, source: row.source }), frame);
  return mailbox === undefined ? [resource] : [resource, mailbox];
}

/** An address of the source as it is called at the destination, in normal form. */
function here(address: string, from: From): string | undefined {
  const name = normalMailAddress(address);
  if (name === undefined || from.sourceDomain === undefined) return name;
  const domain = domainOf(name);
  return domain === from.sourceDomain ? `${name.slice(0, -domain.length)}${from.domain}` : name;
}

function movedFields(fields: Observed["fields"], from: From): Observed["fields"] {
  const moved: Record<string, unknown> = { ...fields };
  const all = (addresses: readonly string[]) => normalSet(addresses.map((each) => here(each, from) ?? each));
  for (const key of addressSets) {
    const set = moved[key] as readonly string[] | undefined;
    if (set !== undefined) moved[key] = all(set);
  }
  const { forwarding } = fields as FieldsOf["account"];
  if (forwarding !== undefined) moved["forwarding"] = { ...forwarding, to: all(forwarding.to) };
  return moved;
}
