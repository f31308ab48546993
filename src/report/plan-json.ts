import type { Plan } from "../model/plan.ts";
import { escapeJson } from "./escape.ts";

/** A plan as it is saved. */
interface PlanDocument extends Plan {
  /** SHA-256 in hex over all the rest. */
  readonly checksum: string;
}

/** A plan's document as JSON that is safe to show. Ends with a line break. */
export function planJson(plan: PlanDocument): string {
  return `${escapeJson(JSON.stringify(plan, undefined, 2))}\n`;
}
