import type { Step } from "../model/plan.ts";

/** `+` create, `~` change, `-` delete, `>` sync items, `=` nothing to do, `!` not reversible, `?` for a person to do. */
export type Mark = "+" | "~" | "-" | ">" | "=" | "!" | "?";

const marks: Readonly<Record<Step["change"]["act"], Mark>> = {
  create: "+",
  update: "~",
  delete: "-",
  sync: ">",
  manual: "?",
  gate: "?",
  record: "=",
};

export function markOf(step: Step): Mark {
  return step.irreversible === true ? "!" : marks[step.change.act];
}
