import type { StateStore } from "../contract/state-store.ts";
import type { Address } from "../model/address.ts";
import type { Plan, Selection } from "../model/plan.ts";
import type { Resource } from "../model/resource.ts";
import { parseAllow } from "../plan/allow.ts";
import { expand } from "../plan/expand.ts";
import { makePlan } from "../plan/make.ts";
import type { PlanningFlags } from "./flags.ts";
import type { Session } from "./session.ts";

interface Planned {
  readonly plan: Plan;
  readonly resources: ReadonlyMap<Address, Resource>;
}

/** Plans by the session's manifests. `state` is only read. */
export async function planFrom(session: Session, flags: PlanningFlags, state: StateStore): Promise<Planned> {
  const { manifests, connect, clock, emit, stops } = session;
  const context = { connect, clock, emit, signal: stops.soft };
  const expanded = await expand(manifests, context);
  const plan = await makePlan({
    ...context,
    manifest: manifests,
    state,
    expanded,
    selection: selectionOf(flags),
    recopy: flags.recopy ?? false,
    ...(flags.allowDelete === undefined ? {} : { allow: parseAllow(flags.allowDelete) }),
  });
  return { plan, resources: expanded.resources };
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
