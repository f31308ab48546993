import type { CheckedMailbox, CheckRequest } from "../../../contract/check.ts";
import type { Options } from "../../../contract/options.ts";
import type { Finding } from "../../../model/finding.ts";
import { markable, systemFolders } from "./labels.ts";
import { largest, standOf } from "./look.ts";
import { asMailFault, type Mailbox } from "./mailbox.ts";

/** Looks into each mailbox: whether it opens, and how much is in it. */
export async function* checkMail(
  about: string,
  request: CheckRequest,
  open: (user: string) => Mailbox,
  isAbsent: (user: string) => Promise<boolean>,
  options: Options,
): AsyncGenerator<Finding> {
  if (request.mailboxes.length === 0) return;
  yield* limitsOf(about, request);
  for (const mailbox of request.mailboxes) {
    const { user } = mailbox.owner;
    const finding = await checkOne(mailbox, request, open(user), options);
    if (finding !== undefined) yield (await isAbsent(user)) ? absent(mailbox.address) : finding;
  }
}

async function checkOne(
  { address }: CheckedMailbox,
  { seen }: CheckRequest,
  mailbox: Mailbox,
  options: Options,
): Promise<Finding | undefined> {
  try {
    const { messages } = await standOf(mailbox, options);
    const holds = { messages, counted: "by Gmail's own count, whatever their labels" };
    seen({ address, holds, marks: markable, largest: { bytes: largest, certain: true } });
    return undefined;
  } catch (thrown) {
    const { code, message, remedy, spoils } = asMailFault(thrown, mailbox);
    if (spoils === "run" || code === "run.interrupted") throw thrown;
    return { code, severity: "error", about: address, message, ...(remedy === undefined ? {} : { remedy }) };
  }
}

const absent = (about: string): Finding => ({
  code: "mailbox.absent",
  severity: "info",
  about,
  message: "There is no such account at Google yet: its mailbox comes with it",
});

function* limitsOf(about: string, { use }: CheckRequest): Generator<Finding> {
  const folders = systemFolders.map(({ label, folder }) => `${folder} is ${label}`).join(", ");
  yield {
    code: "google.labels",
    severity: "info",
    about,
    message: `Labels are folders, and a message with several labels is one: ${folders}; a label A/B is the folder B in A. UNREAD and STARRED are \\Seen and \\Flagged; IMPORTANT, categories and chats stay behind`,
  };
  if (use === "destination")
    yield {
      code: "google.marks",
      severity: "warning",
      about,
      message:
        "By the API \\Answered and keywords do not travel, and a message has the date of its Date header, whatever the source keeps beside it",
      remedy: "where that matters, write `mail: {by: imap}` in the endpoint: IMAP brings \\Answered and the date",
    };
}
