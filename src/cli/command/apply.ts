import type { Command } from "commander";
import type { Lease, StateStore } from "../../contract/state-store.ts";
import type { Noted } from "../../plan/make.ts";
import { Fault } from "../../model/fault.ts";
import type { Plan } from "../../model/plan.ts";
import type { ExitFacts } from "../exit.ts";
import { planFacts } from "../facts.ts";
import {
  type ApplyFlags,
  parseDuration,
  withCommon,
  withExample,
  withManifests,
  withParallel,
  withPlanning,
  withProgress,
  withState,
} from "../flags.ts";
import type { Work } from "../carrying.ts";
import { refuseFlags, type Runner } from "../runner.ts";
import type { Session } from "../session.ts";
import type { Terminal } from "../terminal.ts";

export function defineApply(program: Command, run: Runner): void {
  const command = program
    .command("apply")
    .summary("carry out a plan")
    .description(
      "Makes what is there as the manifests say: shows the plan, asks, and carries it out. With FILE, the saved plan is carried out as it was reviewed, or refused as stale.",
    )
    .argument("[file]", "a plan saved by `plan --out`")
    .option("--auto-approve", "do not ask")
    .option("--approve <id>", "carry out the plan of this id only (6 digits or more), and do not ask")
    .option("--max-duration <time>", "stop cleanly after this time: 90s, 45m, 1h30m", parseDuration)
    .option("--follow", "then go on with passes over the mail, which copy and mark and never remove, until stopped")
    .option("--interval <time>", "with --follow: the time between two passes (default: 5m)", parseDuration)
    .option("--passwords-out <file>", "new file, for you alone, that generated passwords are written to");
  withExample(
    withCommon(withProgress(withParallel(withPlanning(withState(withManifests(command)))))),
    "reconcile apply -f manifests",
    "reconcile apply people.plan --approve 7f3a91",
    "reconcile apply --auto-approve --follow --interval 10m --max-duration 12h",
  ).action((file: string | undefined, flags: ApplyFlags) =>
    run(flags, async (around) => {
      refuseUnfit(file, flags);
      const { withSession } = await import("../session.ts");
      return withSession(flags, around, (session) => apply(session, file, flags));
    }),
  );
}

function refuseUnfit(file: string | undefined, flags: ApplyFlags): void {
  if (file !== undefined) {
    refuseFlags(flags, ["target", "exclude", "label", "wave", "phase", "recopy"], "the saved plan says it");
    refuseFlags(flags, ["follow"], "a saved plan is carried out as it was reviewed, and no further");
  }
  if (flags.follow !== true) refuseFlags(flags, ["interval"], "it is the time between passes of --follow");
  else if (flags.phase?.includes("content") === false)
    refuseFlags(flags, ["follow"], "passes go over the mail, and --phase leaves it out");
}

/** The lease is had before anything is planned, so that nobody changes what the plan was made of. */
async function apply(session: Session, file: string | undefined, flags: ApplyFlags): Promise<ExitFacts> {
  if (file === undefined && flags.autoApprove !== true && flags.approve === undefined && !session.terminal.asks) {
    throw new Fault({
      code: "approval.missing",
      message: "There is no terminal to ask at",
      spoils: "run",
      remedy: "apply a saved plan (reconcile plan --out FILE), or say --auto-approve",
    });
  }
  const { showProgress } = await import("../progress.ts");
  const { prepare } = await import("../preparing.ts");
  const { terminal, stops } = session;
  if (flags.maxDuration !== undefined) stops.limit(flags.maxDuration);
  const state = await session.state();
  const { thisHolder } = await import("../../state/holder.ts");
  const lease = await state.acquire(thisHolder("reconcile apply"));
  try {
    const reading = session.keep(showProgress(session, flags.progress));
    const prepared = await prepare(session, file, flags);
    await reading.close();
    if ((await state.runs.list(1)).length === 0) terminal.err(noState(prepared.plan, session.statePath));
    const facts = await confirm(prepared.plan, session, file, flags);
    if (facts?.refused !== true) await note(prepared.noted(), state, lease);
    const work = { ...prepared, state, lease };
    if (prepared.plan.steps.length === 0 && facts?.refused !== true) await settle(session, work);
    return facts ?? (await carry(session, work, flags));
  } finally {
    await lease.release().catch(() => undefined);
  }
}

/** What was seen is remembered before anything is carried out, and though there is nothing to carry out. */
async function note({ sightings, takeOver }: Noted, { ledger }: StateStore, lease: Lease): Promise<void> {
  if (takeOver !== undefined) await ledger.takeOver(lease, takeOver.migration, takeOver.addresses);
  if (sightings.length > 0) await ledger.set(lease, sightings);
}

/** A plan without steps is no run; whoever follows goes on after it all the same. */
async function carry(session: Session, work: Work, flags: ApplyFlags): Promise<ExitFacts> {
  const { carryOut } = await import("../carrying.ts");
  const carried = work.plan.steps.length === 0 ? undefined : await carryOut(session, work, flags);
  if (carried?.result.stopped !== undefined) return carried.facts;
  if (carried !== undefined) await settle(session, work);
  if (flags.follow !== true) return carried?.facts ?? planFacts(work.plan);
  const { followOn } = await import("../following.ts");
  return followOn(session, work, flags, carried?.result.outcomes ?? []);
}

/** What needed no step is as it is declared: `drift` goes by that. */
async function settle(session: Session, work: Work): Promise<void> {
  const { directory } = session.manifests.migration.destination;
  if (directory === undefined) return;
  const { rememberSettled } = await import("../../apply/remember.ts");
  await rememberSettled(work, directory, work.state, work.lease);
}

/** The plan's own notes say it, save where a saved plan was made while there was a state. */
function noState({ findings }: Plan, path: string): string {
  if (findings.some(({ code }) => code === "state.new")) return "";
  return `There is no state of earlier runs at ${path}: what is there already is matched and taken over, nothing is copied twice.\n`;
}

/** Shows the plan and has it approved; gives what the command came to where it ends here. */
async function confirm(
  plan: Plan,
  session: Session,
  file: string | undefined,
  flags: ApplyFlags,
): Promise<ExitFacts | undefined> {
  const { renderPlan } = await import("../render.ts");
  const { terminal } = session;
  terminal.out(renderPlan(plan, { format: "text" }, terminal));
  const facts = planFacts(plan);
  if (facts.refused === true || (plan.steps.length === 0 && flags.follow !== true)) return facts;
  if (flags.approve !== undefined) expectApproval(plan, flags.approve);
  else if (flags.autoApprove !== true && terminal.asks)
    return (await isApproved(terminal, flags)) ? undefined : { refused: true };
  else if (flags.autoApprove !== true && file === undefined) throw new Error("Nobody approved the plan");
  return undefined;
}

async function isApproved(terminal: Terminal, { follow }: ApplyFlags): Promise<boolean> {
  const what = follow === true ? "Carry this out, and go on with passes over the mail?" : "Carry this out?";
  const approved = (await terminal.ask(`\n${what} Only yes will do: `)) === "yes";
  if (!approved) terminal.err("Not approved; nothing was changed.\n");
  return approved;
}

const shortestId = 6;

function expectApproval({ id }: Plan, approved: string): void {
  if (approved.length >= shortestId && id.startsWith(approved.toLowerCase())) return;
  throw new Fault({
    code: "plan.unapproved",
    message: `The plan's id is ${id.slice(0, shortestId)}, and ${approved} was approved`,
    spoils: "run",
    remedy:
      approved.length < shortestId
        ? `name at least ${shortestId} digits`
        : "review this plan, and approve it by its own id",
  });
}
