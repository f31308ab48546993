import type { Profile, Provenance } from "./profile.ts";

const ispdb = {
  source: "https://github.com/thunderbird/autoconfig/blob/master/ispdb/me.com.xml",
  sure: "secondhand",
} satisfies Provenance;
const apple = { source: "https://support.apple.com/HT202304", sure: "secondhand" } satisfies Provenance;
const mailkit = {
  source: "https://github.com/jstedfast/MailKit/tree/master/UnitTests/Net/Imap/Resources/icloud",
  sure: "secondhand",
} satisfies Provenance;
const english = { source: "the name in an English mailbox", sure: "unconfirmed" } satisfies Provenance;

export const icloud = {
  key: "icloud",
  title: "iCloud Mail",
  kind: "service",
  hosts: [
    { value: "imap.mail.me.com", ...ispdb },
    { value: "*.imap.mail.me.com", source: "the hosts behind that name", sure: "unconfirmed" },
  ],
  connection: { value: { port: 993, tls: "implicit" }, ...ispdb },
  // XAPPLEPUSHSERVICE alone is also in the servers that notify iPhones; the literal's name is Apple's own.
  server: [{ value: { capabilities: ["XAPPLEPUSHSERVICE", "XAPPLELITERAL"] }, ...mailkit }],
  mx: [{ value: "mx*.mail.icloud.com", source: "what a custom email domain is told to publish", sure: "unconfirmed" }],
  namespace: { value: { prefix: "", separator: "/" }, ...mailkit },
  folders: {
    sent: [{ value: "Sent Messages", ...english }],
    drafts: [{ value: "Drafts", ...english }],
    junk: [{ value: "Junk", ...english }],
    trash: [{ value: "Deleted Messages", ...english }],
    archive: [{ value: "Archive", ...english }],
  },
  capabilities: {
    value: ["UIDPLUS", "CONDSTORE", "QRESYNC", "LIST-STATUS", "QUOTA", "BINARY", "ESEARCH", "NAMESPACE"],
    ...mailkit,
  },
  limits: { messageSize: { value: 20_000_000, source: "the limit for sent and received mail", sure: "unconfirmed" } },
  logins: [{ value: "app-password", ...apple }],
  quirks: [
    {
      code: "icloud.app-password",
      says: "Only an app-specific password logs in; it takes two-factor authentication to make one.",
      means: "Every user makes one for the move; changing the Apple Account's password takes all of them back.",
      matters: "both",
      ...apple,
    },
    {
      code: "icloud.login-name",
      says: "The login name is said to be the part before the @, for some accounts the whole address.",
      means: "Where the address is refused, write user: with the part before the @.",
      matters: "both",
      ...ispdb,
    },
    {
      code: "icloud.inbox-no-children",
      says: "INBOX can have no folders below it.",
      means: "Folders below INBOX at the source go beside it.",
      matters: "destination",
      ...mailkit,
    },
    {
      code: "icloud.qresync-silent",
      says: "ENABLE QRESYNC is answered without an ENABLED line.",
      means: "QRESYNC is used only where ENABLED says so, CONDSTORE otherwise.",
      matters: "both",
      source: "https://github.com/jstedfast/MailKit/blob/master/MailKit/Net/Imap/ImapClient.cs",
      sure: "secondhand",
    },
  ],
} satisfies Profile;
