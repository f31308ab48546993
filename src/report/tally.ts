import { showNumber } from "../kind/normal.ts";
import type { Tally } from "../model/event.ts";
import { showCount } from "./number.ts";
import { unknownMeans } from "./row.ts";

const empty: Tally = {
  copied: 0,
  copiedBytes: 0,
  adopted: 0,
  present: 0,
  marked: 0,
  moved: 0,
  removed: 0,
  deletedByUser: 0,
  skipped: 0,
  pending: 0,
  unknown: 0,
  outside: 0,
  late: 0,
};

/** Several passes as one. */
export function sumTallies(tallies: readonly Tally[]): Tally {
  const sum: Record<keyof Tally, number> = { ...empty };
  for (const tally of tallies) for (const key of Object.keys(empty) as (keyof Tally)[]) sum[key] += tally[key];
  return sum;
}

/** Nothing was changed at the destination. */
export function isQuiet({ copied, adopted, marked, moved, removed }: Tally): boolean {
  return copied + adopted + marked + moved + removed === 0;
}

/** What may become of a message of the source; each is in one of them. */
const fates: readonly (readonly [keyof Tally, (count: string) => string])[] = [
  ["copied", (count) => `${count} copied`],
  ["adopted", (count) => `${count} taken over`],
  ["present", (count) => `${count} there already`],
  ["moved", (count) => `${count} moved`],
  ["deletedByUser", (count) => `${count} left deleted by its user`],
  ["skipped", (count) => `${count} skipped`],
  ["outside", (count) => `${count} outside since and before`],
  ["late", (count) => `${count} came after the plan`],
  ["unknown", (count) => `${count} unknown (${unknownMeans})`],
  ["pending", (count) => `${count} pending`],
];

/** `of 12,431 messages at the source: 12,400 copied, 31 pending; 4 flag changes`. Every message of the source is in it. */
export function tallyLine(tally: Tally): string {
  const parts = fates.filter(([fate]) => tally[fate] > 0).map(([fate, show]) => show(showNumber(tally[fate])));
  const total = fates.reduce((sum, [fate]) => sum + tally[fate], 0);
  const beside = [
    ...(tally.marked === 0 ? [] : [showCount(tally.marked, "flag change")]),
    ...(tally.removed === 0 ? [] : [`${showCount(tally.removed, "message")} removed that left the source`]),
  ];
  const all = `of ${showCount(total, "message")} at the source${parts.length === 0 ? "" : `: ${parts.join(", ")}`}`;
  return [all, ...beside].join("; ");
}
