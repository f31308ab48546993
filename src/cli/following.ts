import { applyPlan } from "../apply/apply.ts";
import { type Because, follow, followPlan, inOrder } from "../apply/follow.ts";
import type { ApplyResult } from "../apply/request.ts";
import { keepLease, recordRun } from "../apply/run.ts";
import { createByteBudget } from "../content/bytes.ts";
import type { Emit, Tally } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import type { MailboxResource } from "../model/resource.ts";
import { createSelector } from "../plan/select.ts";
import { followedAllText, followedText, followingText } from "../report/follow.ts";
import { sumTallies } from "../report/tally.ts";
import { bodies, endOf, type Work } from "./carrying.ts";
import type { ExitFacts } from "./exit.ts";
import type { ApplyFlags } from "./flags.ts";
import { readMigration } from "./manifests.ts";
import { showProgress, type ShownProgress } from "./progress.ts";
import type { Session } from "./session.ts";
import { createStanding, type Standing } from "./standing.ts";

const everyFiveMinutes = 5 * 60_000;

/** A following under way. */
interface Following {
  readonly session: Session;
  readonly work: Work;
  readonly flags: ApplyFlags;
  readonly standing: Standing;
  passes: number;
  /** Over all passes. */
  total: Tally;
  /** What the last pass, or what came before it, means for the exit code. */
  facts: ExitFacts;
  /** Shows the pass under way, and between passes what is told there. */
  progress: ShownProgress;
}

/**
 * Goes on with passes over the mailboxes of an approved plan, until it is stopped, its time is over, or the manifests are no longer
 * those that were reviewed. `first` is what became of the plan.
 */
export async function followOn(
  session: Session,
  work: Work,
  flags: ApplyFlags,
  first: ApplyResult["outcomes"],
): Promise<ExitFacts> {
  const { plan, resources, lease } = work;
  const { stops, clock, terminal, connect } = session;
  const mailboxes = inOrder(mailboxesOf(work), resources);
  const standing = createStanding(plan, new Set(mailboxes.map(({ address }) => address)), first);
  const interval = flags.interval ?? everyFiveMinutes;
  const mirrors = mailboxes.some(({ mode }) => mode === "mirror");
  terminal.err(followingText({ mailboxes: mailboxes.length, interval, mirrors }));
  const progress = showProgress(session, flags.progress, { quiet: true });
  const following: Following = {
    session,
    work,
    flags,
    standing,
    passes: 0,
    total: sumTallies([]),
    facts: {},
    progress,
  };
  const renewing = keepLease(lease, stops.breakOff);
  const begun = clock.now();
  try {
    const emit: Emit = (event) => session.emit(event);
    const parts = { mailboxes, interval, clock, connect, emit, stop: stops.soft, signal: stops.hard };
    await follow({ ...parts, pass: (due, because, heard) => onePass(following, due, because, heard) });
  } finally {
    renewing.stop();
    await following.progress.close();
  }
  const { passes, total, facts } = following;
  terminal.out(followedAllText({ passes, total, took: clock.now() - begun, open: standing.open }));
  return { ...facts, locked: facts.locked === true || isLost(stops.soft), incomplete: standing.incomplete };
}

const isLost = ({ reason }: AbortSignal): boolean =>
  typeof reason === "object" && reason !== null && "code" in reason && reason.code === "lease.lost";

/** Those that the selection takes, whether the plan had something to do for them or not. */
function mailboxesOf({ plan, resources }: Work): readonly MailboxResource[] {
  const selector = createSelector(plan.selection, resources);
  return [...resources.values()].filter(
    (resource): resource is MailboxResource =>
      resource.kind === "mailbox" && selector.takes(resource.address, "content"),
  );
}

/** Gives whether to go on. */
async function onePass(
  following: Following,
  due: readonly MailboxResource[],
  because: Because,
  heard: Emit,
): Promise<boolean> {
  const { session, flags, standing } = following;
  if (await haveChanged(session, flags)) {
    session.terminal.err(
      "The manifests are no longer those that were read at the start, so following ends here: plan, review, and start again.\n",
    );
    following.facts = { stale: true };
    return false;
  }
  const { result, facts } = await recorded(following, followPlan(following.work.plan, due), heard);
  following.passes += 1;
  following.facts = { ...facts, incomplete: false };
  standing.note(result.outcomes);
  following.total = sumTallies([following.total, ...result.outcomes.flatMap(({ tally }) => tally ?? [])]);
  await following.progress.close();
  const pass = { ...result, told: because === "change", ended: session.clock.now() };
  session.terminal.out(followedText(pass, { color: session.terminal.colour.out }));
  following.progress = showProgress(session, flags.progress, { quiet: true });
  return result.stopped === undefined;
}

/** Nothing that nobody has reviewed may happen; what cannot be read any more was changed as well. */
async function haveChanged({ manifests }: Session, flags: ApplyFlags): Promise<boolean> {
  const digest = await readMigration(flags).then(
    (now) => now.digest,
    () => undefined,
  );
  return digest !== manifests.digest;
}

/** One pass as a run of its own. */
function recorded({ session, work, flags }: Following, plan: Plan, heard: Emit) {
  const { stops, clock, connect, secret } = session;
  const { state, lease, resources } = work;
  const emit: Emit = (event) => {
    heard(event);
    session.emit(event);
  };
  const record = { state, lease, clock, emit, command: "apply --follow", plan: plan.id, lost: stops.breakOff };
  return recordRun(record, async (run) => {
    const parts = { plan, resources, connect, secret, state, lease, run, emit, stops, clock };
    const bytes = createByteBudget(bodies);
    return endOf(plan, await applyPlan({ ...parts, bytes, parallel: flags.parallel, additive: true }));
  });
}
