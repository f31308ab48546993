import type { Clock } from "../contract/endpoint.ts";
import type { Lease, RunState, StateStore } from "../contract/state-store.ts";
import type { Emit } from "../model/event.ts";
import { asFault, type Fault } from "../model/fault.ts";

/** How often a lease is renewed, in milliseconds. */
const renewal = 15_000;

export interface RunRequest {
  readonly state: StateStore;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly command: string;
  readonly plan?: string;
  /** Called when the lease is no longer ours: whoever has it writes now, so nothing more may be written here. */
  readonly lost: (fault: Fault) => void;
  readonly emit: Emit;
}

export interface RunEnd {
  readonly state: Exclude<RunState, "running">;
  readonly exit: number;
}

/**
 * Does the work under a recorded run: the lease is renewed while it lasts, the end is recorded whatever it was, and the state is
 * copied aside after it.
 */
export async function recordRun<T extends RunEnd>(request: RunRequest, work: (run: number) => Promise<T>): Promise<T> {
  const { state, lease, clock, command, plan } = request;
  const run = await state.runs.begin(lease, { command, ...(plan === undefined ? {} : { plan }), begun: clock.now() });
  const renewing = keepLease(lease, request.lost);
  let end: RunEnd = { state: "failed", exit: 1 };
  try {
    const ended = await work(run);
    end = ended;
    return ended;
  } finally {
    renewing.stop();
    const { state: how, exit } = end;
    await after("The run's end could not be recorded", request, () =>
      state.runs.end(lease, run, { ended: clock.now(), state: how, exit }),
    );
    await after("The state could not be copied aside", request, () => state.copyAside());
  }
}

/** What the run did stands; that this failed is told, and no more. */
async function after(what: string, { emit }: RunRequest, act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (thrown) {
    const { code, message, about = "state", remedy } = asFault(thrown, { code: "state.failed", spoils: "item" });
    const advice = remedy === undefined ? {} : { remedy };
    const finding = { code, severity: "warning", about, message: `${what}: ${message}`, ...advice } as const;
    emit({ type: "finding", finding });
  }
}

/** Renews a lease until it is stopped. The timer keeps no process alive. A renewal that fails for another reason is tried again by the next one. */
export function keepLease(lease: Lease, lost: (fault: Fault) => void): { stop(): void } {
  const timer = setInterval(() => {
    lease.renew().catch((thrown: unknown) => {
      const fault = asFault(thrown, { code: "lease.unrenewed", spoils: "run", retry: "later" });
      if (fault.code === "lease.lost") lost(fault);
    });
  }, renewal).unref();
  return { stop: () => clearInterval(timer) };
}
