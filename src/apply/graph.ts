import type { Step } from "../model/plan.ts";

/** The steps of a plan, given out as what they wait for is done. */
export interface Graph {
  /** Steps that became ready since the last call, each once. */
  take(): readonly Step[];
  /** The step is done: what waited for it alone becomes ready. */
  done(id: string): void;
  /** The step is not done: every step that needs it, near or far, ends as well and is returned with the one it waited for. */
  spoil(id: string): readonly { readonly step: Step; readonly on: Step }[];
  /** Ends all that was never taken, and returns it. */
  rest(): readonly Step[];
}

/** Ids in `after` that the plan does not hold were left out by its selection, and hold nothing up. */
export function createGraph(steps: readonly Step[]): Graph {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const open = new Map(steps.map((step) => [step.id, new Set(step.after.filter((id) => byId.has(id)))]));
  const needing = new Map<string, Step[]>();
  for (const step of steps) {
    for (const id of step.after) {
      const list = needing.get(id);
      if (list === undefined) needing.set(id, [step]);
      else list.push(step);
    }
  }
  let ready = steps.filter((step) => open.get(step.id)?.size === 0);

  return {
    take() {
      const taken = ready.filter((step) => open.delete(step.id));
      ready = [];
      return taken;
    },
    done(id) {
      for (const step of needing.get(id) ?? []) {
        const waits = open.get(step.id);
        if (waits?.delete(id) && waits.size === 0) ready.push(step);
      }
    },
    spoil(id) {
      const spoilt: { step: Step; on: Step }[] = [];
      const front = [id];
      for (let next = front.pop(); next !== undefined; next = front.pop()) {
        const on = byId.get(next);
        for (const step of needing.get(next) ?? []) {
          if (on === undefined || !open.delete(step.id)) continue;
          spoilt.push({ step, on });
          front.push(step.id);
        }
      }
      return spoilt;
    },
    rest() {
      const left = steps.filter((step) => open.delete(step.id));
      ready = [];
      return left;
    },
  };
}
