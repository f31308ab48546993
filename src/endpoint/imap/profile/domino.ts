import type { Profile, Provenance } from "./profile.ts";

const mailkit = {
  source: "https://github.com/jstedfast/MailKit/tree/master/UnitTests/Net/Imap/Resources/domino",
  sure: "secondhand",
} satisfies Provenance;
const imapsync = {
  source: "https://imapsync.lamiral.info/FAQ.d/FAQ.Domino.txt",
  sure: "secondhand",
} satisfies Provenance;
const prepare = {
  source: "https://help.hcltechsw.com/domino/12.0.0/admin/conf_preparingamailfileforimapaccess_t.html",
  sure: "documented",
} satisfies Provenance;
const convert = {
  source:
    "https://help.hcl-software.com/domino/10.0.1/admin/conf_runningthemailconversionutilitytoenableamailfile_t.html",
  sure: "documented",
} satisfies Provenance;

export const domino = {
  key: "domino",
  title: "HCL Domino and Verse",
  kind: "software",
  hosts: [],
  connection: { value: { port: 993, tls: "implicit" }, source: "RFC 8314", sure: "unconfirmed" },
  server: [{ value: { greeting: /\bDomino IMAP4 Server\b/i }, ...mailkit }],
  mx: [],
  // Some servers part by / instead: imapsync's users report both.
  namespace: { value: { prefix: "", separator: "\\" }, ...mailkit },
  folders: {
    sent: [{ value: "Sent", ...prepare }],
    drafts: [{ value: "Drafts", ...prepare }],
    trash: [{ value: "Trash", ...prepare }],
  },
  capabilities: { value: ["LITERAL+", "NAMESPACE", "QUOTA", "UIDPLUS"], ...mailkit },
  limits: {},
  logins: [
    { value: "user", source: "https://imapsync.lamiral.info/FAQ.d/FAQ.Admin_Authentication.txt", sure: "secondhand" },
  ],
  quirks: [
    {
      code: "domino.date-search",
      says: "SEARCH by date finds nothing.",
      means: "Dates are read and compared here; an empty answer to a search by date is never taken as an empty folder.",
      matters: "source",
      ...imapsync,
    },
    {
      code: "domino.headers-rewritten",
      grave: true,
      says: "Mail is kept as items and made into MIME again when it is read, so header lines, Message-IDs among them, may differ from what came in.",
      means:
        "A message is recognised by its other fields and its body as well; a signature over the header may not hold any more.",
      matters: "both",
      ...imapsync,
    },
    {
      code: "domino.extra-parentheses",
      says: "ENVELOPE may come in one more pair of parentheses.",
      means: "ENVELOPE is not asked for.",
      matters: "source",
      source: "https://github.com/jstedfast/MailKit/blob/master/MailKit/Net/Imap/ImapFolderFetch.cs",
      sure: "secondhand",
    },
    {
      code: "domino.inbox-no-children",
      says: "INBOX can have no folders below it.",
      means: "Folders below INBOX at the source go beside it.",
      matters: "destination",
      ...mailkit,
    },
    {
      code: "domino.conversion",
      grave: true,
      says: "A mail file must be converted for IMAP; by default that happens at the first login and takes minutes, in the threads that serve everybody.",
      means:
        "Run convert -e, then convert -h, over all mail files before the first pass, or the first logins time out.",
      matters: "both",
      ...convert,
    },
    {
      code: "domino.replicas",
      grave: true,
      says: "Each replica of a mail file is enabled for IMAP by itself, and IMAP's own numbers are not replicated.",
      means: "Always read the same server: another replica is another UIDVALIDITY, and may hold less.",
      matters: "source",
      ...convert,
    },
    {
      code: "domino.hidden-folders",
      grave: true,
      says: "Private and hidden folders are not shown to IMAP; Sent and Drafts are views.",
      means: "Private folders do not arrive: their owners make them shared first.",
      matters: "source",
      ...prepare,
    },
    {
      code: "domino.no-admin",
      says: "There is no login for an administrator on behalf of a user.",
      means: "Use passwords of the users, or set Internet passwords for the time of the move.",
      matters: "both",
      source: "https://imapsync.lamiral.info/FAQ.d/FAQ.Admin_Authentication.txt",
      sure: "secondhand",
    },
  ],
} satisfies Profile;
