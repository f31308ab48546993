import { showNumber } from "../kind/normal.ts";
import { showCount } from "./number.ts";
import type { Remembered } from "./state.ts";

/** What is to be forgotten, with the messages of batches whose outcome is not known. */
export type Doomed = Remembered & { readonly open: number };

interface Loss {
  readonly count: (each: Doomed) => number;
  readonly say: (count: number) => string;
}

const messages = (count: number): string => showCount(count, "message");
const one = (there: boolean): number => (there ? 1 : 0);

/** What only the state knows (everything else is found again at the endpoints). */
const losses: readonly Loss[] = [
  {
    count: ({ mailbox }) => mailbox?.paired ?? 0,
    say: (count) =>
      `how ${messages(count)} came to be at both ends: they are matched anew by content and count as found there, so that none is removed or moved after the source any more, and flags are only added until both sides agree`,
  },
  {
    count: ({ mailbox }) => mailbox?.deletedByUser ?? 0,
    say: (count) =>
      `that users deleted ${messages(count)} at the destination: "deleted by its user, or never copied" from now on, and waiting for --recopy`,
  },
  {
    count: ({ mailbox }) => mailbox?.waiting.refused ?? 0,
    say: (count) => `why ${messages(count)} could not be copied: tried again as new`,
  },
  {
    count: ({ open }) => open,
    say: (count) => `that a pass was cut off while it wrote ${messages(count)}: what arrived is found by its content`,
  },
  {
    count: ({ ledger }) => one(ledger?.protect === true),
    say: (count) =>
      `the protection of ${showCount(count, "resource")}: once the manifests do not say protect: true, a plan may delete ${count === 1 ? "it" : "them"}`,
  },
  {
    count: ({ ledger }) => one(ledger?.id !== undefined),
    say: (count) =>
      `${count === 1 ? "the endpoint's own id" : `${showNumber(count)} ids of the endpoint`}: what is renamed there before the next apply is not known again`,
  },
  {
    count: ({ ledger }) => one(ledger?.passwordIssue !== undefined),
    say: () => "which issue of a password was written: the next apply takes the manifest's for written",
  },
  {
    count: ({ ledger }) => one(ledger?.applied !== undefined),
    say: () => "what the last apply left: until the next one, `drift` cannot tell who changed what",
  },
];

/** What forgetting these costs, a line each kind of loss. */
export function lossLines(doomed: readonly Doomed[]): readonly string[] {
  return losses.flatMap(({ count, say }) => {
    const sum = doomed.reduce((total, each) => total + count(each), 0);
    return sum === 0 ? [] : [say(sum)];
  });
}
