import type { Profile, Provenance } from "./profile.ts";

const archive = {
  source: "https://www.zoho.com/mail/help/archive-options.html",
  sure: "documented",
} satisfies Provenance;
const access = { source: "https://www.zoho.com/mail/help/imap-access.html", sure: "secondhand" } satisfies Provenance;
const mailkit = {
  source: "https://github.com/jstedfast/MailKit/tree/master/UnitTests/Net/Imap/Resources/zoho",
  sure: "secondhand",
} satisfies Provenance;
const ispdb = (file: string) =>
  ({
    source: `https://github.com/thunderbird/autoconfig/blob/master/ispdb/${file}.xml`,
    sure: "secondhand",
  }) satisfies Provenance;
const sameAsUnitedStates = {
  source: "by analogy with the names of the other regions",
  sure: "unconfirmed",
} satisfies Provenance;

/** imap. is for free addresses, imappro. for organisations with a domain of their own; each region has both. */
export const zoho = {
  key: "zoho",
  title: "Zoho Mail",
  kind: "service",
  hosts: [
    { value: "imap.zoho.com", ...ispdb("zoho.com") },
    { value: "imap.zoho.eu", ...ispdb("zoho.eu") },
    { value: "imap.zoho.in", ...ispdb("zoho.in") },
    { value: "imap.zoho.com.au", ...ispdb("zoho.com.au") },
    { value: "imap.zoho.jp", ...ispdb("zoho.jp") },
    { value: "imap.zohocloud.ca", ...ispdb("zohocloud.ca") },
    { value: "imappro.zoho.com", ...access },
    { value: "imappro.zoho.eu", ...access },
    {
      value: "imappro.zoho.in",
      source: "https://support.bolddesk.com/kb/article/15603/how-to-configure-imap-in-zoho-mail",
      sure: "secondhand",
    },
    { value: "imappro.zoho.com.au", source: "https://www.smartlead.ai/blog/zoho-imap-settings", sure: "secondhand" },
    { value: "imappro.zoho.jp", ...sameAsUnitedStates },
    { value: "imappro.zohocloud.ca", ...sameAsUnitedStates },
    { value: "imap*.zoho.*", ...sameAsUnitedStates },
  ],
  connection: { value: { port: 993, tls: "implicit" }, ...ispdb("zoho.com") },
  server: [{ value: { greeting: /\bZoho Mail\b/i }, ...mailkit }],
  mx: [
    { value: "mx*.zoho.*", source: "zones of Zoho's customers", sure: "unconfirmed" },
    { value: "mx*.zohocloud.ca", ...sameAsUnitedStates },
    { value: "mx*.zohomail.*", source: "an older name of the same hosts", sure: "unconfirmed" },
  ],
  namespace: { value: { prefix: "", separator: "/" }, ...mailkit },
  // XLIST marks them whatever their language; the German names are those of the transcript.
  folders: {
    sent: [
      { value: "Sent", source: "the name in an English mailbox", sure: "unconfirmed" },
      { value: "Gesendet", ...mailkit },
    ],
    drafts: [
      { value: "Drafts", source: "the name in an English mailbox", sure: "unconfirmed" },
      { value: "Entwürfe", ...mailkit },
    ],
    junk: [{ value: "Spam", ...mailkit }],
    trash: [
      { value: "Trash", source: "the name in an English mailbox", sure: "unconfirmed" },
      { value: "Papierkorb", ...mailkit },
    ],
  },
  capabilities: { value: ["XLIST", "UIDPLUS", "CONDSTORE", "MOVE", "LIST-STATUS", "LITERAL-", "ESEARCH"], ...mailkit },
  limits: { appendLimit: { value: 26_214_400, ...mailkit } },
  logins: [
    { value: "user", ...access },
    { value: "app-password", ...access },
    { value: "oauth2", source: "https://www.zoho.com/mail/help/api/", sure: "unconfirmed" },
  ],
  quirks: [
    {
      code: "zoho.archived-hidden",
      grave: true,
      says: "Archived mail stays in its folder but is not shown over IMAP, unless the user says Include archived emails; a policy archives by age.",
      means:
        "It is missing from every count, and does not arrive. Have it shown for each mailbox before the first pass, and compare the numbers.",
      matters: "source",
      ...archive,
    },
    {
      code: "zoho.imap-off",
      says: "IMAP is off until the user, or a policy of the organisation, turns it on.",
      means: "A login that fails with the right password may mean that: see Settings, Mail Accounts, IMAP.",
      matters: "both",
      ...access,
    },
    {
      code: "zoho.folders-chosen",
      grave: true,
      says: "The user chooses which folders are shown over IMAP.",
      means: "A folder that was not chosen is not read: compare the list of folders with the web mail's.",
      matters: "source",
      ...access,
    },
    {
      code: "zoho.app-password",
      says: "With two-factor or federated sign-in the account's password does not log in over IMAP.",
      means: "Every such user makes an application-specific password for the move.",
      matters: "both",
      ...access,
    },
    {
      code: "zoho.modseq-negative",
      says: "A FETCH may answer MODSEQ -1.",
      means: "It is taken as no MODSEQ.",
      matters: "source",
      source: "https://github.com/jstedfast/MailKit/blob/master/MailKit/Net/Imap/ImapFolderFetch.cs",
      sure: "secondhand",
    },
    {
      code: "zoho.append-limit",
      says: "APPENDLIMIT before login is 10 MB, after it 25 MB.",
      means: "The one after login counts.",
      matters: "destination",
      ...mailkit,
    },
  ],
} satisfies Profile;
