import { asFault, Fault, type FaultRecord, interrupted, recordOf } from "../model/fault.ts";
import type { StepRecord } from "../contract/state-store.ts";
import type { Step } from "../model/plan.ts";
import { kindOf } from "../model/address.ts";
import { writeSteps, failure, type DirectoryOutcome } from "./batch.ts";
import { createPairs } from "../content/pair.ts";
import { contentOrder } from "../content/turn.ts";
import { syncMailbox, type Ways } from "./content.ts";
import { measureOf } from "./measure.ts";
import { closedBecause, manualBecause } from "./gate.ts";
import { createGraph, type Graph } from "./graph.ts";
import { openMemory, type Memory } from "./remember.ts";
import type { ApplyRequest, ApplyResult, StepOutcome } from "./request.ts";
import { brought, createTries } from "./tries.ts";

/** What an apply is at: which steps wait, which endpoints are at work, what became of the rest. */
interface Board {
  readonly request: ApplyRequest;
  readonly graph: Graph;
  readonly memory: Memory;
  readonly ways: Ways;
  readonly outcomes: StepOutcome[];
  /** Directory steps that are ready, by endpoint. */
  readonly lanes: Map<string, Step[]>;
  /** Endpoints whose directory is being written. */
  readonly busy: Set<string>;
  /** Mailboxes that are ready. */
  mailboxes: Step[];
  syncing: number;
  /** Endpoints that no longer work. */
  readonly spoilt: Map<string, FaultRecord>;
  stop: FaultRecord | undefined;
}

/**
 * Carries out a plan: every step once what it waits for is done. The ready steps of one kind at one endpoint go out as one batch,
 * mailboxes several at a time. A step that fails ends only those that need it; a fault that spoils an endpoint ends what touches
 * it; one that spoils the run, and the soft stop, let what is under way end and begin nothing more. Never throws what befell a step.
 */
export async function applyPlan(request: ApplyRequest): Promise<ApplyResult> {
  const board = await lay(request);
  const running = new Set<Promise<void>>();
  for (;;) {
    await admit(board);
    board.stop ??= stopOf(request.stops.soft);
    if (board.stop === undefined) {
      for (const work of launch(board)) {
        const tracked: Promise<void> = work.finally(() => running.delete(tracked));
        running.add(tracked);
      }
    }
    if (running.size === 0) break;
    await Promise.race(running);
  }
  endRest(board);
  const { outcomes, stop } = board;
  const whole = outcomes.every(({ state }) => state === "done");
  return { outcomes, ...(stop === undefined || whole ? {} : { stopped: stop }) };
}

async function lay(request: ApplyRequest): Promise<Board> {
  return {
    request,
    graph: createGraph(request.plan.steps),
    memory: await openMemory(request),
    ways: {
      pairs: createPairs(request.connect),
      tries: createTries({ clock: request.clock, signal: request.stops.soft, emit: request.emit }),
    },
    outcomes: [],
    lanes: new Map(),
    busy: new Set(),
    mailboxes: [],
    syncing: 0,
    spoilt: new Map(),
    stop: undefined,
  };
}

function stopOf(signal: AbortSignal): FaultRecord | undefined {
  if (!signal.aborted) return undefined;
  return recordOf(signal.reason instanceof Fault ? signal.reason : interrupted());
}

/** Sorts what became ready into the lines where it waits; what needs no endpoint is settled here. */
async function admit(board: Board): Promise<void> {
  for (let ready = board.graph.take(); ready.length > 0; ready = board.graph.take()) {
    const [atOnce, later] = [ready.filter(isBookkeeping), ready.filter((step) => !isBookkeeping(step))];
    for (const step of later) wait(board, step);
    if (later.some(isContent)) board.mailboxes.sort(contentOrder(board.request.resources));
    if (atOnce.length > 0)
      await settle(
        board,
        atOnce.map((step) => keepBooks(step, board.request.clock.now())),
      );
  }
}

const isContent = ({ change }: Step): boolean => change.act === "sync";

const isBookkeeping = ({ change }: Step): boolean =>
  change.act === "record" || change.act === "manual" || change.act === "gate";

function keepBooks(step: Step, now: number): StepOutcome {
  const { change } = step;
  const because =
    change.act === "manual" ? manualBecause(change) : change.act === "gate" ? closedBecause(change, now) : undefined;
  return because === undefined ? { step, state: "done" } : { step, state: "skipped", because };
}

function wait(board: Board, step: Step): void {
  if (isContent(step)) {
    board.mailboxes.push(step);
    return;
  }
  const name = step.at[0] ?? "";
  const lane = board.lanes.get(name) ?? [];
  lane.push(step);
  board.lanes.set(name, lane);
}

/** Begins all that can be begun now. */
function launch(board: Board): readonly Promise<void>[] {
  const works: Promise<void>[] = [];
  for (const name of board.lanes.keys()) {
    const batch = board.busy.has(name) ? [] : nextBatch(board, name);
    if (batch.length > 0) works.push(runBatch(board, name, batch));
  }
  while (board.syncing < board.request.parallel) {
    const step = board.mailboxes.shift();
    if (step === undefined) break;
    works.push(runMailbox(board, step));
  }
  return works;
}

