import type { Profile, Provenance } from "./profile.ts";

const ispdb = {
  source: "https://github.com/thunderbird/autoconfig/blob/master/ispdb/yahoo.com.xml",
  sure: "secondhand",
} satisfies Provenance;
const imapsync = {
  source: "https://imapsync.lamiral.info/FAQ.d/FAQ.Yahoo.txt",
  sure: "secondhand",
} satisfies Provenance;
const mailkit = {
  source: "https://github.com/jstedfast/MailKit/tree/master/UnitTests/Net/Imap/Resources/yahoo",
  sure: "secondhand",
} satisfies Provenance;
const english = { source: "the name in an English mailbox", sure: "unconfirmed" } satisfies Provenance;

export const yahoo = {
  key: "yahoo",
  title: "Yahoo Mail and AOL",
  kind: "service",
  hosts: [
    { value: "imap.mail.yahoo.com", ...ispdb },
    { value: "export.imap.mail.yahoo.com", ...ispdb },
    { value: "imap.aol.com", source: "AOL's mail, on the same servers", sure: "unconfirmed" },
    { value: "export.imap.aol.com", source: "AOL's mail, on the same servers", sure: "unconfirmed" },
  ],
  connection: { value: { port: 993, tls: "implicit" }, ...ispdb },
  server: [{ value: { capabilities: ["XYMHIGHESTMODSEQ"] }, ...mailkit }],
  mx: [{ value: "*.yahoodns.net", source: "Yahoo's own zones", sure: "unconfirmed" }],
  namespace: { value: { prefix: "", separator: "/" }, ...mailkit },
  folders: {
    sent: [{ value: "Sent", ...english }],
    drafts: [
      { value: "Draft", ...english },
      { value: "Drafts", ...english },
    ],
    junk: [
      { value: "Bulk", ...english },
      { value: "Bulk Mail", ...english },
      { value: "Spam", ...english },
    ],
    trash: [{ value: "Trash", ...english }],
    archive: [{ value: "Archive", ...english }],
  },
  capabilities: { value: ["UIDPLUS", "MOVE", "LITERAL+", "OBJECTID", "NAMESPACE"], ...mailkit },
  limits: {
    messageSize: { value: 25_000_000, ...imapsync },
    messagesPerFolder: { value: 10_000, ...imapsync },
  },
  logins: [
    { value: "app-password", ...imapsync },
    { value: "oauth2", ...ispdb },
  ],
  quirks: [
    {
      code: "yahoo.folder-limit",
      grave: true,
      says: "A folder shows 10,000 messages at imap.mail.yahoo.com, and 100,000 at export.imap.mail.yahoo.com.",
      means: "Read from the export host, or the older mail of a large folder does not arrive.",
      matters: "both",
      ...imapsync,
    },
    {
      code: "yahoo.full-folder",
      says: "APPEND to a folder that has reached its limit is NO [SERVERBUG] APPEND Server error - Please try again later.",
      means: "Trying again does not help: map the folder into several.",
      matters: "destination",
      ...imapsync,
    },
    {
      code: "yahoo.app-password",
      says: "The account's own password does not log in; one made for programs does.",
      means: "Every user makes an app password for the move.",
      matters: "both",
      ...imapsync,
    },
    {
      code: "yahoo.no-condstore",
      says: "CONDSTORE is not offered, though HIGHESTMODSEQ is shown, and IDLE is not either.",
      means: "Flags are read in full where changes are asked for; passes go by an interval.",
      matters: "both",
      ...mailkit,
    },
    {
      code: "yahoo.last-line",
      says: "A message that does not end with CRLF is refused: BAD [CLIENTBUG] Additional arguments found after last expected argument.",
      means: "Such a message is named and stays pending: nothing is added to it.",
      matters: "destination",
      source: "https://github.com/imapsync/imapsync/issues/209",
      sure: "secondhand",
    },
  ],
} satisfies Profile;
