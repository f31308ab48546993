/** The steps of a pass, as a proxy sees them go by, and what may befall each. */
import fc from "fast-check";
import type { Answer, Connection, Rules, Trap, Way } from "../servers/fault-proxy.ts";
import type { Faults, Setting } from "./setting.ts";

/** What is counted: whole lines, but for the octets that follow a literal's size. */
const marks = {
  command: { way: "up", on: /^\w+ (?:UID )?[A-Z]{2,}\b[^\r\n]*\r\n/m },
  "sent literal": { way: "up", on: /\{\d+\+?\}\r\n/ },
  answer: { way: "down", on: /^\w+ (?:OK|NO|BAD)\b[^\r\n]*\r\n/m },
  "received literal": { way: "down", on: /\{\d+\}\r\n/ },
} as const satisfies Readonly<Record<string, { readonly way: Way; readonly on: RegExp }>>;

/** How many of what is drawn by lot, and by which; both are printed. */
export const runs = Number(process.env["RECONCILE_FAULT_RUNS"] ?? 12);
export const seed = Number(process.env["RECONCILE_FAULT_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

type Mark = keyof typeof marks;
type Side = keyof Faults;

/** The n-th of its kind, over all connections of a side. */
export interface Step {
  readonly side: Side;
  readonly mark: Mark;
  readonly at: number;
}

const saying = (on: RegExp, at: number, reply: string, more: Partial<Answer> = {}): Rules => ({
  answers: [{ on, skip: at, reply, ...more }],
});
const trapped = ({ mark, at }: Step, more: Partial<Trap> = {}): Rules => ({
  traps: [{ ...marks[mark], skip: at, ...more }],
});
const command = /^(\S+) (?:UID )?[A-Z]{2,}\b.*/;

/** `before`: the receiver never sees it. `after`: it does, and the line is cut then. */
const harms = {
  "cut before": (step: Step) => trapped(step, { ending: "rst" }),
  "cut after": (step: Step) => trapped(step, { pass: true, ending: "rst" }),
  "swallowed, and all that follows": (step: Step) => trapped(step, { ending: "stall" }),
  "refused as unavailable": ({ at }: Step) => saying(command, at, "$1 NO [UNAVAILABLE] Backend away\r\n"),
  "refused as in use": ({ at }: Step) => saying(command, at, "$1 NO [INUSE] Mailbox in use\r\n"),
  "refused over a limit": ({ at }: Step) => saying(command, at, "$1 NO [LIMIT] Rate limit hit\r\n"),
  "refused without a reason": ({ at }: Step) => saying(command, at, "$1 NO Failed\r\n"),
  "refused as wrong": ({ at }: Step) => saying(command, at, "$1 BAD Error in IMAP command\r\n"),
  "answered by BYE": ({ at }: Step) => saying(command, at, "* BYE [UNAVAILABLE] Going down\r\n", { ending: "fin" }),
} as const satisfies Readonly<Record<string, (step: Step) => Rules>>;

/** Only commands have answers. */
const told = (harm: Harm): boolean => /^(?:refused|answered)/.test(harm);

export type Harm = keyof typeof harms;

export interface Case {
  readonly step: Step;
  readonly harm: Harm;
}

/**
 * The one cut at each literal and each tagged answer that differs from those at its neighbours: the octets do not come, or the answer is
 * not told though the server took the command.
 */
export const cutsAt = (steps: readonly Step[]): readonly Case[] =>
  steps
    .filter(({ mark }) => mark !== "command")
    .map((step) => ({ step, harm: step.mark === "answer" ? "cut before" : "cut after" }));

/** Everything that may befall these steps. */
export const allAt = (steps: readonly Step[]): readonly Case[] =>
  steps.flatMap((step) =>
    (Object.keys(harms) as Harm[])
      .filter((harm) => step.mark === "command" || !told(harm))
      .map((harm) => ({ step, harm })),
  );

const countIn = (connections: readonly Connection[], mark: Mark): number => {
  const { way, on } = marks[mark];
  const every = new RegExp(on, `${on.flags}g`);
  return connections.reduce((sum, each) => sum + [...each.seen(way).toString("latin1").matchAll(every)].length, 0);
};

/** Does the work, and tells every step that went by meanwhile. */
export async function stepsOf({ proxies }: Setting, work: () => Promise<unknown>): Promise<readonly Step[]> {
  const before = { source: proxies.source.connections.length, destination: proxies.destination.connections.length };
  await work();
  return (["source", "destination"] as const).flatMap((side) =>
    (Object.keys(marks) as Mark[]).flatMap((mark) => {
      const count = countIn(proxies[side].connections.slice(before[side]), mark);
      return Array.from({ length: count }, (_, at): Step => ({ side, mark, at }));
    }),
  );
}

export const faultsAt = (step: Step, harm: Harm): Faults => ({ [step.side]: harms[harm](step) });

/** As many of them, by the seed. */
export const someOf = <T>(all: readonly T[], count: number): readonly T[] => {
  const size = Math.min(count, all.length);
  const picks = fc.shuffledSubarray([...all], { minLength: size, maxLength: size });
  return fc.sample(picks, { seed, numRuns: 1 })[0] ?? [];
};

/** Does the work for each, so many at a time; a failure names its case. */
export async function expectEach<T>(all: readonly T[], width: number, work: (one: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const worker = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) {
      const name = JSON.stringify(one);
      await work(one).catch((thrown: unknown) => {
        left.length = 0;
        throw new Error(`${name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`, { cause: thrown });
      });
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: width }, worker));
  for (const each of ended) if (each.status === "rejected") throw each.reason;
}
