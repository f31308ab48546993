import { ratios, type Samples, spreadOf, valuesOf } from "../samples.ts";
import { fixed, grouped, spreadText } from "../tables.ts";
import type { Measure } from "../measure.ts";
import { axes, type Course, type Courses } from "./courses.ts";
import { megabytes } from "./rows.ts";
import { sampleOf } from "./rounds.ts";
import { tools } from "./tools.ts";

/** What every tool took for every pass over a course. */
export function courseText(samples: Samples, course: Course, octets: number): string {
  const start = `imap/${course.name}/`;
  const names = [...samples.keys()].filter((name) => name.startsWith(start));
  const facts = [
    `${fixed(octets / 1e6, 0)} MB`,
    `folders of each mailbox: ${course.folders}`,
    `median of ${medians[course.kind]}`,
    course.secured ? "TLS, mail_fsync=optimized" : "in the clear, mail_fsync=never",
    course.trip > 0 ? `${course.trip} ms round trip to either server` : "no delay",
  ];
  return `| ${course.name} | pass | ms | messages/s | reconcile takes, times | CPU ms | peak MB | octets · round trips · connections |
|---|---|---|---|---|---|---|---|
${names.map((name) => lineOf(samples, name, course)).join("")}
${facts.join(", ")}.
`;
}

const medians = {
  mixed: "10 KB",
  small: "2 KB (small, to keep the set-up short; each a file of its own)",
  large: "25 MB",
};

function lineOf(samples: Samples, name: string, course: Course): string {
  const [, , tool = "", pass = ""] = name.split("/");
  const took = spreadOf(valuesOf(samples, name, "ms"));
  const timed = pass !== "unchanged, counted";
  const rate = pass === "bulk" ? grouped(Math.round((course.messages / took.median) * 1000)) : "";
  const own = name.replace(`/${tool}/`, "/reconcile/");
  const times = tool === "reconcile" || !timed ? "" : spreadText(spreadOf(ratios(samples, own, name, "ms")), 2, "");
  const of = (value: keyof Measure): number | undefined =>
    samples.get(name)?.some((each) => each[value] === undefined)
      ? undefined
      : spreadOf(valuesOf(samples, name, value)).median;
  const [cpu, peak, octets, turns, connections] = [of("cpu"), of("peak"), of("octets"), of("turns"), of("connections")];
  const wire = octets === undefined ? "" : [octets, turns, connections].map((each) => fixed(each ?? 0, 0)).join(" · ");
  const cells = [
    tool,
    pass,
    timed ? spreadText(took, 0, "") : "",
    rate,
    times,
    cpu === undefined ? "" : fixed(cpu, 0),
    peak === undefined ? "" : fixed(megabytes(peak), 0),
    wire,
  ];
  return `| ${cells.join(" | ")} |\n`;
}

/** Cost against size: a line for each size on each axis, where all of them were measured. */
export function growthText(samples: Samples, courses: Courses): string {
  const passes = ["bulk", "unchanged, next"] as const;
  const median = (course: Course, tool: string, pass: (typeof passes)[number]): string => {
    const name = sampleOf(course, tool, pass);
    return samples.has(name) ? fixed(spreadOf(valuesOf(samples, name, "ms")).median, 0) : "";
  };
  const lines = axes.flatMap(({ title, of }) => {
    const along = of(courses);
    if (along.some((course) => !samples.has(sampleOf(course, "reconcile", "unchanged, next")))) return [];
    return along.map((course) => {
      const cells = passes.flatMap((pass) => tools.map(({ name }) => median(course, name, pass)));
      return `| ${title}: ${course.name} | ${cells.join(" | ")} |\n`;
    });
  });
  if (lines.length === 0) return "";
  const heads = passes.flatMap((pass) => tools.map(({ name }) => `${name}, ${pass}, ms`));
  return `| cost against size, medians | ${heads.join(" | ")} |\n|---|${heads.map(() => "---|").join("")}\n${lines.join("")}`;
}
