import { Fault } from "../model/fault.ts";
import type { Plan } from "../model/plan.ts";
import { encodePlan } from "../plan/planfile.ts";
import { planMarkdown } from "../report/plan-markdown.ts";
import { planText } from "../report/plan-text.ts";
import type { Format, FormatFlags } from "./flags.ts";
import type { Terminal } from "./terminal.ts";

const forms: Readonly<Record<Format, (plan: Plan, flags: FormatFlags, terminal: Terminal) => string>> = {
  text: (plan, _, { colour, columns }) => planText(plan, { color: colour.out, width: columns }),
  json: encodePlan,
  markdown: (plan, { maxSize }) => planMarkdown(plan, maxSize === undefined ? {} : { maxSize }),
};

export function renderPlan(plan: Plan, flags: FormatFlags, terminal: Terminal): string {
  return forms[flags.format](plan, flags, terminal);
}

/** Only Markdown has a bound. */
export function refuseFormatFlags({ format, maxSize }: FormatFlags): void {
  if (maxSize === undefined || format === "markdown") return;
  throw new Fault({
    code: "flag.inapplicable",
    message: `--max-size cannot apply to --format ${format}`,
    spoils: "run",
    remedy: "leave it out, or say --format markdown",
  });
}
