import { Fault } from "../model/fault.ts";
import { escapeLine } from "../report/escape.ts";
import { faultText } from "../report/fault.ts";

interface Look {
  /** With the stack, for whoever looks for the reason. */
  readonly debug: boolean;
  readonly color: boolean;
}

/** What was thrown, for a person at a terminal. What is no Fault is a bug, and is called so. */
export function failureText(thrown: unknown, look: Look): string {
  const text = thrown instanceof Fault ? faultText(thrown, look) : bugText(thrown, look);
  return look.debug ? `${text}${stackText(thrown)}` : text;
}

function bugText(thrown: unknown, { debug }: Look): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const advice = debug
    ? "report it with the lines below"
    : "run it again with --debug, and report it with what that says";
  return `bug    ${escapeLine(message)}\n  This is a fault of reconcile itself: ${advice}.\n`;
}

const deepest = 8;

function stackText(thrown: unknown): string {
  const stacks: string[] = [];
  for (let at = thrown; at instanceof Error && stacks.length < deepest; at = at.cause)
    stacks.push(at.stack ?? at.message);
  const lines = stacks.map((stack) => stack.split("\n").map(escapeLine).join("\n"));
  return lines.map((text, index) => `${index === 0 ? "" : "caused by: "}${text}\n`).join("");
}
