import type { Profile, Provenance } from "./profile.ts";

const measured = { source: "measured on Dovecot 2.3.19.1", sure: "measured" } satisfies Provenance;
const masters = {
  source: "https://doc.dovecot.org/2.3/configuration_manual/authentication/master_users/",
  sure: "documented",
} satisfies Provenance;

export const dovecot = {
  key: "dovecot",
  title: "Dovecot",
  kind: "software",
  hosts: [],
  connection: { value: { port: 993, tls: "implicit" }, source: "RFC 8314", sure: "documented" },
  server: [
    { value: { id: { name: /^Dovecot/i } }, ...measured },
    { value: { greeting: /\bDovecot\b.*\bready\b/i }, ...measured },
  ],
  mx: [],
  // Only where nothing else is configured: Maildir is often set up with INBOX. and a dot.
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
      "ESEARCH",
      "NAMESPACE",
      "UNSELECT",
    ],
    ...measured,
  },
  limits: { connectionsPerUser: { value: 10, ...measured } },
  logins: [
    { value: "user", ...measured },
    { value: "master", ...masters },
    { value: "admin", ...masters },
    {
      value: "oauth2",
      source: "https://doc.dovecot.org/2.3/configuration_manual/authentication/oauth2/",
      sure: "documented",
    },
  ],
  quirks: [
    {
      code: "dovecot.master-acl",
      says: "With the acl plugin a master user is judged by its own name: it sees INBOX alone, and may not open it.",
      means:
        "Set acl_user=%u for master users, or log in otherwise: a mailbox that shows only INBOX is not an empty one.",
      matters: "both",
      ...measured,
    },
    {
      code: "dovecot.connections",
      says: "A user has 10 connections from one address (mail_max_userip_connections); the next login is answered with [LIMIT] or [UNAVAILABLE].",
      means: "Users' own programs behind the same address count too. Raise it for the time of the move.",
      matters: "both",
      ...measured,
    },
    {
      code: "dovecot.auth-penalty",
      says: "After wrong passwords every login from that address is delayed, up to 15 seconds.",
      means:
        "One wrong line in a passwords file slows all mailboxes: except the machine by login_trusted_networks, or mend the line.",
      matters: "both",
      ...measured,
    },
    {
      code: "dovecot.nul",
      says: "BODY[] shows 0x80 where a message holds NUL.",
      means: "With BINARY on both sides such a message goes as it is; else a NUL cannot be seen.",
      matters: "source",
      ...measured,
    },
    {
      code: "dovecot.expires-trash",
      grave: true,
      says: "Trash and Junk are often emptied by age (autoexpunge, an expire job).",
      means: "Mail may vanish from them at either side between two passes; that is nobody's delete.",
      matters: "both",
      source: "https://doc.dovecot.org/2.3/configuration_manual/namespace/#core_setting-namespace/mailbox/autoexpunge",
      sure: "unconfirmed",
    },
  ],
} satisfies Profile;
