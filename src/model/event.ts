import type { Address } from "./address.ts";
import type { FaultRecord } from "./fault.ts";
import type { Finding } from "./finding.ts";

/** Numbers of one mailbox's pass. Every message of the source is in exactly one of them, save the marks. */
export interface Tally {
  readonly copied: number;
  readonly copiedBytes: number;
  readonly adopted: number;
  readonly present: number;
  /** Messages whose marks were changed at the destination. */
  readonly marked: number;
  readonly moved: number;
  readonly removed: number;
  /** Deleted at the destination by its user, and left so. */
  readonly deletedByUser: number;
  readonly skipped: number;
  /** Refused or unread; tried again on the next pass. */
  readonly pending: number;
  /** Deleted by its user, or never copied: waits for `--recopy`. */
  readonly unknown: number;
  /** Outside `since` and `before`: not managed. */
  readonly outside: number;
  /** Came after the plan: waits for the next pass. */
  readonly late: number;
}

/** What happens in a run, as it happens. Progress is events; only the command line prints. */
export type Event =
  | { readonly type: "step.begin"; readonly step: string; readonly address: Address }
  | { readonly type: "step.done"; readonly step: string; readonly address: Address }
  | { readonly type: "step.failed"; readonly step: string; readonly address: Address; readonly fault: FaultRecord }
  | { readonly type: "step.skipped"; readonly step: string; readonly address: Address; readonly because: string }
  /** A pass begins, again where one before broke off: so much is left to copy. */
  | { readonly type: "sync.begin"; readonly address: Address; readonly messages: number; readonly bytes: number }
  | {
      readonly type: "sync.progress";
      readonly address: Address;
      readonly messages: number;
      readonly bytes: number;
      readonly place: string;
    }
  | { readonly type: "sync.done"; readonly address: Address; readonly tally: Tally }
  | {
      readonly type: "item.pending";
      readonly address: Address;
      readonly place: string;
      readonly id: string;
      readonly fault: FaultRecord;
    }
  /** A source is no longer watched; passes on the interval go on. */
  | { readonly type: "watch.end"; readonly address: Address; readonly because: string }
  | { readonly type: "read"; readonly about: string; readonly count: number }
  | { readonly type: "finding"; readonly finding: Finding }
  | { readonly type: "waiting"; readonly about: string; readonly ms: number; readonly reason: string };

export type Emit = (event: Event) => void;
