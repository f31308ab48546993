import type { FaultRecord, Spoils } from "../model/fault.ts";
import { escapeLine } from "./escape.ts";
import type { TextOptions } from "./options.ts";
import { createPaint } from "./paint.ts";

/** Whoever sees a command end is not told that it did. */
const reach: Readonly<Record<Spoils, string | undefined>> = {
  item: "this alone",
  place: "this folder; the others go on",
  mailbox: "this mailbox; the others go on",
  endpoint: "everything at this endpoint",
  run: undefined,
};

/** A fault as text: what happened, to what, what it spoils, what to do. Messages of several lines keep them. Ends with a line break. */
export function faultText(
  fault: Pick<FaultRecord, "code" | "message" | "spoils"> & Told,
  options: TextOptions,
): string {
  const paint = createPaint(options.color);
  const [first = "", ...more] = fault.message.split("\n").map(escapeLine);
  const facts = [...fact("about", fault.about), ...fact("spoils", reach[fault.spoils]), ...fact("do", fault.remedy)];
  return `${[`${paint.bad("error")}  ${first}  ${paint.quiet(`[${escapeLine(fault.code)}]`)}`, ...more, ...facts].join("\n")}\n`;
}

interface Told {
  readonly about?: string | undefined;
  readonly remedy?: string | undefined;
}

const fact = (name: string, text: string | undefined): readonly string[] =>
  text === undefined ? [] : [`  ${name.padEnd(6)}  ${escapeLine(text)}`];

/** A fault on one line: `message (what to do)`. */
export function faultLine({ message, remedy }: Pick<FaultRecord, "message"> & Told): string {
  return escapeLine(remedy === undefined ? message : `${message} (${remedy})`);
}
