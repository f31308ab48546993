import type { Profile, Provenance } from "./profile.ts";

const handler = {
  source: "https://github.com/Zimbra/zm-mailbox/blob/develop/store/src/java/com/zimbra/cs/imap/ImapHandler.java",
  sure: "documented",
} satisfies Provenance;
const config = {
  source: "https://github.com/Zimbra/zm-mailbox/blob/develop/store/src/java/com/zimbra/cs/imap/ImapConfig.java",
  sure: "documented",
} satisfies Provenance;
const imapsync = {
  source: "https://imapsync.lamiral.info/FAQ.d/FAQ.Zimbra.txt",
  sure: "secondhand",
} satisfies Provenance;

export const zimbra = {
  key: "zimbra",
  title: "Zimbra (Carbonio says the same of itself)",
  kind: "software",
  hosts: [],
  connection: { value: { port: 993, tls: "implicit" }, source: "RFC 8314", sure: "documented" },
  server: [
    { value: { id: { name: /^Zimbra$/i } }, ...handler },
    { value: { greeting: /\bZimbra IMAP4rev1 (server|service) ready\b/i }, ...config },
  ],
  mx: [],
  namespace: {
    value: { prefix: "", separator: "/" },
    source: "what its folders look like in the web mail",
    sure: "unconfirmed",
  },
  folders: {
    sent: [{ value: "Sent", source: "the system folders of every mailbox", sure: "unconfirmed" }],
    drafts: [{ value: "Drafts", source: "the system folders of every mailbox", sure: "unconfirmed" }],
    junk: [{ value: "Junk", source: "the system folders of every mailbox", sure: "unconfirmed" }],
    trash: [{ value: "Trash", source: "the system folders of every mailbox", sure: "unconfirmed" }],
  },
  capabilities: {
    value: [
      "UIDPLUS",
      "CONDSTORE",
      "QRESYNC",
      "LIST-STATUS",
      "MULTIAPPEND",
      "LITERAL+",
      "BINARY",
      "ESEARCH",
      "NAMESPACE",
      "QUOTA",
      "XLIST",
    ],
    ...handler,
  },
  limits: {},
  logins: [
    { value: "user", ...imapsync },
    {
      value: "admin",
      source: "https://zimbra.github.io/adminguide/8.8.15/index.html#_administrator_accounts",
      sure: "secondhand",
    },
  ],
  quirks: [
    {
      code: "zimbra.admin",
      says: "PLAIN with an authorization identity logs in for a user, by an administrator's rights; IMAP must be on for that administrator.",
      means: "Use the login kind admin.",
      matters: "both",
      ...imapsync,
    },
    {
      code: "zimbra.broken-mountpoint",
      says: "A mount point of a folder that is no more makes LIST answer with no folder at all.",
      means: "No folder is a fault, never an empty mailbox: the user removes the mount point in the web mail.",
      matters: "source",
      ...imapsync,
    },
    {
      code: "zimbra.locked-share",
      says: "A subscribed folder of a locked account makes the server close the line with BYE, also in other folders.",
      means: "The share is unsubscribed, or the account unlocked.",
      matters: "source",
      ...imapsync,
    },
    {
      code: "zimbra.message-size",
      says: "A message over zimbraMtaMaxMessageSize (or imap_max_message_size) is refused.",
      means: "Raise it before the first pass, or such messages stay pending by name.",
      matters: "destination",
      ...config,
    },
    {
      code: "zimbra.flags",
      says: "Some keywords, such as those that hold a colon, are refused together with their message: NO APPEND failed.",
      means:
        "A message that is refused with keywords may be taken without them; what PERMANENTFLAGS does not list is left off and counted.",
      matters: "destination",
      ...imapsync,
    },
    {
      code: "zimbra.no-move",
      says: "MOVE, SPECIAL-USE and APPENDLIMIT are not offered.",
      means: "Moves are a copy and a UID EXPUNGE; roles go by XLIST or names.",
      matters: "both",
      ...handler,
    },
  ],
} satisfies Profile;
