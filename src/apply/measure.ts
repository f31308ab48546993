import type { Measure } from "../contract/state-store.ts";
import type { StepOutcome } from "./request.ts";

/** What a pass took, where it came to its end: one that broke off says little. */
export function measureOf({ step, state, tally, seconds }: StepOutcome): readonly Measure[] {
  const { change } = step;
  if (change.act !== "sync" || state !== "done" || tally === undefined || seconds === undefined) return [];
  const { source, destination } = change.want;
  return [
    {
      source: source.endpoint,
      destination: destination.endpoint,
      messages: tally.copied,
      bytes: tally.copiedBytes,
      others: tally.adopted + tally.marked + tally.moved + tally.removed,
      seconds,
    },
  ];
}
