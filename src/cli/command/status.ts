import type { Command } from "commander";
import type { ExitFacts } from "../exit.ts";
import { type StateFlags, withCommon, withExample, withManifests, withState } from "../flags.ts";
import type { Runner } from "../runner.ts";
import type { Session } from "../session.ts";

const runsShown = 10;

export function defineStatus(program: Command, run: Runner): void {
  const command = program
    .command("status")
    .summary("the last runs, and what is pending and why")
    .description(
      "Says from the state who holds it, how the last runs ended, what of the last one was not done, and which messages wait for what, by mailbox.",
    );
  withExample(withCommon(withState(withManifests(command))), "reconcile status -f manifests").action(
    (flags: StateFlags) =>
      run(flags, async (around) => {
        const { withSession } = await import("../session.ts");
        return withSession(flags, around, status);
      }),
  );
}

async function status({ terminal, statePath, readState }: Session): Promise<ExitFacts> {
  const { statusText } = await import("../../report/status.ts");
  const { pendingItems } = await import("../pending.ts");
  const state = await readState();
  if (state.created) {
    terminal.out(`Nothing is remembered at ${statePath}: nothing was applied yet.\n`);
    return {};
  }
  const runs = await state.runs.list(runsShown);
  const steps = runs[0] === undefined ? [] : await state.runs.steps(runs[0].id);
  const holder = await state.holder();
  const pending = await pendingItems(state);
  terminal.out(statusText({ runs, steps, pending, ...(holder && { holder }) }, { color: terminal.colour.out }));
  return {};
}
