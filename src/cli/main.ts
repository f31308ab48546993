import { Command, CommanderError } from "commander";
import { defineApply } from "./command/apply.ts";
import { defineCheck } from "./command/check.ts";
import { defineDrift } from "./command/drift.ts";
import { defineExplain } from "./command/explain.ts";
import { defineGraph } from "./command/graph.ts";
import { defineImport } from "./command/import.ts";
import { defineInit } from "./command/init.ts";
import { definePlan } from "./command/plan.ts";
import { defineSchema } from "./command/schema.ts";
import { defineShow } from "./command/show.ts";
import { defineState } from "./command/state.ts";
import { defineStatus } from "./command/status.ts";
import { defineUnlock } from "./command/unlock.ts";
import { defineValidate } from "./command/validate.ts";
import { defineVerify } from "./command/verify.ts";
import { withExample } from "./flags.ts";
import { readVersion } from "./package.ts";
import { runCommand } from "./runner.ts";
import { helpOutput } from "./terminal.ts";

const define = [
  defineInit,
  defineValidate,
  defineSchema,
  defineCheck,
  defineImport,
  definePlan,
  defineShow,
  defineApply,
  defineDrift,
  defineVerify,
  defineStatus,
  defineExplain,
  defineGraph,
  defineState,
  defineUnlock,
];

const exits = `
Exit codes, the first that fits:
  130  interrupted, nothing lost
    6  locked by another run
    3  stale plan
    5  refused by a guard or policy
    1  nothing could begin
    4  something failed, was unread or is pending: run again to resume
    2  changes (with --detailed-exitcode)
    0  done, or no change
`;

/** Reads the command line and runs it; the process's exit code says what it came to. */
export async function main(argv: readonly string[]): Promise<void> {
  // What never settles leaves nothing to wait for, and the process ends: by then as no success.
  process.exitCode = 13;
  const program = new Command("reconcile")
    .description("Declare accounts, groups and mailboxes; plan, review and apply the difference on any mail system.")
    .version(await readVersion(), "-V, --version")
    .configureOutput(helpOutput)
    .exitOverride()
    .showHelpAfterError("(--help shows what there is)");
  for (const each of define) each(program, runCommand);
  for (const command of program.commands.flatMap((each) => [each, ...each.commands]))
    command.exitOverride().showHelpAfterError("(--help shows what there is)");
  withExample(
    program,
    "reconcile plan -f manifests --out migration.plan",
    "reconcile apply migration.plan",
  ).addHelpText("after", exits);
  try {
    await program.parseAsync(argv);
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    process.exitCode = thrown.exitCode;
  }
}