/** The steps of one kind that are ready at an endpoint. */
function nextBatch(board: Board, name: string): readonly Step[] {
  const lane = board.lanes.get(name) ?? [];
  const kind = lane[0] === undefined ? undefined : kindOf(lane[0].address);
  board.lanes.set(
    name,
    lane.filter((step) => kindOf(step.address) !== kind),
  );
  return lane.filter((step) => kindOf(step.address) === kind);
}

async function runBatch(board: Board, name: string, batch: readonly Step[]): Promise<void> {
  board.busy.add(name);
  const spoilt = batch.map((step) => skipSpoilt(board, step)).filter((outcome) => outcome !== undefined);
  const steps = spoilt.length > 0 ? [] : batch;
  for (const step of steps) board.request.emit({ type: "step.begin", step: step.id, address: step.address });
  await settle(board, spoilt.length > 0 ? spoilt : await writeSteps(steps, board.request));
  board.busy.delete(name);
}

async function runMailbox(board: Board, step: Step): Promise<void> {
  board.syncing += 1;
  await settle(board, [skipSpoilt(board, step) ?? (await syncStep(board, step))]);
  board.syncing -= 1;
}

async function syncStep({ request, ways }: Board, step: Step): Promise<StepOutcome> {
  const { change } = step;
  if (change.act !== "sync") return failure(step, new Error(`A step of the content is no sync: ${change.act}`));
  request.emit({ type: "step.begin", step: step.id, address: step.address });
  try {
    const { tally, seconds, findings, fault } = await syncMailbox({ ...step, change }, ways, request);
    return { ...(fault === undefined ? { step, state: "done" } : failure(step, fault)), tally, seconds, findings };
  } catch (thrown) {
    return failure(step, thrown);
  }
}

function skipSpoilt({ spoilt }: Board, step: Step): StepOutcome | undefined {
  const name = step.at.find((each) => spoilt.has(each));
  return name === undefined
    ? undefined
    : { step, state: "skipped", because: `${name}: ${spoilt.get(name)?.message ?? ""}` };
}

/** What was done, and what was asked of a person whom nobody can see doing it. */
const isKept = ({ state, step: { change } }: StepOutcome): boolean =>
  state === "done" || (change.act === "manual" && change.unseen === true);

/** Takes in what became of steps: remembered first, then told, then what waited for them is freed or ended. */
async function settle(board: Board, outcomes: readonly DirectoryOutcome[]): Promise<void> {
  try {
    await board.memory.keep(outcomes.filter(isKept));
    const ended = outcomes.flatMap((outcome) => [outcome, ...note(board, outcome)]);
    for (const outcome of ended) tell(board, outcome);
    await record(board, ended);
  } catch (thrown) {
    board.stop ??= recordOf(asFault(thrown, { code: "state.failed", spoils: "run" }));
    for (const outcome of outcomes.filter(({ step }) => !board.outcomes.some((told) => told.step === step)))
      tell(board, outcome);
  }
}

/** What a step's end means for the others; gives those that end with it. */
function note(board: Board, { step, state, fault }: StepOutcome): readonly StepOutcome[] {
  if (state === "done") {
    board.graph.done(step.id);
    return [];
  }
  if (fault?.spoils === "run" && state === "failed") board.stop ??= fault;
  const name =
    fault?.spoils === "endpoint" ? step.at.find((each, _, all) => all.length === 1 || each === fault.about) : undefined;
  if (fault !== undefined && name !== undefined) board.spoilt.set(name, fault);
  return board.graph.spoil(step.id).map((each) => ({
    step: each.step,
    state: "skipped",
    because: `it needs ${each.on.address}, which was not done`,
  }));
}

function tell({ request, outcomes }: Board, outcome: StepOutcome): void {
  outcomes.push(outcome);
  const { step, state, fault, because } = outcome;
  const named = { step: step.id, address: step.address };
  if (state === "done") request.emit({ type: "step.done", ...named });
  else if (state === "failed" && fault !== undefined) request.emit({ type: "step.failed", ...named, fault });
  else request.emit({ type: "step.skipped", ...named, because: because ?? fault?.message ?? "" });
}

async function record({ request }: Board, ended: readonly StepOutcome[]): Promise<void> {
  const { state, lease, run, clock, additive } = request;
  const outcomes = additive === true ? ended.filter((outcome) => !isQuiet(outcome)) : ended;
  if (outcomes.length > 0)
    await state.runs.record(
      lease,
      run,
      outcomes.map((outcome) => recordOfStep(outcome, clock.now())),
      outcomes.flatMap(measureOf),
    );
}

/** Nothing happened, and nothing waits. */
const isQuiet = ({ state, tally }: StepOutcome): boolean =>
  state === "done" && tally !== undefined && brought(tally) + tally.pending + tally.unknown === 0;

function recordOfStep({ step, state, fault, because, tally }: StepOutcome, ended: number): StepRecord {
  const why: FaultRecord | undefined =
    fault ?? (because === undefined ? undefined : { code: "step.skipped", message: because, spoils: "item" });
  return {
    step: step.id,
    address: step.address,
    state,
    ...(why === undefined ? {} : { fault: why }),
    ...(tally === undefined ? {} : { tally }),
    ended,
  };
}

/** What was never begun. It is told, and not recorded: the run's own record says that it was stopped. */
function endRest(board: Board): void {
  const waiting = [...board.lanes.values()].flat().concat(board.mailboxes, board.graph.rest());
  const because = board.stop?.message ?? "it and steps that it needs wait on one another";
  for (const step of waiting) tell(board, { step, state: "skipped", because });
}
