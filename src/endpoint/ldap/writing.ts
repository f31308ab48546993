import type { DirectoryChange, Outcome } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import { Fault, interrupted, recordOf } from "../../model/fault.ts";
import type { Observed } from "../../model/resource.ts";
import { sentence, unholdableRemedy } from "./assess.ts";
import { Unholdable } from "./form.ts";
import { aboutOf, namesOf } from "../directory/change.ts";
import { inTurns } from "../directory/turns.ts";
import { type Held, judge } from "../directory/verdict.ts";

/** What is there of the things that a batch is about, and how each change is carried out. */
export interface Writer {
  find(name: string): Observed | undefined;
  /** Does it, or finds that things are not as it takes them to be. Throws a Fault that spoils the item, or more. */
  perform(change: DirectoryChange, options: Options): Promise<Done>;
}

type Done = { readonly conflict: string } | undefined;

export interface Work {
  readonly held: Held;
  /** Reads what is there of these names. */
  open(changes: readonly DirectoryChange[], names: ReadonlySet<string>, options: Options): Promise<Writer>;
  /** What is there now, by name. */
  look(names: ReadonlySet<string>, options: Options): Promise<ReadonlyMap<string, Observed>>;
  /** Called before the first write. */
  begin(): void;
}

/** Requests under way at one time, on one line. */
const window = 16;

/**
 * One batch: a look before, the changes side by side, a look after. What was sent and not answered is thrown as a whole, for whoever
 * asked reads back what is there; what is written already is found done then.
 */
export async function writeBatch(
  changes: readonly DirectoryChange[],
  work: Work,
  options: Options,
): Promise<readonly Outcome[]> {
  if (options.signal.aborted) throw interrupted();
  if (changes.length === 0) return [];
  const names = new Set(changes.flatMap(namesOf));
  const writer = await work.open(changes, names, options);
  const results = new Map<string, Outcome | "done">();
  work.begin();
  await inTurns(changes, window, async (change) => {
    if (options.signal.aborted) throw interrupted();
    results.set(change.key, await attempt(change, writer, work.held, options));
  });
  work.begin();
  const written = changes.some(({ key }) => results.get(key) === "done");
  const now = written ? await work.look(names, options) : new Map<string, Observed>();
  return changes.map((change) => {
    const result = results.get(change.key);
    return result === "done" || result === undefined ? { key: change.key, observed: shown(change, now) } : result;
  });
}

function shown(change: DirectoryChange, now: ReadonlyMap<string, Observed>): Observed | undefined {
  if (change.act === "delete") return undefined;
  const { kind, name, fields } = change.want;
  // The server took it, and does not show it to this login.
  return now.get(name) ?? { kind, name, fields };
}

async function attempt(
  change: DirectoryChange,
  writer: Writer,
  held: Held,
  options: Options,
): Promise<Outcome | "done"> {
  const { key } = change;
  const verdict = judge(change, writer.find, held);
  if (verdict === "done") return "done";
  if (verdict !== "write") return { key, conflict: verdict.conflict };
  try {
    const conflict = await writer.perform(change, options);
    return conflict === undefined ? "done" : { key, ...conflict };
  } catch (thrown) {
    if (thrown instanceof Unholdable) return { key, fault: recordOf(unholdable(change, thrown)) };
    if (!(thrown instanceof Fault) || thrown.spoils !== "item") throw thrown;
    return { key, fault: recordOf(thrown) };
  }
}

function unholdable(change: DirectoryChange, { message }: Unholdable): Fault {
  return new Fault({
    code: "field.unholdable",
    message: sentence(message),
    about: aboutOf(change),
    spoils: "item",
    remedy: unholdableRemedy,
  });
}
