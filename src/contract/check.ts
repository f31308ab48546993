import type { Address } from "../model/address.ts";
import type { Entry, Place, PlaceId } from "../model/item.ts";
import type { Owner } from "../model/resource.ts";

/** What an endpoint is asked to look into: the mailboxes that the manifests name on it, on one side. */
export interface CheckRequest {
  readonly use: "source" | "destination";
  /** None where the endpoint is named for its directory alone. */
  readonly mailboxes: readonly CheckedMailbox[];
  /** Takes what was seen of a mailbox, for whoever knows the other side too. */
  seen(sight: MailboxSight): void;
}

/** A mailbox to be looked into. The rules come as questions, for an endpoint knows no manifests. */
export interface CheckedMailbox {
  readonly address: Address;
  readonly owner: Owner;
  /** The folders that the rules take, of all that are there. */
  chosen(places: readonly Pick<Place, "id" | "path" | "optional" | "selectable">[]): ReadonlySet<PlaceId>;
  /** Whether the rules take a message; absent where they take every one, so that nobody need look at each. */
  readonly takes?: (message: Pick<Entry, "date" | "size" | "marks">) => boolean;
  /** Of a source: what its destination was seen to take. */
  readonly fits?: Fits;
}

/** What a destination takes, as far as it says so. */
export interface Fits {
  /** Octets of one message; not certain where the system did not say so itself. */
  readonly largest?: { readonly bytes: number; readonly certain: boolean };
  readonly marks?: Place["marks"];
}

/** What was seen of one mailbox on one side; what is absent could not be known. */
export interface MailboxSight extends Fits {
  readonly address: Address;
  /** All that is there; of a source, what the rules take. */
  readonly holds?: Holding;
  /** Of a source: messages larger than `over` octets. */
  readonly large?: { readonly over: number; readonly messages: number; readonly largest: number };
  /** Of a source: marks that its destination does not keep, with the number of messages that have them. */
  readonly lost?: readonly { readonly mark: string; readonly messages: number }[];
  readonly quotas?: readonly QuotaSight[];
}

/** What is in a mailbox, and how its octets were counted, as a clause: `by STATUS SIZE`. */
interface Holding {
  readonly messages?: number;
  readonly bytes?: number;
  readonly counted: string;
}

/** One limit that a mailbox counts against, in octets and messages. Several mailboxes may share one. */
export interface QuotaSight {
  readonly name: string;
  readonly used: { readonly bytes?: number; readonly messages?: number };
  readonly limit: { readonly bytes?: number; readonly messages?: number };
}
