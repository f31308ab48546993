import type { Profile, Provenance } from "./profile.ts";

const ports = {
  source: "https://blog.planetadigitalti.com.br/email-client-protocols-and-port-numbers",
  sure: "secondhand",
} satisfies Provenance;
const migration = {
  source: "https://help.dreamhost.com/hc/en-us/articles/360001939191-Email-migration",
  sure: "documented",
} satisfies Provenance;
const guess = { source: "the names that Dovecot's users mostly have", sure: "unconfirmed" } satisfies Provenance;

export const dreamhost = {
  key: "dreamhost",
  title: "DreamHost",
  kind: "service",
  hosts: [
    { value: "imap.dreamhost.com", ...ports },
    { value: "*.mail.dreamhost.com", source: "the machines behind that name", sure: "unconfirmed" },
  ],
  connection: { value: { port: 993, tls: "implicit" }, ...ports },
  server: [],
  mx: [{ value: "mx*.dreamhost.com", source: "zones of DreamHost's customers", sure: "unconfirmed" }],
  alsoSells: [{ value: "gmail", source: "Google Workspace is offered beside its own mail", sure: "unconfirmed" }],
  folders: {
    sent: [{ value: "Sent", ...guess }],
    drafts: [{ value: "Drafts", ...guess }],
    junk: [
      { value: "Junk", ...guess },
      { value: "Spam", ...guess },
    ],
    trash: [{ value: "Trash", ...guess }],
  },
  limits: {},
  logins: [{ value: "user", ...ports }],
  quirks: [
    {
      code: "dreamhost.vanity-host",
      says: "mail.<domain> leads there too, but the certificate is for dreamhost.com.",
      means: "Name imap.dreamhost.com.",
      matters: "both",
      ...migration,
    },
    {
      code: "dreamhost.own-moves",
      says: "DreamHost moves mailboxes between its machines, and mail may show twice meanwhile.",
      means:
        "UIDVALIDITY may change between two passes: messages are then recognised by what they are, and none comes twice.",
      matters: "source",
      ...migration,
    },
  ],
} satisfies Profile;
