import type { Measure } from "../measure.ts";
import { ratios, type Samples, type Spread, spreadOf, valuesOf } from "../samples.ts";
import { fixed, grouped, type Row, spreadText } from "../tables.ts";
import type { Course, Courses } from "./courses.ts";
import { type Pass, sampleOf } from "./rounds.ts";

/** A row where there is something to make it of. */
type Made = (samples: Samples) => Row | undefined;

/** GNU time and VmHWM count in KiB, people in MB. */
export const megabytes = (kibibytes: number): number => (kibibytes * 1024) / 1e6;

const ours = (course: Course, pass: Pass): string => sampleOf(course, "reconcile", pass);

const has = (samples: Samples, value: keyof Measure, ...names: readonly string[]): boolean =>
  names.every((name) => samples.get(name)?.every((each) => each[value] !== undefined));

const timesText = (spread: Spread): string => `${spreadText(spread, 2, "")} ×`;

/** How many times as long as another tool, each pair of one round. */
function beside(what: string, course: Course, tool: string, bound: number, pass: Pass = "bulk"): Made {
  const [own, other] = [ours(course, pass), sampleOf(course, tool, pass)];
  return (samples) => {
    if (!has(samples, "ms", own, other)) return undefined;
    const [times, took] = [spreadOf(ratios(samples, own, other, "ms")), spreadOf(valuesOf(samples, own, "ms"))];
    const measured = `${timesText(times)}; ${spreadText(took, 0, "ms")}`;
    return { what, target: `≤ ${bound} × ${tool}`, measured, met: times.median <= bound };
  };
}

function within(what: string, course: Course, pass: Pass, bound: number): Made {
  return (samples) => {
    const own = ours(course, pass);
    if (!has(samples, "ms", own)) return undefined;
    const took = spreadOf(valuesOf(samples, own, "ms"));
    return { what, target: `≤ ${bound} ms`, measured: spreadText(took, 0, "ms"), met: took.median <= bound };
  };
}

/** Octets of a pass without change beside those of a mailbox of a hundred messages. */
function wire(course: Course, hundred: Course, bound: number): Made {
  const [more, less] = [course, hundred].map((each) => ours(each, "unchanged, counted")) as [string, string];
  return (samples) => {
    if (!has(samples, "octets", more, less)) return undefined;
    const [many, few] = [more, less].map((name) => spreadOf(valuesOf(samples, name, "octets")).median) as [
      number,
      number,
    ];
    const turns = spreadOf(valuesOf(samples, more, "turns")).median;
    const measured = `${fixed(many / few, 2)} ×; ${fixed(few, 0)} → ${fixed(many, 0)} octets, ${fixed(turns, 0)} round trips`;
    const what = `octets on the wire of a pass without change, ${grouped(hundred.messages)} to ${grouped(course.messages)} messages`;
    return { what, target: `≤ ${bound} ×`, measured, met: many / few <= bound };
  };
}

/** A bound is none where one run in five breaks it: the largest peak counts. */
function memory(course: Course, bound: number): Made {
  return (samples) => {
    const own = ours(course, "bulk");
    if (!has(samples, "peak", own)) return undefined;
    const { median, min, max } = spreadOf(valuesOf(samples, own, "peak").map(megabytes));
    const what = `peak memory of bulk, ${course.name}`;
    return { what, target: `≤ ${bound} MB`, measured: spreadText({ median, min, max }, 0, "MB"), met: max <= bound };
  };
}

/** Whether memory grows with the number of messages. */
function flat(course: Course, less: Course, bound: number): Made {
  return (samples) => {
    const [more, few] = [ours(course, "bulk"), ours(less, "bulk")];
    if (!has(samples, "peak", more, few)) return undefined;
    const grown = spreadOf(ratios(samples, more, few, "peak"));
    const what = `peak memory of bulk, ${less.name} to ${grouped(course.messages)}`;
    return { what, target: `≤ ${bound} ×`, measured: timesText(grown), met: grown.median <= bound };
  };
}

const all = ({
  bulk,
  secured,
  hundred,
  tenThousand,
  hundredThousand,
  far,
  twenty,
  large,
}: Courses): readonly Made[] => [
  beside(`bulk, ${bulk.name}`, bulk, "mbsync", 0.4),
  beside(`bulk, ${bulk.name}`, bulk, "doveadm backup", 0.8),
  ...[bulk, hundredThousand].flatMap((course) =>
    (["unchanged, first", "unchanged, next"] as const).map((pass) =>
      within(`${pass} pass after bulk, ${course.name}`, course, pass, 500),
    ),
  ),
  ...[tenThousand, hundredThousand].map((course) => wire(course, hundred, 1.05)),
  within(
    `+${grouped(Math.ceil(bulk.messages / 100))} messages, ${Math.ceil(bulk.messages / 200)} flags`,
    bulk,
    "changes",
    500,
  ),
  beside(`bulk, ${far.name} round trip`, far, "mbsync", 0.35),
  beside(`${twenty.name}, 8 at a time`, twenty, "mbsync", 0.4),
  ...[bulk, hundredThousand, large].map((course) => memory(course, 150)),
  flat(hundredThousand, tenThousand, 1.1),
  beside(`bulk, ${secured.name}`, secured, "mbsync", 0.4),
  beside(`bulk, ${secured.name}`, secured, "doveadm backup", 0.8),
];

/** Each bound that something was measured for. */
export const imapRows = (samples: Samples, courses: Courses): readonly Row[] =>
  all(courses)
    .map((make) => make(samples))
    .filter((row) => row !== undefined);
