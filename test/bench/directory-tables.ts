import { type Samples, spreadOf, valuesOf } from "./samples.ts";
import { fixed, grouped, type Row, spreadText } from "./tables.ts";

const prefix = "directory/";

/** Bounds in ms, by what the name of the samples begins with. */
const bounds = [
  ["import", 5000],
  ["plan without change", 3000],
  ["plan right after import", 3000],
  ["apply of all", 60_000],
] as const;

/** MB, of 1,000,000 octets, as in the target. */
const most = 250;
const megabytes = (kib: number): number => (kib * 1024) / 1e6;

/** Each command against its time and against the memory that all have to keep to. */
export function directoryRows(samples: Samples): readonly Row[] {
  return namesIn(samples).flatMap((name) => {
    const what = `directory: ${name.slice(prefix.length)}`;
    const [, bound] = bounds.find(([begin]) => name.startsWith(`${prefix}${begin}`)) ?? [];
    const ms = spreadOf(valuesOf(samples, name, "ms"));
    const peak = spreadOf(valuesOf(samples, name, "peak").map(megabytes));
    const time: Row[] =
      bound === undefined
        ? []
        : [{ what, target: `< ${grouped(bound)} ms`, measured: spreadText(ms, 0, "ms"), met: ms.median < bound }];
    return [
      ...time,
      {
        what: `${what}, peak memory`,
        target: `< ${most} MB`,
        measured: spreadText(peak, 0, "MB"),
        met: peak.median < most,
      },
    ];
  });
}

export function directoryText(samples: Samples, people: number, groups: number): string {
  const lines = namesIn(samples).map((name) => {
    const [ms, cpu, peak] = (["ms", "cpu", "peak"] as const).map((value) => spreadOf(valuesOf(samples, name, value)));
    const peakText = fixed(megabytes(peak?.median ?? Number.NaN), 0);
    return `| ${name.slice(prefix.length)} | ${ms === undefined ? "" : spreadText(ms, 0, "")} | ${cpu === undefined ? "" : spreadText(cpu, 0, "")} | ${peakText} |\n`;
  });
  return `| ${grouped(people)} people, ${grouped(groups)} groups, OpenLDAP | ms | CPU ms | peak MB |\n|---|---|---|---|\n${lines.join("")}`;
}

const namesIn = (samples: Samples): readonly string[] => [...samples.keys()].filter((name) => name.startsWith(prefix));
