import type { Clock, Endpoint } from "../contract/endpoint.ts";
import type { Lease, StateStore } from "../contract/state-store.ts";
import type { ByteBudget } from "../content/bytes.ts";
import type { Address } from "../model/address.ts";
import type { Emit, Tally } from "../model/event.ts";
import type { FaultRecord } from "../model/fault.ts";
import type { Finding } from "../model/finding.ts";
import type { Plan, Step } from "../model/plan.ts";
import type { Resource, SecretRef } from "../model/resource.ts";
import type { PasswordFile } from "./passwordfile.ts";

/** How a run is stopped: `soft` lets what is under way end and begins nothing new; `hard` breaks off. */
interface Stops {
  readonly soft: AbortSignal;
  readonly hard: AbortSignal;
}

export interface ApplyRequest {
  readonly plan: Plan;
  /** What the manifests say, by address: what a plan may not hold (credentials, secret references, rules) is taken from here. */
  readonly resources: ReadonlyMap<Address, Resource>;
  /** An endpoint by its name in the manifests; whoever gives it closes it. */
  readonly connect: (endpoint: string) => Promise<Endpoint>;
  readonly secret: (ref: SecretRef) => Promise<string>;
  /** The hash that the source has of an account's password; undefined where it has none. */
  readonly hash?: (address: Address) => Promise<string | undefined>;
  /** Which system an endpoint is, to be remembered with what is written there. */
  readonly system?: (endpoint: string) => string | undefined;
  /** Where generated passwords go; without it a step that needs one fails before it writes. */
  readonly passwords?: PasswordFile;
  readonly state: StateStore;
  readonly lease: Lease;
  /** Id of the run that the steps are recorded under. */
  readonly run: number;
  readonly bytes: ByteBudget;
  /** Mailboxes that are synced at one time. */
  readonly parallel: number;
  /**
   * Takes what came since the plan too, and removes nothing: a pass between two plans. Only mailboxes where something happened are
   * recorded under the run.
   */
  readonly additive?: true;
  readonly emit: Emit;
  readonly stops: Stops;
  readonly clock: Clock;
}

/** What became of one step. `because` says why a skipped one was. */
export interface StepOutcome {
  readonly step: Step;
  readonly state: "done" | "failed" | "skipped";
  readonly fault?: FaultRecord;
  /** What was thrown where it was no Fault: a bug. */
  readonly cause?: unknown;
  readonly because?: string;
  readonly tally?: Tally;
  /** What a mailbox's passes took. */
  readonly seconds?: number;
  readonly findings?: readonly Finding[];
}

export interface ApplyResult {
  /** One for every step of the plan. */
  readonly outcomes: readonly StepOutcome[];
  /** Why the run stopped before its end, where it did. */
  readonly stopped?: FaultRecord;
}
