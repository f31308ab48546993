import type { Asked } from "../kind/asked.ts";
import type { TakenHashes } from "../kind/scheme.ts";
import type { DirectoryKind } from "../model/address.ts";
import type { Emit } from "../model/event.ts";
import type { FaultRecord } from "../model/fault.ts";
import type { Finding } from "../model/finding.ts";
import type { ItemType } from "../model/item.ts";
import type { Precondition, Want } from "../model/plan.ts";
import type { FieldChange, Observed, Owner, SecretRef } from "../model/resource.ts";
import type { EndpointSpec } from "../model/spec.ts";
import type { CheckRequest } from "./check.ts";
import type { ItemStore } from "./item-store.ts";
import type { Options } from "./options.ts";

/** What a store is opened for. A source is never written to, not even by the way it is opened (EXAMINE, RFC 3501, 6.3.2). */
export interface UseOptions extends Options {
  readonly use: "source" | "destination";
  /** True where few mailboxes are worked on: this one may take several connections, and work in several places at once. */
  readonly wide?: boolean;
  /** Hears that the store has the connection it begins with: it waits for none of its budget any more. */
  readonly admitted?: () => void;
}

/** Time, so that tests own it. */
export interface Clock {
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /** Resolves after `ms`, or rejects with `run.interrupted` when the signal fires first. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** What a wire request costs; what is absent costs nothing. */
export interface Cost {
  readonly messages?: number;
  readonly bytes?: number;
}

/** What limits allow a second; what is absent is not limited. */
export interface Rates {
  readonly messages?: number;
  /** Octets. */
  readonly bytes?: number;
}

/** The limits of one endpoint, shared by everybody who talks to it. An endpoint waits only here and by the clock. */
export interface Budget {
  /** Waits for a free connection; call what it returns to give it back. */
  connection(signal: AbortSignal): Promise<() => void>;
  /**
   * A connection that is free, or held for nobody, while nobody waits for one; undefined where there is none. To be given back likewise.
   */
  spare(signal: AbortSignal): Promise<(() => void) | undefined>;
  /**
   * Says that a connection is held for nobody, to be used again. `giveUp` is called where somebody wants one, and has to give it back.
   * Returns how it is taken up again, which is false once it was given up; undefined where somebody waits already.
   */
  idle(giveUp: () => void): (() => boolean) | undefined;
  /** True where connections are not limited: nobody ever waits for one. */
  readonly unlimited: boolean;
  /** Waits until the cost fits the rate. */
  charge(cost: Cost, signal: AbortSignal): Promise<void>;
  readonly rates: Rates;
}

export interface OpenContext {
  /** Asked when it is needed; `anew` where what was found a moment ago was refused. Throws `secret.missing`. */
  secret(ref: SecretRef, anew?: "anew"): Promise<string>;
  readonly budget: Budget;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** Opens another endpoint without importing it; with `own`, its secrets are had from there, and it counts against that budget. */
  open(spec: EndpointSpec, own?: Pick<OpenContext, "secret" | "budget">): Promise<Endpoint>;
}

/** What a system's folder exports. `name` is the endpoint's name in the manifests. */
export type Open = (name: string, spec: EndpointSpec, context: OpenContext) => Promise<Endpoint>;

/** Somebody whose items an endpoint holds, by the login name that `items` is opened with. */
export interface OwnerSight {
  readonly user: string;
  /** Why `items` cannot be opened by this name, as a clause; absent where it can. */
  readonly flaw?: string;
}

/** A mail system. A capability is a key that is present. */
export interface Endpoint {
  readonly directory: { readonly [K in DirectoryKind]?: Handler<K> };
  /** Opens the items of one owner; the store holds connections until it is closed. */
  readonly items: { readonly [I in ItemType]?: (owner: Owner, options: UseOptions) => Promise<ItemStore> };
  /**
   * Whose items it holds, each once, in any order; opens no mailbox and writes nothing. Ends normally only when these are all, else it
   * throws; where the login may not list them, or the system cannot, it throws `owners.unlisted`. Absent where nobody could ever tell.
   */
  owners?(options: Options): AsyncIterable<OwnerSight>;
  /** Reach, certificate, login, rights, quota, limits. Says what it found; throws only what spoils the endpoint. Writes nothing. */
  check(request: CheckRequest, options: Options): AsyncIterable<Finding>;
  /** Endpoints with an equal one share their limits, for they are on one host; absent for one that shares them with none. */
  readonly shares?: string;
  /** Connections that may be open at one time, by its limits; absent where none is known. */
  readonly connections?: number;
  /** What it charges to its budget, and connections with it; absent for one that keeps to no limits. */
  readonly rates?: Rates;
  close(): Promise<void>;
}

/** What to read: everything of the kind, or what a filter lets through, in the endpoint's own words. */
export interface Scope {
  readonly filter?: string | Readonly<Record<string, string>>;
  /** Only these are wanted, in normal form; others may be given all the same, where it is no work to leave them in. */
  readonly names?: ReadonlySet<string>;
  /** Of a field that costs a request for each, those whose field is wanted: of others it may be left out. Absent where all are. */
  readonly asked?: Asked;
  /** Attribute by field of ours, where the manifest maps them. */
  readonly map?: Readonly<Record<string, string>>;
}

/** A password to be written, in clear or as a hash. It is told to the endpoint alone. */
export interface NewPassword {
  readonly from: "secret" | "hash" | "generate";
  readonly value: string;
  readonly mustChange: boolean;
}

/** Somebody's password as a directory stores it. */
export interface StoredHash {
  /** As its row is called. */
  readonly name: string;
  readonly hash: string;
}

/** One change to a directory. `was` is what the plan was made against. */
export type DirectoryChange<K extends DirectoryKind = DirectoryKind> = {
  readonly key: string;
  readonly precondition: Precondition;
} & (
  | {
      readonly act: "create";
      readonly want: Want<K>;
      readonly password?: NewPassword;
    }
  | {
      readonly act: "update";
      readonly want: Want<K>;
      readonly was: Observed<K>;
      readonly fields: readonly FieldChange[];
      readonly renamed?: string;
      readonly password?: NewPassword;
    }
  | { readonly act: "delete"; readonly was: Observed<K> }
);

/** What became of one change; `observed` is what is there now. */
export type Outcome<K extends DirectoryKind = DirectoryKind> =
  | { readonly key: string; readonly observed: Observed<K> | undefined }
  | { readonly key: string; readonly conflict: string }
  | { readonly key: string; readonly fault: FaultRecord };

/** A change as a plan has it, before anybody is told to make it. */
export type PlannedChange<K extends DirectoryKind = DirectoryKind> =
  | { readonly act: "create"; readonly want: Want<K> }
  | {
      readonly act: "update";
      readonly want: Want<K>;
      readonly was: Observed<K>;
      readonly fields: readonly FieldChange[];
    }
  | { readonly act: "delete"; readonly was: Observed<K> };

/**
 * One kind in one directory.
 *
 * Laws, which the contract suite holds every endpoint to: `read` ends normally only when it was complete, else it throws
 * `read.incomplete`. `write` is durable when it returns, gives one outcome a change, by key, touches nothing where the
 * precondition fails (conflict), and writing the same change twice is no fault: the second finds it done.
 */
export interface Handler<K extends DirectoryKind> {
  /** Fields it can hold; a wanted field outside is a finding and is not compared. */
  readonly fields: ReadonlySet<string>;
  /** Of a field that has parts, those that it can hold, where these are not all: what is wanted beside them is a finding, and not compared. */
  readonly parts?: Readonly<Record<string, readonly string[]>>;
  /** Of aliases: each stands with the account or list that it leads to, so that it can lead to nothing else. */
  readonly atTarget?: true;
  /** Of accounts: mail that is sent on leaves a copy behind where it goes to somebody who has an entry here, and nowhere else. */
  readonly copiesFor?: "entries";
  read(scope: Scope, options: Options): AsyncIterable<Observed<K>>;
  /** Pure: what it cannot do with this, and what only a person can. */
  assess(want: Want<K>, was?: Observed<K>): readonly Finding[];
  /**
   * Present where some changes are a person's to make, for the endpoint sees such things and cannot write them: what to do, a line each;
   * none where nobody could see that it was done; undefined for a change that the endpoint makes itself. Pure.
   */
  byHand?(change: PlannedChange<K>): readonly string[] | undefined;
  /**
   * Present where the system has fields that the endpoint neither shows nor writes: a person sets them, by these lines, and what was asked
   * for is taken to be there. Pure; no lines where there is nothing to do.
   */
  readonly unseen?: {
    readonly fields: ReadonlySet<string>;
    lines(change: PlannedChange<K>): readonly string[];
  };
  /** Present where passwords are written, in clear, or as hashes of these schemes. A hash of another is never sent here. */
  readonly passwords?: { readonly hashes: TakenHashes };
  /**
   * Password hashes of accounts, where it can give them: braced by their scheme unless they begin as crypt(3)'s do. Whoever has none
   * is left out. Read to be written elsewhere, and never shown.
   */
  hashes?(scope: Scope, options: Options): AsyncIterable<StoredHash>;
  /** Present where the endpoint can be written to. */
  write?(changes: readonly DirectoryChange<K>[], options: Options): Promise<readonly Outcome<K>[]>;
}
