import { closeSync, fdatasync, openSync } from "node:fs";
import { promisify } from "node:util";
import { faultOf } from "./faults.ts";

/** Makes commits durable beside other work; whoever asks while the disk is busy shares the next turn. */
export interface Settling {
  /** Resolves once everything that was committed before is on the disk. Throws `state.full` and `state.failed`. */
  settled(): Promise<void>;
  close(): void;
}

export const unsettled: Settling = { settled: async () => undefined, close: () => undefined };

const sync = promisify(fdatasync);

/**
 * Syncs the WAL of a database with `synchronous=NORMAL`, which appends a commit there and leaves it to the system
 * (https://sqlite.org/pragma.html#pragma_synchronous): what a power cut takes is always the newest commits. SQLite's locks are on other
 * files, so that opening and closing this one does not end them.
 */
export function settlingOf(path: string): Settling {
  let file: number | undefined;
  let under: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  async function turn(): Promise<void> {
    await under?.catch(() => undefined);
    under = next;
    next = undefined;
    try {
      file ??= openSync(`${path}-wal`, "r+");
      await sync(file);
    } catch (thrown) {
      // Nothing was committed yet.
      if ((thrown as NodeJS.ErrnoException).code !== "ENOENT") throw faultOf(thrown, path);
    }
  }

  return {
    settled: () => (next ??= turn()),
    close: () => {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}
