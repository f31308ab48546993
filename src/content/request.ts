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
}

/** Places of a store that may be worked on at once. */
export const widthOf = ({ batch }: ItemStore): number => batch.places ?? 1;

/** True where there are so few mailboxes that each may take several connections: many share what there is. */
export const isFew = (mailboxes: number): boolean => mailboxes <= 2;
