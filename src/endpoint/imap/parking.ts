import type { Clock } from "../../contract/endpoint.ts";
import { Fault } from "../../model/fault.ts";
import type { Line } from "./connect.ts";

/**
 * Lines whose store was closed, for whoever opens the same mailbox next: mostly the apply behind its plan. A login is eight round trips,
 * and a process at the server.
 */
export interface Parking {
  /** A line that is still open; nobody else gets it. */
  take(user: string): Line | undefined;
  /** False where it is not wanted: then it is to be closed. It leaves its folder, if one is open. */
  keep(user: string, line: Line): boolean;
  /** Lines that were closed so far. */
  readonly closed: number;
  /** Closes all, for a server that lets no more of them in; ends once those are closed, too, that others had begun to close. */
  clear(): Promise<void>;
}

/** Lines in all, and how long one may wait in milliseconds: a server ends what says nothing, and some count it against its user. */
const most = { lines: 32, age: 30_000 } as const;

interface Parked {
  readonly user: string;
  readonly line: Line;
  readonly since: number;
}

export function createParking(clock: Clock): Parking {
  const parked: Parked[] = [];
  const leaving = new Set<Promise<void>>();
  let closed = 0;

  function leave({ line }: Parked): void {
    const left = close(line).finally(() => leaving.delete(left));
    leaving.add(left);
  }

  async function close(line: Line): Promise<void> {
    await sayGoodbye(line);
    closed += 1;
  }

  return {
    get closed() {
      return closed;
    },
    take: (user) => {
      for (let at = parked.length - 1; at >= 0; at -= 1) {
        const one = parked[at] as Parked;
        if (one.user !== user) continue;
        parked.splice(at, 1);
        if (one.line.wire.closed) continue;
        if (clock.now() - one.since <= most.age) return one.line;
        leave(one);
      }
      return undefined;
    },
    keep: (user, line) => {
      if (parked.length >= most.lines) return false;
      parked.push({ user, line, since: clock.now() });
      return true;
    },
    clear: async () => {
      for (const one of parked.splice(0)) leave(one);
      await Promise.all(leaving);
    },
  };
}

/** The server is told, and not waited for longer than it takes to say goodbye. */
export async function sayGoodbye({ wire }: Line): Promise<void> {
  await wire.run(["LOGOUT"]).catch((thrown: unknown) => {
    if (!(thrown instanceof Fault)) throw thrown;
  });
  wire.destroy();
}
