import type { Options } from "../../contract/options.ts";
import { Fault } from "../../model/fault.ts";

/** A reading that all share who ask for it while it is under way. */
interface Shared<T> {
  read(options: Options): Promise<T>;
  /** From now on a reading that is under way is too old to be shared. */
  forget(): void;
}

export function createShared<T>(read: (options: Options) => Promise<T>): Shared<T> {
  let under: Promise<T> | undefined;
  const begin = (options: Options): Promise<T> => {
    const mine = read(options).finally(() => {
      if (under === mine) under = undefined;
    });
    under = mine;
    return mine;
  };
  return {
    async read(options) {
      if (under === undefined) return begin(options);
      // Whoever began it may have been stopped, and we not.
      return under.catch((thrown: unknown) => {
        const stopped = thrown instanceof Fault && thrown.code === "run.interrupted";
        if (stopped && !options.signal.aborted) return begin(options);
        throw thrown;
      });
    },
    forget: () => {
      under = undefined;
    },
  };
}
