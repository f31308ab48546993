import type { Sighting } from "../contract/journal.ts";
import type { MessageRules } from "../model/resource.ts";

/** What the rules say of a source message: taken, left out by declaration (with the rule's name), or not managed at all. */
export type Verdict =
  | { readonly take: true }
  | { readonly take: false; readonly skip: "maxSize" | "deleted" | "skip" }
  | { readonly take: false; readonly outside: true };

const taken: Verdict = { take: true };
const outside: Verdict = { take: false, outside: true };

/** Milliseconds of the beginning of a UTC day, `YYYY-MM-DD`. */
function dayOf(text: string | undefined, otherwise: number): number {
  return text === undefined ? otherwise : Date.parse(`${text}T00:00:00Z`);
}

/**
 * Rules compare the internal date in UTC days, `since` inclusive; what lies outside is unmanaged, never removed. A message skipped by
 * its Message-ID is known only when that was read; `messageId` is absent before. `marksDeleted` says whether `\Deleted` can be kept.
 */
export function createRules(
  rules: MessageRules,
): (
  message: Pick<Sighting, "date" | "size" | "marks">,
  messageId: string | undefined,
  marksDeleted: boolean,
) => Verdict {
  const from = dayOf(rules.since, Number.NEGATIVE_INFINITY);
  const to = dayOf(rules.before, Number.POSITIVE_INFINITY);
  const skipped = new Set(rules.skip?.map((entry) => entry.id.replace(/\s+/g, "")) ?? []);
  return (message, messageId, marksDeleted) => {
    if (message.date < from || message.date >= to) return outside;
    if (rules.maxSize !== undefined && message.size > rules.maxSize) return { take: false, skip: "maxSize" };
    const deleted = message.marks.includes("\\Deleted");
    if (deleted && (rules.deleted === "leave" || !marksDeleted)) return { take: false, skip: "deleted" };
    if (messageId !== undefined && skipped.has(messageId)) return { take: false, skip: "skip" };
    return taken;
  };
}
