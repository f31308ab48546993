import type { MailboxMode } from "../model/resource.ts";

/** Where one side of a pair stands now: where it was agreed, elsewhere on that side, or in a complete look no longer there. */
export type Standing = "there" | "elsewhere" | "gone";

export interface PairFacts {
  readonly source: Standing;
  readonly destination: Standing;
  readonly mode: MailboxMode;
  readonly how: "brought" | "adopted";
  /** The destination's user changed the copy since our last write: its marks, its place. */
  readonly touched: boolean;
  readonly restore: boolean;
}

/**
 * `marks` compares them; `follow` moves the copy to where the source's message went, then compares marks; `leave` leaves the copy as it is;
 * `remove` takes away what we brought; `bury` records that its user deleted it; `restore` copies it anew; `forget` ends the pair.
 */
export type Action = "marks" | "follow" | "leave" | "remove" | "bury" | "restore" | "forget";

/** The three-way table, row by row: base and source and destination to what is to be done. */
const table: Readonly<Record<Standing, Readonly<Record<Standing, (facts: PairFacts) => Action>>>> = {
  there: {
    there: () => "marks",
    // Its user moved it: the pair knows the new place, and marks go on being compared there.
    elsewhere: () => "marks",
    gone: (facts) => (facts.restore ? "restore" : "bury"),
  },
  elsewhere: {
    there: (facts) => (facts.how === "brought" ? "follow" : "marks"),
    elsewhere: () => "marks",
    gone: (facts) => (facts.restore ? "restore" : "bury"),
  },
  gone: {
    there: (facts) => (facts.mode === "mirror" && facts.how === "brought" && !facts.touched ? "remove" : "leave"),
    elsewhere: () => "leave",
    gone: () => "forget",
  },
};

export function decide(facts: PairFacts): Action {
  return table[facts.source][facts.destination](facts);
}
