import type { DirectoryChange, Outcome } from "../../../contract/endpoint.ts";
import type { Options } from "../../../contract/options.ts";
import { Fault, interrupted, recordOf } from "../../../model/fault.ts";
import type { Observed } from "../../../model/resource.ts";
import { type Admin, asGoogleFault, seenInTime } from "../admin.ts";
import { isRefused } from "../refused.ts";
import { aboutOf, wantedBy } from "../../directory/change.ts";
import { inTurns } from "../../directory/turns.ts";
import { type Held, holds, judge } from "../../directory/verdict.ts";

/** How the things of one kind are found and written. */
export interface Work {
  readonly held: Held;
  find(name: string, options: Options): Promise<Observed | undefined>;
  /** Throws what Google refuses, and Faults. Doing it again goes on where it was broken off. */
  perform(change: DirectoryChange, before: Observed | undefined, options: Options): Promise<void>;
}

/** Changes under way at one time. */
const window = 8;

/** One outcome a change. Each thing is looked at before, and again after, until it shows what was written. */
export async function writeBatch(
  admin: Admin,
  changes: readonly DirectoryChange[],
  work: Work,
  options: Options,
): Promise<readonly Outcome[]> {
  if (options.signal.aborted) throw interrupted();
  const outcomes = new Map<string, Outcome>();
  await inTurns(changes, window, async (change) => {
    if (options.signal.aborted) throw interrupted();
    outcomes.set(change.key, await attempt(admin, change, work, options));
  });
  return changes.flatMap(({ key }) => outcomes.get(key) ?? []);
}

async function attempt(admin: Admin, change: DirectoryChange, work: Work, options: Options): Promise<Outcome> {
  const { key } = change;
  try {
    const before = change.act === "create" ? undefined : await work.find(change.was.name, options);
    const same = change.act === "update" && change.want.name === change.was.name;
    const now = change.act === "delete" || same ? before : await work.find(change.want.name, options);
    const isWanted = (name: string): boolean => change.act !== "delete" && name === change.want.name;
    const verdict = judge(change, (name) => (isWanted(name) ? now : before), work.held);
    if (verdict === "done") return { key, observed: change.act === "delete" ? undefined : now };
    if (verdict !== "write") return { key, ...verdict };
    await work.perform(change, before, options);
    return await seen(admin, change, work, options);
  } catch (thrown) {
    const fault = asGoogleFault(thrown, aboutOf(change));
    if (fault.spoils !== "item") throw fault;
    return { key, fault: recordOf(fault) };
  }
}

/** What is there after a write, once it shows it. */
async function seen(admin: Admin, change: DirectoryChange, work: Work, options: Options): Promise<Outcome> {
  const { key } = change;
  if (change.act === "delete") {
    const gone = await seenInTime(
      admin,
      async () => ((await work.find(change.was.name, options)) ? undefined : true),
      options,
    );
    return gone === true ? { key, observed: undefined } : { key, fault: recordOf(unseen(change)) };
  }
  const wanted = wantedBy(change);
  const observed = await seenInTime(
    admin,
    async () => {
      const now = await work.find(change.want.name, options);
      return now !== undefined && holds(now, wanted, work.held) ? now : undefined;
    },
    options,
  );
  return observed === undefined ? { key, fault: recordOf(unseen(change)) } : { key, observed };
}

function unseen(change: DirectoryChange): Fault {
  return new Fault({
    code: "write.unseen",
    message: "It was written, and does not show after a minute",
    spoils: "item",
    retry: "later",
    about: aboutOf(change),
    remedy: "plan again in a while: Google shows some changes late",
  });
}

/**
 * Makes a thing once, whatever becomes of the answers: where nobody knows whether it was made it is looked for, and where it does not
 * show it is made again; what is then said to be there is ours.
 */
export async function madeOnce(
  admin: Admin,
  make: () => Promise<unknown>,
  find: () => Promise<unknown>,
  options: Options,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await make();
      return;
    } catch (thrown) {
      if (tries > 1 && isRefused(thrown, 409)) return;
      if (tries === 3 || !(thrown instanceof Fault) || thrown.code !== "outcome.unknown") throw thrown;
      await admin.clock.wait(1000, options.signal);
      if ((await find()) !== undefined) return;
    }
  }
}
