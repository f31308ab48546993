import { showNumber } from "../kind/normal.ts";
import { kindTable } from "../kind/table.ts";
import { type Address, addressOf, type Kind, kindOf, kinds, nameOf } from "../model/address.ts";
import type { Finding } from "../model/finding.ts";
import type { GuardCount, GuardReport, Plan, Step } from "../model/plan.ts";
import { type Allow, type Counted } from "./allow.ts";

export interface GuardInput {
  readonly steps: readonly Step[];
  readonly limit: GuardReport["limit"];
  /** How many there are before the plan; messages for mailboxes. */
  readonly totals: ReadonlyMap<Counted, number>;
  readonly protected: ReadonlySet<Address>;
  /** Deletes that follow from a set being complete, though not everything was looked at. */
  readonly prunedAside: ReadonlySet<Address>;
  readonly allow: Allow;
}

/** A count of members that leave lists stands beside that of the lists. */
type Count = GuardCount & { readonly set?: "members" };

/**
 * Holds the plan against the limits: of each kind no more may go than the percentage *and* the number let, unless the command line
 * permits it; a protected resource never goes; an account goes only when it is named, or its number is.
 */
export function guard(input: GuardInput): GuardReport {
  const { limit, steps, allow } = input;
  const counts = countsOf(input);
  const touched = steps.filter((step) => input.protected.has(step.address) && step.change.act !== "record");
  return {
    limit,
    counts,
    refusals: [...fixedRefusals(input), ...limitRefusals(counts, limit), ...accountRefusals(steps, allow)],
    protectedTouched: new Set(touched.map((step) => step.address)).size,
  };
}

const lifted = new Set(["guard.limit", "guard.account"]);

/** The report of a plan as the given permissions change it: a saved plan is guarded again when it is applied. */
export function guardAgain(plan: Plan, allow: Allow): GuardReport {
  const { limit, counts, refusals, protectedTouched } = plan.guards;
  const totals = new Map(counts.map((count) => [countedOf(count), count.of]));
  const again = guard({ steps: plan.steps, limit, totals, protected: new Set(), prunedAside: new Set(), allow });
  const fixed = refusals.filter(({ code }) => !lifted.has(code));
  return { ...again, protectedTouched, refusals: [...fixed, ...again.refusals] };
}

const countedOf = (count: Count): Counted => (count.set === "members" ? "member" : count.kind);

function countsOf({ steps, limit, totals, allow }: GuardInput): readonly Count[] {
  const gone = Map.groupBy(steps.filter(isDelete), (step) => kindOf(step.address));
  const named = new Set(allow.approved);
  return [...kinds, "member" as const].flatMap((counted) => {
    const deletes =
      counted === "mailbox"
        ? messagesRemoved(steps)
        : counted === "member"
          ? membersRemoved(steps)
          : (gone.get(counted)?.length ?? 0);
    const of = totals.get(counted) ?? 0;
    if (of === 0 && deletes === 0) return [];
    const free = counted === "member" ? 0 : (gone.get(counted) ?? []).filter((step) => named.has(step.address)).length;
    const within = Math.min(Math.floor((of * limit.percent) / 100), limit.count);
    const allowed = Math.max(within, allow.deletes.get(counted) ?? 0) + free;
    const kind: Kind = counted === "member" ? "list" : counted;
    return [{ kind, deletes, of, allowed, ...(counted === "member" ? { set: "members" as const } : {}) }];
  });
}

const isDelete = (step: Step): boolean => step.change.act === "delete";

function messagesRemoved(steps: readonly Step[]): number {
  const counts = steps.map(({ change }) =>
    change.act === "sync" ? Math.max(change.counts.delete, change.deletes.length) : 0,
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Members, owners and senders that leave; who only got another name does not. */
function membersRemoved(steps: readonly Step[]): number {
  const names = new Map<string, string>();
  for (const { address, change } of steps) {
    if (change.act === "update" && change.renamed !== undefined) names.set(change.was.name, nameOf(address));
  }
  const removed = steps.flatMap(({ change }) => {
    if (change.act !== "update" || change.want.kind !== "list") return [];
    return change.fields.flatMap(({ from, to }) => {
      if (!Array.isArray(from)) return [];
      const stays = new Set(Array.isArray(to) ? (to as readonly string[]) : []);
      return (from as readonly string[]).filter((name) => !stays.has(name) && !stays.has(names.get(name) ?? name));
    });
  });
  return removed.length;
}

function fixedRefusals({ steps, protected: kept, prunedAside }: GuardInput): readonly Finding[] {
  return steps.filter(isDelete).flatMap(({ address }): readonly Finding[] => [
    ...(kept.has(address)
      ? [
          {
            code: "guard.protected",
            severity: "error" as const,
            about: address,
            message: "It is protected, and would be deleted",
            remedy: "take the protection off with protect: false in a plan of its own, then delete it",
          },
        ]
      : []),
    ...(prunedAside.has(address)
      ? [
          {
            code: "guard.prune",
            severity: "error" as const,
            about: address,
            message: "prune would delete it, and --target looks at a part only",
            remedy: "leave --target out, or leave this address out of it",
          },
        ]
      : []),
  ]);
}

const noun = (count: Count, n: number): string => {
  if (count.set === "members") return n === 1 ? "member of lists" : "members of lists";
  if (count.kind === "mailbox") return n === 1 ? "message" : "messages";
  return n === 1 ? kindTable[count.kind].one : kindTable[count.kind].many;
};

function limitRefusals(counts: readonly Count[], limit: GuardReport["limit"]): readonly Finding[] {
  return counts
    .filter(({ deletes, allowed }) => deletes > allowed)
    .map((count) => ({
      code: "guard.limit",
      severity: "error",
      about: countedOf(count),
      message: `${showNumber(count.deletes)} of ${showNumber(count.of)} ${noun(count, count.of)} would be deleted; at most ${showNumber(count.allowed)} may (limit ${limit.percent} % and ${limit.count})`,
      remedy: `if it is meant, permit it with --allow-delete ${countedOf(count)}=${count.deletes}`,
    }));
}

/** Mail that goes with an account cannot be had back: the limits alone do not permit it. */
function accountRefusals(steps: readonly Step[], allow: Allow): readonly Finding[] {
  const named = new Set(allow.approved);
  const gone = steps.filter((step) => isDelete(step) && kindOf(step.address) === "account" && !named.has(step.address));
  if (gone.length <= (allow.deletes.get("account") ?? 0)) return [];
  return gone.map(({ address }) => ({
    code: "guard.account",
    severity: "error",
    about: address,
    message: "Deleting an account destroys its mail",
    remedy: `if it is meant, name it with --allow-delete ${addressOf("account", nameOf(address))}`,
  }));
}
