import { applyPlan } from "../apply/apply.ts";
import { needsPasswordFile } from "../apply/password.ts";
import { createPasswordFile, type PasswordFile } from "../apply/passwordfile.ts";
import type { ApplyResult } from "../apply/request.ts";
import { recordRun, type RunEnd } from "../apply/run.ts";
import { createByteBudget } from "../content/bytes.ts";
import type { Lease, StateStore } from "../contract/state-store.ts";
import { systemOf } from "../manifest/endpoint.ts";
import type { Address } from "../model/address.ts";
import type { Emit } from "../model/event.ts";
import { Fault } from "../model/fault.ts";
import type { Plan } from "../model/plan.ts";
import { createHashes } from "../plan/hashes.ts";
import { planFacts } from "./facts.ts";
import { type ExitFacts, exitCode } from "./exit.ts";
import { summaryText } from "../report/summary.ts";
import { failureText } from "./failure.ts";
import type { ApplyFlags } from "./flags.ts";
import type { Prepared } from "./preparing.ts";
import { showProgress } from "./progress.ts";
import type { Session } from "./session.ts";

/** Octets of message bodies that the process holds at one time. */
export const bodies = 20 * 1024 * 1024;

export interface Work extends Prepared {
  readonly state: StateStore;
  readonly lease: Lease;
}

/** What an approved plan came to. */
interface Carried {
  readonly result: ApplyResult;
  readonly facts: ExitFacts;
}

/** Carries an approved plan out under a recorded run, and says what became of it. */
export async function carryOut(session: Session, work: Work, flags: ApplyFlags): Promise<Carried> {
  const { plan, resources, state, lease } = work;
  const { stops, clock, terminal, connect, secret } = session;
  const passwords = await passwordsFor(plan, session, flags.passwordsOut);
  const progress = session.keep(showProgress(session, flags.progress, { plan }));
  const begun = clock.now();
  const emit: Emit = (event) => session.emit(event);
  const recorded = { state, lease, clock, emit, command: "apply", plan: plan.id, lost: stops.breakOff };
  const { result, facts } = await recordRun(recorded, async (run) => {
    const hashes = createHashes({ manifest: session.manifests, resources, connect, signal: stops.hard });
    const system = (name: string): string | undefined => systemOf(session.manifests.endpoints.get(name)?.spec);
    const hash = async (address: Address): Promise<string | undefined> => {
      const value = await hashes.of(address);
      if (value !== undefined) terminal.hide(value);
      return value;
    };
    const parts = { plan, resources, connect, secret, hash, system, state, lease, run, emit, stops, clock };
    const bytes = createByteBudget(bodies);
    return endOf(plan, await applyPlan({ ...parts, bytes, parallel: flags.parallel, ...(passwords && { passwords }) }));
  });
  await progress.close();
  const { pending } = progress;
  const color = terminal.colour.out;
  terminal.out(summaryText({ plan, ...result, pending, took: clock.now() - begun }, { color }));
  if (flags.debug === true) for (const text of bugs(result, terminal.colour.err)) terminal.err(text);
  return { result, facts };
}

function bugs({ outcomes }: ApplyResult, color: boolean): readonly string[] {
  return outcomes.flatMap(({ cause }) => (cause === undefined ? [] : [failureText(cause, { debug: true, color })]));
}

async function passwordsFor(plan: Plan, session: Session, path: string | undefined): Promise<PasswordFile | undefined> {
  const needed = plan.steps.some(({ change }) => needsPasswordFile(change));
  if (!needed) return undefined;
  if (path !== undefined) {
    const file = session.keep(await createPasswordFile(path));
    return {
      ...file,
      add: (address, password) => {
        session.terminal.hide(password);
        return file.add(address, password);
      },
    };
  }
  throw new Fault({
    code: "passwords.nowhere",
    message: "The plan generates passwords, and there is no file to tell them to",
    spoils: "run",
    remedy: "name a new file with --passwords-out",
  });
}

type Ended = RunEnd & Carried;

export function endOf(plan: Plan, result: ApplyResult): Ended {
  const code = result.stopped?.code;
  const facts: ExitFacts = {
    interrupted: code === "run.interrupted",
    locked: code === "lease.lost",
    incomplete: planFacts(plan).incomplete === true || code !== undefined || result.outcomes.some(isOpen),
  };
  const state =
    facts.interrupted === true
      ? "interrupted"
      : result.outcomes.some((each) => each.state === "failed")
        ? "failed"
        : "done";
  return { state, exit: exitCode(facts), result, facts };
}

/** Not done, or done but for some messages. */
export function isOpen({ state, tally }: ApplyResult["outcomes"][number]): boolean {
  return state !== "done" || (tally !== undefined && tally.pending + tally.unknown > 0);
}
