import { showNumber, showSize } from "../kind/normal.ts";
import type { Estimate, Forecast, Plan, Step, SyncCounts } from "../model/plan.ts";
import { escapeLine } from "./escape.ts";
import { showCount, showDuration } from "./number.ts";

/** How finely a time is told, in seconds: below `under` in steps of `by`. Nobody plans by more, and nobody knows more. */
const grains = [
  { under: 10, by: 1 },
  { under: 60, by: 5 },
  { under: 300, by: 30 },
  { under: 1200, by: 60 },
  { under: 3600, by: 300 },
  { under: 36_000, by: 600 },
  { under: Number.POSITIVE_INFINITY, by: 3600 },
] as const;

function roughly(seconds: number, round: (value: number) => number): string {
  const by = grains.find(({ under }) => seconds < under)?.by ?? 3600;
  return showDuration(Math.max(1, round(seconds / by) * by) * 1000);
}

/** `about 2 h 10 min`, `at least 40 s`, or that it is not known. */
export function showEstimate(estimate: Estimate): string {
  if (estimate.basis === "unknown") return "not known yet: after the first pass";
  if (estimate.basis === "measured") return `about ${roughly(estimate.seconds, Math.round)}`;
  return `at least ${roughly(estimate.seconds, Math.floor)}`;
}

/** A step's own time, for its line; empty where it has none, or none is known. */
export function showTimeOf(plan: Pick<Plan, "forecast">): (step: Step) => string {
  const times = new Map(plan.forecast?.mailboxes.map(({ address, estimate }) => [address, estimate]));
  return ({ address, change }) => {
    const estimate = change.act === "sync" ? times.get(address) : undefined;
    return estimate === undefined || estimate.basis === "unknown" ? "" : showEstimate(estimate);
  };
}

/** `Time for the mail: about 2 h 10 min (8 mailboxes at one time)`. */
export function showForecast({ whole, parallel, mailboxes }: Forecast): string {
  const open = mailboxes.filter(({ estimate }) => estimate.basis === "unknown").length;
  if (whole.basis === "unknown") return `Time for the mail: ${showEstimate(whole)}`;
  const notes = [
    ...(mailboxes.length > 1 ? [`${showCount(parallel, "mailbox", "mailboxes")} at one time`] : []),
    ...(open === 0 ? [] : [`${showNumber(open)} of ${showNumber(mailboxes.length)} not known yet`]),
  ];
  return `Time for the mail: ${showEstimate(whole)}${notes.length === 0 ? "" : ` (${notes.join("; ")})`}`;
}

/** Each wave by itself, where there are several: `wave 1, 12 mailboxes: about 2 h`. */
export function showWaves({ waves }: Forecast): readonly string[] {
  if (waves.length < 2) return [];
  return waves.map(({ wave, mailboxes, estimate }) => {
    const name = wave === undefined ? "in no wave" : `wave ${showNumber(wave)}`;
    return `${name}, ${showCount(mailboxes, "mailbox", "mailboxes")}: ${showEstimate(estimate)}`;
  });
}

/** How a mailbox's time came about. */
export function explainTime(step: Step, forecast: Forecast): readonly string[] {
  const own = forecast.mailboxes.find(({ address }) => address === step.address);
  if (own === undefined || step.change.act !== "sync") return [];
  const { counts, want } = step.change;
  const { held, estimate } = own;
  if (held !== undefined) {
    const rate = held.of === "bytes" ? showSize(Math.round(held.perSecond)) : showCount(held.perSecond, "message");
    return [showEstimate(estimate), escapeLine(`by the limits of ${held.endpoint}: ${rate} a second`)];
  }
  const { source, destination } = want;
  const rates = forecast.rates.find(
    (each) => each.source === source.endpoint && each.destination === destination.endpoint,
  );
  if (rates === undefined || estimate.basis === "unknown") return [showEstimate(estimate)];
  const from = `as ${showCount(rates.passes, "pass", "passes")} from ${rates.source} to ${rates.destination} took`;
  return [showEstimate(estimate), escapeLine(`${from}: ${sumOf(counts, rates).join(" + ")}`)];
}

/** `2 s for the pass`, `1 min 30 s for 12,431 messages`. */
function sumOf(
  { copy, copyBytes, adopt, marks, move, delete: gone }: SyncCounts,
  { perPass, perMessage = 0, perOctet, perOther }: Forecast["rates"][number],
): readonly string[] {
  const others = adopt + marks + move + gone;
  const terms = [
    { seconds: perPass, what: "for the pass" },
    { seconds: perMessage * copy, what: `for ${showCount(copy, "message")}` },
    { seconds: perOctet * copyBytes, what: `for ${showSize(copyBytes)}` },
    { seconds: perOther * others, what: `for ${showCount(others, "message")} not copied` },
  ];
  const told = terms.filter(({ seconds }) => seconds >= 0.5);
  const shown = told.map(({ seconds, what }) => `${roughly(seconds, Math.round)} ${what}`);
  return shown.length === 0 ? ["under 1 s in all"] : shown;
}
