import { showNumber } from "../kind/normal.ts";
import { kindTable } from "../kind/table.ts";
import { type Address, addressOf, type Kind, kindOf, kinds, nameOf } from "../model/address.ts";
import type { Finding } from "../model/finding.ts";
import type { GuardCount, GuardReport, Limit, Plan, Step } from "../model/plan.ts";
import type { FieldsOf, Resource } from "../model/resource.ts";
import { type Allow, type Counted } from "./allow.ts";

export interface GuardInput {
  readonly steps: readonly Step[];
  readonly limit: Limit;
  /** What has limits of its own. */
  readonly limits?: ReadonlyMap<Counted, Limit>;
  /** How many there are before the plan; messages for mailboxes. */
  readonly totals: ReadonlyMap<Counted, number>;
  readonly protected: ReadonlySet<Address>;
  /** Deletes that follow from a set being complete, though not everything was looked at. */
  readonly prunedAside: ReadonlySet<Address>;
  /** Accounts whose mail was proved to be elsewhere. */
  readonly verified: ReadonlySet<Address>;
  /** Accounts that a line of the manifests itself disables: somebody wrote it, and a filter that is wrong cannot. */
  readonly written?: ReadonlySet<Address>;
  readonly allow: Allow;
}

/**
 * Holds the plan against the limits: of each kind no more may go than the percentage *and* the number let, unless the command line
 * permits it, and no more accounts be disabled, where the percentage is of those whom no line disables; a protected resource never goes;
 * an account goes only when its mail was proved to be elsewhere, or it is named, or its number is.
 */
export function guard(input: GuardInput): GuardReport {
  const { limit, steps } = input;
  const counts = countsOf(input);
  const verified = steps.filter((step) => isDelete(step) && input.verified.has(step.address));
  const touched = steps.filter((step) => input.protected.has(step.address) && step.change.act !== "record");
  return {
    limit,
    counts,
    refusals: [...fixedRefusals(input), ...limitRefusals(counts, limit), ...accountRefusals(input)],
    protectedTouched: new Set(touched.map((step) => step.address)).size,
    ...(verified.length === 0 ? {} : { verified: verified.map(({ address }) => address) }),
  };
}

/** Accounts that the manifests' own lines disable, beside any row. */
export const disabledByLine = (resources: readonly Resource[]): ReadonlySet<Address> =>
  new Set(
    resources.flatMap((resource) =>
      resource.kind === "account" && (resource.fields as FieldsOf["account"]).enabled === false
        ? [resource.address]
        : [],
    ),
  );

const lifted = new Set(["guard.limit", "guard.account"]);

/** The report of a plan as the given permissions change it: a saved plan is guarded again when it is applied. */
export function guardAgain(plan: Plan, allow: Allow): GuardReport {
  const { limit, counts, refusals, protectedTouched } = plan.guards;
  const limits = new Map(
    counts.flatMap((count) => (count.limit === undefined ? [] : [[countedOf(count), count.limit]])),
  );
  const totals = new Map(counts.map((count) => [countedOf(count), count.of]));
  const written = new Set(counts.flatMap((count) => count.written ?? []));
  const nothing = { protected: new Set<Address>(), prunedAside: new Set<Address>() };
  const verified = new Set(plan.guards.verified);
  const again = guard({ steps: plan.steps, limit, limits, totals, written, ...nothing, verified, allow });
  const fixed = refusals.filter(({ code }) => !lifted.has(code));
  return { ...again, protectedTouched, refusals: [...fixed, ...again.refusals] };
}

const sets = { members: "member", disabled: "disable" } as const;
const countedOf = ({ set, kind }: GuardCount): Counted => (set === undefined ? kind : sets[set]);

type Told = Pick<GuardCount, "kind" | "set" | "written">;

const free = (some: readonly Step[] = [], named: readonly Address[]): number =>
  some.filter((step) => named.includes(step.address)).length;

