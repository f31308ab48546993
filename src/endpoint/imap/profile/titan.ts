import type { Profile, Provenance } from "./profile.ts";

const template = {
  source: "https://github.com/Domain-Connect/Templates/blob/master/titan.email.titan-mail-hosting.json",
  sure: "documented",
} satisfies Provenance;
const resold = {
  source: "https://glama.ai/mcp/servers/qmmughal/titan-email-mcp",
  sure: "secondhand",
} satisfies Provenance;

/** Sold under other names by hosting companies: Hostinger, Bluehost, GoDaddy and more. */
export const titan = {
  key: "titan",
  title: "Titan (sold by Hostinger, Bluehost and others)",
  kind: "service",
  hosts: [
    { value: "imap.titan.email", ...resold },
    { value: "imap*.titan.email", source: "regions, by the same form", sure: "unconfirmed" },
  ],
  connection: { value: { port: 993, tls: "implicit" }, ...resold },
  server: [],
  mx: [{ value: "mx*.titan.email", ...template }],
  folders: {
    sent: [{ value: "Sent", ...resold }],
    drafts: [{ value: "Drafts", ...resold }],
  },
  limits: {},
  logins: [{ value: "user", ...resold }],
  quirks: [
    {
      code: "titan.third-party",
      says: "IMAP for other programs is off until the user allows it in Titan's settings.",
      means: "A login that fails with the right password may mean that.",
      matters: "both",
      source: "Titan's settings have such a switch",
      sure: "unconfirmed",
    },
    {
      code: "titan.blocks-bulk",
      says: "Programs that read much in a day are said to be blocked for a while.",
      means: "Begin with few connections, and set limits for the bulk.",
      matters: "source",
      source:
        "https://help.tern.travel/en/articles/11492326-trouble-sending-emails-how-to-reconnect-your-email-with-the-right-settings",
      sure: "secondhand",
    },
    {
      code: "titan.two-factor",
      says: "An account may have two-factor authentication.",
      means: "Whether its password still logs in over IMAP shows in check.",
      matters: "both",
      source: "https://www.crazydomains.sydney/help/article/cd-two-factor-authentication-for-titan",
      sure: "secondhand",
    },
  ],
} satisfies Profile;
