import { brokenPreconditions } from "../apply/precondition.ts";
import type { StateStore } from "../contract/state-store.ts";
import type { Address } from "../model/address.ts";
import { Fault } from "../model/fault.ts";
import type { Plan } from "../model/plan.ts";
import type { Resource } from "../model/resource.ts";
import { guardAgain } from "../plan/guard.ts";
import { checkFresh } from "../plan/planfile.ts";
import { verifiedElsewhere } from "../plan/verified.ts";
import type { PlanningFlags } from "./flags.ts";
import type { Noted } from "../plan/make.ts";
import { readPlan } from "./planfile.ts";
import { allowOf, planFrom, surroundingsOf } from "./planning.ts";
import type { Session } from "./session.ts";

/** A plan and the resources that its steps speak of, ready to be carried out. */
export interface Prepared {
  readonly plan: Plan;
  readonly resources: ReadonlyMap<Address, Resource>;
  /** What the state is to remember, whatever becomes of the steps. */
  noted(): Noted;
}

/** Plans anew, or takes a saved plan. Throws `plan.stale` where a saved one no longer fits; nothing is written. */
export async function prepare(session: Session, file: string | undefined, flags: PlanningFlags): Promise<Prepared> {
  if (file === undefined) return planFrom(session, flags, unheld(await session.state()));
  const saved = await readPlan(file);
  checkFresh(saved, session.manifests);
  const allow = allowOf(flags);
  const plan = allow === undefined ? saved : { ...saved, guards: guardAgain(saved, allow) };
  await expectUnprotected(plan, session);
  await expectVerified(plan, session);
  const broken = await brokenPreconditions(plan, { connect: session.connect, signal: session.stops.soft });
  if (broken.length === 0) return { plan, ...(await surroundingsOf(session, flags)) };
  throw stale(
    broken.map(({ address, why }) => (why.startsWith(address) ? why : `${address}: ${why}`)),
    file,
  );
}

/** The run that holds the state is this one: nobody is to be warned of it. */
const unheld = (state: StateStore): StateStore => ({ ...state, holder: async () => undefined });

/** What became protected after the plan was made is kept all the same. */
async function expectUnprotected(plan: Plan, session: Session): Promise<void> {
  const state = await session.state();
  const kept = new Set(
    (await state.ledger.all()).filter(({ protect }) => protect === true).map(({ address }) => address),
  );
  const touched = plan.steps.find(({ address, change }) => change.act === "delete" && kept.has(address));
  if (touched === undefined) return;
  throw new Fault({
    code: "plan.refused",
    message: "It is protected by now",
    about: touched.address,
    spoils: "run",
    remedy: "plan again",
  });
}

/** A later `verify --record` may have found that a mailbox is no longer whole elsewhere. */
async function expectVerified({ steps, guards: { verified = [] } }: Plan, session: Session): Promise<void> {
  const still =
    verified.length === 0 ? new Map() : await verifiedElsewhere(steps, session.manifests, await session.state());
  const lost = verified.find((address) => !still.has(address));
  if (lost === undefined) return;
  throw new Fault({
    code: "plan.refused",
    message: "Its mail is no longer proved to be elsewhere",
    about: lost,
    spoils: "run",
    remedy: "plan again",
  });
}

/** Reasons that are told one by one. */
const most = 5;

function stale(reasons: readonly string[], about: string): Fault {
  const more = reasons.length > most ? [`and ${reasons.length - most} more`] : [];
  const message = `The plan is stale: ${[...reasons.slice(0, most), ...more].join("; ")}`;
  return new Fault({ code: "plan.stale", message, about, spoils: "run", remedy: "plan again, and review it" });
}
