import type { DirectoryChange, Outcome } from "../../../contract/endpoint.ts";
import type { Options } from "../../../contract/options.ts";
import { type Asked, askedBy } from "../../../kind/asked.ts";
import { Fault, type FaultRecord, interrupted, recordOf } from "../../../model/fault.ts";
import type { Observed } from "../../../model/resource.ts";
import { namesOf, wantedBy } from "../../directory/change.ts";
import { holds, judge } from "../../directory/verdict.ts";
import { backoff } from "../../http/wait.ts";
import type { Tenant } from "./tenant.ts";

export type Seen = ReadonlyMap<string, Observed>;

type Look = (names: ReadonlySet<string>, options: Options) => Promise<Seen>;

/** What stood in a change's way, by its key. */
type Failures = ReadonlyMap<string, Fault>;

export interface Work {
  readonly held: ReadonlySet<string>;
  /** What is there now of these names, with the fields that are asked for. */
  look(names: ReadonlySet<string>, asked: Asked, options: Options): Promise<Seen>;
  /** Carries them out, as many at a time as it can; `there` is what the look before showed. */
  perform(changes: readonly DirectoryChange[], there: Seen, options: Options): Promise<Failures>;
}

/** Looks at what was written until it shows, for readings may be seconds behind: this often, at most. */
export const looks = 7;

/** One batch: a look, the changes that it leaves to do, and looks until they show. */
export async function writeBatch(
  tenant: Tenant,
  changes: readonly DirectoryChange[],
  work: Work,
  options: Options,
): Promise<readonly Outcome[]> {
  if (options.signal.aborted) throw interrupted();
  if (changes.length === 0) return [];
  const names = new Set(changes.flatMap(namesOf));
  const asked = askedBy(changes);
  const look: Look = (among, during) => work.look(among, asked, during);
  const there = await look(names, options);
  const conflicts = new Map<string, string>();
  const due = changes.filter((change) => {
    const verdict = judge(change, (name) => there.get(name), { fields: work.held });
    if (typeof verdict === "object") conflicts.set(change.key, verdict.conflict);
    return verdict === "write";
  });
  const failures = due.length === 0 ? new Map<string, Fault>() : await work.perform(due, there, options);
  const done = due.filter(({ key }) => !failures.has(key));
  const now = done.length === 0 ? there : await shown(tenant, done, { ...work, look }, names, options);
  return changes.map(({ key, ...change }): Outcome => {
    const [conflict, fault] = [conflicts.get(key), failures.get(key)];
    if (conflict !== undefined) return { key, conflict };
    if (fault !== undefined) return { key, fault: recordOf(fault) };
    return { key, observed: change.act === "delete" ? undefined : now.get(change.want.name) };
  });
}

/** What is there once all that was done shows, or nobody waits any longer. */
async function shown(
  tenant: Tenant,
  done: readonly DirectoryChange[],
  { look, held }: { readonly look: Look; readonly held: ReadonlySet<string> },
  names: ReadonlySet<string>,
  options: Options,
): Promise<Seen> {
  for (let times = 1; ; times += 1) {
    const now = await look(names, options);
    if (times === looks || done.every((change) => shows(change, now, held))) return now;
    await tenant.clock.wait(backoff(times, Math.random), options.signal);
  }
}

function shows(change: DirectoryChange, now: Seen, held: ReadonlySet<string>): boolean {
  if (change.act === "delete") return !now.has(change.was.name);
  const there = now.get(change.want.name);
  if (there === undefined) return false;
  if (change.act === "update" && change.was.name !== change.want.name && now.has(change.was.name)) return false;
  return holds(there, wantedBy(change), { fields: held });
}

/** Nobody knows whether it was done: whoever asks again looks first. */
export function unknownOutcome(tenant: Tenant, about: string, { message }: Pick<FaultRecord, "message">): Fault {
  return new Fault({
    code: "outcome.unknown",
    message: `It may have been done, and does not show: ${message}`,
    spoils: "item",
    retry: "later",
    about,
    remedy: `run again in some minutes: ${tenant.about} is looked at first, and nothing is made twice`,
  });
}
