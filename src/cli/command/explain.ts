import type { Command } from "commander";
import { type Address, globMatcher } from "../../model/address.ts";
import type { Fault } from "../../model/fault.ts";
import type { Plan } from "../../model/plan.ts";
import { readAddress, unknownAddress } from "../address.ts";
import type { ExitFacts } from "../exit.ts";
import { type StateFlags, withCommon, withExample, withManifests, withState } from "../flags.ts";
import type { Runner } from "../runner.ts";
import type { Session } from "../session.ts";

export function defineExplain(program: Command, run: Runner): void {
  const command = program
    .command("explain")
    .summary("say why a step is in the plan")
    .description(
      "Says where a resource is declared, what was seen of it, what differs, and what its steps wait for. Writes nothing.",
    )
    .argument("<address>", "such as account/ana@example.com");
  withExample(withCommon(withState(withManifests(command))), "reconcile explain account/ana@example.com").action(
    (address: string, flags: StateFlags) =>
      run(flags, async (around) => {
        const normal = readAddress(address);
        const { withSession } = await import("../session.ts");
        return withSession(flags, around, (session) => explain(session, normal));
      }),
  );
}

async function explain(session: Session, address: Address): Promise<ExitFacts> {
  const { planFrom } = await import("../planning.ts");
  const { explain } = await import("../../plan/explain.ts");
  const { explainText } = await import("../../report/explain.ts");
  const { manifests, terminal } = session;
  const { plan, resources } = await planFrom(session, {}, await session.readState());
  const told = explain(plan, { resources, manifest: manifests }, address);
  if (told.declared === undefined && told.steps.length === 0) throw unexplained(address, plan);
  terminal.out(explainText(told, { color: terminal.colour.out }));
  return { incomplete: told.unread !== undefined };
}

/** What could not be read may be the reason that nothing is known of it. */
function unexplained(address: Address, { unread }: Plan): Fault {
  const hiding = unread.find((each) => globMatcher(each.address)(address));
  const message = "It is not declared, and nothing would change it";
  if (hiding === undefined)
    return unknownAddress(address, "name an address that the manifests or a plan show", message);
  const partly = `${message}, as far as it could be read: ${hiding.message}`;
  return unknownAddress(address, "see to what could not be read", partly);
}
