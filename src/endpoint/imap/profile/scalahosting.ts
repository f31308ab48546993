import type { Profile, Provenance } from "./profile.ts";

const spanel = {
  source: "SPanel and cPanel machines of one customer each, with Dovecot",
  sure: "unconfirmed",
} satisfies Provenance;

export const scalahosting = {
  key: "scalahosting",
  title: "ScalaHosting (SPanel or cPanel)",
  kind: "service",
  hosts: [{ value: "*.scalahosting.com", ...spanel }],
  connection: { value: { port: 993, tls: "implicit" }, ...spanel },
  server: [],
  // The exchanger is the customer's own domain or machine, as a rule.
  mx: [{ value: "*.scalahosting.com", ...spanel }],
  folders: {
    sent: [{ value: "Sent", ...spanel }],
    drafts: [{ value: "Drafts", ...spanel }],
    junk: [
      { value: "Junk", ...spanel },
      { value: "spam", ...spanel },
    ],
    trash: [{ value: "Trash", ...spanel }],
  },
  limits: {},
  logins: [
    { value: "user", ...spanel },
    { value: "master", source: "on a machine of one's own, with root, as Dovecot has it", sure: "unconfirmed" },
  ],
  quirks: [
    {
      code: "scalahosting.own-machine",
      says: "The host is mail.<domain> or the machine's own name, so it cannot be told from other companies' by its name.",
      means:
        "Name the provider; what the server says of itself is Dovecot's. With root, a master user spares collecting passwords.",
      matters: "both",
      ...spanel,
    },
    {
      code: "scalahosting.certificate",
      says: "The certificate may be for the machine's own name, not for mail.<domain>.",
      means: "Name the host that the certificate is for: verification is never turned off.",
      matters: "both",
      ...spanel,
    },
  ],
} satisfies Profile;
