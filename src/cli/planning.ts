import type { StateStore } from "../contract/state-store.ts";
import type { Address } from "../model/address.ts";
import type { Plan, Selection } from "../model/plan.ts";
import type { Resource } from "../model/resource.ts";
import { type Allow, allowNothing, parseAllow } from "../plan/allow.ts";
import { expand } from "../plan/expand.ts";
import { noteAll, type Noted, planAll } from "../plan/make.ts";
import type { PlanningFlags } from "./flags.ts";
import type { Session } from "./session.ts";

interface Planned {
  readonly plan: Plan;
  noted(): Noted;
  readonly resources: ReadonlyMap<Address, Resource>;
}

/** Plans by the session's manifests. `state` is only read. */
export async function planFrom(session: Session, flags: PlanningFlags, state: StateStore): Promise<Planned> {
  const { manifests, connect, clock, emit, stops } = session;
  const context = { connect, clock, emit, signal: stops.soft };
  const expanded = await expand(manifests, context);
  const planned = await planAll({
    ...context,
    manifest: manifests,
    state,
    expanded,
    selection: selectionOf(flags),
    recopy: flags.recopy ?? false,
    ...(flags.parallel === undefined ? {} : { parallel: flags.parallel }),
    allow: allowOf(flags) ?? allowNothing,
    ...takingOver(flags),
  });
  return { ...planned, resources: expanded.resources };
}

const takingOver = ({ takeOver }: PlanningFlags): { takeOver?: string } => (takeOver === undefined ? {} : { takeOver });

/** What the command line permits beyond the limits; undefined where it says nothing. */
export function allowOf({ allowDelete, allowDisable }: PlanningFlags): Allow | undefined {
  return allowDelete === undefined && allowDisable === undefined
    ? undefined
    : parseAllow(allowDelete ?? [], allowDisable);
}

export function selectionOf({
  target = [],
  exclude = [],
  label = [],
  wave = [],
  phase = [],
}: PlanningFlags): Selection {
  return { target, exclude, label, wave, phase };
}

/** What the manifests and their rows declare, by address. */
export async function resourcesOf({ manifests, connect, emit, stops }: Session): Promise<Planned["resources"]> {
  const { resources } = await expand(manifests, { connect, emit, signal: stops.soft });
  return resources;
}

/** What the manifests and their rows declare, by address, and what is to be remembered of it. */
export async function surroundingsOf(session: Session, flags: PlanningFlags): Promise<Omit<Planned, "plan">> {
  const { manifests, connect, emit, stops } = session;
  const context = { connect, emit, signal: stops.soft };
  const expanded = await expand(manifests, context);
  const asked = { ...context, manifest: manifests, state: await session.state(), expanded, ...takingOver(flags) };
  const noted = await noteAll(asked);
  return { resources: expanded.resources, noted: () => noted };
}
