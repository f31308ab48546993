import type { Clock } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import type { Emit } from "../../model/event.ts";
import { asFault, type Fault } from "../../model/fault.ts";
import type { GoogleEndpointSpec } from "../../model/spec.ts";
import type { Apis } from "./apis.ts";
import { directoryCharges, settingsCharges } from "./quota.ts";
import { faultOf, isRefused, Refused } from "./refused.ts";
import { type Need, scopeOf } from "./scopes.ts";
import type { Call, Wire } from "./wire.ts";

/** A customer's directory, on behalf of one administrator. */
export interface Admin {
  readonly name: string;
  readonly spec: GoogleEndpointSpec;
  readonly customer: string;
  readonly apis: Apis;
  readonly clock: Clock;
  readonly emit: Emit;
  /** For `auth` of a method; `once` for what must not be sent twice where nobody knows what became of it. */
  auth(need: Exclude<Need, "mail">, options: Options, how?: "once"): string;
  /** Made by us not long ago: what comes after it may not find it yet. */
  readonly newcomers: Newcomers;
}

interface Newcomers {
  add(key: string): void;
  has(key: string): boolean;
}

interface Parts extends Pick<Admin, "name" | "spec" | "apis" | "clock" | "emit"> {
  readonly wire: Wire;
  readonly subject: string;
}

export function createAdmin({ wire, subject, ...parts }: Parts): Admin {
  const reads = parts.spec.readOnly === true;
  const call = (need: Need, { signal }: Options, repeatable: boolean): Call => ({
    subject,
    scope: scopeOf(need, reads),
    charges: need === "settings" ? settingsCharges : directoryCharges,
    repeatable,
    spoils: "endpoint",
    signal,
  });
  return {
    ...parts,
    customer: parts.spec.customer ?? "my_customer",
    auth: (need, options, how) => wire.auth(call(need, options, how !== "once")),
    newcomers: createNewcomers(parts.clock),
  };
}

/** Milliseconds for which something counts as new; "may take several minutes" is all that Google says of some changes. */
const fresh = 5 * 60_000;

function createNewcomers(clock: Clock): Newcomers {
  const made = new Map<string, number>();
  return {
    add: (key) => void made.set(key, clock.now()),
    has: (key) => clock.now() - (made.get(key) ?? Number.NEGATIVE_INFINITY) < fresh,
  };
}

/** Milliseconds between one look and the next for what does not show yet: a minute in all. */
const pauses = [0, 500, 1000, 2000, 4000, 8000, 15_000, 30_000];

/** Looks again, with longer and longer pauses, until something is seen; undefined where that lasts too long. */
export async function seenInTime<T>(
  { clock }: Pick<Admin, "clock">,
  look: () => Promise<T | undefined>,
  { signal }: Options,
): Promise<T | undefined> {
  for (const pause of pauses) {
    if (pause > 0) await clock.wait(pause, signal);
    const seen = await look();
    if (seen !== undefined) return seen;
  }
  return undefined;
}

/**
 * Does what needs something that was just made. Google is consistent after a while only: until then what follows a creation is answered
 * with 404 or 412, and a 409 that is no `duplicate`.
 */
export async function afterCreation<T>(
  admin: Admin,
  keys: readonly string[],
  work: () => Promise<T>,
  options: Options,
): Promise<T> {
  let last: unknown;
  const done = await seenInTime(
    admin,
    async () => {
      try {
        return { value: await work() };
      } catch (thrown) {
        if (!isEarly(thrown) || !keys.some((key) => admin.newcomers.has(key))) throw thrown;
        last = thrown;
        return undefined;
      }
    },
    options,
  );
  if (done === undefined) throw last;
  return done.value;
}

const isEarly = (thrown: unknown): boolean =>
  isRefused(thrown, 404, 412) || (isRefused(thrown, 409) && thrown.reason !== "duplicate");

/** What is there; undefined where the answer is 404. */
export async function ifThere<T>(work: Promise<{ readonly data: T }>): Promise<T | undefined> {
  try {
    return (await work).data;
  } catch (thrown) {
    if (isRefused(thrown, 404)) return undefined;
    throw thrown;
  }
}

/** What was thrown, as a fault about this. */
export function asGoogleFault(thrown: unknown, about: string): Fault {
  if (thrown instanceof Refused) return faultOf(thrown, about);
  return asFault(thrown, { code: "google.failed", spoils: "endpoint", retry: "later", about });
}
