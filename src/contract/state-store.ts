import type { Address } from "../model/address.ts";
import type { Tally } from "../model/event.ts";
import type { FaultRecord } from "../model/fault.ts";
import type { Json } from "../model/json.ts";
import type { RowOrigin } from "../model/resource.ts";
import type { Standing } from "../model/verification.ts";
import type { Journal } from "./journal.ts";

/** Who holds a lease: told to whoever finds it taken. */
export interface Holder {
  readonly host: string;
  readonly pid: number;
  /** Tells a process from a later one with the same pid: its start, as the system counts it. */
  readonly started: string;
  readonly user: string;
  readonly command: string;
}

/** The right to write, of one Migration, for one process. A later holder has a higher epoch; writes with an old one throw `lease.lost`. */
export interface Lease {
  readonly scope: string;
  readonly epoch: number;
  readonly holder: Holder;
  readonly since: number;
  renew(): Promise<void>;
  release(): Promise<void>;
}

export type LeaseInfo = Pick<Lease, "scope" | "epoch" | "holder" | "since"> & { readonly alive: boolean | "unknown" };

/** What is remembered of a resource beside what its endpoint shows. */
export interface LedgerRecord {
  readonly address: Address;
  readonly endpoint?: string;
  /** Which system that endpoint is, whatever it is called. */
  readonly system?: string;
  readonly id?: string;
  readonly protect?: boolean;
  readonly passwordIssue?: number;
  readonly cutover?: number;
  /** Its managed fields as the last apply left them. */
  readonly applied?: Readonly<Record<string, Json>>;
  /** The row that declared it when it was last applied: who lacks there later has left. */
  readonly row?: RowOrigin;
  /** True where it was disabled by us, for its row was gone. */
  readonly leaver?: boolean;
  /** Of a mailbox: how it was last proved. */
  readonly verified?: VerifiedRecord;
}

/** That all of a mailbox's source messages were at its destination, or explained. */
export interface VerifiedRecord {
  readonly at: number;
  /** True where bodies were read and hashed. */
  readonly content: boolean;
  readonly strict: boolean;
  /** Messages by what was found of them; those that are 0 are left out. */
  readonly counts: Readonly<Partial<Record<Standing, number>>>;
  /** True where rules left folders or messages out: of these nothing was proved. */
  readonly partial?: true;
  readonly source: VerifiedSide;
  readonly destination: VerifiedSide;
}

interface VerifiedSide {
  readonly endpoint: string;
  readonly user: string;
  /** Which system that endpoint is, whatever it is called. */
  readonly system?: string;
}

/** What another Migration of the same state remembers. */
interface Claim {
  readonly migration: string;
  readonly record: LedgerRecord;
}

export interface Ledger {
  all(): Promise<readonly LedgerRecord[]>;
  /** Replaces what is known of these addresses. */
  set(lease: Lease, records: readonly LedgerRecord[]): Promise<void>;
  forget(lease: Lease, address: Address): Promise<void>;
  /** What other Migrations of the same state remember. */
  others(): Promise<readonly Claim[]>;
  /** Makes another Migration's records of these addresses ours, and it forgets them. What we know of one ourselves stands. */
  takeOver(lease: Lease, migration: string, addresses: readonly Address[]): Promise<void>;
}

export type RunState = "running" | "done" | "failed" | "interrupted";

export interface RunRecord {
  readonly id: number;
  readonly command: string;
  readonly plan?: string;
  readonly begun: number;
  readonly ended?: number;
  /** `running` whose process is dead is read as `interrupted`. */
  readonly state: RunState;
  readonly exit?: number;
}

export interface StepRecord {
  readonly step: string;
  readonly address: Address;
  readonly state: "done" | "failed" | "skipped";
  readonly fault?: FaultRecord;
  readonly tally?: Tally;
  readonly ended: number;
}

/** What a pass over a mailbox did, from one endpoint to another, and how long that took: what forecasts are made of. */
export interface Measure {
  readonly source: string;
  readonly destination: string;
  /** Copied, and their octets. */
  readonly messages: number;
  readonly bytes: number;
  /** Messages that were adopted, marked, moved or removed: handled without their bodies. */
  readonly others: number;
  readonly seconds: number;
}

export interface Runs {
  begin(
    lease: Lease,
    run: { readonly command: string; readonly plan?: string; readonly begun: number },
  ): Promise<number>;
  /** Records all of these, at once. */
  record(lease: Lease, run: number, steps: readonly StepRecord[], measures?: readonly Measure[]): Promise<void>;
  /** Of each pair of endpoints and each order of magnitude of messages the newest, so that deltas do not push out what bulk took. */
  measures(): Promise<readonly Measure[]>;
  end(
    lease: Lease,
    run: number,
    end: { readonly ended: number; readonly state: RunState; readonly exit: number },
  ): Promise<void>;
  /** Newest first. */
  list(limit: number): Promise<readonly RunRecord[]>;
  steps(run: number): Promise<readonly StepRecord[]>;
  /** The newest step of each address that ever had one, by address. */
  newest(): Promise<readonly StepRecord[]>;
}

/** The state of one Migration. What writes is durable when it returns; of a journal, what its own words promise. */
export interface StateStore {
  /** True when it was made by this opening: nothing was remembered. */
  readonly created: boolean;
  /** Throws `state.locked`, telling who holds it. A holder that is dead for certain is taken over from. */
  acquire(holder: Holder): Promise<Lease>;
  holder(): Promise<LeaseInfo | undefined>;
  /** Takes the lease away from its holder, whoever that is. */
  unlock(): Promise<LeaseInfo | undefined>;
  readonly ledger: Ledger;
  readonly runs: Runs;
  journal(mailbox: Address, lease: Lease): Promise<Journal>;
  /**
   * A throw-away journal of a mailbox, for plans: nothing of it reaches the state. Close it by `close`. It may read the state itself until
   * it is written to, and then throws `state.moved` where another process wrote meanwhile; `whole` takes a copy at once instead.
   */
  draft(mailbox: Address, whole?: boolean): Promise<Journal & { close(): Promise<void> }>;
  /** Mailboxes that have a journal. */
  mailboxes(): Promise<readonly Address[]>;
  /**
   * What is remembered of an address, in the ledger and in its journal, is another one's of its kind from now on; runs keep the old name.
   * Throws `address.unknown` where nothing is remembered of the one, and `state.taken` where something is of the other.
   */
  rename(lease: Lease, from: Address, to: Address): Promise<void>;
  /** Ends what ledger and journal remember of these addresses, all at once. Journals of theirs that are open are void. */
  forget(lease: Lease, addresses: readonly Address[]): Promise<void>;
  /** Copies the state aside, in full, and returns where. */
  copyAside(): Promise<string>;
  close(): Promise<void>;
}
