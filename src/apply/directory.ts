import type { Clock, DirectoryChange, Endpoint, Handler, Outcome } from "../contract/endpoint.ts";
import type { Options } from "../contract/options.ts";
import { askedBy } from "../kind/asked.ts";
import type { DirectoryKind } from "../model/address.ts";
import { asFault, Fault } from "../model/fault.ts";
import { isMade, readNamed } from "./settle.ts";

const tries = 4;
const firstWait = 1000;

const unanswered = new Fault({
  code: "write.unanswered",
  message: "The endpoint did not say what became of it",
  spoils: "item",
  retry: "later",
  remedy: "run again",
});

type Writer = Handler<DirectoryKind> & { readonly write: NonNullable<Handler<DirectoryKind>["write"]> };

interface Context extends Options {
  readonly clock: Clock;
  /** Ends the waiting between two tries, and with it the trying. */
  readonly patience: AbortSignal;
}

/** A batch that came to nothing: what is known of each change, and the fault that the others met. */
export interface BatchResult {
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** What became of the changes without an outcome. */
  readonly fault?: Fault;
}

/** The writer of a kind. Throws `directory.missing` or `directory.readonly` where the endpoint has none. */
export function writerOf(endpoint: Endpoint, name: string, kind: DirectoryKind): Writer {
  const handler = endpoint.directory[kind] as Handler<DirectoryKind> | undefined;
  if (handler?.write !== undefined) return handler as Writer;
  const [code, message] =
    handler === undefined
      ? ["directory.missing", `The endpoint ${name} holds nothing of the kind ${kind}`]
      : ["directory.readonly", `The endpoint ${name} cannot write the kind ${kind}`];
  throw new Fault({ code, message, spoils: "item", about: name, remedy: "name another destination for the directory" });
}

/**
 * Writes one batch. A throw of the handler means that the outcome is unknown: what is there is read back by name, and only what
 * is not made is written again, a bounded number of times.
 */
export async function writeBatch(
  handler: Writer,
  changes: readonly DirectoryChange[],
  context: Context,
): Promise<BatchResult> {
  const outcomes = new Map<string, Outcome>();
  let left = changes;
  for (let attempt = 1; ; attempt += 1) {
    const fault = await attemptWrite(handler, left, outcomes, context);
    left = left.filter((change) => !outcomes.has(change.key));
    if (left.length === 0) return { outcomes };
    const wait = pause(fault, attempt);
    if (wait === undefined || context.patience.aborted) return { outcomes, fault };
    await context.clock.wait(wait, context.patience).catch(() => undefined);
    if (context.patience.aborted) return { outcomes, fault };
  }
}

/** One try, and where its outcome is unknown a look; notes what is known of the changes, and returns what befell the others. */
async function attemptWrite(
  handler: Writer,
  changes: readonly DirectoryChange[],
  outcomes: Map<string, Outcome>,
  context: Context,
): Promise<Fault> {
  const fault = await handler.write(changes, context).then(
    (told) => {
      for (const outcome of told) outcomes.set(outcome.key, outcome);
      return unanswered;
    },
    (thrown: unknown) => asFault(thrown, { code: "write.failed", spoils: "item", retry: { afterMs: firstWait } }),
  );
  const unknown = changes.filter((change) => !outcomes.has(change.key));
  if (unknown.length > 0 && !context.signal.aborted) await readBack(handler, unknown, outcomes, context);
  return fault;
}

/** A look that fails tells nothing: the changes stay unknown, and the next try finds what is there. */
async function readBack(
  handler: Writer,
  changes: readonly DirectoryChange[],
  outcomes: Map<string, Outcome>,
  context: Context,
): Promise<void> {
  const names = changes.flatMap((change) => [
    ...(change.act === "delete" ? [] : [change.want.name]),
    ...(change.act === "create" ? [] : [change.was.name]),
  ]);
  const found = await readNamed(handler, new Set(names), askedBy(changes), context).catch(() => undefined);
  if (found === undefined) return;
  for (const change of changes.filter((each) => isMade(each, found, handler.fields))) {
    const name = change.act === "delete" ? change.was.name : change.want.name;
    outcomes.set(change.key, { key: change.key, observed: found.get(name) });
  }
}

/** Milliseconds to wait before the next try; undefined where another try cannot help in this run. */
function pause(fault: Fault, attempt: number): number | undefined {
  if (attempt >= tries || typeof fault.retry === "string") return undefined;
  return Math.max(fault.retry.afterMs, firstWait * 2 ** (attempt - 1));
}
