import { showNumber } from "../kind/normal.ts";
import { phases, type Plan } from "../model/plan.ts";
import { escapeLine } from "./escape.ts";
import { showCount, showTime } from "./number.ts";

/** What a plan comes to. A list made in two steps counts once. */
export interface PlanTotals {
  readonly add: number;
  readonly change: number;
  readonly delete: number;
  readonly remember: number;
  readonly manual: number;
  readonly mailboxes: number;
  readonly copy: number;
  readonly copyBytes: number;
  readonly adopt: number;
  readonly marks: number;
  readonly move: number;
  readonly remove: number;
  /** Folders to set up: to create, rename or subscribe. */
  readonly places: number;
  readonly skipped: number;
  readonly unknown: number;
}

export function totalsOf({ steps }: Pick<Plan, "steps">): PlanTotals {
  const made = new Set(steps.filter((step) => step.change.act === "create").map((step) => step.address));
  const changed = steps
    .filter((step) => step.change.act === "update" && !made.has(step.address))
    .map((step) => step.address);
  const count = (...acts: readonly string[]): number => steps.filter((step) => acts.includes(step.change.act)).length;
  const syncs = steps.flatMap(({ change }) => (change.act === "sync" ? [change] : []));
  const sum = (of: (change: (typeof syncs)[number]) => number): number =>
    syncs.reduce((total, each) => total + of(each), 0);
  return {
    add: made.size,
    change: new Set(changed).size,
    delete: count("delete"),
    remember: count("record"),
    manual: count("manual", "gate"),
    mailboxes: syncs.length,
    copy: sum(({ counts }) => counts.copy),
    copyBytes: sum(({ counts }) => counts.copyBytes),
    adopt: sum(({ counts }) => counts.adopt),
    marks: sum(({ counts }) => counts.marks),
    move: sum(({ counts }) => counts.move),
    remove: sum(({ counts, deletes }) => Math.max(counts.delete, deletes.length)),
    places: sum(({ counts }) => counts.places),
    skipped: sum(({ counts }) => Object.values(counts.skipped).reduce((total, each) => total + each, 0)),
    unknown: sum(({ counts }) => counts.unknown),
  };
}

const some = (value: number, text: string): readonly string[] => (value === 0 ? [] : [text]);

/** `2 to add, 1 to change, 0 to delete; 12,431 messages to copy, 29 flag changes, 3 skipped`. */
export function showTotals(totals: PlanTotals): string {
  const directory = [
    `${showNumber(totals.add)} to add`,
    `${showNumber(totals.change)} to change`,
    `${showNumber(totals.delete)} to delete`,
    ...some(totals.remember, `${showNumber(totals.remember)} to remember`),
    ...some(totals.manual, `${showNumber(totals.manual)} for a person to do`),
  ];
  if (totals.mailboxes === 0) return directory.join(", ");
  const content = [
    `${showCount(totals.copy, "message")} to copy`,
    ...some(totals.adopt, `${showNumber(totals.adopt)} to take over`),
    showCount(totals.marks, "flag change"),
    ...some(totals.move, `${showNumber(totals.move)} to move`),
    ...some(totals.remove, `${showCount(totals.remove, "message")} to delete`),
    ...some(totals.places, `${showCount(totals.places, "folder")} to set up`),
    `${showNumber(totals.skipped)} skipped`,
    ...some(totals.unknown, `${showNumber(totals.unknown)} unknown`),
  ];
  return `${directory.join(", ")}; ${content.join(", ")}`;
}

const waits: Readonly<Record<string, string>> = {
  "mailbox.unknown": "deleted by their user, or never copied",
  "mailbox.pending": "refused before",
};

/** What keeps a plan without steps from being the end: `3 messages wait: 2 refused before, 1 …`, `1 address was not read`. */
export function openMatters({ findings, unread }: Pick<Plan, "findings" | "unread">): readonly string[] {
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const waiting = Object.entries(waits).flatMap(([code, why]) => {
    const count = findings.reduce((sum, finding) => sum + (finding.code === code ? messagesOf(finding) : 0), 0);
    return count === 0 ? [] : [{ count, why }];
  });
  const total = waiting.reduce((sum, { count }) => sum + count, 0);
  const why = waiting.map(({ count, why }) => (waiting.length > 1 ? `${showNumber(count)} ${why}` : why)).join(", ");
  return [
    ...some(unread.length, `${showCount(unread.length, "address was", "addresses were")} not read`),
    ...some(errors, `${showCount(errors, "error")} in the notes`),
    ...some(total, `${showCount(total, "message waits", "messages wait")}: ${why}`),
  ];
}

function messagesOf({ detail }: Plan["findings"][number]): number {
  const { messages } = (detail ?? {}) as { readonly messages?: unknown };
  return typeof messages === "number" ? messages : 1;
}

/** `old-mail → new-mail`. */
export function showRoute({ route }: Pick<Plan, "route">): string {
  const ends = [route.source, route.destination].map((names) => [...new Set(names)].join(" + "));
  return escapeLine(ends.filter((names) => names !== "").join(" → "));
}

/** `read 14:02:11Z, complete`. */
export function showReading({ createdAt, unread }: Pick<Plan, "createdAt" | "unread">): string {
  const whole = unread.length === 0 ? "complete" : `${showNumber(unread.length)} not read`;
  return `read ${escapeLine(showTime(createdAt))}, ${whole}`;
}

const sets = { members: "members removed", disabled: "accounts disabled" } as const;

export function showGuards({ guards }: Pick<Plan, "guards">): string {
  const plain = guards.counts.filter((count) => !("set" in count));
  const sum = (of: (count: (typeof plain)[number]) => number): string =>
    showNumber(plain.reduce((total, count) => total + of(count), 0));
  const limit = `limit ${guards.limit.percent} % and ${showNumber(guards.limit.count)}`;
  const deletes = `deletes ${sum((count) => count.deletes)} of ${sum((count) => count.of)} (${limit})`;
  const some = guards.counts.flatMap(({ set, deletes: count, of }) =>
    set === undefined || count === 0 ? [] : [`${sets[set]} ${showNumber(count)} of ${showNumber(of)}`],
  );
  return [`Guards: ${deletes}`, ...some, `protected touched ${showNumber(guards.protectedTouched)}`].join(" · ");
}

/** What was selected, as flags; empty where everything was. */
export function showSelection({ selection }: Pick<Plan, "selection">): string {
  const flags = Object.entries(selection).flatMap(([name, values]) =>
    values.map((value: unknown) => `--${name} ${String(value)}`),
  );
  return escapeLine(flags.join(" "));
}

export function phaseTitle(phase: (typeof phases)[number]): string {
  return `Phase ${phases.indexOf(phase) + 1} ${phase}`;
}

export function shortId(plan: Pick<Plan, "id">): string {
  return plan.id.slice(0, 6);
}
