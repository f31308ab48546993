import type { Options } from "../../../contract/options.ts";
import type { Loose } from "../answer.ts";
import type { Cmdlet } from "./cmdlet.ts";

/** Runs cmdlets of Exchange Online. */
export interface Exchange {
  /** What it gives, all of it. Throws a Fault; `item.missing` where what it is about is not there. */
  run(cmdlet: Cmdlet, options: Options): Promise<readonly Loose[]>;
  close(): Promise<void>;
}
