import { showNumber, showSize } from "../kind/normal.ts";
import { type FateCounts, type FatedMessage, type ProofCheck, stands } from "../model/proofcheck.ts";
import { escapeLine, escapeMarkdown } from "./escape.ts";
import { showCount, showInstant } from "./number.ts";
import type { TextOptions } from "./options.ts";
import { createPaint } from "./paint.ts";

interface Unread {
  readonly address: string;
  readonly fault: { readonly code: string; readonly message: string; readonly remedy?: string };
}
type Checked = ProofCheck | Unread;

/** What each fate says to a reader, and its mark. */
const fates: Readonly<Record<Exclude<keyof FateCounts, "same">, readonly [string, string]>> = {
  missing: ["!", "missing"],
  changed: ["!", "changed"],
  unread: ["!", "could not be compared: one of the two could not be read"],
  moved: ["=", "moved to another folder, unchanged"],
  extra: ["~", "there, and not in the manifest"],
};

const total = ({ same, moved, changed, missing, unread }: FateCounts): number =>
  same + moved + changed + missing + unread;

const meaning = ({ is, what = [] }: FatedMessage): string => {
  if (is === "same") return "unchanged";
  return is === "changed" ? `${what.join(" and ")} changed` : fates[is][1];
};

function messageLine(message: FatedMessage): string {
  const { folder, from, date, size, messageId } = message;
  const origin = from === undefined ? "" : ` (was in ${from})`;
  const what = `${folder}${origin}  ${showInstant(Date.parse(date))}  ${messageId ?? "no Message-ID"}  ${showSize(size)}`;
  return `${what}  ${meaning(message)}`;
}

function signatureLine({ signedBy, trusted }: ProofCheck): string {
  if (signedBy === undefined) return "~ not signed: whoever could write the file could have made it";
  return trusted
    ? `= signed by the given key ${signedBy}`
    : `~ signed by ${signedBy}, which was not compared with a key of yours (--public-key)`;
}

interface Summary {
  readonly stands: boolean;
  readonly headline: string;
  readonly lines: readonly string[];
}

/** What is said of a mailbox, before it is escaped for where it goes. */
function summarize(checked: Checked): Summary {
  if ("fault" in checked) {
    const { message, remedy } = checked.fault;
    const lines = [message, ...(remedy === undefined ? [] : [remedy])];
    return { stands: false, headline: `${checked.address}: could not be checked`, lines };
  }
  const { address, made, counts, strict, proved, redated, foldersMissing, unread, named, unnamed } = checked;
  const kinds = (Object.keys(fates) as (keyof typeof fates)[]).filter((each) => counts[each] > 0);
  const markOf = (each: keyof typeof fates): string => (each === "extra" && strict ? "!" : fates[each][0]);
  return {
    stands: stands(checked),
    headline: `${address}: ${showNumber(counts.same + counts.moved)} of ${showCount(total(counts), "message")} as in the manifest of ${showInstant(Date.parse(made))}`,
    lines: [
      signatureLine(checked),
      ...(proved ? [] : ["! when the manifest was made, not everything was proved"]),
      ...kinds.map((each) => `${markOf(each)} ${showNumber(counts[each])} ${fates[each][1]}`),
      ...(redated === 0 ? [] : [`~ ${showNumber(redated)} internal date differs`]),
      ...foldersMissing.map((folder) => `~ folder ${folder} is not there`),
      ...unread.map(({ what, reason }) => `! ${what} could not be read: ${reason}`),
      ...named.map((message) => `    ${messageLine(message)}`),
      ...(unnamed > 0 ? [`    and ${showNumber(unnamed)} more: --list ${address} names all`] : []),
    ],
  };
}

function conclusion(results: readonly Checked[]): string {
  const good = results.filter((each) => !("fault" in each) && stands(each)).length;
  return `${showNumber(good)} of ${showCount(results.length, "mailbox stands", "mailboxes stand")} as in ${results.length === 1 ? "its manifest" : "their manifests"}.`;
}

export function proofCheckText(results: readonly Checked[], options: TextOptions): string {
  const paint = createPaint(options.color);
  const blocks = results
    .map(summarize)
    .flatMap((each) => [
      (each.stands ? paint.good : paint.bad)(`${each.stands ? "=" : "!"} ${escapeLine(each.headline)}`),
      ...each.lines.map((line) => `    ${escapeLine(line)}`),
    ]);
  return `${[...blocks, conclusion(results)].join("\n")}\n`;
}

export function proofCheckMarkdown(results: readonly Checked[]): string {
  const blocks = results
    .map(summarize)
    .flatMap((each) => [
      `- ${each.stands ? "✓" : "✗"} ${escapeMarkdown(each.headline)}`,
      ...each.lines.map((line) => `  - ${escapeMarkdown(line.trim())}`),
    ]);
  return `${[`**${conclusion(results)}**`, "", ...blocks].join("\n")}\n`;
}

/** Neither subjects nor bodies: folders, dates, sizes and Message-IDs. */
export function proofCheckJson(migration: string, results: readonly Checked[]): string {
  const mailboxes = results.map((each) => ({ ...each, stands: !("fault" in each) && stands(each) }));
  return `${JSON.stringify({ format: 1, migration, stands: mailboxes.every((each) => each.stands), mailboxes }, undefined, 2)}\n`;
}
