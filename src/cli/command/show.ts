import type { Command } from "commander";
import { type Address, isAddress, kindOf } from "../../model/address.ts";
import { Fault } from "../../model/fault.ts";
import type { Step } from "../../model/plan.ts";
import type { ExitFacts } from "../exit.ts";
import {
  type FormatFlags,
  type StateFlags,
  withCommon,
  withExample,
  withFormat,
  withManifests,
  withState,
} from "../flags.ts";
import { escapeLine } from "../../report/escape.ts";
import { refuseFlags, type Runner, type Surroundings } from "../runner.ts";
import type { Session } from "../session.ts";

interface ShowFlags extends StateFlags, FormatFlags {
  readonly list?: string;
}

export function defineShow(program: Command, run: Runner): void {
  const command = program
    .command("show")
    .summary("show a saved plan")
    .description("Shows a saved plan in any format; with --list, the messages behind a mailbox's step, from the state.")
    .argument("<file>", "a plan saved by `plan --out`")
    .option("--list <address>", "the rows behind this step: pending, unknown and deleted messages");
  withExample(
    withCommon(withFormat(withState(withManifests(command)))),
    "reconcile show people.plan --format markdown",
    "reconcile show people.plan --list mailbox/ana@example.com",
  ).action((file: string, flags: ShowFlags) => run(flags, (around) => show(file, flags, around)));
}

async function show(file: string, flags: ShowFlags, around: Surroundings): Promise<ExitFacts> {
  const { readPlan } = await import("../planfile.ts");
  const { refuseFormatFlags, renderPlan } = await import("../render.ts");
  refuseFormatFlags(flags);
  if (flags.list === undefined)
    refuseFlags(flags, ["file", "environment", "state"], "a saved plan is shown as it is, without the manifests");
  const plan = await readPlan(file);
  const { list } = flags;
  if (list === undefined) {
    around.terminal.out(renderPlan(plan, flags, around.terminal));
    return {};
  }
  if (!isAddress(list) || !plan.steps.some(({ address }: Step) => address === list)) {
    throw new Fault({
      code: "step.unknown",
      message: "The plan has no step for it",
      about: list,
      spoils: "run",
      remedy: "name an address as the plan shows it",
    });
  }
  if (kindOf(list) !== "mailbox") {
    throw new Fault({
      code: "step.rowless",
      message: "There are no messages behind it: --list takes a mailbox",
      about: list,
      spoils: "run",
      remedy: "name an address that begins with mailbox/",
    });
  }
  const { withSession } = await import("../session.ts");
  return withSession(flags, around, (session) => rows(session, list));
}

async function rows(session: Session, address: Address): Promise<ExitFacts> {
  const { waitingLines } = await import("../pending.ts");
  const { terminal, statePath } = session;
  const state = await session.readState();
  if (!(await state.mailboxes()).includes(address)) {
    terminal.out(`Nothing is remembered of ${escapeLine(address)} at ${statePath}: no pass over it was made yet.\n`);
    return {};
  }
  let count = 0;
  for await (const line of waitingLines(state, address)) {
    count += 1;
    terminal.out(line);
  }
  if (count === 0) terminal.out("Every message that was known at the end of the last pass is at both ends.\n");
  return {};
}
