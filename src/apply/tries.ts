import type { Clock } from "../contract/endpoint.ts";
import type { SyncResult } from "../content/sync.ts";
import type { Address } from "../model/address.ts";
import type { Emit, Tally } from "../model/event.ts";
import { Fault } from "../model/fault.ts";

/** The first wait in milliseconds; it doubles with every try that brought nothing. */
const firstWait = 2000;
/** How far apart mailboxes that wait at one time come back, so that a server that has just restarted does not meet all of them at once. */
const spread = 500;
/** How much is endured of tries that brought nothing: so many, and so many milliseconds of waiting. */
const patience = { tries: 8, ms: 30 * 60_000 };
/** Passes over one mailbox in one run, however much each brings. */
const mostPasses = 500;

/** What the passes over a mailbox have come to so far. */
interface Progress {
  /** Absent until a pass came so far that its messages could be counted. */
  readonly result?: SyncResult;
  readonly fault?: Fault;
}

/**
 * Passes over one mailbox until one ends well, or none of the faults can be waited for: a pass is a delta, so that it goes on where the
 * one before broke off. A mailbox that waits keeps its turn: else every mailbox of a server that is down would try it meanwhile.
 */
export interface Tries {
  run(address: Address, pass: (before: Tally | undefined) => Promise<SyncResult>): Promise<SyncResult>;
}

interface Context {
  readonly clock: Clock;
  /** Ends the waiting, and with it the trying. */
  readonly signal: AbortSignal;
  readonly emit: Emit;
}

/** The tries of one run: they know of each other, and come back one after another. */
export function createTries({ clock, signal, emit }: Context): Tries {
  let waiting = 0;

  async function wait(address: Address, ms: number, { message }: Fault): Promise<void> {
    const apart = ms + waiting * spread;
    emit({ type: "waiting", about: address, ms: apart, reason: message });
    waiting += 1;
    await clock.wait(apart, signal).finally(() => {
      waiting -= 1;
    });
  }

  return {
    async run(address, pass) {
      let so: Progress = {};
      const idle = { tries: 0, ms: 0 };
      for (let passes = 1; ; passes += 1) {
        const before = so.result?.tally;
        so = await attempt(so, () => pass(before));
        if (brought(so.result?.tally) > brought(before)) Object.assign(idle, { tries: 0, ms: 0 });
        idle.tries += 1;
        const ms = so.fault === undefined ? undefined : pause(so.fault, idle, passes);
        if (so.fault === undefined || ms === undefined) return endOf(so);
        idle.ms += ms;
        const interruption = await wait(address, ms, so.fault).catch((thrown: unknown) => thrown);
        if (interruption !== undefined) return endOf(failed(so, interruption));
      }
    },
  };
}

/** One pass. What it threw is a fault beside what the passes before it came to; what is no Fault is a bug, and thrown. */
async function attempt(so: Progress, pass: () => Promise<SyncResult>): Promise<Progress> {
  try {
    const { fault, ...result } = await pass();
    const tally = so.result === undefined ? result.tally : joined(so.result.tally, result.tally);
    return { result: { ...result, tally }, ...(fault === undefined ? {} : { fault }) };
  } catch (thrown) {
    return failed(so, thrown);
  }
}

function failed({ result }: Progress, thrown: unknown): Progress {
  if (!(thrown instanceof Fault)) throw thrown;
  return { ...(result === undefined ? {} : { result }), fault: thrown };
}

function endOf({ result, fault }: Progress): SyncResult {
  if (result !== undefined) return { ...result, ...(fault === undefined ? {} : { fault }) };
  throw fault ?? new Error("A pass ended with neither a result nor a fault");
}

/** What changed at the destination, in messages. */
export const brought = (tally: Tally | undefined): number =>
  tally === undefined ? 0 : tally.copied + tally.adopted + tally.moved + tally.marked + tally.removed;

/**
 * Two passes as one. What the first brought is there already in the second, which accounts for every message of the source: it is taken
 * out of its number, so that each message stays in one.
 */
function joined(first: Tally, second: Tally): Tally {
  const before = first.copied + first.adopted + first.moved;
  return {
    ...second,
    copied: first.copied + second.copied,
    copiedBytes: first.copiedBytes + second.copiedBytes,
    adopted: first.adopted + second.adopted,
    moved: first.moved + second.moved,
    marked: first.marked + second.marked,
    removed: first.removed + second.removed,
    present: Math.max(0, second.present - before),
  };
}

/** Milliseconds to wait before the next pass; undefined where none can help in this run. */
function pause(
  { spoils, retry }: Fault,
  idle: { readonly tries: number; readonly ms: number },
  passes: number,
): number | undefined {
  if (typeof retry === "string" || (spoils !== "mailbox" && spoils !== "endpoint")) return undefined;
  if (idle.tries >= patience.tries || passes >= mostPasses) return undefined;
  const ms = Math.max(retry.afterMs, firstWait * 2 ** (idle.tries - 1));
  return idle.ms + ms > patience.ms ? undefined : ms;
}
