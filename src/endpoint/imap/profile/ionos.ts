import type { Profile, Provenance } from "./profile.ts";

const incoming = {
  source: "https://www.ionos.fr/assistance/email/mise-en-place-demail-made-in-germany/serveur-entrant",
  sure: "documented",
} satisfies Provenance;
const postmaster = {
  source: "https://www.ionos.ca/help/email/postmaster/general-tips-for-sending-to-11-ionos-mail-servers/",
  sure: "documented",
} satisfies Provenance;
const byForm = { source: "the same form in another country", sure: "unconfirmed" } satisfies Provenance;
const formerName = { source: "a name from when it was 1&1", sure: "unconfirmed" } satisfies Provenance;
const germanNames = {
  source: "the web mail's names of them, German and English",
  sure: "unconfirmed",
} satisfies Provenance;

export const ionos = {
  key: "ionos",
  title: "IONOS Mail (formerly 1&1)",
  kind: "service",
  hosts: [
    { value: "imap.ionos.fr", ...incoming },
    { value: "imap.ionos.com", ...byForm },
    { value: "imap.ionos.de", ...byForm },
    { value: "imap.ionos.co.uk", ...byForm },
    { value: "imap.ionos.es", ...byForm },
    { value: "imap.ionos.it", ...byForm },
    { value: "imap.ionos.*", ...byForm },
    { value: "imap.1and1.com", source: "https://pastebin.com/gfFknDRS", sure: "secondhand" },
    { value: "imap.1and1.*", ...formerName },
    {
      value: "imap.1und1.de",
      source: "https://github.com/thunderbird/autoconfig/blob/master/ispdb/1und1.de.xml",
      sure: "secondhand",
    },
  ],
  connection: {
    value: { port: 993, tls: "implicit" },
    source: "https://github.com/thunderbird/autoconfig/blob/master/ispdb/1und1.de.xml",
    sure: "secondhand",
  },
  server: [],
  mx: [
    { value: "mx0*.ionos.*", source: "https://pastebin.com/XcdA74rR", sure: "secondhand" },
    { value: "mx0*.1and1.*", source: "https://pastebin.com/XcdA74rR", sure: "secondhand" },
    { value: "mx0*.kundenserver.de", ...formerName },
  ],
  alsoSells: [
    {
      value: "microsoft365",
      source: "https://www.ionos.com/help/email/general-topics/what-are-the-mass-mailing-limits",
      sure: "secondhand",
    },
    {
      value: "gmail",
      source: "https://www.ionos.com/help/email/general-topics/what-are-the-mass-mailing-limits",
      sure: "documented",
    },
  ],
  namespace: { value: { prefix: "", separator: "/" }, ...germanNames },
  folders: {
    sent: [
      { value: "Sent Items", ...germanNames },
      { value: "Gesendete Objekte", ...germanNames },
    ],
    drafts: [
      { value: "Drafts", ...germanNames },
      { value: "Entwürfe", ...germanNames },
    ],
    junk: [
      { value: "Spam", ...germanNames },
      { value: "Spamverdacht", ...germanNames },
    ],
    trash: [
      { value: "Trash", ...germanNames },
      { value: "Papierkorb", ...germanNames },
    ],
  },
  limits: { messageSize: { value: 100_000_000, ...postmaster } },
  logins: [{ value: "user", ...incoming }],
  quirks: [
    {
      code: "ionos.exchange",
      says: "A contract may hold Microsoft Exchange hosted there, Microsoft 365 or Google Workspace in place of its own mail.",
      means: "The domain's MX tells the last two; hosted Exchange has hosts of its own, to be named.",
      matters: "both",
      source: "https://www.ionos.com/help/email/general-topics/what-are-the-mass-mailing-limits",
      sure: "documented",
    },
    {
      code: "ionos.encrypted-size",
      says: "Mail to it may have 100 MB, 72 MB where it is encrypted.",
      means: "Whether APPEND takes as much is not known: check shows what the server says.",
      matters: "destination",
      ...postmaster,
    },
    {
      code: "ionos.country",
      says: "Each country has a host of its own; a mailbox is said to be reached by any of them.",
      means: "Name the one of the contract's country.",
      matters: "both",
      ...byForm,
    },
  ],
} satisfies Profile;
