import type { Plan } from "../model/plan.ts";
import type { ExitFacts } from "./exit.ts";

/** Findings that say that messages wait. */
const waiting = new Set(["mailbox.pending", "mailbox.unknown"]);

/** What of a plan's own making tells the exit code. */
export function planFacts({ guards, findings, steps, unread }: Plan): ExitFacts {
  const troubled = findings.some(({ severity, code }) => severity === "error" || waiting.has(code));
  const pending = steps.some(
    ({ change }) => change.act === "sync" && change.counts.pending + change.counts.unknown > 0,
  );
  return { refused: guards.refusals.length > 0, incomplete: unread.length > 0 || troubled || pending };
}
