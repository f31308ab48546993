import type { Clock } from "../contract/endpoint.ts";
import type { ItemStore } from "../contract/item-store.ts";
import type { Journal } from "../contract/journal.ts";
import type { Address } from "../model/address.ts";
import type { Emit } from "../model/event.ts";
import type { FolderRules, MailboxMode, MessageRules } from "../model/resource.ts";

/** One pass over one mailbox: both sides, its memory, and what is wanted. */
export interface SyncRequest {
  readonly address: Address;
  readonly source: ItemStore;
  readonly destination: ItemStore;
  readonly journal: Journal;
  readonly mode: MailboxMode;
  readonly folders: FolderRules;
  readonly messages: MessageRules;
  /** Brings back what its user deleted at the destination. */
  readonly restore?: boolean;
  /** Copies what is "deleted by its user, or never copied". */
  readonly recopy: boolean;
  readonly emit: Emit;
  /** Asks for a clean end: the batch under way is finished, then `run.interrupted` is thrown. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** True where few mailboxes are worked on: this one may have several folders under way at once. */
  readonly wide?: boolean;
}

/** Places of a store that may be worked on at once. */
export const widthOf = ({ wide }: Pick<SyncRequest, "wide">, { batch }: ItemStore): number =>
  wide === true ? (batch.places ?? 1) : 1;

/** True where there are so few mailboxes that each may take several connections: many share what there is. */
export const isFew = (mailboxes: number): boolean => mailboxes <= 2;
