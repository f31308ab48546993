import type { Profile, Provenance } from "./profile.ts";

const folders = {
  source: "https://help.mdaemon.com/MDaemon/en/ae_shared_folders.html",
  sure: "documented",
} satisfies Provenance;
const imapsync = {
  source: "https://imapsync.lamiral.info/FAQ.d/FAQ.MDaemon.txt",
  sure: "secondhand",
} satisfies Provenance;
const common = { source: "common to its installations, by hearsay", sure: "unconfirmed" } satisfies Provenance;

export const mdaemon = {
  key: "mdaemon",
  title: "MDaemon",
  kind: "software",
  hosts: [],
  connection: { value: { port: 993, tls: "implicit" }, source: "RFC 8314", sure: "documented" },
  server: [
    { value: { greeting: /\bMDaemon\b/i }, ...common },
    { value: { id: { name: /^MDaemon/i } }, ...common },
  ],
  mx: [],
  namespace: { value: { prefix: "", separator: "/" }, ...folders },
  folders: {
    sent: [{ value: "Sent Items", ...common }],
    drafts: [{ value: "Drafts", ...common }],
    junk: [{ value: "Junk E-mail", ...common }],
    trash: [{ value: "Deleted Items", ...common }],
  },
  limits: {},
  logins: [{ value: "user", ...common }],
  quirks: [
    {
      code: "mdaemon.search",
      says: "SEARCH is not to be relied on.",
      means: "Messages are listed by FETCH; an empty answer to a search is never taken as an empty folder.",
      matters: "both",
      ...imapsync,
    },
    {
      code: "mdaemon.folder-types",
      says: "Calendars, contacts, tasks and notes are folders too, and are shown beside mail.",
      means: "Exclude them by name: what is in them is not mail.",
      matters: "source",
      ...folders,
    },
    {
      code: "mdaemon.public-folders",
      says: "Public folders and those of other users are listed beside a user's own.",
      means: "Only the personal namespace is read; name a public folder to have it copied, once.",
      matters: "source",
      source: "https://help.mdaemon.com/MDaemon/en/public_shared_folders_overview.html",
      sure: "secondhand",
    },
    {
      code: "mdaemon.pruning",
      grave: true,
      says: "A domain or an account may have mail pruned by age.",
      means: "Mail may vanish at either side between two passes: see the pruning settings before a mirror.",
      matters: "both",
      ...common,
    },
  ],
} satisfies Profile;
