import type { Address, DirectoryKind, Kind } from "./address.ts";
import type { Finding } from "./finding.ts";
import type { FeedId, ItemRef } from "./item.ts";
import type { Json } from "./json.ts";
import type { DirectoryResource, FieldChange, MailboxMode, Observed } from "./resource.ts";

export const phases = ["directory", "content", "cutover"] as const;
export type Phase = (typeof phases)[number];

/** A directory resource as a plan carries it: without secret references. */
export type Want<K extends DirectoryKind = DirectoryKind> = Omit<
  DirectoryResource<K>,
  "origin" | "prune" | "password"
> & {
  readonly password?: {
    readonly from: "external" | "secret" | "hash" | "generate";
    readonly mustChange?: boolean;
    readonly issue?: number;
  };
};

/** The bounds of a mailbox's step: what came to the source after the plan waits for the next pass. */
export interface SyncScope {
  /** By feed of the source. */
  readonly watermarks: Readonly<Record<FeedId, { readonly epoch: string; readonly watermark: Json }>>;
}

/** What a step would do to a mailbox, in counts. Bytes are octets. */
export interface SyncCounts {
  readonly copy: number;
  readonly copyBytes: number;
  readonly folders: number;
  readonly adopt: number;
  readonly present: number;
  /** There at the source, deleted at the destination by its user, and left so. */
  readonly deletedByUser: number;
  readonly marks: number;
  readonly move: number;
  readonly delete: number;
  /** Folders to create, rename or subscribe. */
  readonly places: number;
  /** "Deleted by its user, or never copied": waits for `--recopy`. */
  readonly unknown: number;
  /** Refused before, with the reason not gone; where it may have gone they are counted as copies. */
  readonly pending: number;
  /** Left out by declaration, by reason (`maxSize`, `skip`, `deleted`); what lies outside since and before is not counted. */
  readonly skipped: Readonly<Record<string, number>>;
}

export interface MailboxPlan {
  readonly source: { readonly endpoint: string; readonly user: string };
  readonly destination: { readonly endpoint: string; readonly user: string };
  readonly mode: MailboxMode;
}

export type LedgerChange =
  | { readonly protect: boolean }
  | { readonly adopt: { readonly id: string } }
  | { readonly passwordIssue: number }
  /** Disabled by us for its row was gone, or no longer so. */
  | { readonly leaver: boolean };

export type Change =
  | { readonly act: "create"; readonly want: Want }
  | {
      readonly act: "update";
      readonly want: Want;
      readonly was: Observed;
      readonly fields: readonly FieldChange[];
      readonly renamed?: string;
    }
  | { readonly act: "delete"; readonly was: Observed }
  | {
      readonly act: "sync";
      readonly want: MailboxPlan;
      readonly counts: SyncCounts;
      readonly scope: SyncScope;
      readonly deletes: readonly ItemRef[];
    }
  | {
      readonly act: "manual";
      readonly instructions: readonly string[];
      readonly expect: readonly FieldChange[];
      /** True where no reading will show that it was done: it is asked for once. */
      readonly unseen?: true;
    }
  | { readonly act: "gate"; readonly until: Json }
  | { readonly act: "record"; readonly set: LedgerChange };

/** What must still be so when the step is applied: the destination's revision, or that nothing is there. */
export type Precondition = { readonly absent: true } | { readonly revision: string } | { readonly none: true };

export interface Step {
  /** Unique in its plan and equal in two plans of the same content. */
  readonly id: string;
  readonly address: Address;
  /** Endpoints it touches, by name. */
  readonly at: readonly string[];
  readonly phase: Phase;
  readonly change: Change;
  /** Ids of the steps that must be done before. */
  readonly after: readonly string[];
  readonly precondition: Precondition;
  /** True when it destroys what cannot be had back. */
  readonly irreversible?: boolean;
}

/** Share and number; the lower of the two counts. */
export interface Limit {
  readonly percent: number;
  readonly count: number;
}

export interface GuardCount {
  readonly kind: Kind;
  /** What is counted of the kind, where it is not deletes of the whole thing: members who leave lists, accounts that are disabled. */
  readonly set?: "members" | "disabled";
  readonly deletes: number;
  readonly of: number;
  readonly allowed: number;
  /** Those of them whom a line of the manifests itself disables; the share is of the others. */
  readonly written?: readonly Address[];
  /** Where it has limits of its own. */
  readonly limit?: Limit;
}

export interface GuardReport {
  readonly limit: Limit;
  readonly counts: readonly GuardCount[];
  /** Reasons why the plan is refused; empty when it may be applied. */
  readonly refusals: readonly Finding[];
  readonly protectedTouched: number;
  /** Accounts that are deleted, and whose mail was proved to be elsewhere; absent where there is none. */
  readonly verified?: readonly Address[];
}

export interface Selection {
  readonly target: readonly string[];
  readonly exclude: readonly string[];
  readonly label: readonly string[];
  readonly wave: readonly number[];
  readonly phase: readonly Phase[];
}

/** How long something takes: as earlier passes took, or at least, by what limits allow. */
export type Estimate =
  | { readonly basis: "measured" | "limits"; readonly seconds: number }
  | { readonly basis: "unknown" };

/** What passes from one endpoint to another took, in seconds for each pass, message copied, octet of it, and message handled otherwise. */
export interface MeasuredRates {
  readonly source: string;
  readonly destination: string;
  /** How many passes say it. */
  readonly passes: number;
  readonly perPass: number;
  /** Absent where no pass has copied any. */
  readonly perMessage?: number;
  readonly perOctet: number;
  readonly perOther: number;
}

/** The limit that a mailbox cannot be faster than. */
export interface Held {
  readonly endpoint: string;
  readonly of: "messages" | "bytes";
  readonly perSecond: number;
}

/** How long the mail of a plan takes. */
export interface Forecast {
  /** Mailboxes at one time that it reckons with. */
  readonly parallel: number;
  readonly whole: Estimate;
  /** Each by itself, as `--wave` takes it; the last without a number is what is in none. */
  readonly waves: readonly { readonly wave?: number; readonly mailboxes: number; readonly estimate: Estimate }[];
  /** In the order in which they are begun. `held` where a limit says more than what was measured, or nothing was. */
  readonly mailboxes: readonly { readonly address: Address; readonly estimate: Estimate; readonly held?: Held }[];
  readonly rates: readonly MeasuredRates[];
}

/** The difference between what is wanted and what is there: data that is shown, saved, reviewed and applied. */
export interface Plan {
  readonly format: 1;
  /** Hash of the content without times; a checksum, not a signature. */
  readonly id: string;
  readonly migration: string;
  /** Digest of the manifests it was made from; other manifests make it stale. */
  readonly digest: string;
  readonly createdAt: string;
  /** Endpoint names, source to destination, as the headline shows them. */
  readonly route: { readonly source: readonly string[]; readonly destination: readonly string[] };
  readonly selection: Selection;
  readonly recopy: boolean;
  readonly steps: readonly Step[];
  readonly findings: readonly Finding[];
  readonly guards: GuardReport;
  /** Addresses that could not be read, so nothing is said about them. */
  readonly unread: readonly { readonly address: string; readonly code: string; readonly message: string }[];
  /** Where there is mail to see to. As it was when the plan was made; it takes no part in the id. */
  readonly forecast?: Forecast;
}
