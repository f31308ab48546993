import type { Profile, Provenance } from "./profile.ts";

const ispdb = {
  source: "https://github.com/thunderbird/autoconfig/blob/master/ispdb/messagingengine.com.xml",
  sure: "secondhand",
} satisfies Provenance;
const help = {
  source: "https://www.fastmail.help/hc/en-us/articles/1500000279921-IMAP-POP-and-SMTP",
  sure: "unconfirmed",
} satisfies Provenance;

export const fastmail = {
  key: "fastmail",
  title: "Fastmail",
  kind: "service",
  hosts: [
    { value: "imap.fastmail.com", ...ispdb },
    {
      value: "mail.messagingengine.com",
      source: "https://gist.github.com/mike-burns/986fae26fd1fdb331b59",
      sure: "secondhand",
    },
    { value: "imap.messagingengine.com", ...help },
  ],
  connection: { value: { port: 993, tls: "implicit" }, ...ispdb },
  server: [],
  mx: [{ value: "*.messagingengine.com", ...help }],
  namespace: { value: { prefix: "", separator: "/" }, ...help },
  folders: {
    sent: [{ value: "Sent", ...help }],
    drafts: [{ value: "Drafts", ...help }],
    junk: [{ value: "Spam", ...help }],
    trash: [{ value: "Trash", ...help }],
    archive: [{ value: "Archive", ...help }],
  },
  limits: {},
  logins: [
    { value: "app-password", ...help },
    { value: "oauth2", ...ispdb },
  ],
  quirks: [
    {
      code: "fastmail.app-password",
      says: "The account's own password does not log in over IMAP; an app password does.",
      means: "Every user makes an app password for the move.",
      matters: "both",
      ...help,
    },
    {
      code: "fastmail.cyrus",
      says: "It runs Cyrus IMAP, in a version of its own.",
      means: "Cyrus's quirks may show there.",
      matters: "both",
      source: "https://github.com/cyrusimap/cyrus-imapd",
      sure: "secondhand",
    },
    {
      code: "fastmail.labels",
      says: "A user may turn folders into labels, and a message then shows in several.",
      means: "Read from there, such a message arrives once for each label.",
      matters: "source",
      ...help,
    },
  ],
} satisfies Profile;
