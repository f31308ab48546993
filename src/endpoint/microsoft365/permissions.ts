/** Where an administrator grants what an application may do. */
export const permissionsPage =
  "https://entra.microsoft.com, Identity > Applications > App registrations > API permissions";

/** The same page of one application. */
export const pageOf = (client: string): string =>
  `https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/CallAnAPI/appId/${client}`;

export interface Permission {
  /** The least, then others that hold it: any of them will do. */
  readonly names: readonly [string, ...string[]];
  readonly of: "graph" | "outlook";
  /** What is not done without it. */
  readonly does: string;
  readonly needs:
    | "read"
    | "write"
    | "exchange"
    | "mail"
    | "graphMail"
    | "categories"
    | "export"
    | "import"
    | "graphWrite";
  /** Something that is refused without it, and changes nothing. */
  readonly probe?: string;
}

const all = ["Directory.Read.All", "Directory.ReadWrite.All"] as const;

/** Application permissions, by what they are needed for (Microsoft Graph permissions reference; Exchange Online app-only access). */
export const permissions: readonly Permission[] = [
  {
    names: ["User.Read.All", "User.ReadWrite.All", ...all],
    of: "graph",
    does: "people are read",
    needs: "read",
    probe: "/users?$top=1&$select=id",
  },
  {
    names: ["Group.Read.All", "Group.ReadWrite.All", ...all],
    of: "graph",
    does: "lists are read",
    needs: "read",
    probe: "/groups?$top=1&$select=id",
  },
  {
    names: ["Domain.Read.All", "Domain.ReadWrite.All", ...all],
    of: "graph",
    does: "domains are read",
    needs: "read",
    probe: "/domains",
  },
  {
    names: ["LicenseAssignment.Read.All", "LicenseAssignment.ReadWrite.All", "Organization.Read.All", ...all],
    of: "graph",
    does: "licences are read",
    needs: "read",
    probe: "/subscribedSkus",
  },
  { names: ["User.ReadWrite.All", "Directory.ReadWrite.All"], of: "graph", does: "people are written", needs: "write" },
  {
    names: ["Group.ReadWrite.All", "Directory.ReadWrite.All"],
    of: "graph",
    does: "groups are written",
    needs: "write",
  },
  { names: ["Domain.ReadWrite.All"], of: "graph", does: "domains are added and verified", needs: "write" },
  {
    names: ["OrgContact.Read.All", ...all],
    of: "graph",
    does: "contacts are found who are in lists",
    needs: "write",
  },
  { names: ["Exchange.ManageAsApp"], of: "outlook", does: "cmdlets of Exchange Online are run", needs: "exchange" },
  { names: ["IMAP.AccessAsApp"], of: "outlook", does: "mailboxes are opened by IMAP", needs: "mail" },
  { names: ["Mail.Read", "Mail.ReadWrite"], of: "graph", does: "mailboxes are read by Graph", needs: "graphMail" },
  { names: ["Mail.ReadWrite"], of: "graph", does: "categories are set", needs: "categories" },
  {
    names: ["MailboxItem.Export.All", "MailboxItem.ImportExport.All"],
    of: "graph",
    does: "messages are exported",
    needs: "export",
  },
  { names: ["MailboxItem.ImportExport.All"], of: "graph", does: "messages are imported", needs: "import" },
  { names: ["Mail.ReadWrite"], of: "graph", does: "mailboxes are written by Graph", needs: "graphWrite" },
];
