import { Fault } from "../model/fault.ts";

/** What a command came to, as far as its exit code tells it. What is absent is not so. */
export interface ExitFacts {
  readonly interrupted?: boolean;
  readonly locked?: boolean;
  readonly stale?: boolean;
  readonly refused?: boolean;
  /** Nothing could begin. */
  readonly unable?: boolean;
  /** Something failed, was unread or is pending. */
  readonly incomplete?: boolean;
  /** There are changes, and the caller wants to be told so. */
  readonly changes?: boolean;
}

/** The first that fits. */
const table: readonly (readonly [number, keyof ExitFacts])[] = [
  [130, "interrupted"],
  [6, "locked"],
  [3, "stale"],
  [5, "refused"],
  [1, "unable"],
  [4, "incomplete"],
  [2, "changes"],
];

export function exitCode(facts: ExitFacts): number {
  return table.find(([, fact]) => facts[fact] === true)?.[0] ?? 0;
}

/** Faults that end a command with a code of their own; every other means that nothing could begin. */
const codes: Readonly<Record<string, ExitFacts>> = {
  "run.interrupted": { interrupted: true },
  "run.timeout": { incomplete: true },
  "state.locked": { locked: true },
  "state.busy": { locked: true },
  "lease.lost": { locked: true },
  "plan.stale": { stale: true },
  "plan.refused": { refused: true },
  "plan.unapproved": { refused: true },
};

export function exitFactsOf(thrown: unknown): ExitFacts {
  return (thrown instanceof Fault ? codes[thrown.code] : undefined) ?? { unable: true };
}
