import { showNumber } from "../kind/normal.ts";
import { showSize } from "../kind/normal.ts";
import {
  isProved,
  isSettled,
  type MailboxVerification,
  meanings,
  type NamedMessage,
  standings,
} from "../model/verification.ts";
import { escapeLine, escapeMarkdown } from "./escape.ts";
import { showCount, showInstant } from "./number.ts";
import type { TextOptions } from "./options.ts";
import { createPaint } from "./paint.ts";

interface Unread {
  readonly address: string;
  readonly fault: { readonly code: string; readonly message: string; readonly remedy?: string };
}
type Verified = MailboxVerification | Unread;

const differing = {
  headers: "header differs, the message is the same",
  lineEnds: "empty lines at the end differ",
  dates: "internal date differs",
  sizes: "size differs",
  marks: "flags or keywords differ",
  due: "of these a pass would bring",
} as const;

const total = ({ counts }: MailboxVerification): number => standings.reduce((sum, each) => sum + counts[each], 0);

function messageLine({ standing, folder, from, date, size, messageId, reason }: NamedMessage): string {
  const origin = from === folder ? "" : ` (from ${from})`;
  const why = reason === undefined ? "" : `: ${reason}`;
  const what = `${folder}${origin}  ${showInstant(Date.parse(date))}  ${messageId ?? "no Message-ID"}  ${showSize(size)}`;
  return `${what}  ${meanings[standing]}${why}`;
}

interface Summary {
  readonly proved: boolean;
  readonly headline: string;
  readonly lines: readonly string[];
}

/** What is said of a mailbox, before it is escaped for where it goes. */
function summarize(verified: Verified): Summary {
  if ("fault" in verified) {
    const { message, remedy } = verified.fault;
    const lines = [message, ...(remedy === undefined ? [] : [remedy])];
    return { proved: false, headline: `${verified.address}: could not be read`, lines };
  }
  const { address, counts, differences, foldersMissing, unread, named, unnamed, content } = verified;
  const all = total(verified);
  const proved = isProved(verified);
  const by = content ? "fingerprint and content" : "fingerprint";
  const others = standings.filter((each) => each !== "there" && counts[each] > 0);
  return {
    proved,
    headline: `${address}: ${showNumber(counts.there)} of ${showCount(all, "message")} there by ${by}`,
    lines: [
      ...others.map((each) => `${isSettled(each) ? "=" : "!"} ${showNumber(counts[each])} ${meanings[each]}`),
      ...Object.entries(differing).flatMap(([key, text]) => {
        const count = differences[key as keyof typeof differing];
        return count === 0 ? [] : [`~ ${showNumber(count)} ${text}`];
      }),
      ...foldersMissing.map((folder) => `! folder ${folder} is not there`),
      ...unread.map(({ what, message }) => `! ${what} could not be read: ${message}`),
      ...named.map((message) => `    ${messageLine(message)}`),
      ...(unnamed > 0 ? [`    and ${showNumber(unnamed)} more: --list ${address} names all`] : []),
    ],
  };
}

function conclusion(results: readonly Verified[]): string {
  const proved = results.filter((each) => !("fault" in each) && isProved(each)).length;
  const read = results.flatMap((each) => ("fault" in each ? [] : [each]));
  const messages = read.reduce((sum, each) => sum + total(each), 0);
  const there = read.reduce((sum, each) => sum + each.counts.there, 0);
  return `Verified ${proved} of ${showCount(results.length, "mailbox", "mailboxes")}: ${showNumber(there)} of ${showCount(messages, "message")} there.`;
}

export function verificationText(results: readonly Verified[], options: TextOptions): string {
  const paint = createPaint(options.color);
  const blocks = results
    .map(summarize)
    .flatMap(({ proved, headline, lines }) => [
      (proved ? paint.good : paint.bad)(`${proved ? "=" : "!"} ${escapeLine(headline)}`),
      ...lines.map((line) => `    ${escapeLine(line)}`),
    ]);
  return `${[...blocks, conclusion(results)].join("\n")}\n`;
}

export function verificationMarkdown(results: readonly Verified[]): string {
  const blocks = results
    .map(summarize)
    .flatMap(({ proved, headline, lines }) => [
      `- ${proved ? "✓" : "✗"} ${escapeMarkdown(headline)}`,
      ...lines.map((line) => `  - ${escapeMarkdown(line.trim())}`),
    ]);
  return `${[`**${conclusion(results)}**`, "", ...blocks].join("\n")}\n`;
}

/** Neither subjects nor bodies: folders, dates, sizes and Message-IDs. */
export function verificationJson(migration: string, results: readonly Verified[]): string {
  const mailboxes = results.map((each) =>
    "fault" in each ? { ...each, proved: false } : { ...each, proved: isProved(each) },
  );
  const proved = mailboxes.every((each) => each.proved);
  return `${JSON.stringify({ format: 1, migration, proved, mailboxes }, undefined, 2)}\n`;
}
