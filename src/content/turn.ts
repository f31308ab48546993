import type { Address } from "../model/address.ts";
import type { Step } from "../model/plan.ts";
import type { Resource } from "../model/resource.ts";

/** Where the steps stand in line: the waves by number, in a wave the higher priority, then the most to copy. */
export function contentOrder(resources: ReadonlyMap<Address, Resource>): (a: Step, b: Step) => number {
  const key = (step: Step): readonly number[] => {
    const mailbox = resources.get(step.address);
    const priority = mailbox?.kind === "mailbox" ? mailbox.priority : undefined;
    const bytes = step.change.act === "sync" ? step.change.counts.copyBytes : 0;
    return [mailbox?.wave ?? Number.POSITIVE_INFINITY, -(priority ?? 0), -bytes];
  };
  return (a, b) => {
    const [left, right] = [key(a), key(b)];
    const at = left.findIndex((value, index) => value !== right[index]);
    return at < 0 ? 0 : (left[at] ?? 0) < (right[at] ?? 0) ? -1 : 1;
  };
}
