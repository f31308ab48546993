import type { LeaseInfo, RunRecord, StepRecord } from "../contract/state-store.ts";
import { escapeLine } from "./escape.ts";
import { faultLine } from "./fault.ts";
import { showDuration, showInstant } from "./number.ts";
import type { TextOptions } from "./options.ts";
import { createPaint, type Paint } from "./paint.ts";
import { type PendingItem } from "./summary.ts";
import { tallyLine } from "./tally.ts";

export interface Status {
  /** Newest first. */
  readonly runs: readonly RunRecord[];
  /** Steps of the newest run. */
  readonly steps: readonly StepRecord[];
  readonly holder?: LeaseInfo;
  /** Messages that wait, from the mailboxes' journals. */
  readonly pending: readonly PendingItem[];
}

/** The last runs, what failed in the newest, and what is pending and why, by mailbox. Ends with a line break. */
export function statusText({ runs, steps, holder, pending }: Status, options: TextOptions): string {
  const paint = createPaint(options.color);
  const failed = steps.filter(({ state }) => state !== "done");
  const tallied = steps.filter(({ tally }) => tally !== undefined);
  const lines = [
    ...(holder === undefined ? [] : [held(holder)]),
    ...(runs.length === 0
      ? ["No run is recorded."]
      : [paint.strong("Runs"), ...runs.map((run) => runLine(run, paint))]),
    ...section("Not done in the last run", failed.map(stepLine), paint),
    ...section("Mailboxes of the last run", tallied.map(tallyOf), paint),
    ...section("Pending", pendingLines(pending), paint),
  ];
  return `${lines.join("\n")}\n`;
}

const section = (title: string, lines: readonly string[], paint: Paint): readonly string[] =>
  lines.length === 0 ? [] : ["", paint.strong(title), ...lines];

function held({ holder, since, alive }: LeaseInfo): string {
  const who = `${holder.command} as ${holder.user} on ${holder.host} (pid ${holder.pid}) since ${showInstant(since)}`;
  const life = alive === true ? "running" : alive === false ? "dead; the next run takes over" : "not known to be alive";
  return `Held by ${escapeLine(who)}: ${life}.`;
}

const meanings: Readonly<Record<number, string>> = {
  1: " (it could not begin)",
  4: " (something is left: run again)",
};

function runLine(run: RunRecord, paint: Paint): string {
  const styles = { running: paint.move, done: paint.good, failed: paint.bad, interrupted: paint.change };
  const took = run.ended === undefined ? "" : `  in ${showDuration(run.ended - run.begun)}`;
  const plan = run.plan === undefined ? "" : `  plan ${escapeLine(run.plan.slice(0, 6))}`;
  const exit = run.exit === undefined ? "" : `  exit ${run.exit}${meanings[run.exit] ?? ""}`;
  return `  ${showInstant(run.begun)}  ${styles[run.state](run.state.padEnd(11))}  ${escapeLine(run.command)}${plan}${took}${exit}`;
}

const stepLine = ({ address, state, fault }: StepRecord): string =>
  `  ${state.padEnd(7)}  ${escapeLine(address)}${fault === undefined ? "" : `: ${faultLine(fault)}`}`;

const tallyOf = ({ address, tally }: StepRecord): string =>
  `  ${escapeLine(address)}: ${tally === undefined ? "" : tallyLine(tally)}`;

/** Every one is named: this is where a person looks for them. */
function pendingLines(pending: readonly PendingItem[]): readonly string[] {
  const byMailbox = Map.groupBy(pending, ({ address }) => address);
  return [...byMailbox].flatMap(([address, items]) => [
    `  ${escapeLine(address)}`,
    ...items.map(({ place, id, fault }) => `    ${escapeLine(place)} ${escapeLine(id)}: ${faultLine(fault)}`),
  ]);
}
