import type { Budget, Clock } from "../../contract/endpoint.ts";
import { Fault } from "../../model/fault.ts";
import type { Line } from "./connect.ts";

/** A line with what gives its connection back to the limits. */
export interface Held {
  readonly line: Line;
  release(): void;
}

/**
 * Lines whose store was closed, for whoever opens the same mailbox next: mostly the apply behind its plan. A login is several round trips,
 * and a process at the server. Where connections are limited they are as many as nobody else waits for.
 */
export interface Parking {
  /** A line that is still open; nobody else gets it. */
  take(user: string): Held | undefined;
  /** False where it is not wanted: then it is to be closed, and given back. It leaves its folder, if one is open. */
  keep(user: string, held: Held): boolean;
  /** Lines that were closed so far. */
  readonly closed: number;
  /** Closes all, for a server that lets no more of them in; ends once those are closed, too, that others had begun to close. */
  clear(): Promise<void>;
}

/**
 * Lines in all: where nobody says how many a server has room for, few, for its users need some too. How long one may wait, in
 * milliseconds: a server ends what says nothing, though none within minutes (RFC 9051, 5.4, has half an hour).
 */
const most = { unasked: 32, lines: 256, age: 120_000 } as const;
/** Milliseconds that a server has to answer LOGOUT: somebody may wait for the connection. */
const farewell = 5000;

interface Parked extends Held {
  readonly user: string;
  readonly since: number;
  /** False where it was given up meanwhile. */
  readonly takeUp: () => boolean;
}

export function createParking(clock: Pick<Clock, "now">, budget: Pick<Budget, "idle" | "unlimited">): Parking {
  const parked = new Set<Parked>();
  const leaving = new Set<Promise<void>>();
  let closed = 0;

  function leave(held: Held): void {
    const left = close(held).finally(() => leaving.delete(left));
    leaving.add(left);
  }

  async function close({ line, release }: Held): Promise<void> {
    await sayGoodbye(line);
    closed += 1;
    release();
  }

  /** Takes it out, unless it was given up: then it is on its way out. */
  function takeOut(one: Parked): boolean {
    parked.delete(one);
    return one.takeUp();
  }

  return {
    get closed() {
      return closed;
    },
    take: (user) => {
      for (const one of [...parked].toReversed()) {
        if (one.user !== user || !takeOut(one)) continue;
        if (!one.line.wire.closed && clock.now() - one.since <= most.age) return one;
        leave(one);
      }
      return undefined;
    },
    keep: (user, held) => {
      if (parked.size >= (budget.unlimited ? most.unasked : most.lines)) return false;
      const giveUp = (): void => {
        parked.delete(one);
        leave(one);
      };
      const takeUp = budget.idle(giveUp);
      if (takeUp === undefined) return false;
      const one: Parked = { ...held, user, since: clock.now(), takeUp };
      parked.add(one);
      return true;
    },
    clear: async () => {
      for (const one of parked) if (takeOut(one)) leave(one);
      await Promise.all(leaving);
    },
  };
}

/** The server is told, and not waited for longer than it takes to say goodbye. */
export async function sayGoodbye({ wire }: Line): Promise<void> {
  if (wire.idle) wire.hasten(farewell);
  await wire.run(["LOGOUT"]).catch((thrown: unknown) => {
    if (!(thrown instanceof Fault)) throw thrown;
  });
  wire.destroy();
}
