import { showNumber } from "../kind/normal.ts";
import type { Tally } from "../model/event.ts";
import type { FaultRecord } from "../model/fault.ts";
import type { Finding } from "../model/finding.ts";
import type { Plan, Step } from "../model/plan.ts";
import { escapeLine } from "./escape.ts";
import { faultLine } from "./fault.ts";
import { findingLines } from "./finding.ts";
import { showCount, showDuration, showRate } from "./number.ts";
import type { TextOptions } from "./options.ts";
import { createPaint, type Paint } from "./paint.ts";
import { sumTallies, tallyLine } from "./tally.ts";
import { openMatters, shortId } from "./totals.ts";

/** What became of one step of a plan. */
interface SummaryOutcome {
  readonly step: Step;
  readonly state: "done" | "failed" | "skipped";
  readonly fault?: FaultRecord;
  readonly because?: string;
  readonly tally?: Tally;
  readonly findings?: readonly Finding[];
}

/** A message that stays behind for now. */
export interface PendingItem {
  readonly address: string;
  readonly place: string;
  readonly id: string;
  readonly fault: FaultRecord;
}

export interface Summary {
  readonly plan: Pick<Plan, "id" | "findings" | "unread">;
  readonly outcomes: readonly SummaryOutcome[];
  readonly pending: readonly PendingItem[];
  readonly stopped?: FaultRecord;
  /** Milliseconds. */
  readonly took: number;
}

/** Pending messages named one by one for each mailbox and reason; the rest is a number. */
const most = 5;

/** The end of a run as text: every step and every message is accounted for. Ends with a line break. */
export function summaryText(summary: Summary, options: TextOptions): string {
  const paint = createPaint(options.color);
  const { outcomes, stopped } = summary;
  const lines = [
    headline(summary, paint),
    ...(stopped === undefined ? [] : [`  ${paint.bad("stopped")}  ${faultLine(stopped)}`]),
    ...outcomes.filter(({ state }) => state === "failed").map((outcome) => failure(outcome, paint)),
    ...skips(outcomes, paint),
    ...messages(summary),
    ...pendingLines(summary.pending),
    ...findingLines(
      outcomes.flatMap(({ findings }) => findings ?? []),
      paint,
    ),
    ...openMatters(summary.plan).map((matter) => `  open     ${matter}`),
  ];
  return `${lines.join("\n")}\n`;
}

function headline({ plan, outcomes, took }: Summary, paint: Paint): string {
  const count = (state: SummaryOutcome["state"]): number =>
    outcomes.filter((outcome) => outcome.state === state).length;
  const others = (["failed", "skipped"] as const).flatMap((state) =>
    count(state) === 0 ? [] : [`${showNumber(count(state))} ${state}`],
  );
  const done = `${showNumber(count("done"))} of ${showCount(outcomes.length, "step")} done`;
  const title = paint.strong(`Plan ${shortId(plan)}`);
  return `${title}: ${[done, ...others].join(", ")}, in ${showDuration(took)}.`;
}

const failure = ({ step, fault }: SummaryOutcome, paint: Paint): string =>
  `  ${paint.bad("failed ")}  ${escapeLine(step.address)}: ${fault === undefined ? "no reason was given" : faultLine(fault)}`;

/** Steps that were not begun, by why. */
function skips(outcomes: readonly SummaryOutcome[], paint: Paint): readonly string[] {
  const skipped = outcomes.filter(({ state }) => state === "skipped");
  const groups = Map.groupBy(skipped, ({ because }) => because ?? "no reason was given");
  return [...groups].map(([because, group]) => {
    const [first] = group;
    const more = group.length > 1 ? ` and ${showNumber(group.length - 1)} more` : "";
    return `  ${paint.change("skipped")}  ${escapeLine(first?.step.address ?? "")}${more}: ${escapeLine(because)}`;
  });
}

function messages({ outcomes, took }: Summary): readonly string[] {
  const tallies = outcomes.flatMap(({ tally }) => tally ?? []);
  if (tallies.length === 0) return [];
  const total = sumTallies(tallies);
  const rate = total.copiedBytes === 0 ? "" : ` · ${showRate(total.copiedBytes, took)}`;
  const ended = tallies.length === 1 ? "1 mailbox" : `${showNumber(tallies.length)} mailboxes`;
  return [`Messages, ${ended}: ${tallyLine(total)}${rate}.`];
}

function pendingLines(pending: readonly PendingItem[]): readonly string[] {
  const groups = Map.groupBy(pending, ({ address, fault }) => JSON.stringify([address, fault.code, fault.message]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const named = group.slice(0, most).map(({ place, id }) => `      ${escapeLine(place)} ${escapeLine(id)}`);
    const more =
      group.length > most ? [`      … and ${showNumber(group.length - most)} more; reconcile status names them`] : [];
    return [
      `  pending  ${escapeLine(first.address)}, ${showCount(group.length, "message")}: ${faultLine(first.fault)}`,
      ...named,
      ...more,
    ];
  });
}
