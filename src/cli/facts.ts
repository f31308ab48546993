import type { Plan } from "../model/plan.ts";
import type { ExitFacts } from "./exit.ts";

/** Findings that say that messages wait. */
const waiting = new Set(["mailbox.pending", "mailbox.unknown"]);

/** What keeps a plan from being the end. */
export const isTrouble = ({ severity, code }: Plan["findings"][number]): boolean =>
  severity === "error" || waiting.has(code);

/** What of a plan's own making tells the exit code. */
export function planFacts({ guards, findings, steps, unread }: Plan): ExitFacts {
  const pending = steps.some(
    ({ change }) => change.act === "sync" && change.counts.pending + change.counts.unknown > 0,
  );
  return { refused: guards.refusals.length > 0, incomplete: unread.length > 0 || findings.some(isTrouble) || pending };
}
