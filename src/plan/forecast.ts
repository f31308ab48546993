import type { Rates } from "../contract/endpoint.ts";
import type { Measure } from "../contract/state-store.ts";
import type { Address } from "../model/address.ts";
import type { Change, Estimate, Forecast, Held, MeasuredRates, Step, SyncCounts } from "../model/plan.ts";
import { measuredRates } from "./rates.ts";

/** What an endpoint's limits allow, together with all that share them. */
export interface Allowance {
  /** Equal for endpoints that share their limits. */
  readonly key: string;
  readonly connections?: number;
  readonly rates: Rates;
}

interface ForecastRequest {
  /** Steps of other acts are passed over. */
  readonly steps: readonly Step[];
  /** Which of two mailboxes is begun first. */
  readonly order: (a: Step, b: Step) => number;
  readonly waveOf: (address: Address) => number | undefined;
  readonly measures: readonly Measure[];
  /** By endpoint; absent for one that keeps to no limits. */
  readonly allowances: ReadonlyMap<string, Allowance>;
  /** Mailboxes at one time. */
  readonly parallel: number;
}

/** A mailbox's part. What is not known counts as no time, and makes the whole an "at least". */
interface Part {
  readonly address: Address;
  readonly counts: SyncCounts;
  /** Its two endpoints. */
  readonly ends: readonly string[];
  readonly estimate: Estimate;
  readonly held?: Held;
}

/** How long the mail of a plan takes, by mailbox, by wave and as a whole; undefined where there is none. */
export function forecast(request: ForecastRequest): Forecast | undefined {
  const { order, measures, waveOf, parallel } = request;
  const rates = measuredRates(measures);
  const parts = request.steps.toSorted(order).flatMap((step) => partOf(step, rates, request));
  if (parts.length === 0) return undefined;
  const waves = [...Map.groupBy(parts, ({ address }) => waveOf(address))].map(([wave, of]) => ({
    ...(wave === undefined ? {} : { wave }),
    mailboxes: of.length,
    estimate: together(of, request),
  }));
  const used = new Set(parts.map(({ ends }) => JSON.stringify(ends)));
  return {
    parallel,
    whole: together(parts, request),
    waves,
    mailboxes: parts.map(({ address, estimate, held }) => ({ address, estimate, ...(held && { held }) })),
    rates: rates.filter(({ source, destination }) => used.has(JSON.stringify([source, destination]))),
  };
}

type Sync = Extract<Change, { act: "sync" }>;

function partOf(step: Step, rates: readonly MeasuredRates[], request: ForecastRequest): readonly Part[] {
  const { address, change } = step;
  if (change.act !== "sync") return [];
  const { counts, want } = change;
  const ends = [want.source.endpoint, want.destination.endpoint];
  const measured = secondsOf(change, rates);
  const slowest = heldBy(counts, ends, request.allowances);
  const least = slowest?.seconds ?? 0;
  const part = { address, counts, ends };
  if (measured !== undefined && measured >= least)
    return [{ ...part, estimate: { basis: "measured", seconds: measured } }];
  if (slowest === undefined) return [{ ...part, estimate: { basis: "unknown" } }];
  const basis = measured === undefined ? "limits" : "measured";
  return [{ ...part, estimate: { basis, seconds: least }, held: slowest.held }];
}

/** By what earlier passes took; undefined where none tells. */
function secondsOf({ counts, want, deletes }: Sync, rates: readonly MeasuredRates[]): number | undefined {
  const { source, destination } = want;
  const rate = rates.find((each) => each.source === source.endpoint && each.destination === destination.endpoint);
  if (rate === undefined || (counts.copy > 0 && rate.perMessage === undefined)) return undefined;
  const others = counts.adopt + counts.marks + counts.move + Math.max(counts.delete, deletes.length);
  const { perPass, perMessage = 0, perOctet, perOther } = rate;
  return perPass + perMessage * counts.copy + perOctet * counts.copyBytes + perOther * others;
}

/** Limits lend one second's worth. What then takes no second says nothing. */
const atRate = (amount: number, perSecond: number | undefined): number =>
  perSecond === undefined ? 0 : Math.max(0, amount / perSecond - 1);

/** The limit under which a mailbox takes longest, alone, where one makes it take more than a moment. */
function heldBy(
  { copy, copyBytes }: SyncCounts,
  ends: readonly string[],
  allowances: ForecastRequest["allowances"],
): { readonly seconds: number; readonly held: Held } | undefined {
  const amounts = { messages: copy, bytes: copyBytes };
  const all = ends.flatMap((endpoint) =>
    (["messages", "bytes"] as const).flatMap((of) => {
      const { [of]: perSecond } = allowances.get(endpoint)?.rates ?? {};
      return perSecond === undefined
        ? []
        : [{ seconds: atRate(amounts[of], perSecond), held: { endpoint, of, perSecond } }];
    }),
  );
  const [slowest] = all.toSorted((a, b) => b.seconds - a.seconds);
  return slowest === undefined || slowest.seconds < 1 ? undefined : slowest;
}

/**
 * Mailboxes in their order, each begun by the first of `parallel` hands that is free: no faster than that, and no faster than what the
 * limits of each host, which all mailboxes share, let through.
 */
function together(parts: readonly Part[], { parallel, allowances }: ForecastRequest): Estimate {
  if (parts.every(({ estimate }) => estimate.basis === "unknown")) return { basis: "unknown" };
  const hosts = new Map([...allowances.values()].map((allowance) => [allowance.key, allowance]));
  const bounds = [...hosts.values()].map((host) => atHost(parts, host, allowances));
  const seconds = Math.max(schedule(parts, parallel), ...bounds);
  const basis = parts.every(({ estimate }) => estimate.basis === "measured") ? "measured" : "limits";
  return { basis, seconds };
}

function atHost(
  parts: readonly Part[],
  { key, connections, rates }: Allowance,
  allowances: ForecastRequest["allowances"],
): number {
  const sides = ({ ends }: Part): number => ends.filter((end) => allowances.get(end)?.key === key).length;
  const here = parts.filter((part) => sides(part) > 0);
  const sum = (of: (counts: SyncCounts) => number): number =>
    here.reduce((total, part) => total + sides(part) * of(part.counts), 0);
  const each = here.reduce((least, part) => Math.min(least, sides(part)), 2);
  const lines = connections === undefined ? here.length : Math.max(1, Math.floor(connections / each));
  return Math.max(
    schedule(here, lines),
    atRate(
      sum(({ copy }) => copy),
      rates.messages,
    ),
    atRate(
      sum(({ copyBytes }) => copyBytes),
      rates.bytes,
    ),
  );
}

/** When the last is done, where each is taken by the hand that is free first. */
function schedule(parts: readonly Part[], hands: number): number {
  const busy = Array.from({ length: Math.min(hands, parts.length) }, () => 0);
  for (const { estimate } of parts) {
    const first = busy.reduce((least, until, at) => (until < (busy[least] ?? 0) ? at : least), 0);
    busy[first] = (busy[first] ?? 0) + (estimate.basis === "unknown" ? 0 : estimate.seconds);
  }
  return busy.reduce((last, until) => Math.max(last, until), 0);
}
