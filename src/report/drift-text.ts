import type { Address } from "../model/address.ts";
import type { Drift } from "../model/drift.ts";
import {
  changeLine,
  countKinds,
  driftFields,
  driftMarks,
  driftSummary,
  isDrifted,
  mailboxCounts,
  sayDrift,
} from "./drift.ts";
import { escapeLine } from "./escape.ts";
import { findingLines, unreadFindings } from "./finding.ts";
import { showCount } from "./number.ts";
import type { TextOptions } from "./options.ts";
import { createPaint } from "./paint.ts";

export interface DriftTextOptions extends TextOptions {
  /** Names what is not managed, too. */
  readonly all: boolean;
}

/** For a terminal. Ends with a line break. */
export function driftText(drift: Drift, options: DriftTextOptions): string {
  const paint = createPaint(options.color);
  const { destination, untold, unapplied, unmanaged, findings } = drift;
  const mailboxes = drift.mailboxes.filter((each) => isDrifted(each) || each.changes !== undefined);
  const section = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : ["", paint.strong(title), ...lines];
  const ends = [...new Set([destination.directory, destination.mail])].filter((end) => end !== undefined);
  const lines = [
    `${ends.map(escapeLine).join(" + ")}: what changed since the last apply`,
    ...section("Directory", resourceLines(drift)),
    ...section("Differs, and nothing is remembered of its last apply", untold.map(named)),
    ...section(
      "Mailboxes, since the last pass that had something to do",
      mailboxes.flatMap((each) => [
        `  ${escapeLine(each.address)}  ${mailboxCounts(each) || "as it was"}`,
        ...(each.changes ?? []).map((change) => `      ${changeLine(change)}`),
      ]),
    ),
    ...section("Notes", findingLines([...unreadFindings(drift), ...findings], paint)),
    "",
    ...(unapplied.length === 0
      ? []
      : [
          `The manifests say otherwise of ${showCount(unapplied.length, "resource")}, and it is not applied yet: reconcile plan shows it.`,
        ]),
    ...(unmanaged.length === 0 ? [] : unmanagedLines(unmanaged, options.all)),
    driftSummary(drift),
  ];
  return `${lines.join("\n")}\n`;
}

const named = (address: Address): string => `  ${escapeLine(address)}`;

function resourceLines({ resources }: Drift): readonly string[] {
  return resources.flatMap((each) => {
    const said = escapeLine(sayDrift(each));
    const fields = driftFields(each).flatMap(({ field, lines: [first = "", ...more] }) => [
      `      ${field}  ${first}`,
      ...more.map((line) => `        ${line}`),
    ]);
    return [`  ${driftMarks[each.what]} ${escapeLine(each.address)}${said === "" ? "" : `  ${said}`}`, ...fields];
  });
}

function unmanagedLines(unmanaged: readonly Address[], all: boolean): readonly string[] {
  const title = `There, and not in the manifests: ${countKinds(unmanaged)}`;
  return all ? [`${title}`, ...unmanaged.map(named)] : [`${title} (--all names them).`];
}
