import { showNumber } from "../kind/normal.ts";
import { kindTable } from "../kind/table.ts";
import { kindOf } from "../model/address.ts";
import { Fault } from "../model/fault.ts";
import type { Finding } from "../model/finding.ts";
import type { Plan } from "../model/plan.ts";
import { firstNames, showDetail } from "./detail.ts";
import { escapeMarkdown } from "./escape.ts";
import { type FindingGroup, groupFindings, sayFinding, unreadFindings } from "./finding.ts";
import { showForecast, showWaves } from "./forecast.ts";
import { still } from "./plan-text.ts";
import { type Row, rowsOf } from "./row.ts";
import { shortId, showGuards, showReading, showRoute, showSelection, showTotals, totalsOf } from "./totals.ts";

export interface MarkdownOptions {
  /** Characters (UTF-16 units) that the whole may have; 60,000 by default. */
  readonly maxSize?: number;
}

/** A part of the comment, from the fullest way to say it to the shortest. Each is a text of whole lines. */
type Part = readonly string[];

/**
 * A plan as a pull request's comment: a hidden marker, a headline, warnings, the riskiest first, the rest folded. Where it would be
 * larger than allowed, kinds are folded into counts; what destroys something is always there, a line each. Throws `report.size`
 * where even that has no room.
 */
export function planMarkdown(plan: Plan, { maxSize = 60_000 }: MarkdownOptions = {}): string {
  const rows = rowsOf(plan);
  const risky = rows.filter((row) => row.destructive).toSorted((a, b) => risk(a) - risk(b));
  const rest = Map.groupBy(
    rows.filter((row) => !row.destructive),
    (row) => `${row.mark} ${kindOf(row.step.address)}`,
  );
  const blocks = [...rest.values()].toSorted((a, b) => leastRisk(a) - leastRisk(b));
  const parts: readonly Part[] = [
    [head(plan)],
    ...findingParts("CAUTION", "Refused", plan.guards.refusals),
    ...findingParts("CAUTION", "Not read", unreadFindings(plan)),
    ...findingParts(
      "WARNING",
      "Notes",
      plan.findings.filter(({ severity }) => severity !== "info"),
    ),
    ...(risky.length === 0 ? [] : [[table(risky, fullCell), table(risky, shortCell), table(risky, () => "")]]),
    ...blocks.map((block) => [folded(block), counted(block)]),
    ...infoParts(plan.findings.filter(({ severity }) => severity === "info")),
  ];
  return fit(parts, maxSize);
}

function head(plan: Plan): string {
  const title =
    plan.steps.length === 0 ? escapeMarkdown(still(plan)) : `Plan \`${shortId(plan)}\`: ${showTotals(totalsOf(plan))}`;
  const selection = showSelection(plan);
  return [
    `<!-- reconcile plan ${plan.migration.replace(/[^\w.]/g, "_")} -->`,
    `### ${title}`,
    "",
    `${escapeMarkdown(showRoute(plan))} · ${escapeMarkdown(showReading(plan))}  `,
    escapeMarkdown(showGuards(plan)),
    ...timeLines(plan.forecast),
    ...(selection === "" ? [] : ["", `Selected: ${escapeMarkdown(selection)}`]),
    "",
  ].join("\n");
}

function timeLines(forecast: Plan["forecast"]): readonly string[] {
  if (forecast === undefined) return [];
  const waves = showWaves(forecast).map((wave) => `- ${escapeMarkdown(wave)}`);
  return ["", escapeMarkdown(showForecast(forecast)), ...(waves.length === 0 ? [] : ["", ...waves])];
}

/** What cannot be had back first, then deletes, then what else takes something away, then what a person must do. */
const risks: Readonly<Record<string, number>> = { "!": 0, "-": 1, "~": 3, ">": 4, "?": 5, "+": 6, "=": 7 };
const risk = (row: Row): number => (row.destructive ? (risks[row.mark] ?? 8) - 8 : (risks[row.mark] ?? 8));
const leastRisk = (rows: readonly Row[]): number => Math.min(...rows.slice(0, 1).map(risk));

const fullCell = (row: Row): string =>
  [row.summary, ...row.fields.map(({ field, lines }) => `${field} ${lines.join(" / ")}`), ...row.lines]
    .filter((text) => text !== "")
    .map(escapeMarkdown)
    .join("<br>");

