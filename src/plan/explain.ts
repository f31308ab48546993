import type { Manifest } from "../manifest/load.ts";
import { type Address, kindOf, nameOf } from "../model/address.ts";
import type { Finding } from "../model/finding.ts";
import type { Json } from "../model/json.ts";
import type { Plan, Step } from "../model/plan.ts";
import type { Resource } from "../model/resource.ts";
import type { Explanation } from "../report/explain.ts";
import { disables, isDelete } from "./guard.ts";
import { createSelector } from "./select.ts";

type Values = Readonly<Record<string, Json | undefined>>;

/** Gathers why the plan does, or does not do, something to an address. `resources` are those of the manifests with their rows. */
export function explain(
  plan: Plan,
  { resources, manifest }: { readonly resources: ReadonlyMap<Address, Resource>; readonly manifest: Manifest },
  address: Address,
): Explanation {
  const resource = resources.get(address);
  const steps = plan.steps.filter((step) => step.address === address || formerly(step) === address);
  const own = new Set(steps.map((step) => step.id));
  const wanted = new Set(steps.flatMap((step) => step.after));
  const others = plan.steps.filter((step) => !own.has(step.id));
  const unread = plan.unread.find((each) => each.address === address);
  const selector = createSelector(plan.selection, resources);
  const written = manifest.resources.some((each) => each.address === address);
  const { origin } = resource ?? {};
  const was = steps.flatMap(({ change }) =>
    change.act === "update" || change.act === "delete" ? [change.was] : [],
  )[0];
  return {
    address,
    plan: { id: plan.id },
    ...(resource === undefined
      ? {}
      : { declared: { by: written ? "manifest" : "row", ...(origin === undefined ? {} : { origin }) } as const }),
    ...(resource === undefined || resource.kind === "mailbox" ? {} : { wanted: resource.fields as Values }),
    ...(was === undefined ? {} : { observed: was.fields as Values }),
    steps,
    ...(plan.forecast === undefined ? {} : { forecast: plan.forecast }),
    needs: unique(others.filter((step) => wanted.has(step.id))),
    neededBy: unique(others.filter((step) => step.after.some((id) => own.has(id)))),
    selected: selector.takes(address, kindOf(address) === "mailbox" ? "content" : "directory"),
    findings: plan.findings.filter((finding) => isAbout(finding, address)),
    refusals: plan.guards.refusals.filter((finding) => isAbout(finding, address) || limits(finding, steps)),
    ...(unread === undefined ? {} : { unread: { code: unread.code, message: unread.message } }),
  };
}

const unique = (steps: readonly Step[]): readonly Address[] => [...new Set(steps.map((step) => step.address))];

/** The address that a renaming step takes away. */
function formerly({ change }: Step): Address | undefined {
  return change.act === "update" && change.renamed !== undefined ? `${change.was.kind}/${change.was.name}` : undefined;
}

function isAbout({ about, detail }: Finding, address: Address): boolean {
  if (about === address || about === nameOf(address)) return true;
  const addresses = (detail as { readonly addresses?: unknown } | null | undefined)?.addresses;
  return Array.isArray(addresses) && addresses.includes(address);
}

/** A limit that is passed holds back every delete of its kind. */
const limits = ({ code, about }: Finding, steps: readonly Step[]): boolean =>
  code === "guard.limit" &&
  steps.some((step) => (about === "disable" ? disables(step) : isDelete(step) && kindOf(step.address) === about));
