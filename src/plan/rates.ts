import type { Measure } from "../contract/state-store.ts";
import type { MeasuredRates } from "../model/plan.ts";

/** What a pass is made of: itself, messages, octets, messages handled otherwise. */
type Terms = readonly [number, number, number, number];

const termsOf = ({ messages, bytes, others }: Measure): Terms => [1, messages, bytes, others];

/**
 * How much a term is held down where the passes do not tell it from the others: what they cannot tell apart is laid to messages and octets
 * in equal parts, and hardly to the pass itself, which else would make every later one as slow as the first copy.
 */
const held: Terms = [0.1, 0.001, 0.001, 0.001];

const sweeps = 10_000;
const exact = 1e-9;
/** A clock's tick, in seconds: shorter passes are taken for as long. */
const shortest = 0.001;

const secondsOf = ({ seconds }: Measure): number => Math.max(seconds, shortest);

/** What passes took, by pair of endpoints. */
export function measuredRates(measures: readonly Measure[]): readonly MeasuredRates[] {
  const pairs = Map.groupBy(measures, ({ source, destination }) => JSON.stringify([source, destination]));
  return [...pairs.values()].flatMap((of) => (of[0] === undefined ? [] : [ratesOf(of[0], of)]));
}

/**
 * `seconds = perPass + perMessage · messages + perOctet · octets + perOther · others`, by least squares over the *relative* errors, so that a
 * small pass says as much as a large one and a pass that stood still says little; no term is below 0. The level is then the median of
 * measured against fitted, weighed by what the fit says, so that half of the time lies on either side, whatever single passes met.
 */
function ratesOf({ source, destination }: Measure, measures: readonly Measure[]): MeasuredRates {
  const fitted = fit(measures.map((measure) => scaled(termsOf(measure), 1 / secondsOf(measure))));
  const ratios = measures.map((measure) => {
    const says = dot(fitted, termsOf(measure));
    return { value: secondsOf(measure) / says, weight: says };
  });
  const [perPass, perMessage, perOctet, perOther] = scaled(fitted, weightedMedian(ratios));
  const has = (of: (measure: Measure) => number): boolean => measures.some((measure) => of(measure) > 0);
  return {
    source,
    destination,
    passes: measures.length,
    perPass,
    ...(has(({ messages }) => messages) ? { perMessage } : {}),
    perOctet,
    // Nobody has measured it: no more than a message that is copied.
    perOther: has(({ others }) => others) ? perOther : perMessage,
  };
}

/** Weights, none below 0, that bring each row's sum next to 1; by descent along one coordinate after the other. */
function fit(rows: readonly Terms[]): Terms {
  const scale = each((k) => Math.sqrt(mean(rows, (row) => row[k] * row[k])));
  const unit = rows.map((row) => each((k) => (scale[k] === 0 ? 0 : row[k] / scale[k])));
  const goal = each((k) => mean(unit, (row) => row[k]));
  const normal = each((k) => each((j) => mean(unit, (row) => row[k] * row[j]) + (j === k ? held[k] : 0)));
  const found: [number, number, number, number] = [0, 0, 0, 0];
  for (let sweep = 0, moved = 1; sweep < sweeps && moved > exact; sweep += 1) {
    moved = 0;
    for (const k of [0, 1, 2, 3] as const) {
      const rest = dot(normal[k], found) - normal[k][k] * found[k];
      const next = Math.max(0, (goal[k] - rest) / normal[k][k]);
      moved = Math.max(moved, Math.abs(next - found[k]));
      found[k] = next;
    }
  }
  return each((k) => (scale[k] === 0 ? 0 : found[k] / scale[k]));
}

const each = <T>(of: (k: 0 | 1 | 2 | 3) => T): readonly [T, T, T, T] => [of(0), of(1), of(2), of(3)];
const scaled = (terms: Terms, by: number): Terms => each((k) => terms[k] * by);
const dot = (a: Terms, b: Terms): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
const mean = (rows: readonly Terms[], of: (row: Terms) => number): number =>
  rows.reduce((sum, row) => sum + of(row), 0) / rows.length;

function weightedMedian(all: readonly { readonly value: number; readonly weight: number }[]): number {
  const sorted = all.toSorted((a, b) => a.value - b.value);
  const half = sorted.reduce((sum, { weight }) => sum + weight, 0) / 2;
  let below = 0;
  for (const { value, weight } of sorted) {
    below += weight;
    if (below >= half) return value;
  }
  return 1;
}
