import type { Profile, Provenance } from "./profile.ts";

const guide = {
  source: "https://docs.aws.amazon.com/workmail/latest/userguide/using_IMAP.html",
  sure: "documented",
} satisfies Provenance;
const end = {
  source: "https://docs.aws.amazon.com/workmail/latest/adminguide/workmail-end-of-support.html",
  sure: "documented",
} satisfies Provenance;

export const workmail = {
  key: "workmail",
  title: "Amazon WorkMail",
  kind: "service",
  hosts: [
    { value: "imap.mail.us-east-1.awsapps.com", ...guide },
    { value: "imap.mail.us-west-2.awsapps.com", ...guide },
    { value: "imap.mail.eu-west-1.awsapps.com", ...guide },
    { value: "imap.mail.*.awsapps.com", source: "any other region, by the same form", sure: "unconfirmed" },
  ],
  connection: { value: { port: 993, tls: "implicit" }, ...guide },
  server: [],
  // SES receives under the same name, so this alone does not prove WorkMail.
  mx: [
    {
      value: "inbound-smtp.*.amazonaws.com",
      source: "https://github.com/Domain-Connect/Templates",
      sure: "secondhand",
    },
  ],
  folders: {
    sent: [{ value: "Sent Items", source: "the name in an English mailbox", sure: "unconfirmed" }],
    drafts: [{ value: "Drafts", source: "the name in an English mailbox", sure: "unconfirmed" }],
    junk: [{ value: "Junk E-mail", source: "the name in an English mailbox", sure: "unconfirmed" }],
    trash: [{ value: "Deleted Items", source: "the name in an English mailbox", sure: "unconfirmed" }],
  },
  limits: {},
  logins: [{ value: "user", ...guide }],
  quirks: [
    {
      code: "workmail.ends",
      grave: true,
      says: "Amazon ends WorkMail on 2027-03-31; nobody reaches a mailbox there afterwards.",
      means: "The last pass and the verification must be over by then. It is no destination.",
      matters: "both",
      ...end,
    },
    {
      code: "workmail.region",
      says: "Each region has a server of its own, and a mailbox is on one of them.",
      means: "A login that fails may have gone to the wrong region: the host must name the organisation's.",
      matters: "source",
      ...guide,
    },
    {
      code: "workmail.no-admin",
      says: "IMAP takes the user's own address and password; impersonation roles are for EWS only.",
      means: "Collect or reset the users' passwords, and give them in a passwords file.",
      matters: "source",
      source: "https://docs.aws.amazon.com/workmail/latest/adminguide/mail_perms_programmatic.html",
      sure: "documented",
    },
  ],
} satisfies Profile;
