import type { Address } from "../model/address.ts";
import { asFault, recordOf } from "../model/fault.ts";

/** A mailbox that could not be read: nothing is said about it. */
export interface UnreadMailbox {
  readonly address: Address;
  readonly fault: { readonly code: string; readonly message: string; readonly remedy?: string };
}

export function unreadMailbox(address: Address, thrown: unknown): UnreadMailbox {
  const { code, message, remedy } = recordOf(
    asFault(thrown, { code: "mailbox.unread", about: address, spoils: "mailbox", retry: "later" }),
  );
  return { address, fault: { code, message, ...(remedy === undefined ? {} : { remedy }) } };
}
