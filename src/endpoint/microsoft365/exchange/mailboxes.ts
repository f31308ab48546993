import type { Options } from "../../../contract/options.ts";
import type { Asked } from "../../../kind/asked.ts";
import { normalMailAddress, normalSet } from "../../../kind/normal.ts";
import { Fault } from "../../../model/fault.ts";
import type { Forwarding, MailboxType } from "../../../model/resource.ts";
import { type Loose, textOf } from "../answer.ts";
import type { Cmdlet } from "./cmdlet.ts";
import type { Exchange } from "./exchange.ts";
import { type Recipient, resolver } from "./recipients.ts";

/** What Exchange Online has of a mailbox beside what Graph shows. Rights are left out where they were not asked for. */
export interface MailboxSight {
  readonly name: string;
  readonly mailbox: MailboxType;
  readonly forwarding?: Forwarding;
  readonly sendOnBehalf: readonly string[];
  readonly fullAccess?: readonly string[];
  readonly sendAs?: readonly string[];
}

/** Rights that cost a request for each mailbox. */
const rightsReaders = {
  fullAccess: { cmdlet: "Get-MailboxPermission", right: "FullAccess", who: "User" },
  sendAs: { cmdlet: "Get-RecipientPermission", right: "SendAs", who: "Trustee" },
} as const;

/** By `RecipientTypeDetails`; whatever else is a mailbox is a person's. */
const types: Readonly<Record<string, MailboxType>> = {
  SharedMailbox: "shared",
  RoomMailbox: "room",
  EquipmentMailbox: "equipment",
};

type Resolve = (references: unknown) => readonly string[];

/**
 * All mailboxes, by their user's name. `asked` says of whom rights are read, for each of them is a request: of everybody where it is
 * absent.
 */
export async function readMailboxes(
  exchange: Exchange,
  recipients: readonly Recipient[],
  asked: Asked | undefined,
  options: Options,
): Promise<ReadonlyMap<string, MailboxSight>> {
  const rows = await exchange.run({ name: "Get-Mailbox", parameters: { ResultSize: "Unlimited" } }, options);
  const resolve = resolver([...rows.flatMap(asRecipient), ...recipients]);
  const found = new Map<string, MailboxSight>();
  for (const row of rows) {
    const name = normalMailAddress(textOf(row["UserPrincipalName"]) ?? "");
    if (name === undefined) continue;
    const forwarding = forwardingOf(row);
    found.set(name, {
      name,
      mailbox: types[textOf(row["RecipientTypeDetails"]) ?? ""] ?? "user",
      ...(forwarding !== undefined && { forwarding }),
      sendOnBehalf: resolve(row["GrantSendOnBehalfTo"]),
      ...(await readRights(exchange, name, { asked, resolve, id: textOf(row["ExternalDirectoryObjectId"]) }, options)),
    });
  }
  return found;
}

/** A mailbox is referred to by its user's name here, whatever its first address is. */
function asRecipient(row: Loose): readonly Recipient[] {
  const name = normalMailAddress(textOf(row["UserPrincipalName"]) ?? "");
  if (name === undefined) return [];
  const keys = ["PrimarySmtpAddress", "Name", "Guid", "ExternalDirectoryObjectId", "DistinguishedName", "Alias"];
  return [
    {
      name,
      sort: "account",
      id: textOf(row["ExternalDirectoryObjectId"]) ?? "",
      keys: [name, ...keys.map((key) => (textOf(row[key]) ?? "").toLowerCase())],
      aliases: [],
      hidden: false,
    },
  ];
}

function forwardingOf(row: Loose): Forwarding | undefined {
  const to = normalMailAddress((textOf(row["ForwardingSmtpAddress"]) ?? "").replace(/^smtp:/i, ""));
  return to === undefined ? undefined : { to: [to], keepCopy: row["DeliverToMailboxAndForward"] === true };
}

async function readRights(
  exchange: Exchange,
  name: string,
  {
    asked,
    resolve,
    id = name,
  }: { readonly asked: Asked | undefined; readonly resolve: Resolve; readonly id: string | undefined },
  options: Options,
): Promise<Pick<MailboxSight, "fullAccess" | "sendAs">> {
  const rights: Record<string, readonly string[]> = {};
  for (const [field, { cmdlet, right, who }] of Object.entries(rightsReaders)) {
    if (asked !== undefined && asked.get(field)?.has(name) !== true) continue;
    const rows = await readRows(exchange, { name: cmdlet, parameters: { Identity: id === "" ? name : id } }, options);
    if (rows === undefined) continue;
    rights[field] = normalSet(rows.filter((row) => grants(row, right, who)).flatMap((row) => resolve(row[who])));
  }
  return rights;
}

/** Undefined where the mailbox went meanwhile. */
async function readRows(exchange: Exchange, cmdlet: Cmdlet, options: Options): Promise<readonly Loose[] | undefined> {
  try {
    return await exchange.run(cmdlet, options);
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.code === "item.missing") return undefined;
    throw thrown;
  }
}

/** A right that somebody gave: not denied, not had from above, and not the mailbox's own user's. */
function grants(row: Loose, right: string, who: string): boolean {
  const rights = row["AccessRights"];
  const has = (Array.isArray(rights) ? rights : String(rights ?? "").split(/,\s*/)).includes(right);
  const isDenied = row["Deny"] === true || row["AccessControlType"] === "Deny";
  return has && !isDenied && row["IsInherited"] !== true && !/^NT AUTHORITY\\/i.test(textOf(row[who]) ?? "");
}
