import type { Profile, Provenance } from "./profile.ts";

const ispdb = {
  source: "https://github.com/thunderbird/autoconfig/blob/master/ispdb/office365.com.xml",
  sure: "secondhand",
} satisfies Provenance;
const imapsync = {
  source: "https://imapsync.lamiral.info/FAQ.d/FAQ.Office365.txt",
  sure: "secondhand",
} satisfies Provenance;
const mailkit = {
  source: "https://github.com/jstedfast/MailKit/tree/master/UnitTests/Net/Imap/Resources/exchange",
  sure: "secondhand",
} satisfies Provenance;
const oauth = {
  source:
    "https://learn.microsoft.com/en-us/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth",
  sure: "documented",
} satisfies Provenance;
const basic = {
  source:
    "https://learn.microsoft.com/en-us/exchange/clients-and-mobile-in-exchange-online/deprecation-of-basic-authentication-exchange-online",
  sure: "secondhand",
} satisfies Provenance;

export const microsoft365 = {
  key: "microsoft365",
  title: "Microsoft 365 (Exchange Online)",
  kind: "service",
  hosts: [
    { value: "outlook.office365.com", ...ispdb },
    { value: "imap-mail.outlook.com", ...imapsync },
    { value: "imap.outlook.com", ...imapsync },
  ],
  connection: { value: { port: 993, tls: "implicit" }, ...ispdb },
  // An Exchange in one's own house greets with the same words; the name of the machine, in brackets, is the cloud's.
  server: [
    { value: { greeting: /\bMicrosoft Exchange IMAP4 service is ready\. \[/i }, ...mailkit },
    { value: { capabilities: ["BACKENDAUTHENTICATE", "CLIENTACCESSRULES"] }, ...mailkit },
  ],
  mx: [
    { value: "*.mail.protection.outlook.com", ...ispdb },
    { value: "*.mx.microsoft", source: "the newer form of the same record", sure: "unconfirmed" },
  ],
  namespace: {
    value: { prefix: "", separator: "/" },
    source: "https://github.com/jstedfast/MailKit/issues/702",
    sure: "secondhand",
  },
  folders: {
    sent: [{ value: "Sent Items", source: "the name in an English mailbox", sure: "unconfirmed" }],
    drafts: [{ value: "Drafts", source: "the name in an English mailbox", sure: "unconfirmed" }],
    junk: [{ value: "Junk Email", source: "the name in an English mailbox", sure: "unconfirmed" }],
    trash: [{ value: "Deleted Items", source: "the name in an English mailbox", sure: "unconfirmed" }],
    archive: [{ value: "Archive", source: "the name in an English mailbox", sure: "unconfirmed" }],
  },
  capabilities: { value: ["UIDPLUS", "MOVE", "LITERAL+", "NAMESPACE", "IDLE", "SASL-IR"], ...mailkit },
  limits: {
    messageSize: {
      value: 36 * 1024 * 1024,
      source: "MaxReceiveSize by default; an administrator may raise it to 150 MB",
      sure: "unconfirmed",
    },
  },
  logins: [{ value: "oauth2", ...oauth }],
  quirks: [
    {
      code: "microsoft365.no-passwords",
      says: "Passwords are refused over IMAP, app passwords too; only OAuth 2.0 logs in.",
      means:
        "Use oauth2: an application with IMAP.AccessAsApp, admin consent, and FullAccess for its service principal on each mailbox.",
      matters: "both",
      ...basic,
    },
    {
      code: "microsoft365.throttling",
      says: "Too much work is answered with BAD or NO: Request is throttled. Suggested Backoff Time: n milliseconds, or Server Unavailable. 15, then the line is cut.",
      means:
        "The time is waited out, for this system alone; the run goes on afterwards. Support may lift the limits for a move.",
      matters: "both",
      ...imapsync,
    },
    {
      code: "microsoft365.ten-errors",
      says: "After about ten commands that fail, the line is closed with BYE.",
      means:
        "A line that drops after refused messages is opened anew; the refused messages are named, all others go on.",
      matters: "destination",
      ...imapsync,
    },
    {
      code: "microsoft365.keywords",
      says: "PERMANENTFLAGS lists the system flags and $MDNSent; keywords cannot be made.",
      means: "Keywords stay behind, are counted and named; categories are another thing and are set through Graph.",
      matters: "destination",
      source: "https://github.com/svarshavchik/courier/issues/26",
      sure: "secondhand",
    },
    {
      code: "microsoft365.no-condstore",
      says: "CONDSTORE and QRESYNC are not offered.",
      means: "A delta pass sees new mail at once, and reads all flags where it wants to know of changed ones.",
      matters: "both",
      ...mailkit,
    },
    {
      code: "microsoft365.size",
      says: "A message over the mailbox's limit is refused: Maximum size of appendable message has been exceeded, or Command Argument Error. 11.",
      means: "Raise MaxReceiveSize (and for an application the limits that apply to it) up to 150 MB, then run again.",
      matters: "destination",
      ...imapsync,
    },
    {
      code: "microsoft365.long-lines",
      says: "Messages with lines beyond some 10,000 octets are refused.",
      means: "Such a message is named and stays pending: nothing is re-encoded to please a server.",
      matters: "destination",
      ...imapsync,
    },
    {
      code: "microsoft365.files-folder",
      says: "A folder named Files may show, with attachments without headers, and its name is reserved.",
      means: "Exclude it at the source; a folder of that name needs another one at the destination.",
      matters: "both",
      ...imapsync,
    },
    {
      code: "microsoft365.not-connected",
      says: "A login may be accepted and the next command answered with User is authenticated but not connected.",
      means: "The login has no right to that mailbox, or the password is wrong: it is a failed login.",
      matters: "both",
      ...imapsync,
    },
    {
      code: "microsoft365.folds-case",
      says: "Folder names that differ in case alone are one folder.",
      means: "Of two such folders one gets another name.",
      matters: "destination",
      ...imapsync,
    },
  ],
} satisfies Profile;
