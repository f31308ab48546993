import type { Step } from "../model/plan.ts";

/** A step before it has its place in the plan: no id, and nothing to wait for. */
export type Draft = Omit<Step, "id" | "after">;
