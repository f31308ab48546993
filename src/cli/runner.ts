import { Fault } from "../model/fault.ts";
import { type ExitFacts, exitCode, exitFactsOf } from "./exit.ts";
import type { CommonFlags } from "./flags.ts";
import { createTerminal, type Terminal } from "./terminal.ts";

/** What every command is given. */
export interface Surroundings {
  readonly terminal: Terminal;
}

/** Runs a command's work, prints what it throws, and sets the process's exit code. */
export type Runner = (flags: CommonFlags, work: (around: Surroundings) => Promise<ExitFacts>) => Promise<void>;

export const runCommand: Runner = async (flags, work) => {
  const terminal = createTerminal(flags);
  try {
    process.exitCode = exitCode(await work({ terminal }));
  } catch (thrown) {
    const { failureText } = await import("./failure.ts");
    terminal.err(failureText(thrown, { debug: flags.debug === true, color: terminal.colour.err }));
    process.exitCode = exitCode(exitFactsOf(thrown));
  }
};

/** A flag that cannot apply: an error, never ignored. */
export function refuseFlags(flags: object, names: readonly string[], because: string): void {
  const given = names.filter((name) => (flags as Readonly<Record<string, unknown>>)[name] !== undefined);
  if (given.length === 0) return;
  const written = given.map((name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
  throw new Fault({
    code: "flag.inapplicable",
    message: `${written.join(", ")} cannot apply: ${because}`,
    spoils: "run",
    remedy: "leave it out",
  });
}
