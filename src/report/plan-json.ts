import type { Plan } from "../model/plan.ts";
import { escapeJson } from "./escape.ts";

/** A plan as `schemas/plan.schema.json` describes it: what `--format json` shows and a saved plan holds. Ends with a line break. */
export function planJson(plan: Plan): string {
  return `${escapeJson(JSON.stringify(plan, undefined, 2))}\n`;
}
