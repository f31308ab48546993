/** How far the damage of a fault reaches; all that is not spoilt goes on. */
export type Spoils = "item" | "place" | "mailbox" | "endpoint" | "run";

/** Whether trying again can help: never, on a later pass, or after a wait in milliseconds. */
export type Retry = "never" | "later" | { readonly afterMs: number };

export interface FaultFacts {
  /** Dotted, stable name, such as `read.incomplete`; machines read it, so it never changes for the same cause. */
  readonly code: string;
  /** What happened, in one sentence without the address. Never holds a secret. */
  readonly message: string;
  readonly spoils: Spoils;
  readonly retry?: Retry;
  /** What it happened to: an address, a file, an endpoint's name. */
  readonly about?: string;
  /** What the reader can do, in one sentence. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** The one error of the product. Anything else that is thrown is a bug. */
export class Fault extends Error {
  readonly code: string;
  readonly spoils: Spoils;
  readonly retry: Retry;
  readonly about: string | undefined;
  readonly remedy: string | undefined;

  constructor(facts: FaultFacts) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = "Fault";
    this.code = facts.code;
    this.spoils = facts.spoils;
    this.retry = facts.retry ?? "never";
    this.about = facts.about;
    this.remedy = facts.remedy;
  }
}

/** A fault as JSON: what is kept in the state and printed; the cause stays behind. */
export interface FaultRecord {
  readonly code: string;
  readonly message: string;
  readonly spoils: Spoils;
  readonly about?: string;
  readonly remedy?: string;
}

export function recordOf(fault: Fault): FaultRecord {
  return {
    code: fault.code,
    message: fault.message,
    spoils: fault.spoils,
    ...(fault.about === undefined ? {} : { about: fault.about }),
    ...(fault.remedy === undefined ? {} : { remedy: fault.remedy }),
  };
}

/** Wraps what is not a Fault yet, so that one shape travels; an abort stays recognisable by its code. */
export function asFault(
  thrown: unknown,
  facts: Omit<FaultFacts, "message" | "cause"> & { readonly message?: string },
): Fault {
  if (thrown instanceof Fault) return thrown;
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return new Fault({ ...facts, message: facts.message ?? detail, cause: thrown });
}

/** The same fault with another reach: what one thing alone is told of may spoil more where it was asked. */
export function spoiling(fault: Fault, spoils: Spoils): Fault {
  const { code, message, retry, about, remedy, cause } = fault;
  return new Fault({
    code,
    message,
    spoils,
    retry,
    ...(about === undefined ? {} : { about }),
    ...(remedy === undefined ? {} : { remedy }),
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The run was asked to stop: nothing is lost, a rerun resumes. */
export function interrupted(): Fault {
  return new Fault({
    code: "run.interrupted",
    message: "The run was interrupted",
    spoils: "run",
    retry: "later",
    remedy: "run again to resume",
  });
}
