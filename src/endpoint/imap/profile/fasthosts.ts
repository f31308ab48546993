import type { Profile, Provenance } from "./profile.ts";

const configured = {
  source: "programs of Fasthosts' customers are configured so",
  sure: "unconfirmed",
} satisfies Provenance;
const english = { source: "the name in an English mailbox", sure: "unconfirmed" } satisfies Provenance;

export const fasthosts = {
  key: "fasthosts",
  title: "Fasthosts",
  kind: "service",
  hosts: [
    { value: "imap.livemail.co.uk", ...configured },
    { value: "mail.livemail.co.uk", ...configured },
    { value: "*.livemail.co.uk", ...configured },
  ],
  connection: { value: { port: 993, tls: "implicit" }, ...configured },
  server: [],
  mx: [
    { value: "mx*.livemail.co.uk", ...configured },
    { value: "*.livemail.co.uk", ...configured },
  ],
  alsoSells: [{ value: "microsoft365", source: "Microsoft 365 is offered beside its own mail", sure: "unconfirmed" }],
  folders: {
    sent: [
      { value: "Sent Items", ...english },
      { value: "Sent", ...english },
    ],
    drafts: [{ value: "Drafts", ...english }],
    junk: [
      { value: "Spam", ...english },
      { value: "Junk", ...english },
    ],
    trash: [
      { value: "Trash", ...english },
      { value: "Deleted Items", ...english },
    ],
  },
  limits: {},
  logins: [{ value: "user", ...configured }],
  quirks: [
    {
      code: "fasthosts.unknown",
      says: "Nothing of how its servers behave is known to us.",
      means: "Go by what check says of the server itself, and begin with one mailbox.",
      matters: "both",
      ...configured,
    },
  ],
} satisfies Profile;
