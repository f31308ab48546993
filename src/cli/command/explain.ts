import type { Command } from "commander";
import { kindTable } from "../../kind/table.ts";
import { type Address, addressOf, globMatcher, isAddress, kindOf, nameOf } from "../../model/address.ts";
import { Fault } from "../../model/fault.ts";
import type { Plan } from "../../model/plan.ts";
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
        if (!isAddress(address)) throw unknown(address, "an address is kind/name, such as account/ana@example.com");
        const { withSession } = await import("../session.ts");
        return withSession(flags, around, (session) => explain(session, address));
      }),
  );
}

async function explain(session: Session, given: Address): Promise<ExitFacts> {
  const { planFrom } = await import("../planning.ts");
  const { explain } = await import("../../plan/explain.ts");
  const { explainText } = await import("../../report/explain.ts");
  const address = normalAddress(given);
  const { manifests, terminal } = session;
  const { plan, resources } = await planFrom(session, {}, await session.readState());
  const told = explain(plan, { resources, manifest: manifests }, address);
  if (told.declared === undefined && told.steps.length === 0) throw unexplained(address, plan);
  terminal.out(explainText(told, { color: terminal.colour.out }));
  return { incomplete: told.unread !== undefined };
}

function normalAddress(address: Address): Address {
  const kind = kindOf(address);
  return addressOf(kind, kindTable[kind].name(nameOf(address)) ?? nameOf(address));
}

/** What could not be read may be the reason that nothing is known of it. */
function unexplained(address: Address, { unread }: Plan): Fault {
  const hiding = unread.find((each) => globMatcher(each.address)(address));
  const message = "It is not declared, and nothing would change it";
  if (hiding === undefined) return unknown(address, "name an address that the manifests or a plan show", message);
  return unknown(address, "see to what could not be read", `${message}, as far as it could be read: ${hiding.message}`);
}

function unknown(about: string, remedy: string, message = "It is no address"): Fault {
  return new Fault({ code: "address.unknown", message, about, spoils: "run", remedy });
}
