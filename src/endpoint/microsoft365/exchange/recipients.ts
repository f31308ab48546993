import type { Options } from "../../../contract/options.ts";
import { normalMailAddress, normalSet } from "../../../kind/normal.ts";
import { type Loose, textOf } from "../answer.ts";
import type { GroupSort } from "../directory/groups.ts";
import type { Exchange } from "./exchange.ts";

/** Somebody or something with an address, as Exchange Online has it. */
export interface Recipient {
  readonly name: string;
  readonly sort: GroupSort | "account" | "contact";
  /** Its object's id in Entra. */
  readonly id: string;
  /** What other recipients may refer to it by. */
  readonly keys: readonly string[];
  /** Further addresses, in normal form. */
  readonly aliases: readonly string[];
  readonly hidden: boolean;
}

/** What is read of the rows that cmdlets give. */
export const readProperties = [
  "PrimarySmtpAddress",
  "RecipientTypeDetails",
  "ExternalDirectoryObjectId",
  "Name",
  "Guid",
  "DistinguishedName",
  "Alias",
  "DisplayName",
  "Identity",
  "EmailAddresses",
  "HiddenFromAddressListsEnabled",
  "ManagedBy",
  "AcceptMessagesOnlyFromSendersOrMembers",
  "UserPrincipalName",
  "ForwardingSmtpAddress",
  "DeliverToMailboxAndForward",
  "GrantSendOnBehalfTo",
  "User",
  "Trustee",
  "AccessRights",
  "AccessControlType",
  "IsInherited",
  "Deny",
];

/** By `RecipientTypeDetails`; others are none of ours. */
const sorts: Readonly<Record<string, Recipient["sort"]>> = {
  UserMailbox: "account",
  SharedMailbox: "account",
  RoomMailbox: "account",
  EquipmentMailbox: "account",
  MailUser: "account",
  MailContact: "contact",
  GuestMailUser: "contact",
  MailUniversalDistributionGroup: "distribution",
  RoomList: "distribution",
  MailUniversalSecurityGroup: "mailSecurity",
  GroupMailbox: "microsoft365",
};

export async function readRecipients(exchange: Exchange, options: Options): Promise<readonly Recipient[]> {
  const rows = await exchange.run({ name: "Get-Recipient", parameters: { ResultSize: "Unlimited" } }, options);
  return rows.flatMap(recipientOf);
}

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value)
    ? value.flatMap((each) => textOf(each) ?? [])
    : (textOf(value) ?? "") === ""
      ? []
      : [String(value)];

function recipientOf(row: Loose): readonly Recipient[] {
  const sort = sorts[textOf(row["RecipientTypeDetails"]) ?? ""];
  // A contact is known by where its mail goes.
  const name = normalMailAddress((textOf(row["PrimarySmtpAddress"]) ?? "").replace(/^smtp:/i, ""));
  if (sort === undefined || name === undefined) return [];
  const keys = ["Name", "Guid", "ExternalDirectoryObjectId", "DistinguishedName", "Alias", "DisplayName", "Identity"];
  return [
    {
      name,
      sort,
      id: textOf(row["ExternalDirectoryObjectId"]) ?? "",
      keys: [name, ...keys.flatMap((key) => texts(row[key]).map((each) => each.toLowerCase()))],
      aliases: aliasesIn(texts(row["EmailAddresses"]), name),
      hidden: row["HiddenFromAddressListsEnabled"] === true,
    },
  ];
}

/**
 * Further addresses among proxy addresses (`SMTP:` is the first one's own, `smtp:` a further one's). Those in the tenant's initial domain
 * are given by Microsoft, and nobody's to manage.
 */
export function aliasesIn(proxies: readonly string[], name: string): readonly string[] {
  const found = proxies.flatMap((each) => {
    const address = /^smtp:(.+)$/i.exec(each)?.[1];
    const normal = address === undefined ? undefined : normalMailAddress(address);
    return normal === undefined || normal === name || normal.endsWith(".onmicrosoft.com") ? [] : [normal];
  });
  return normalSet(found);
}

/** Names of recipients that are referred to by any of their keys; what is not known stays as it is written. */
export function resolver(recipients: readonly Recipient[]): (references: unknown) => readonly string[] {
  const byKey = new Map<string, string>();
  // The first keys are the surest: a display name that two have is the first one's only where nothing else has it.
  for (const at of [0, 1, 2, 3, 4, 5, 6, 7])
    for (const { keys, name } of recipients) {
      const key = keys[at];
      if (key !== undefined && !byKey.has(key)) byKey.set(key, name);
    }
  return (references) => normalSet(texts(references).map((each) => byKey.get(each.toLowerCase()) ?? each));
}

/** Fields of a distribution list beside its members. */
export function listFields(row: Loose, resolve: (references: unknown) => readonly string[]) {
  const senders = resolve(row["AcceptMessagesOnlyFromSendersOrMembers"]);
  const displayName = textOf(row["DisplayName"]);
  return {
    ...(displayName !== undefined && { displayName }),
    owners: resolve(row["ManagedBy"]),
    ...(senders.length > 0 && { senders }),
    hidden: row["HiddenFromAddressListsEnabled"] === true,
  };
}
