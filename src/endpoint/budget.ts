import type { Budget, Clock, Cost } from "../contract/endpoint.ts";
import { parseSize } from "../kind/normal.ts";
import { Fault, interrupted } from "../model/fault.ts";
import type { Limits } from "../model/spec.ts";

/**
 * The limits of one endpoint, held: connections in the order asked for, messages and bytes at their rate with bursts of one second's
 * worth. What is absent or 0 is not limited. Whoever is interrupted while waiting keeps nothing.
 */
export function createBudget(limits: Limits, clock: Clock): Budget {
  const [perSecond, octets] = [limits.messagesPerSecond ?? 0, rateOf(limits.bytesPerSecond ?? 0)];
  const messages = createBucket(perSecond, clock);
  const bytes = createBucket(octets, clock);
  return {
    rates: { ...(perSecond > 0 && { messages: perSecond }), ...(octets > 0 && { bytes: octets }) },
    ...createSemaphore(limits.connections ?? 0),
    charge: (cost, signal) => charge(cost, signal),
  };

  async function charge(cost: Cost, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw interrupted();
    const waits = [messages.take(cost.messages ?? 0), bytes.take(cost.bytes ?? 0)];
    const ms = Math.max(...waits);
    if (ms === 0) return;
    await clock.wait(ms, signal).catch((thrown: unknown) => {
      messages.giveBack(cost.messages ?? 0);
      bytes.giveBack(cost.bytes ?? 0);
      throw thrown;
    });
  }
}

/** Octets a second. */
function rateOf(size: number | string): number {
  const octets = parseSize(size);
  if (octets !== undefined) return octets;
  throw new Fault({
    code: "limits.invalid",
    message: `${JSON.stringify(size)} is no number of bytes a second`,
    spoils: "endpoint",
    remedy: "write a whole number, or a size such as 10MB",
  });
}

interface Bucket {
  /** Takes at once, into debt where it must, and says in how many milliseconds the debt is paid. */
  take(amount: number): number;
  giveBack(amount: number): void;
}

const unlimited: Bucket = { take: () => 0, giveBack: () => {} };

/** A token bucket that lends: whoever comes later waits for the debts before, so none is overtaken and none starves. */
function createBucket(rate: number, clock: Clock): Bucket {
  if (rate === 0) return unlimited;
  const burst = Math.max(rate, 1);
  let tokens = burst;
  let filled = clock.now();
  return {
    take(amount) {
      const now = clock.now();
      // A clock that is set back neither fills nor drains.
      tokens = Math.min(burst, tokens + (Math.max(0, now - filled) * rate) / 1000);
      filled = now;
      tokens -= amount;
      return amount === 0 || tokens >= 0 ? 0 : Math.ceil((-tokens * 1000) / rate);
    },
    giveBack(amount) {
      tokens = Math.min(burst, tokens + amount);
    },
  };
}

/** First come, first served. What it resolves to gives the connection back; a second call does nothing. */
function createSemaphore(size: number): Pick<Budget, "connection" | "spare" | "idle" | "unlimited"> {
  if (size === 0) return endless;
  let free = size;
  const waiting = new Set<() => void>();
  /** How connections that are held for nobody are given up, the longest held first. */
  const held = new Set<() => void>();
  const giveBack = () => {
    const [next] = waiting;
    if (next === undefined) free += 1;
    else next();
  };
  async function take(signal: AbortSignal): Promise<() => void> {
    if (free > 0) free -= 1;
    else {
      const mine = turn(waiting, signal);
      const [giveUp] = held;
      if (giveUp !== undefined) held.delete(giveUp);
      giveUp?.();
      await mine;
    }
    return once(giveBack);
  }
  return {
    connection: async (signal) => {
      if (signal.aborted) throw interrupted();
      return take(signal);
    },
    spare: async (signal) => (waiting.size > 0 || free + held.size === 0 ? undefined : take(signal)),
    idle: (giveUp) => {
      if (waiting.size > 0) return undefined;
      held.add(giveUp);
      return () => held.delete(giveUp);
    },
    unlimited: false,
  };
}

const endless: ReturnType<typeof createSemaphore> = {
  connection: async (signal) => {
    if (signal.aborted) throw interrupted();
    return () => {};
  },
  spare: async () => () => {},
  idle: () => () => true,
  unlimited: true,
};

function turn(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      waiting.delete(go);
      reject(interrupted());
    };
    const go = () => {
      waiting.delete(go);
      signal.removeEventListener("abort", stop);
      resolve();
    };
    waiting.add(go);
    signal.addEventListener("abort", stop, { once: true });
  });
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    act();
  };
}
