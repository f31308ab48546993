import type { Command } from "commander";
import type { LeaseInfo } from "../../contract/state-store.ts";
import { Fault } from "../../model/fault.ts";
import type { ExitFacts } from "../exit.ts";
import { describeHolder } from "../holder.ts";
import { type StateFlags, withCommon, withExample, withManifests, withState } from "../flags.ts";
import type { Runner } from "../runner.ts";
import type { Session } from "../session.ts";

interface UnlockFlags extends StateFlags {
  readonly force?: boolean;
}

export function defineUnlock(program: Command, run: Runner): void {
  const command = program
    .command("unlock")
    .summary("take the state away from a run that holds it")
    .description(
      "Says who holds the state and whether that process lives, and takes it away. A run that still lives can write no more after it.",
    )
    .option("--force", "do not ask");
  withExample(withCommon(withState(withManifests(command))), "reconcile unlock -f manifests").action(
    (flags: UnlockFlags) =>
      run(flags, async (around) => {
        const { withSession } = await import("../session.ts");
        return withSession(flags, around, (session) => unlock(session, flags));
      }),
  );
}

async function unlock(session: Session, flags: UnlockFlags): Promise<ExitFacts> {
  const { terminal } = session;
  const held = await (await session.readState()).holder();
  if (held === undefined) {
    terminal.out("Nobody holds the state.\n");
    return {};
  }
  terminal.err(`The state is held by ${describeHolder(held)}.\n`);
  if (flags.force !== true && !(await isConfirmed(held, session))) return { refused: true };
  await (await session.state()).unlock();
  terminal.out(`Taken away from ${describeHolder(held)}.\n`);
  return {};
}

async function isConfirmed({ alive }: LeaseInfo, { terminal }: Session): Promise<boolean> {
  if (!terminal.asks) {
    throw new Fault({
      code: "terminal.missing",
      message: "There is nobody to ask",
      spoils: "run",
      remedy: "unlock with --force if it is meant",
    });
  }
  const warning = alive === false ? "" : "It may be at work. ";
  const confirmed = (await terminal.ask(`${warning}Take the state away? Type yes: `)) === "yes";
  if (!confirmed) terminal.err("Not confirmed; nothing was changed.\n");
  return confirmed;
}