function countsOf(input: GuardInput): readonly GuardCount[] {
  const { steps, limit, limits, totals, allow } = input;
  const gone = Map.groupBy(steps.filter(isDelete), (step) => kindOf(step.address));
  const disabled = steps.filter(disables);
  const written = disabled.flatMap(({ address }) => (input.written?.has(address) === true ? [address] : []));
  const byLine = written.filter((address) => !allow.disabled.includes(address)).length;
  const countOf = (counted: Counted, deletes: number, freed: number, what: Told, beside = 0) => {
    const of = totals.get(counted) ?? 0;
    if (deletes === 0 && (of === 0 || counted === "disable")) return [];
    const own = limits?.get(counted);
    const { percent, count } = own ?? limit;
    const within = Math.min(Math.floor((of * percent) / 100) + beside, count);
    const allowed = Math.max(within, allow.deletes.get(counted) ?? 0) + freed;
    const { kind, ...set } = what;
    return [{ kind, deletes, of, allowed, ...set, ...(own === undefined ? {} : { limit: own }) }];
  };
  const deletesOf = (kind: Kind): number =>
    kind === "mailbox" ? messagesRemoved(steps) : (gone.get(kind)?.length ?? 0);
  return [
    ...kinds.flatMap((kind) => countOf(kind, deletesOf(kind), free(gone.get(kind), allow.approved), { kind })),
    ...countOf("member", membersRemoved(steps), 0, { kind: "list", set: "members" }),
    ...countOf(
      "disable",
      disabled.length,
      free(disabled, allow.disabled),
      { kind: "account", set: "disabled", ...(written.length === 0 ? {} : { written }) },
      byLine,
    ),
  ];
}

export const isDelete = (step: Step): boolean => step.change.act === "delete";

/** An account that is there, and that its person could no longer use. */
export function disables({ change }: Step): boolean {
  return (
    change.act === "update" &&
    change.want.kind === "account" &&
    change.fields.some(({ field, from, to }) => field === "enabled" && to === false && from !== false)
  );
}

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

const noun = ({ set, kind }: GuardCount, n: number): string => {
  if (set === "members") return n === 1 ? "member of lists" : "members of lists";
  if (kind === "mailbox") return n === 1 ? "message" : "messages";
  return n === 1 ? kindTable[kind].one : kindTable[kind].many;
};

function limitRefusals(counts: readonly GuardCount[], general: Limit): readonly Finding[] {
  return counts
    .filter(({ deletes, allowed }) => deletes > allowed)
    .map((count) => {
      const { set, deletes, of, allowed, limit: { percent, count: most } = general } = count;
      const disable = set === "disabled";
      const option = disable ? `--allow-disable ${deletes}` : `--allow-delete ${countedOf(count)}=${deletes}`;
      return {
        code: "guard.limit",
        severity: "error",
        about: countedOf(count),
        message: `${showNumber(deletes)} of ${showNumber(of)} ${noun(count, of)} would be ${disable ? "disabled" : "deleted"}; at most ${showNumber(allowed)} may (limit ${percent} % and ${most})`,
        remedy: `if it is meant, permit it with ${option}`,
      };
    });
}

/** Mail that goes with an account cannot be had back: the limits alone do not permit it. */
function accountRefusals({ steps, allow, verified }: GuardInput): readonly Finding[] {
  const free = new Set([...allow.approved, ...verified]);
  const gone = steps.filter((step) => isDelete(step) && kindOf(step.address) === "account" && !free.has(step.address));
  if (gone.length <= (allow.deletes.get("account") ?? 0)) return [];
  return gone.map(({ address }) => ({
    code: "guard.account",
    severity: "error",
    about: address,
    message: "Deleting an account destroys its mail",
    remedy: `prove with verify --record that it is elsewhere; or, if it is meant, name it with --allow-delete ${addressOf("account", nameOf(address))}`,
  }));
}
