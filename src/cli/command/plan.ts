import type { Command } from "commander";
import type { ExitFacts } from "../exit.ts";
import { planFacts } from "../facts.ts";
import {
  type FormatFlags,
  type PlanningFlags,
  withCommon,
  withExample,
  withFormat,
  withManifests,
  withParallel,
  withPlanning,
  withProgress,
  withState,
} from "../flags.ts";
import type { Runner } from "../runner.ts";
import type { Session } from "../session.ts";

interface PlanFlags extends PlanningFlags, FormatFlags {
  readonly out?: string;
  readonly detailedExitcode?: boolean;
}

const reckoned = "mailboxes at one time that the forecast reckons with";

export function definePlan(program: Command, run: Runner): void {
  const command = program
    .command("plan")
    .summary("show what would change")
    .description(
      "Compares what the manifests say with what is there, and shows the difference. Writes nothing but the file of --out.",
    )
    .option("--out <file>", "save the plan, for `apply FILE`")
    .option("--detailed-exitcode", "exit with 2 when there are changes");
  withExample(
    withCommon(withProgress(withFormat(withParallel(withPlanning(withState(withManifests(command))), reckoned)))),
    "reconcile plan -f manifests",
    "reconcile plan --target 'account/*' --out people.plan",
  ).action((flags: PlanFlags) =>
    run(flags, async (around) => {
      const { refuseFormatFlags } = await import("../render.ts");
      refuseFormatFlags(flags);
      const { withSession } = await import("../session.ts");
      return withSession(flags, around, (session) => plan(session, flags));
    }),
  );
}

async function plan(session: Session, flags: PlanFlags): Promise<ExitFacts> {
  const { planFrom } = await import("../planning.ts");
  const { renderPlan } = await import("../render.ts");
  const { showProgress } = await import("../progress.ts");
  const progress = session.keep(showProgress(session, flags.progress));
  const { plan } = await planFrom(session, flags, await session.readState());
  await progress.close();
  if (flags.out !== undefined) {
    const { savePlan } = await import("../planfile.ts");
    await savePlan(flags.out, plan);
    session.terminal.err(`Saved to ${flags.out}: reconcile apply ${flags.out}\n`);
  }
  session.terminal.out(renderPlan(plan, flags, session.terminal));
  return { ...planFacts(plan), changes: flags.detailedExitcode === true && plan.steps.length > 0 };
}
