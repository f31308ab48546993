import type { DirectoryChange, NewPassword, Outcome } from "../contract/endpoint.ts";
import type { TakenHashes } from "../kind/scheme.ts";
import { type DirectoryKind, kindOf } from "../model/address.ts";
import { asFault, Fault, type FaultRecord, recordOf } from "../model/fault.ts";
import type { Step, Want } from "../model/plan.ts";
import type { Observed } from "../model/resource.ts";
import { writeBatch, writerOf } from "./directory.ts";
import { resolvePassword, writesPassword } from "./password.ts";
import type { ApplyRequest, StepOutcome } from "./request.ts";

/** An outcome with what is there now, for the ledger. */
export interface DirectoryOutcome extends StepOutcome {
  readonly observed?: Observed;
}

/**
 * Steps of one kind at one endpoint as one batch. Gives an outcome for every step and throws nothing. Passwords are had once the
 * endpoint is, and those that are made up are told, durably, before anything is written.
 */
export async function writeSteps(steps: readonly Step[], request: ApplyRequest): Promise<readonly DirectoryOutcome[]> {
  const [first] = steps;
  const name = first?.at[0] ?? "";
  try {
    const endpoint = await request.connect(name);
    const writer = writerOf(endpoint, name, kindOf(first?.address ?? "account/") as DirectoryKind);
    const { failed, changes } = await changesOf(steps, writer.passwords?.hashes, request);
    const keys = new Set(changes.map(({ key }) => key));
    const written = steps.filter(({ id }) => keys.has(id));
    return changes.length === 0 ? failed : [...failed, ...(await write(written, changes, writer, request))];
  } catch (thrown) {
    return steps.map((step) => failure(step, thrown));
  }
}

interface Changes {
  readonly failed: readonly DirectoryOutcome[];
  readonly changes: readonly DirectoryChange[];
}

async function changesOf(
  steps: readonly Step[],
  taken: TakenHashes | undefined,
  request: ApplyRequest,
): Promise<Changes> {
  const failed: DirectoryOutcome[] = [];
  const changes: DirectoryChange[] = [];
  for (const step of steps) {
    try {
      changes.push(await changeOf(step, taken, request));
    } catch (thrown) {
      failed.push(failure(step, thrown));
    }
  }
  const told = changes.some((change) => change.act !== "delete" && change.password?.from === "generate");
  if (told) await request.passwords?.sync();
  return { failed, changes };
}

async function write(
  steps: readonly Step[],
  changes: readonly DirectoryChange[],
  writer: ReturnType<typeof writerOf>,
  request: ApplyRequest,
): Promise<readonly DirectoryOutcome[]> {
  try {
    const context = { signal: request.stops.hard, patience: request.stops.soft, clock: request.clock };
    const { outcomes, fault } = await writeBatch(writer, changes, context);
    return steps.map((step) => outcomeOf(step, outcomes.get(step.id), fault));
  } catch (thrown) {
    return steps.map((step) => failure(step, thrown));
  }
}

async function changeOf(step: Step, taken: TakenHashes | undefined, request: ApplyRequest): Promise<DirectoryChange> {
  const { id: key, precondition, change } = step;
  if (change.act === "delete") return { key, precondition, act: "delete", was: change.was };
  if (change.act === "update") {
    const { want, was, renamed } = change;
    const fields = change.fields.filter(({ field }) => field !== "password");
    const password = writesPassword(change) ? await passwordOf(step, want, taken, request) : {};
    return {
      key,
      precondition,
      act: "update",
      want,
      was,
      fields,
      ...(renamed !== undefined && { renamed }),
      ...password,
    };
  }
  if (change.act !== "create") throw new Error(`A step that does not write was sent to a directory: ${change.act}`);
  const password = await passwordOf(step, change.want, taken, request);
  return { key, precondition, act: "create", want: change.want, ...password };
}

async function passwordOf(
  { address }: Step,
  want: Want,
  taken: TakenHashes | undefined,
  request: ApplyRequest,
): Promise<{ password?: NewPassword }> {
  const password = await resolvePassword(want, request.resources.get(address), taken, request);
  return password === undefined ? {} : { password };
}

function outcomeOf(step: Step, outcome: Outcome | undefined, fault: Fault | undefined): DirectoryOutcome {
  if (outcome === undefined) return failure(step, fault ?? new Error("A change ended without an outcome"));
  if ("fault" in outcome) return { step, state: "failed", fault: outcome.fault };
  if ("conflict" in outcome) return { step, state: "failed", fault: conflict(step, outcome.conflict) };
  return { step, state: "done", ...(outcome.observed === undefined ? {} : { observed: outcome.observed }) };
}

function conflict({ address }: Step, message: string): FaultRecord {
  return {
    code: "step.conflict",
    message,
    about: address,
    spoils: "item",
    remedy: "plan again: it was changed meanwhile",
  };
}

/** The outcome of a step whose work threw. What is no Fault is a bug, and says so. */
export function failure(step: Step, thrown: unknown): StepOutcome {
  const fault = recordOf(asFault(thrown, { code: "bug", spoils: "item" }));
  const stop = fault.code === "run.interrupted";
  return {
    step,
    state: stop ? "skipped" : "failed",
    fault: { ...fault, about: fault.about ?? step.address },
    ...(stop ? { because: fault.message } : {}),
    ...(thrown instanceof Fault ? {} : { cause: thrown }),
  };
}
