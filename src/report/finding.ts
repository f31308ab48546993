import { showNumber } from "../kind/normal.ts";
import type { Finding, Severity } from "../model/finding.ts";
import type { Plan } from "../model/plan.ts";
import { isAddress, kindOf, nameOf } from "../model/address.ts";
import { firstNames, showDetail, sumDetails } from "./detail.ts";
import { escapeLine } from "./escape.ts";
import { showCount } from "./number.ts";
import type { TextOptions } from "./options.ts";
import { createPaint, type Paint } from "./paint.ts";

/** Findings that say the same of several, as one. */
export interface FindingGroup extends Finding {
  readonly abouts: readonly string[];
}

const weights: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/** Groups by what is said, the most severe first, else in the order of the first of each. */
export function groupFindings(findings: readonly Finding[]): readonly FindingGroup[] {
  const groups = Map.groupBy(findings, ({ code, severity, message, remedy }) =>
    JSON.stringify([severity, code, message, remedy]),
  );
  return [...groups.values()]
    .map((group) => {
      const detail = sumDetails(group.map((each) => each.detail));
      const told = detail === undefined ? {} : { detail };
      return { ...(group[0] as Finding), ...told, abouts: [...new Set(group.map(({ about }) => about))] };
    })
    .toSorted((a, b) => weights[a.severity] - weights[b.severity]);
}

/** `account/ana@example.com and 3 more`. */
function showAbouts(abouts: readonly string[], most = 1): string {
  const more = abouts.length - most;
  const named = abouts
    .slice(0, more > 0 ? most : abouts.length)
    .map(escapeLine)
    .join(", ");
  return more > 0 ? `${named} and ${showNumber(more)} more` : named;
}

/** `12 mailboxes`, where all are; who they are stands below. */
function countAbouts(abouts: readonly string[]): string {
  const all = abouts.length > 1 && abouts.every((about) => isAddress(about) && kindOf(about) === "mailbox");
  return all ? showCount(abouts.length, "mailbox", "mailboxes") : showAbouts(abouts);
}

/** Everybody where something failed, the first where something may, nobody where all is well. */
function namesOf({ severity, abouts }: FindingGroup): readonly string[] {
  if (severity === "info" || abouts.length < 2) return [];
  const names = abouts.map((about) => escapeLine(isAddress(about) ? nameOf(about) : about));
  return severity === "error" ? names : firstNames(names);
}

/** Columns that lists of names are broken at. */
const widest = 100;

/** One line a group: severity, what it is about, what is said and what to do; people that it names stand below it. */
export function findingLines(
  findings: readonly Finding[],
  paint: Paint,
  indent = "  ",
  everybody = false,
): readonly string[] {
  const styles = { error: paint.bad, warning: paint.change, info: paint.quiet };
  return groupFindings(findings).flatMap((group) => {
    const { severity, abouts } = group;
    const word = styles[severity](severity.padEnd(7));
    const inner = `${indent}${" ".repeat(9)}`;
    const named = [...firstNames(showDetail(group).names), ...(everybody ? namesOf(group) : [])];
    const names = breakNames(named, widest - inner.length);
    const whom = everybody ? countAbouts(abouts) : showAbouts(abouts);
    return [`${indent}${word}  ${whom}: ${sayFinding(group)}`, ...names.map((line) => `${inner}${line}`)];
  });
}

/** What is said, its numbers, and what to do: `Free space: 41.2 GiB`. Escaped for one line. */
export function sayFinding({ message, remedy, detail }: Pick<Finding, "message" | "remedy" | "detail">): string {
  const { numbers } = showDetail({ message, ...(detail === undefined ? {} : { detail }) });
  const told = numbers.length === 0 ? "" : `: ${numbers.join(" · ")}`;
  return `${escapeLine(message)}${told}${remedy === undefined ? "" : ` (${escapeLine(remedy)})`}`;
}

function breakNames(names: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const [at, name] of names.entries()) {
    const text = at < names.length - 1 ? `${name},` : name;
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + text.length > width) lines.push(text);
    else lines[lines.length - 1] = `${last} ${text}`;
  }
  return lines;
}

/** Findings as text, a line each; says so where there are none. */
export function findingsText(findings: readonly Finding[], options: TextOptions): string {
  const lines = findingLines(findings, createPaint(options.color), "", options.everybody);
  return lines.length === 0 ? "Nothing found to report.\n" : `${lines.join("\n")}\n`;
}

/** What could not be read, as findings. */
export function unreadFindings({ unread }: Pick<Plan, "unread">): readonly Finding[] {
  return unread.map(({ address, code, message }) => ({ code, severity: "error", about: address, message }));
}
