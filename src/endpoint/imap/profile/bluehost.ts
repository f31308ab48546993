import type { Profile, Provenance } from "./profile.ts";

const template = {
  source: "https://github.com/Domain-Connect/Templates/blob/master/bluehost.com.email.json",
  sure: "documented",
} satisfies Provenance;
const management = {
  source: "https://www.bluehost.com/help/article/email-account-management",
  sure: "documented",
} satisfies Provenance;
const cpanel = {
  source: "cPanel's mail is Dovecot on Maildir with such names",
  sure: "unconfirmed",
} satisfies Provenance;

export const bluehost = {
  key: "bluehost",
  title: "Bluehost (cPanel mail)",
  kind: "service",
  hosts: [
    { value: "box*.bluehost.com", source: "the machine's own name, for mail.<domain>", sure: "unconfirmed" },
    { value: "*.bluehost.com", source: "the machine's own name, for mail.<domain>", sure: "unconfirmed" },
    { value: "*.bluehost.in", source: "the machine's own name, for mail.<domain>", sure: "unconfirmed" },
  ],
  connection: {
    value: { port: 993, tls: "implicit" },
    source: "https://clean.email/blog/email-settings/bluehost-email-settings",
    sure: "secondhand",
  },
  server: [],
  // Its own mail has mail.<domain> for an exchanger, which no pattern can tell from anybody's.
  mx: [{ value: "*.bluehost.com", source: "the machine's own name, for mail.<domain>", sure: "unconfirmed" }],
  alsoSells: [
    { value: "titan", source: "https://github.com/Domain-Connect/Templates", sure: "secondhand" },
    { value: "gmail", ...management },
    { value: "microsoft365", ...management },
  ],
  namespace: { value: { prefix: "INBOX.", separator: "." }, ...cpanel },
  folders: {
    sent: [{ value: "Sent", ...cpanel }],
    drafts: [{ value: "Drafts", ...cpanel }],
    junk: [
      { value: "spam", ...cpanel },
      { value: "Junk", ...cpanel },
    ],
    trash: [{ value: "Trash", ...cpanel }],
    archive: [{ value: "Archive", ...cpanel }],
  },
  limits: {},
  logins: [
    { value: "user", source: "https://clean.email/blog/email-settings/bluehost-email-settings", sure: "secondhand" },
  ],
  quirks: [
    {
      code: "bluehost.several-products",
      says: "Mail bought there is the hosting's own (MX mail.<domain>), Titan, Google Workspace or Microsoft 365.",
      means: "The domain's MX tells which one it is, and so which host to name.",
      matters: "both",
      ...template,
    },
    {
      code: "bluehost.certificate",
      says: "The certificate may be for the machine's own name, not for mail.<domain>.",
      means: "Name the host that the certificate is for: verification is never turned off.",
      matters: "both",
      ...cpanel,
    },
    {
      code: "bluehost.no-admin",
      says: "A customer has no login on behalf of a mailbox over IMAP; passwords can be set in cPanel.",
      means: "Use a passwords file, with passwords that were set for the move.",
      matters: "both",
      ...cpanel,
    },
  ],
} satisfies Profile;
