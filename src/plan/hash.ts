import { createHash } from "node:crypto";
import { canonical, type Json } from "../model/json.ts";
import type { Change, Plan } from "../model/plan.ts";
import type { Draft } from "./draft.ts";

const sha256 = (value: unknown): string =>
  createHash("sha256")
    .update(canonical(value as Json))
    .digest("hex");

/** 12 hex digits over what the step does; where it stands in its plan takes no part. */
export function stepId({ address, at, phase, change, precondition, irreversible }: Draft): string {
  return sha256({ address, at, phase, change: unbounded(change), precondition, irreversible }).slice(0, 12);
}

/**
 * SHA-256 in hex over what the plan does and says; reports show its first six digits. The id itself, the times, now and
 * forecast, and the bounds of the content steps take no part: two plans of the same content have one id, whenever they were made.
 */
export function planId(plan: Omit<Plan, "id">): string {
  const { id: _id, createdAt: _createdAt, forecast: _forecast, ...content } = plan as Plan;
  return sha256({ ...content, steps: content.steps.map((step) => ({ ...step, change: unbounded(step.change) })) });
}

/** SHA-256 in hex over the whole of a saved plan, bounds and times too. */
export function planChecksum(plan: Plan): string {
  return sha256(plan);
}

/** A watermark bounds a step: it says where the source stood, and is another one whenever one looks. */
function unbounded(change: Change): unknown {
  if (change.act !== "sync") return change;
  const { scope: _scope, ...rest } = change;
  return rest;
}
