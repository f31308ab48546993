import type { FieldChange } from "../../../model/resource.ts";
import type { GroupSort } from "../directory/groups.ts";
import type { Fields } from "../../directory/change.ts";
import type { Cmdlet, Value } from "./cmdlet.ts";

/** What Graph cannot do, as cmdlets. */

type Sort = GroupSort | "account";

/** Which cmdlet sets a recipient's addresses. */
const setters: Readonly<Record<Sort, string>> = {
  account: "Set-Mailbox",
  distribution: "Set-DistributionGroup",
  mailSecurity: "Set-DistributionGroup",
  microsoft365: "Set-UnifiedGroup",
  security: "Set-DistributionGroup",
};

/** All that are ever run. */
export const cmdletNames = [
  "Get-Recipient",
  "Get-Mailbox",
  "Get-MailboxPermission",
  "Get-RecipientPermission",
  "Get-DistributionGroup",
  "Get-DistributionGroupMember",
  "Set-Mailbox",
  "Add-MailboxPermission",
  "Remove-MailboxPermission",
  "Add-RecipientPermission",
  "Remove-RecipientPermission",
  "Set-UnifiedGroup",
  "New-DistributionGroup",
  "Set-DistributionGroup",
  "Update-DistributionGroupMember",
  "Remove-DistributionGroup",
  "New-MailContact",
];

/** Gives a recipient a further address, or takes one away. */
export const addressing = (target: string, sort: Sort, act: "add" | "remove", address: string): Cmdlet => ({
  name: setters[sort],
  parameters: { Identity: target, EmailAddresses: { [act]: [`smtp:${address}`] } },
});

const localOf = (name: string): string => name.slice(0, name.lastIndexOf("@"));

/** Somebody outside, so that a list can hold them. */
export const contact = (address: string): Cmdlet => ({
  name: "New-MailContact",
  parameters: { Name: address, ExternalEmailAddress: address },
});

const textsIn = (fields: Fields, field: string): readonly string[] => (fields[field] as readonly string[]) ?? [];

/** A field of a list that `Set-DistributionGroup` sets. */
const listParameters: Readonly<Record<string, (value: Fields[string]) => Readonly<Record<string, Value>>>> = {
  displayName: (value) => ({ DisplayName: (value as string | undefined) ?? "" }),
  owners: (value) => ({ ManagedBy: (value as readonly string[] | undefined) ?? [] }),
  senders: (value) => ({ AcceptMessagesOnlyFromSendersOrMembers: (value as readonly string[] | undefined) ?? [] }),
  hidden: (value) => ({ HiddenFromAddressListsEnabled: value === true }),
};

function settingsOf(fields: Fields, of: readonly string[]): Readonly<Record<string, Value>> {
  const parts = of.flatMap((field) => (field in fields ? [listParameters[field]?.(fields[field]) ?? {}] : []));
  return Object.assign({}, ...parts) as Readonly<Record<string, Value>>;
}

/** Makes a list that takes mail from anywhere, as lists elsewhere do; Exchange Online's own default takes it from inside alone. */
export function listCreation(name: string, fields: Fields): readonly Cmdlet[] {
  const [members, owners] = [textsIn(fields, "members"), textsIn(fields, "owners")];
  const later = settingsOf(fields, ["senders", "hidden"]);
  return [
    {
      name: "New-DistributionGroup",
      parameters: {
        Name: localOf(name),
        Alias: localOf(name),
        DisplayName: (fields["displayName"] as string | undefined) ?? localOf(name),
        PrimarySmtpAddress: name,
        RequireSenderAuthenticationEnabled: false,
        ...(members.length > 0 && { Members: members }),
        ...(owners.length > 0 && { ManagedBy: owners }),
      },
    },
    ...(Object.keys(later).length === 0
      ? []
      : [{ name: "Set-DistributionGroup", parameters: { Identity: name, ...later } }]),
  ];
}

export function listUpdate(was: string, name: string, fields: readonly FieldChange[]): readonly Cmdlet[] {
  const to: Fields = Object.fromEntries(fields.map((change) => [change.field, change.to]));
  const settings = {
    ...settingsOf(to, ["displayName", "owners", "senders", "hidden"]),
    ...(name !== was && { PrimarySmtpAddress: name }),
  };
  return [
    ...("members" in to
      ? [
          {
            name: "Update-DistributionGroupMember",
            parameters: { Identity: was, Members: textsIn(to, "members"), Confirm: false },
          },
        ]
      : []),
    ...(Object.keys(settings).length === 0
      ? []
      : [
          {
            name: "Set-DistributionGroup",
            parameters: { Identity: was, ...settings, BypassSecurityGroupManagerCheck: true },
          },
        ]),
  ];
}

export const listRemoval = (name: string): Cmdlet => ({
  name: "Remove-DistributionGroup",
  parameters: { Identity: name, BypassSecurityGroupManagerCheck: true, Confirm: false },
});
