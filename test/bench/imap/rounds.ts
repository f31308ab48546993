import type { Measure } from "../measure.ts";
import { push, type Samples } from "../samples.ts";
import { changeSource } from "./changes.ts";
import type { Course, Step } from "./courses.ts";
import { userOf } from "./lay.ts";
import { counted, inSetting, type Setting } from "./setting.ts";
import { forget, type Tool, tools } from "./tools.ts";
import { expectEqual, type Tree, treeOf } from "./tree.ts";

/** What a sample is of: the first copy, two passes without change, one whose octets are counted, one after changes, and a plan. */
export type Pass = "bulk" | "unchanged, first" | "unchanged, next" | "unchanged, counted" | "changes" | "empty plan";

export const sampleOf = (course: Course, tool: string, pass: Pass): string => `imap/${course.name}/${tool}/${pass}`;

interface Present extends Tool {
  readonly program: string;
}

const present = tools.filter((tool): tool is Present => tool.program !== undefined);

/** Another begins in each round, so that none always comes first. */
const inTurn = (round: number, tools: readonly Present[]): readonly Present[] =>
  tools.map((_, at) => tools[(at + round) % tools.length]).filter((tool) => tool !== undefined);

const usersOf = (mailbox: number): readonly string[] => tools.map((tool) => tool.user(mailbox));

export interface Trial {
  readonly course: Course;
  readonly steps: readonly Step[];
  readonly rounds: number;
  readonly dir: string;
  /** Hears of each round, after it. */
  ended(round: number, octets: number): Promise<void>;
}

/** Measures every tool on a course, in turn, and checks on the disk what came of it. */
export async function measureCourse(trial: Trial, samples: Samples): Promise<void> {
  const { course, rounds, dir } = trial;
  await inSetting(course, { dir, users: usersOf }, async (setting) => {
    for (let round = 1; round <= rounds; round++) {
      await roundOf(trial, setting, round, samples);
      await trial.ended(round, setting.octets);
    }
  });
}

async function roundOf({ course, steps }: Trial, setting: Setting, round: number, samples: Samples): Promise<void> {
  const lasting = present.filter(({ bulkOnly }) => bulkOnly !== true);
  const inOrder = inTurn(round, lasting);
  const note = (tool: Tool, pass: Pass, measure: Measure) => push(samples, sampleOf(course, tool.name, pass), measure);
  const all = async (pass: Pass, those = inOrder): Promise<void> => {
    for (const tool of those) note(tool, pass, await tool.copy(tool.program, setting, setting.ends));
  };
  for (const tool of present) {
    await forget(tool, setting);
    await tool.prepare(setting, setting.ends);
  }
  await all("bulk", inTurn(round, present));
  expectCopies(setting, present);
  if (steps.includes("unchanged") || steps.includes("wire")) {
    await all("unchanged, first");
    await all("unchanged, next");
  }
  for (const tool of inOrder) if (tool.settled) note(tool, "empty plan", await tool.settled(setting));
  if (steps.includes("wire"))
    for (const tool of inOrder) note(tool, "unchanged, counted", await countedPass(tool, setting));
  if (steps.includes("changes")) {
    const takeBack = await changeSource(setting, round);
    await all("changes");
    expectCopies(setting, lasting);
    await takeBack();
  }
}

/** A pass by way of proxies: its time is not told, for they cost some. */
async function countedPass(tool: Present, setting: Setting): Promise<Measure> {
  let took: Measure | undefined;
  const counts = await counted(setting, async (ends) => {
    await tool.prepare(setting, ends);
    took = await tool.copy(tool.program, setting, ends);
  });
  await tool.prepare(setting, setting.ends);
  return { ms: took?.ms ?? Number.NaN, ...counts };
}

const mailboxesOf = ({ course }: Setting): readonly number[] => Array.from({ length: course.mailboxes }, (_, at) => at);

const treesAt = (setting: Setting): readonly Tree[] =>
  mailboxesOf(setting).map((at) => treeOf(setting.source.mailbox(userOf(at))));

function expectCopies(setting: Setting, by: readonly Present[]): void {
  const originals = treesAt(setting);
  for (const tool of by)
    for (const [at, original] of originals.entries())
      expectEqual(original, treeOf(setting.destination.mailbox(tool.user(at))), `${setting.course.name}, ${tool.name}`);
}
