import type { Forwarding, MailboxType } from "../../../model/resource.ts";
import type { Fields } from "../../directory/change.ts";
import type { Cmdlet } from "./cmdlet.ts";

/** Fields of an account that are its mailbox's, and that Graph neither shows nor writes. */
export const mailboxFields = ["forwarding", "mailbox", "fullAccess", "sendAs", "sendOnBehalf"] as const;

type MailboxField = (typeof mailboxFields)[number];

const types: Readonly<Record<MailboxType, string>> = {
  user: "Regular",
  shared: "Shared",
  room: "Room",
  equipment: "Equipment",
};

type Make = (name: string, to: Fields[string], from: Fields[string]) => readonly Cmdlet[];

/** What makes a field so: in this order, for a mailbox is shared before others may open it. */
const makers: Readonly<Record<MailboxField, Make>> = {
  mailbox: (name, to) => [
    { name: "Set-Mailbox", parameters: { Identity: name, Type: types[(to ?? "user") as MailboxType] } },
  ],
  forwarding: (name, to) => [forwarding(name, (to ?? { to: [], keepCopy: true }) as unknown as Forwarding)],
  fullAccess: (name, to, from) => rights(name, to, from, "MailboxPermission", "User", "FullAccess"),
  sendAs: (name, to, from) => rights(name, to, from, "RecipientPermission", "Trustee", "SendAs"),
  sendOnBehalf: (name, to, from) => {
    const { come, go } = difference(to, from);
    if (come.length + go.length === 0) return [];
    const set = { ...(come.length > 0 && { add: come }), ...(go.length > 0 && { remove: go }) };
    return [{ name: "Set-Mailbox", parameters: { Identity: name, GrantSendOnBehalfTo: set } }];
  },
};

/** Cmdlets that make these fields of a mailbox so; sets by who comes and goes, beside who is known to be there. */
export function mailboxCmdlets(name: string, to: Fields, from: Fields): readonly Cmdlet[] {
  return Object.entries(makers).flatMap(([field, make]) => (field in to ? make(name, to[field], from[field]) : []));
}

/** Exchange Online sends on to one address. */
const forwarding = (name: string, { to, keepCopy }: Forwarding): Cmdlet => ({
  name: "Set-Mailbox",
  parameters: {
    Identity: name,
    ForwardingSmtpAddress: to[0] === undefined ? "" : `smtp:${to[0]}`,
    DeliverToMailboxAndForward: keepCopy,
  },
});

function rights(
  name: string,
  to: Fields[string],
  from: Fields[string],
  noun: string,
  who: string,
  right: string,
): readonly Cmdlet[] {
  const { come, go } = difference(to, from);
  const cmdlet = (verb: string, whom: string): Cmdlet => ({
    name: `${verb}-${noun}`,
    parameters: { Identity: name, [who]: whom, AccessRights: right, Confirm: false },
  });
  return [...go.map((whom) => cmdlet("Remove", whom)), ...come.map((whom) => cmdlet("Add", whom))];
}

function difference(to: Fields[string], from: Fields[string]) {
  const [after, before] = [to ?? [], from ?? []] as readonly (readonly string[])[] as [string[], string[]];
  return {
    come: after.filter((each) => !before.includes(each)),
    go: before.filter((each) => !after.includes(each)),
  };
}
