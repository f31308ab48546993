import type { Profile, Provenance } from "./profile.ts";

const measured = { source: "measured on Courier-IMAP 5.0.13", sure: "measured" } satisfies Provenance;
const mailkit = {
  source: "https://github.com/jstedfast/MailKit/tree/master/UnitTests/Net/Imap/Resources/courier",
  sure: "secondhand",
} satisfies Provenance;

export const courier = {
  key: "courier",
  title: "Courier-IMAP",
  kind: "software",
  hosts: [],
  connection: { value: { port: 993, tls: "implicit" }, source: "RFC 8314", sure: "documented" },
  server: [{ value: { greeting: /\bCourier-IMAP ready\b/i }, ...mailkit }],
  mx: [],
  namespace: { value: { prefix: "INBOX.", separator: "." }, ...measured },
  folders: {
    trash: [{ value: "Trash", source: "IMAP_TRASHFOLDERNAME by default", sure: "unconfirmed" }],
  },
  capabilities: { value: ["UIDPLUS", "NAMESPACE", "QUOTA", "IDLE", "CHILDREN"], ...measured },
  limits: { connectionsPerAddress: { value: 20, ...measured } },
  logins: [{ value: "user", ...measured }],
  quirks: [
    {
      code: "courier.connections",
      says: "The 21st connection from one address (MAXPERIP) is closed without a greeting.",
      means:
        "A line that never greets may mean that: keep connections low, or raise MAXPERIP for the time of the move.",
      matters: "both",
      ...measured,
    },
    {
      code: "courier.no-for-bad",
      says: "What it does not know, commands and arguments alike, is answered with NO instead of BAD.",
      means: "NO to an extended command is not a refusal of what was asked; only what is in CAPABILITY is used.",
      matters: "both",
      ...measured,
    },
    {
      code: "courier.uidvalidity",
      says: "Folders made at the same time have the same UIDVALIDITY: it is the time of their making.",
      means: "An equal UIDVALIDITY does not tell that a folder was renamed; the messages themselves are looked at.",
      matters: "both",
      ...measured,
    },
    {
      code: "courier.no-literal-plus",
      says: "Neither LITERAL+ nor MULTIAPPEND, CONDSTORE, MOVE or SPECIAL-USE are there.",
      means:
        "Writing waits for each message, several lines at a time help; flags are read in full where changes are asked for.",
      matters: "both",
      ...measured,
    },
    {
      code: "courier.folders-under-inbox",
      says: "Folders can be made below INBOX. only.",
      means: "Names are put there; at the other side the prefix is dropped.",
      matters: "destination",
      ...measured,
    },
    {
      code: "courier.quota-words",
      says: "A full quota is NO [ALERT] You exceeded your mail quota., without [OVERQUOTA].",
      means: "It is asked by GETQUOTA whether the quota is what failed.",
      matters: "destination",
      ...measured,
    },
    {
      code: "courier.login-delay",
      says: "A wrong password is answered after five seconds.",
      means: "A check of many wrong passwords is slow.",
      matters: "both",
      ...measured,
    },
    {
      code: "courier.empties-trash",
      grave: true,
      says: "The trash folder is emptied by age (IMAP_EMPTYTRASH, seven days by default), at login.",
      means: "Mail in it may vanish between two passes; leave the folder out, or expect it.",
      matters: "both",
      source: "imapd's configuration by default",
      sure: "unconfirmed",
    },
    {
      code: "courier.line-ends",
      says: "A CR that stands alone is dropped, and a message that ends without a line end gets one.",
      means: "Such messages arrive altered by that and nothing else; they are still known as the same.",
      matters: "destination",
      ...measured,
    },
    {
      code: "courier.phantoms",
      says: "A message that another session removes is shown as one from System Administrator, message unavailable.",
      means: "It is known for what it is, and never copied.",
      matters: "source",
      ...measured,
    },
  ],
} satisfies Profile;
