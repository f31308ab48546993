import type { Profile, Provenance } from "./profile.ts";

const extensions = {
  source: "https://developers.google.com/workspace/gmail/imap/imap-extensions",
  sure: "documented",
} satisfies Provenance;
const settings = {
  source: "https://developers.google.com/workspace/gmail/api/reference/rest/v1/ImapSettings",
  sure: "documented",
} satisfies Provenance;
const limits = { source: "https://support.google.com/a/answer/1071518", sure: "secondhand" } satisfies Provenance;
const imapsync = {
  source: "https://imapsync.lamiral.info/FAQ.d/FAQ.Gmail.txt",
  sure: "secondhand",
} satisfies Provenance;
const mailkit = {
  source: "https://github.com/jstedfast/MailKit/tree/master/UnitTests/Net/Imap/Resources/gmail",
  sure: "secondhand",
} satisfies Provenance;

export const gmail = {
  key: "gmail",
  title: "Gmail and Google Workspace",
  kind: "service",
  hosts: [
    {
      value: "imap.gmail.com",
      source: "https://github.com/thunderbird/autoconfig/blob/master/ispdb/googlemail.com.xml",
      sure: "secondhand",
    },
    { value: "imap.googlemail.com", source: "an older name of the same host", sure: "unconfirmed" },
  ],
  connection: {
    value: { port: 993, tls: "implicit" },
    source: "https://github.com/thunderbird/autoconfig/blob/master/ispdb/googlemail.com.xml",
    sure: "secondhand",
  },
  server: [
    { value: { capabilities: ["X-GM-EXT-1"] }, ...extensions },
    { value: { greeting: /\bGimap ready\b/i }, ...extensions },
    { value: { id: { name: /^GImap$/i } }, ...extensions },
  ],
  mx: [
    { value: "*aspmx*.google*.com", source: "https://github.com/Domain-Connect/Templates", sure: "secondhand" },
    { value: "smtp.google.com", source: "the single record that newer Workspace domains have", sure: "unconfirmed" },
  ],
  namespace: { value: { prefix: "", separator: "/" }, ...extensions },
  folders: {
    sent: [{ value: "[Gmail]/Sent Mail", ...extensions }],
    drafts: [{ value: "[Gmail]/Drafts", ...extensions }],
    junk: [{ value: "[Gmail]/Spam", ...extensions }],
    trash: [
      { value: "[Gmail]/Trash", ...extensions },
      { value: "[Gmail]/Bin", ...imapsync },
    ],
  },
  capabilities: {
    value: [
      "X-GM-EXT-1",
      "UIDPLUS",
      "CONDSTORE",
      "MOVE",
      "ESEARCH",
      "LIST-STATUS",
      "LITERAL-",
      "QUOTA",
      "COMPRESS=DEFLATE",
    ],
    ...mailkit,
  },
  limits: {
    connectionsPerUser: { value: 15, source: "https://github.com/zone-eu/wildduck/issues/35", sure: "secondhand" },
    appendLimit: { value: 35_651_584, ...mailkit },
    downloadPerDay: { value: 2_500_000_000, ...limits },
    uploadPerDay: { value: 500_000_000, ...limits },
  },
  logins: [
    {
      value: "oauth2",
      source: "https://developers.google.com/workspace/gmail/imap/xoauth2-protocol",
      sure: "documented",
    },
    { value: "app-password", source: "https://support.google.com/accounts/answer/185833", sure: "secondhand" },
  ],
  quirks: [
    {
      code: "gmail.labels",
      says: "A label is shown as a folder, and a message with several labels in each of them.",
      means: "Read from there, such a message arrives once for each label. X-GM-MSGID tells that it is one message.",
      matters: "source",
      ...extensions,
    },
    {
      code: "gmail.all-mail",
      says: "All Mail (\\All), Starred (\\Flagged) and Important hold what is in other folders as well; what has no label at all is in All Mail only.",
      means:
        "Starred and Important are left out unless they are named. Of All Mail what no other folder shows is read, by X-GM-LABELS, as the archive.",
      matters: "source",
      ...extensions,
    },
    {
      code: "gmail.merges",
      says: "A message that is there already is taken a second time, answered with a UID, and kept once.",
      means: "Counts differ: several messages of the source may be one message there, and are counted as merged.",
      matters: "destination",
      ...imapsync,
    },
    {
      code: "gmail.auto-expunge",
      grave: true,
      says: "By default a message is expunged at once when \\Deleted is set, and then archived, put in the trash, or destroyed, by the user's setting.",
      means: "A message that is only marked deleted cannot be held: say deleted: leave for it.",
      matters: "destination",
      ...settings,
    },
    {
      code: "gmail.folder-limit",
      grave: true,
      says: "A user may limit the messages that a folder shows over IMAP to 1,000, 2,000, 5,000 or 10,000.",
      means: "What is beyond the limit is not seen, and so does not arrive: have the limit taken off first.",
      matters: "source",
      ...settings,
    },
    {
      code: "gmail.hidden-labels",
      grave: true,
      says: "A user decides for each label whether it is shown in IMAP.",
      means:
        "A label that is not shown is not read; its messages come with the archive. All Mail itself must be shown.",
      matters: "source",
      ...imapsync,
    },
    {
      code: "gmail.bandwidth",
      grave: true,
      says: "An account that moves too much in a day is slowed down or shut out for up to a day.",
      means:
        "Plan with 2.5 GB a day out of a mailbox and 500 MB a day into it; delta passes fit, a bulk of 20 GB takes days.",
      matters: "both",
      ...limits,
    },
    {
      code: "gmail.folder-names",
      says: "A folder's name may not begin or end with a blank, have two in a row, or hold ^.",
      means: "Such folders get another name there.",
      matters: "destination",
      ...imapsync,
    },
    {
      code: "gmail.keywords",
      says: "Keywords beside the system flags and a few with a $ are said not to be kept.",
      means: "PERMANENTFLAGS decides; what it refuses is recorded and shown.",
      matters: "destination",
      source: "https://github.com/umanamente/n8n-nodes-imap/issues/23",
      sure: "unconfirmed",
    },
  ],
} satisfies Profile;
