import type { Address } from "./address.ts";
import type { Finding } from "./finding.ts";
import type { ItemId, PlaceId } from "./item.ts";
import type { Plan } from "./plan.ts";
import type { FieldChange } from "./resource.ts";

/** What became at the destination of a resource that an apply left there. */
export interface ResourceDrift {
  readonly address: Address;
  /** `replaced`: deleted, and made anew under the same name. */
  readonly what: "changed" | "deleted" | "renamed" | "replaced";
  /** From what the last apply left to what is there. */
  readonly fields: readonly FieldChange[];
  /** Its name there now, where it is `renamed`. */
  readonly to?: string;
  /** Of these fields, those that the manifests have changed too since the last apply. */
  readonly edited: readonly string[];
}

export interface DirectoryDrift {
  readonly resources: readonly ResourceDrift[];
  /** Differ from the manifests, and nothing is remembered of their last apply: whose change it is cannot be told. */
  readonly untold: readonly Address[];
  /** Changed in the manifests since the last apply, and not there. */
  readonly unapplied: readonly Address[];
  /** There in a declared domain, and not in the manifests. */
  readonly unmanaged: readonly Address[];
  readonly unread: Plan["unread"];
}

/** One message or folder of a mailbox that is no longer as the last pass left it. Never whose words it holds. */
export type MailboxChange =
  | { readonly what: "deleted" | "added" | "restored" | "gone"; readonly item: DriftedItem }
  | { readonly what: "moved"; readonly item: DriftedItem; readonly to: PlaceId }
  | {
      readonly what: "marked";
      readonly item: DriftedItem;
      readonly add: readonly string[];
      readonly remove: readonly string[];
    }
  | { readonly what: "folderMade" | "folderDeleted" | "renumbered"; readonly place: PlaceId }
  | { readonly what: "folderRenamed"; readonly place: PlaceId; readonly to: PlaceId };

export interface DriftedItem {
  readonly place: PlaceId;
  readonly id?: ItemId;
  /** Internal date, milliseconds since 1970 UTC. */
  readonly date: number;
  readonly size: number;
  /** Hex; absent where it was never read. */
  readonly fingerprint?: string;
}

/** `gone` are messages of the destination's own that were known there; `added` ones came there; `restored` were deleted before. */
type MailboxDriftCounts = { readonly [W in MailboxChange["what"]]: number };

export interface MailboxDrift {
  readonly address: Address;
  readonly counts: MailboxDriftCounts;
  /** Present where they were asked for. */
  readonly changes?: readonly MailboxChange[];
  readonly findings: readonly Finding[];
}

/** What changed at the destination since the last apply. */
export interface Drift extends DirectoryDrift {
  readonly migration: string;
  readonly destination: { readonly directory?: string; readonly mail?: string };
  readonly mailboxes: readonly MailboxDrift[];
  readonly findings: readonly Finding[];
}