const shortCell = (row: Row): string => escapeMarkdown(row.summary);

function table(rows: readonly Row[], cell: (row: Row) => string): string {
  const lines = rows.map((row) => `| ${escapeMarkdown(row.mark)} | ${escapeMarkdown(row.address)} | ${cell(row)} |`);
  return ["", "| | Address | Change |", "|---|---|---|", ...lines, ""].join("\n");
}

function folded(rows: readonly Row[]): string {
  return ["", "<details>", `<summary>${titleOf(rows)}</summary>`, table(rows, fullCell), "</details>", ""].join("\n");
}

const counted = (rows: readonly Row[]): string => `\n- ${titleOf(rows)}, not shown for want of room\n`;

/** `+ 12 accounts`. */
function titleOf(rows: readonly Row[]): string {
  const [first] = rows;
  if (first === undefined) return "";
  const form = kindTable[kindOf(first.step.address)];
  return `${escapeMarkdown(first.mark)} ${showNumber(rows.length)} ${rows.length === 1 ? form.one : form.many}`;
}

const mostAbouts = 10;

/** An alert with a line a group; shorter, the first three and a number; shortest, the number. */
function findingParts(alert: "CAUTION" | "WARNING", title: string, findings: readonly Finding[]): readonly Part[] {
  const groups = groupFindings(findings);
  if (groups.length === 0) return [];
  const say = (shown: readonly FindingGroup[], abouts: number): string => {
    const more = groups.length - shown.length;
    const lines = shown.map((group) => `> - ${sentence(group, abouts)}`);
    const tail =
      more === 0
        ? []
        : [`> - ${shown.length === 0 ? "" : "and "}${showNumber(more)}${shown.length === 0 ? "" : " more"}`];
    return ["", `> [!${alert}]`, `> **${title}**`, ">", ...lines, ...tail, ""].join("\n");
  };
  return [[say(groups, mostAbouts), say(groups.slice(0, 3), 1), say([], 0)]];
}

function infoParts(findings: readonly Finding[]): readonly Part[] {
  const groups = groupFindings(findings);
  if (groups.length === 0) return [];
  const lines = groups.map((group) => `- ${sentence(group, mostAbouts)}`);
  const all = [
    "",
    "<details>",
    `<summary>${showNumber(groups.length)} to know</summary>`,
    "",
    ...lines,
    "",
    "</details>",
    "",
  ];
  return [[all.join("\n"), ""]];
}

function sentence(group: FindingGroup, most: number): string {
  const { abouts } = group;
  const named = abouts.slice(0, most).map(escapeMarkdown).join(", ");
  const more = abouts.length > most ? ` and ${showNumber(abouts.length - most)} more` : "";
  const names = most < mostAbouts ? [] : firstNames(showDetail(group).names);
  const people = names.length === 0 ? "" : `<br>${names.map(escapeMarkdown).join(", ")}`;
  return `${named}${more}: ${escapeMarkdown(sayFinding(group))}${people}`;
}

/** Says parts shorter, the one that gains most first, until the whole has room. */
function fit(parts: readonly Part[], maxSize: number): string {
  const ways = parts.map(shrinking);
  let size = ways.reduce((sum, [way = ""]) => sum + way.length, 0);
  while (size > maxSize) {
    const gains = ways.map(([now = "", next]) => (next === undefined ? 0 : now.length - next.length));
    const best = gains.indexOf(Math.max(...gains));
    const gain = gains[best] ?? 0;
    if (gain <= 0) throw noRoom(maxSize);
    ways[best]?.shift();
    size -= gain;
  }
  return ways.map(([way = ""]) => way).join("");
}

/** The ways to say it of which each is shorter than the one before. */
function shrinking(part: Part): string[] {
  const ways: string[] = [];
  for (const way of part) if (way.length < (ways.at(-1)?.length ?? Number.POSITIVE_INFINITY)) ways.push(way);
  return ways;
}

const noRoom = (maxSize: number): Fault =>
  new Fault({
    code: "report.size",
    message: `What the plan destroys does not fit into ${showNumber(maxSize)} characters, and is never left out`,
    spoils: "run",
    remedy: "raise --max-size, select less with --target, or use --format text",
  });
