import type { Profile, Provenance } from "./profile.ts";

const measured = { source: "measured on Cyrus IMAP 3.6.1", sure: "measured" } satisfies Provenance;
const mailkit = {
  source: "https://github.com/jstedfast/MailKit/tree/master/UnitTests/Net/Imap/Resources/cyrus",
  sure: "secondhand",
} satisfies Provenance;

export const cyrus = {
  key: "cyrus",
  title: "Cyrus IMAP",
  kind: "software",
  hosts: [],
  connection: { value: { port: 993, tls: "implicit" }, source: "RFC 8314", sure: "documented" },
  server: [
    {
      value: { id: { name: /^Cyrus IMAP/i } },
      source: "https://github.com/cyrusimap/cyrus-imapd/blob/master/imap/imapd.c",
      sure: "secondhand",
    },
    { value: { greeting: /\bCyrus IMAP/i }, ...mailkit },
  ],
  mx: [],
  // altnamespace and unixhierarchysep, both on by default since 3.0; without them INBOX. and a dot.
  namespace: { value: { prefix: "", separator: "/" }, ...measured },
  folders: {},
  capabilities: {
    value: [
      "UIDPLUS",
      "CONDSTORE",
      "QRESYNC",
      "LIST-STATUS",
      "SPECIAL-USE",
      "MULTIAPPEND",
      "LITERAL+",
      "MOVE",
      "BINARY",
      "OBJECTID",
      "NAMESPACE",
      "QUOTA",
      "UNSELECT",
    ],
    ...measured,
  },
  limits: {},
  logins: [
    { value: "user", ...measured },
    { value: "admin", ...measured },
  ],
  quirks: [
    {
      code: "cyrus.mailboxid-garbage",
      says: "LIST … RETURN (STATUS (MAILBOXID)) answers with raw octets in place of the id in 3.6; SELECT gives the right one.",
      means: "MAILBOXID is not asked for there: a renamed folder is known by its messages.",
      matters: "both",
      ...measured,
    },
    {
      code: "cyrus.quota-words",
      says: "A full quota is NO Over quota, without [OVERQUOTA].",
      means: "It is asked by GETQUOTA whether the quota is what failed.",
      matters: "destination",
      ...measured,
    },
    {
      code: "cyrus.admin",
      says: "PLAIN with an authorization identity opens a user's mailbox for admins and proxyservers; an ordinary user is refused.",
      means: "Use the login kind admin, with a user of proxyservers.",
      matters: "both",
      ...measured,
    },
    {
      code: "cyrus.old-namespace",
      says: "Without altnamespace folders are below INBOX. and parted by a dot; a dot in a name is then not possible.",
      means: "What NAMESPACE says is used; names that hold the separator are mapped and shown.",
      matters: "both",
      ...measured,
    },
    {
      code: "cyrus.first-login",
      says: "A mailbox may be made at the first login only (autocreate).",
      means: "Log in once for each user before lists and quotas are looked at.",
      matters: "destination",
      ...measured,
    },
    {
      code: "cyrus.munges-headers",
      says: "Octets of eight bits in a header are stored as X, unless munge8bit is off in imapd.conf.",
      means: "Such headers arrive altered, and nothing can bring them back: set munge8bit: no before the first pass.",
      matters: "destination",
      ...measured,
    },
    {
      code: "cyrus.refuses-mail",
      says: "A message with NUL, or without a header line, is refused.",
      means: "It is named and waits; declare it left behind by messages.skip.",
      matters: "destination",
      ...measured,
    },
  ],
} satisfies Profile;
