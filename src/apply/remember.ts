import type { LedgerRecord, Lease, StateStore } from "../contract/state-store.ts";
import { type Address, globMatcher } from "../model/address.ts";
import { type Json, sameJson } from "../model/json.ts";
import type { Finding } from "../model/finding.ts";
import type { Change, Plan, Step } from "../model/plan.ts";
import type { Observed, Resource } from "../model/resource.ts";
import { writesPassword } from "./password.ts";
import type { ApplyRequest } from "./request.ts";

/** What the state remembers of each resource, kept in step with what was done. */
export interface Memory {
  /** What is remembered once these steps are done. `observed` is what the endpoint showed after each. */
  keep(done: readonly { readonly step: Step; readonly observed?: Observed }[]): Promise<void>;
}

type Known = Pick<ApplyRequest, "state" | "lease" | "system">;

export async function openMemory({ state, lease, system = () => undefined }: Known): Promise<Memory> {
  const known = new Map((await state.ledger.all()).map((record) => [record.address, record]));
  return {
    async keep(done) {
      const set = new Map<Address, LedgerRecord>();
      for (const { step, observed } of done) {
        for (const address of forgotten(step)) {
          set.delete(address);
          if (known.delete(address)) await state.ledger.forget(lease, address);
        }
        const next = remembered(step, known.get(step.address), observed, system(step.at[0] ?? ""));
        if (next === undefined) continue;
        known.set(step.address, next);
        set.set(step.address, next);
      }
      if (set.size > 0) await state.ledger.set(lease, [...set.values()]);
    },
  };
}

/** A rename takes its old name's record away, a delete its own. */
function forgotten({ address, change }: Step): readonly Address[] {
  if (change.act === "delete") return [address];
  return change.act === "update" && change.renamed !== undefined ? [`${change.was.kind}/${change.was.name}`] : [];
}

function remembered(
  step: Step,
  was: LedgerRecord | undefined,
  observed: Observed | undefined,
  system: string | undefined,
): LedgerRecord | undefined {
  const { address, change, at } = step;
  const base = was ?? { address, ...(at[0] === undefined ? {} : { endpoint: at[0] }) };
  if (change.act === "record") return noted(base, change);
  if (change.act === "manual") return change.unseen === true ? askedFor(base, change, at[0]) : undefined;
  if (change.act !== "create" && change.act !== "update") return undefined;
  const { want } = change;
  const { leaver, ...rest } = base;
  const issue = writesPassword(change) ? (want.password?.issue ?? 0) : undefined;
  return {
    ...(change.act === "create" || leaver === undefined ? rest : base),
    ...(at[0] === undefined ? {} : { endpoint: at[0] }),
    ...(system === undefined ? {} : { system }),
    ...(observed?.id === undefined ? {} : { id: observed.id }),
    ...(want.row === undefined ? {} : { row: want.row }),
    ...(want.protect === true ? { protect: true } : {}),
    ...(issue === undefined ? {} : { passwordIssue: issue }),
    applied: want.fields as Readonly<Record<string, Json>>,
  };
}

/** What a person was asked to set where nobody can see it is taken to be so from then on. */
function askedFor(
  base: LedgerRecord,
  { expect }: Extract<Change, { act: "manual" }>,
  endpoint: string | undefined,
): LedgerRecord {
  const applied = base.endpoint === endpoint ? base.applied : {};
  const set = expect.flatMap(({ field, to }) => (to === undefined ? [] : [[field, to] as const]));
  return {
    ...base,
    ...(endpoint === undefined ? {} : { endpoint }),
    applied: { ...applied, ...Object.fromEntries(set) },
  };
}

/**
 * What a whole plan found to be as it is declared, an apply has left so as well: it is remembered, so that `drift` can tell later what
 * was changed there from what the manifests changed.
 */
export async function rememberSettled(
  { plan, resources }: { readonly plan: Plan; readonly resources: ReadonlyMap<Address, Resource> },
  endpoint: string,
  state: StateStore,
  lease: Lease,
): Promise<void> {
  const { target, exclude, label, wave, phase } = plan.selection;
  if ([target, exclude, label, wave, phase].some(({ length }) => length > 0)) return;
  const open = new Set(plan.steps.flatMap(({ address, change }) => (change.act === "record" ? [] : [address])));
  const unread = plan.unread.map(({ address }) => globMatcher(address));
  const others = new Set(plan.findings.flatMap((finding) => (finding.code === "owner.other" ? ownedIn(finding) : [])));
  const known = new Map((await state.ledger.all()).map((record) => [record.address, record]));
  const set = [...resources.values()].flatMap((resource): readonly LedgerRecord[] => {
    const { address } = resource;
    if (resource.kind === "mailbox" || resource.absent === true || open.has(address) || others.has(address)) return [];
    if (unread.some((fits) => fits(address))) return [];
    const was = known.get(address);
    const applied = resource.fields as Readonly<Record<string, Json>>;
    if (was?.endpoint === endpoint && sameJson(was.applied, applied)) return [];
    return [{ ...was, address, endpoint, applied }];
  });
  if (set.length > 0) await state.ledger.set(lease, set);
}

/** What another Migration manages and wants otherwise was held still, and is not as it is declared here. */
const ownedIn = ({ about, detail }: Finding): readonly string[] =>
  (detail as { readonly addresses?: readonly string[] } | undefined)?.addresses ?? [about];

function noted({ leaver, ...base }: LedgerRecord, { set }: Extract<Change, { act: "record" }>): LedgerRecord {
  if ("leaver" in set) return set.leaver ? { ...base, leaver: true } : base;
  const next = { ...base, ...(leaver === undefined ? {} : { leaver }) };
  if ("protect" in set) return { ...next, protect: set.protect };
  return "adopt" in set ? { ...next, id: set.adopt.id } : { ...next, passwordIssue: set.passwordIssue };
}
