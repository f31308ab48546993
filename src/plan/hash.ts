import { createHash } from "node:crypto";
import { canonical, type Json } from "../model/json.ts";
import type { Plan } from "../model/plan.ts";
import type { Draft } from "./draft.ts";

const sha256 = (value: unknown): string =>
  createHash("sha256")
    .update(canonical(value as Json))
    .digest("hex");

/** 12 hex digits over what the step does; where it stands in its plan takes no part. */
export function stepId({ address, at, phase, change, precondition, irreversible }: Draft): string {
  return sha256({ address, at, phase, change, precondition, irreversible }).slice(0, 12);
}

/** SHA-256 in hex over everything but the id itself and the time; reports show its first six digits. */
export function planId(plan: Omit<Plan, "id">): string {
  const { id: _id, createdAt: _createdAt, ...content } = plan as Plan;
  return sha256(content);
}
