import type { Profile, Provenance } from "./profile.ts";

const zones = { source: "zones of Hostinger's customers", sure: "unconfirmed" } satisfies Provenance;
const help = { source: "https://support.hostinger.com/en/articles/1575756", sure: "unconfirmed" } satisfies Provenance;

export const hostinger = {
  key: "hostinger",
  title: "Hostinger Email",
  kind: "service",
  hosts: [
    { value: "imap.hostinger.com", ...help },
    { value: "imap.hostinger.*", source: "older names, one for a country", sure: "unconfirmed" },
  ],
  connection: { value: { port: 993, tls: "implicit" }, ...help },
  server: [],
  mx: [
    { value: "mx*.hostinger.com", ...zones },
    { value: "mx*.hostinger.*", ...zones },
  ],
  alsoSells: [
    {
      value: "titan",
      source: "https://github.com/Domain-Connect/Templates/blob/master/titan.email.titan-mail-hosting.json",
      sure: "secondhand",
    },
    { value: "gmail", source: "Google Workspace is offered beside its own mail", sure: "unconfirmed" },
  ],
  folders: {
    sent: [
      { value: "Sent", ...help },
      { value: "INBOX/Sent", ...help },
    ],
    drafts: [
      { value: "Drafts", ...help },
      { value: "INBOX/Drafts", ...help },
    ],
    junk: [
      { value: "Junk", ...help },
      { value: "INBOX/Junk", ...help },
    ],
    trash: [
      { value: "Trash", ...help },
      { value: "INBOX/Trash", ...help },
    ],
  },
  limits: {},
  logins: [{ value: "user", ...help }],
  quirks: [
    {
      code: "hostinger.two-products",
      says: "Mail bought there is Hostinger's own (mx1.hostinger.com, imap.hostinger.com) or Titan (mx1.titan.email, imap.titan.email).",
      means: "The domain's MX tells which one it is, and so which host to name.",
      matters: "both",
      ...zones,
    },
  ],
} satisfies Profile;
