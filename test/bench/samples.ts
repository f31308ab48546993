import type { Measure } from "./measure.ts";

/** Measurements by name, a row a run: the n-th of every name belong to one round. */
export type Samples = Map<string, Measure[]>;

export function push(samples: Samples, name: string, measure: Measure): void {
  samples.set(name, [...(samples.get(name) ?? []), measure]);
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (low === undefined || high === undefined || min === undefined || max === undefined)
    throw new Error("Nothing was measured");
  return { median: (low + high) / 2, min, max };
}

/** One value of every run of a name; throws where a run has none. */
export function valuesOf(samples: Samples, name: string, value: keyof Measure): readonly number[] {
  return (samples.get(name) ?? []).map((each) => {
    const found = each[value];
    if (found === undefined) throw new Error(`${name} has no ${value}`);
    return found;
  });
}

/** The ratios of two names' values, each of one round: what else the machine did slows both. */
export function ratios(samples: Samples, name: string, to: string, value: keyof Measure): readonly number[] {
  const others = valuesOf(samples, to, value);
  return valuesOf(samples, name, value).map((each, at) => each / (others[at] ?? Number.NaN));
}
