import type { ApplyResult } from "../apply/request.ts";
import type { Address } from "../model/address.ts";
import type { Plan } from "../model/plan.ts";
import { isOpen } from "./carrying.ts";
import { isTrouble } from "./facts.ts";

/** Of what something is left while passes go on: a mailbox stands as its last pass left it. */
export interface Standing {
  note(outcomes: ApplyResult["outcomes"]): void;
  /** Mailboxes of which something is pending, unknown, or failed. */
  readonly open: number;
  readonly incomplete: boolean;
}

/** `first` is what became of the plan that was approved. What it left beside the followed mailboxes waits for the next plan. */
export function createStanding(
  { unread, findings }: Plan,
  followed: ReadonlySet<Address>,
  first: ApplyResult["outcomes"],
): Standing {
  const told = [...unread.map(({ address }) => address), ...findings.filter(isTrouble).map(({ about }) => about)];
  const known = (about: string): about is Address => (followed as ReadonlySet<string>).has(about);
  const open = new Set<Address>(told.filter(known));
  const beside = told.some((about) => !known(about)) || first.some((each) => !known(each.step.address) && isOpen(each));
  const note: Standing["note"] = (outcomes) => {
    for (const outcome of outcomes) {
      const { address } = outcome.step;
      if (known(address) && isOpen(outcome)) open.add(address);
      else open.delete(address);
    }
  };
  note(first);
  return {
    note,
    get open() {
      return open.size;
    },
    get incomplete() {
      return beside || open.size > 0;
    },
  };
}
