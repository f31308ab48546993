import { phases, type Plan } from "../model/plan.ts";
import { findingLines, unreadFindings } from "./finding.ts";
import { showForecast, showWaves } from "./forecast.ts";
import type { Mark } from "./mark.ts";
import type { TextOptions } from "./options.ts";
import { createPaint, type Paint } from "./paint.ts";
import { type Row, rowsOf } from "./row.ts";
import {
  openMatters,
  phaseTitle,
  shortId,
  showGuards,
  showReading,
  showRoute,
  showSelection,
  showTotals,
  totalsOf,
} from "./totals.ts";

/** Addresses longer than this push their own line's summary to the right, and nobody else's. */
const widestColumn = 44;

/** A plan for a terminal. Every text from outside is escaped. Ends with a line break. */
export function planText(plan: Plan, options: TextOptions): string {
  const paint = createPaint(options.color);
  const notes = [
    ...section("Refused", findingLines(plan.guards.refusals, paint)),
    ...section("Not read", findingLines(unreadFindings(plan), paint)),
    ...section("Notes", findingLines(plan.findings, paint)),
  ];
  const lines = [
    ...head(plan, options, paint),
    ...phaseLines(plan, paint),
    ...notes,
    ...timeLines(plan),
    "",
    last(plan, paint),
  ];
  return `${lines.join("\n")}\n`;
}

function head(plan: Plan, { width = 80 }: TextOptions, paint: Paint): readonly string[] {
  const [route, reading] = [showRoute(plan), showReading(plan)];
  const gap = " ".repeat(Math.max(3, Math.min(width, 80) - route.length - reading.length));
  const selection = showSelection(plan);
  return [
    `${paint.strong(route)}${gap}${reading}`,
    showGuards(plan),
    ...(selection === "" ? [] : [`Selected: ${selection}`]),
    ...(plan.recopy ? ["With --recopy: what its user may have deleted is copied again"] : []),
  ];
}

function phaseLines(plan: Plan, paint: Paint): readonly string[] {
  const rows = rowsOf(plan);
  const column = rows.reduce(
    (most, { address: { length } }) => (length > widestColumn ? most : Math.max(most, length)),
    0,
  );
  const blocks = phases.flatMap((phase) => {
    const mine = rows.filter((row) => row.step.phase === phase);
    return mine.length === 0
      ? []
      : [paint.strong(phaseTitle(phase)), ...mine.flatMap((row) => rowLines(row, column, paint))];
  });
  return blocks.length === 0 ? [] : ["", ...blocks];
}

const styles: Readonly<Record<Mark, keyof Paint>> = {
  "+": "good",
  "~": "change",
  "-": "bad",
  ">": "move",
  "=": "quiet",
  "!": "bad",
  "?": "strong",
};

function rowLines(row: Row, column: number, paint: Paint): readonly string[] {
  const mark = paint[styles[row.mark]](row.mark);
  const address = row.summary === "" ? row.address : `${row.address.padEnd(column)}    ${row.summary}`;
  return [`  ${mark} ${address}`, ...fieldLines(row), ...row.lines.map((line) => `      ${line}`)];
}

function fieldLines({ fields }: Row): readonly string[] {
  const width = Math.max(0, ...fields.map(({ field }) => field.length));
  return fields.flatMap(({ field, lines }) => {
    if (lines.length > 1) return [`      ${field}`, ...lines.map((line) => `        ${line}`)];
    return [`      ${field.padEnd(width)}  ${lines[0] ?? ""}`];
  });
}

function timeLines({ forecast }: Plan): readonly string[] {
  if (forecast === undefined) return [];
  return ["", showForecast(forecast), ...showWaves(forecast).map((wave) => `  ${wave}`)];
}

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ["", title, ...lines];

function last(plan: Plan, paint: Paint): string {
  if (plan.steps.length > 0) return `${paint.strong(`Plan ${shortId(plan)}`)}: ${showTotals(totalsOf(plan))}.`;
  return still(plan);
}

/** What may be said of a plan without steps: no more than what was read and selected, and what of it is still open. */
export function still(plan: Plan): string {
  const open = openMatters(plan);
  if (open.length > 0) return `No changes to make; ${open.join("; ")}.`;
  const selected = showSelection(plan) === "" ? "Everything" : "What was selected";
  return `No changes. ${selected} is as the manifests say.`;
}
