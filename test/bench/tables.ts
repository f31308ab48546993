import { peers } from "./peers.ts";
import { atOnce } from "./measure.ts";
import { ratios, type Samples, spreadOf, valuesOf } from "./samples.ts";

/** A row that holds the product to a bound. */
export interface Row {
  readonly what: string;
  readonly target: string;
  readonly measured: string;
  readonly met: boolean;
}

/** Bounds in ms for whole processes, by the name of the samples. */
const bounds = {
  "--version": 100,
  "validate, 5,000 written accounts": 1000,
  "plan, 5,000 written accounts, all new": 2000,
  "plan, 5,000 found accounts, all new": 2000,
  "plan, 5,000 found accounts, 50 changed": 2000,
} as const;

export type Bounded = keyof typeof bounds;

/** Peak memory at the larger mailbox over that at the smaller: above this it is not flat. */
const flat = 1.1;

export function boundRows(samples: Samples): readonly Row[] {
  return Object.entries(bounds).flatMap(([what, bound]) => {
    if (!samples.has(what)) return [];
    const spread = spreadOf(valuesOf(samples, what, "ms"));
    return [
      { what, target: `< ${grouped(bound)} ms`, measured: spreadText(spread, 0, "ms"), met: spread.median < bound },
    ];
  });
}

/** Whether memory grows from the smaller mailbox to the larger, pass by pass. */
export function memoryRows(samples: Samples, small: number, large: number): readonly Row[] {
  return ["first", "second", "third"].map((pass) => {
    const [less, more] = [small, large].map((messages) => `${messages}/reconcile/${pass}`) as [string, string];
    const grown = spreadOf(ratios(samples, more, less, "peak"));
    const [before, after] = [less, more].map((name) => mib(spreadOf(valuesOf(samples, name, "peak")).median));
    return {
      what: `peak memory, ${grouped(small)} to ${grouped(large)} messages, ${pass} pass`,
      target: `ratio ≤ ${flat}`,
      measured: `${before} → ${after} MiB, ratio ${spreadText(grown, 2, "")}`,
      met: grown.median <= flat,
    };
  });
}

/** Octets of message bodies that one process may hold (`bodies` in src/cli/carrying.ts), in KiB. */
const bodyBudget = 48 * 1024;

/** What large messages in several mailboxes at once need beyond small ones in as many. */
export function budgetRow(samples: Samples): Row {
  const [light, heavy] = ["light/reconcile/first", "heavy/reconcile/first"] as const;
  const base = valuesOf(samples, light, "peak");
  const more = spreadOf(valuesOf(samples, heavy, "peak").map((peak, at) => peak - (base[at] ?? Number.NaN)));
  const [before, after] = [light, heavy].map((name) => mib(spreadOf(valuesOf(samples, name, "peak")).median));
  return {
    what: `peak memory, ${atOnce.mailboxes} mailboxes at once, ${atOnce.messages} messages of 25 MB each instead of 2 KB`,
    target: `≤ ${mib(bodyBudget)} MiB more`,
    measured: `${before} → ${after} MiB, ${mib(more.median)} MiB more (${mib(more.min)} to ${mib(more.max)})`,
    met: more.median <= bodyBudget,
  };
}

const head = "| what | target | measured: median (min to max) | |\n|---|---|---|---|\n";

export const rowsText = (rows: readonly Row[]): string =>
  head +
  rows
    .map(
      ({ what, target, measured, met }) => `| ${what} | ${target} | ${measured} | ${met ? "met" : "**not met**"} |\n`,
    )
    .join("");

/** Throughput of each way to copy one mailbox, and how many times as long as each peer the product takes. */
export function carryText(samples: Samples, messages: number): string {
  const lines = [...samples.keys()]
    .filter((name) => name.startsWith(`${messages}/`))
    .map((name) => carryLine(samples, name, messages));
  return `| ${grouped(messages)} messages | pass | ms | messages/s | reconcile takes, times | CPU ms | peak MiB |\n|---|---|---|---|---|---|---|\n${lines.join("")}`;
}

function carryLine(samples: Samples, name: string, messages: number): string {
  const [, who = "", pass = ""] = name.split("/");
  const ms = spreadOf(valuesOf(samples, name, "ms"));
  const rate = `${grouped(Math.round((messages / ms.median) * 1000))} (best ${grouped(Math.round((messages / ms.min) * 1000))})`;
  const isPeer = peers.some((peer) => peer.name === who);
  const times = isPeer ? spreadText(spreadOf(ratios(samples, `${messages}/reconcile/${pass}`, name, "ms")), 2, "") : "";
  const [cpu, peak] = isPeer
    ? ["", ""]
    : [costText(samples, name, "cpu"), mib(spreadOf(valuesOf(samples, name, "peak")).median)];
  return `| ${who} | ${pass} | ${spreadText(ms, 0, "")} | ${rate} | ${times} | ${cpu} | ${peak} |\n`;
}

const costText = (samples: Samples, name: string, value: "cpu"): string =>
  grouped(Math.round(spreadOf(valuesOf(samples, name, value)).median));

export function spreadText(
  { median, min, max }: { median: number; min: number; max: number },
  digits: number,
  unit: string,
): string {
  const [middle, low, high] = [median, min, max].map((value) => fixed(value, digits));
  return `${middle}${unit === "" ? "" : ` ${unit}`} (${low} to ${high})`;
}

export const fixed = (value: number, digits: number): string =>
  value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
export const grouped = (value: number): string => value.toLocaleString("en-US");
const mib = (kib: number): string => fixed(kib / 1024, 0);
