import type { Profile, Provenance } from "./profile.ts";

const destination = {
  source: "https://docs.mithi.com/home/other-imap-destination-information",
  sure: "documented",
} satisfies Provenance;
const migration = { source: "https://docs.mithi.com/home/IMAP-MITHI-IMAP", sure: "documented" } satisfies Provenance;

export const skyconnect = {
  key: "skyconnect",
  title: "Mithi SkyConnect",
  kind: "service",
  hosts: [{ value: "*.mithiskyconnect.com", ...migration }],
  connection: { value: { port: 993, tls: "implicit" }, ...migration },
  server: [],
  mx: [{ value: "*.mithiskyconnect.com", source: "the domain's own host there", sure: "unconfirmed" }],
  // INBOX.historical_data is where its own imports go.
  namespace: { value: { prefix: "INBOX.", separator: "." }, ...destination },
  folders: {
    sent: [{ value: "Sent", source: "the name that its kind of server mostly has", sure: "unconfirmed" }],
    drafts: [{ value: "Drafts", ...destination }],
    junk: [{ value: "Spam", ...destination }],
    trash: [{ value: "Trash", ...destination }],
    archive: [{ value: "Archive", ...destination }],
  },
  limits: {},
  logins: [{ value: "user", ...migration }],
  quirks: [
    {
      code: "skyconnect.host-per-domain",
      says: "Each domain has a host of its own: example.com is at example.mithiskyconnect.com.",
      means: "Name that host; there is none for all.",
      matters: "both",
      ...migration,
    },
    {
      code: "skyconnect.reserved-folders",
      says: "Drafts, Trash, Spam, Chat, Quarantine and Archive are names of its own.",
      means:
        "Chat and Quarantine hold no mail of the user's: exclude them at the source, and rename such folders at the destination.",
      matters: "both",
      ...destination,
    },
    {
      code: "skyconnect.old-imports",
      says: "Mail that its own import brought is below INBOX.historical_data.",
      means: "Map it where it belongs, or it arrives as a folder of that name.",
      matters: "source",
      ...destination,
    },
  ],
} satisfies Profile;
