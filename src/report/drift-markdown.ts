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
import { escapeMarkdown } from "./escape.ts";
import { unreadFindings } from "./finding.ts";
import { showCount } from "./number.ts";

/** For a pull request or a ticket. Text from outside is escaped; what `escapeLine` made of it already is so once more. */
export function driftMarkdown(drift: Drift, { all }: { readonly all: boolean }): string {
  const { untold, unapplied, unmanaged, findings } = drift;
  const rows = [
    ...drift.resources.map((each) => {
      const fields = driftFields(each).map(({ field, lines }) => `${field} ${lines.join(" ")}`);
      const said = [sayDrift(each), ...fields].filter((part) => part !== "");
      return [driftMarks[each.what], each.address, ...said.slice(0, 1), ...said.slice(1)];
    }),
    ...untold.map((address) => ["?", address, "differs, and nothing is remembered of its last apply"]),
    ...drift.mailboxes.filter(isDrifted).map((each) => [">", each.address, mailboxCounts(each)]),
  ];
  const table = rows.map(
    ([mark = "", address = "", ...said]) =>
      `| ${escapeMarkdown(mark)} | ${escapeMarkdown(address)} | ${said.map(escapeMarkdown).join("<br>")} |`,
  );
  const notes = [...unreadFindings(drift), ...findings].map(
    ({ severity, about, message }) => `- ${severity}: ${escapeMarkdown(about)}: ${escapeMarkdown(message)}`,
  );
  const listed = drift.mailboxes.flatMap(({ changes = [] }) =>
    changes.map((change) => `- ${escapeMarkdown(changeLine(change))}`),
  );
  const lines = [
    `### ${driftSummary(drift)}`,
    ...(table.length === 0 ? [] : ["", "| | Address | Since the last apply |", "|---|---|---|", ...table]),
    ...(listed.length === 0 ? [] : ["", ...listed]),
    ...(notes.length === 0 ? [] : ["", ...notes]),
    ...(unapplied.length === 0 ? [] : ["", `${showCount(unapplied.length, "resource")} not applied yet.`]),
    ...(unmanaged.length === 0 ? [] : ["", `There, and not in the manifests: ${countKinds(unmanaged)}.`]),
    ...(all && unmanaged.length > 0 ? ["", ...unmanaged.map((address) => `- ${escapeMarkdown(address)}`)] : []),
  ];
  return `${lines.join("\n")}\n`;
}
