import type { Tally } from "../model/event.ts";
import type { FaultRecord } from "../model/fault.ts";
import { faultLine } from "./fault.ts";
import { showCount, showDuration } from "./number.ts";
import type { TextOptions } from "./options.ts";
import { createPaint } from "./paint.ts";
import { showNumber, showSize } from "../kind/normal.ts";
import { sumTallies } from "./tally.ts";

/** What is told once, before the first pass. */
export function followingText(what: {
  readonly mailboxes: number;
  /** Milliseconds. */
  readonly interval: number;
  readonly mirrors: boolean;
}): string {
  const removals = what.mirrors ? ", and nothing that left the source is removed" : "";
  return `Following ${showCount(what.mailboxes, "mailbox", "mailboxes")}: a pass every ${showDuration(what.interval)}, and at once where a server tells of a change. No account, list or alias is changed${removals}: that waits for a plan. Ctrl-C ends it.\n`;
}

/** What one pass over some mailboxes came to. */
export interface FollowedPass {
  /** It went over mailboxes that were told to have changed. */
  readonly told: boolean;
  /** Milliseconds since 1970 UTC. */
  readonly ended: number;
  readonly outcomes: readonly { readonly state: "done" | "failed" | "skipped"; readonly tally?: Tally }[];
  readonly stopped?: FaultRecord;
}

const parts: readonly (readonly [keyof Tally, (count: number) => string])[] = [
  ["copied", (count) => `${showNumber(count)} copied`],
  ["adopted", (count) => `${showNumber(count)} taken over`],
  ["marked", (count) => showCount(count, "flag change")],
  ["moved", (count) => `${showNumber(count)} moved`],
];
const waiting: typeof parts = [
  ["unknown", (count) => `${showNumber(count)} unknown`],
  ["pending", (count) => `${showNumber(count)} pending`],
];

const said = (words: typeof parts, tally: Tally): readonly string[] =>
  words.flatMap(([name, show]) => (tally[name] === 0 ? [] : [show(tally[name])]));

/** `14:02:11Z  4 mailboxes: 2 copied (3.1 KiB), 1 flag change, 1 pending`. One line, with its break. */
export function followedText({ told, ended, outcomes, stopped }: FollowedPass, options: TextOptions): string {
  const paint = createPaint(options.color);
  const tally = sumTallies(outcomes.flatMap(({ tally }) => tally ?? []));
  const count = (state: string): number => outcomes.filter((outcome) => outcome.state === state).length;
  const [done, waits] = [said(parts, tally), said(waiting, tally)];
  const ends = (["failed", "skipped"] as const).flatMap((state) =>
    count(state) === 0 ? [] : [`${showCount(count(state), "mailbox", "mailboxes")} ${state}`],
  );
  const size = tally.copiedBytes === 0 ? [] : [showSize(tally.copiedBytes)];
  const what = [...(done.length + size.length === 0 ? ["nothing new"] : done), ...size, ...waits, ...ends].join(", ");
  const time = new Date(ended).toISOString().slice(11, 19);
  const line = `${time}Z  ${showCount(outcomes.length, "mailbox", "mailboxes")}${told ? " that changed" : ""}: ${what}`;
  const quiet = done.length + waits.length + ends.length === 0;
  const stop = stopped === undefined ? "" : `  ${paint.bad("stopped")}  ${faultLine(stopped)}\n`;
  return `${quiet ? paint.quiet(line) : line}\n${stop}`;
}

/** What all passes together came to. */
export interface Followed {
  readonly passes: number;
  readonly total: Tally;
  /** Milliseconds. */
  readonly took: number;
  /** Mailboxes of which something is left: pending, unknown, or failed in their last pass. */
  readonly open: number;
}

/** `Followed for 2 h 5 min, in 25 passes: 14 copied. 1 mailbox is not done.` */
export function followedAllText({ passes, total, took, open }: Followed): string {
  const done = said(parts, total);
  const what = done.length === 0 ? "nothing new" : done.join(", ");
  const left =
    open === 0 ? "" : ` Something is left of ${showCount(open, "mailbox", "mailboxes")}; reconcile status says what.`;
  return `Followed for ${showDuration(took)}, in ${showCount(passes, "pass", "passes")}: ${what}.${left}\n`;
}
