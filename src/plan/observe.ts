import type { Endpoint, Handler, Scope } from "../contract/endpoint.ts";
import type { Options } from "../contract/options.ts";
import { type Asked, askedOf } from "../kind/asked.ts";
import { kindTable } from "../kind/table.ts";
import { type DirectoryKind, directoryKinds } from "../model/address.ts";
import type { Emit } from "../model/event.ts";
import { asFault, Fault, type FaultRecord, interrupted, recordOf } from "../model/fault.ts";
import type { DirectoryResource, Observed } from "../model/resource.ts";

/** One kind at the destination, looked at once and whole. */
export type View =
  | { readonly seen: ReadonlyMap<string, Observed>; readonly handler: Handler<DirectoryKind> }
  | { readonly fault: FaultRecord }
  | { readonly missing: true };

export interface ObserveContext extends Options {
  readonly connect: (endpoint: string) => Promise<Endpoint>;
  readonly emit: Emit;
}

/** Reads each kind of one directory; what fails spoils its kind alone. An interruption is thrown. */
export async function observe(
  endpoint: string,
  kinds: readonly DirectoryKind[],
  wants: readonly DirectoryResource[],
  context: ObserveContext,
): Promise<ReadonlyMap<DirectoryKind, View>> {
  const askedIn = (kind: DirectoryKind) => askedOf(wants.filter((want) => want.kind === kind));
  const views = kinds.map(async (kind) => [kind, await view(endpoint, kind, askedIn(kind), context)] as const);
  return new Map(await Promise.all(views));
}

const named = ["account", "list", "alias"] as const;

/** Reads the kinds that are wanted or pruned; of those that share a space of names all, for none may take another's. */
export async function observeWanted(
  endpoint: string | undefined,
  wants: readonly DirectoryResource[],
  /** Rows are asked for: who left them is to be seen, though nobody is left. */
  asked: boolean,
  context: ObserveContext,
): Promise<ReadonlyMap<DirectoryKind, View>> {
  if (endpoint === undefined || wants.length === 0) return new Map();
  const wanted = new Set(wants.map((want) => want.kind));
  const prunes = wants.some((want) => (want.prune ?? []).length > 0);
  const shared = asked || prunes || named.some((kind) => wanted.has(kind));
  const kinds = directoryKinds.filter((kind) => (kind === "domain" ? wanted.has(kind) : shared));
  return observe(endpoint, kinds, wants, context);
}

async function view(name: string, kind: DirectoryKind, asked: Asked, context: ObserveContext): Promise<View> {
  try {
    const endpoint = await context.connect(name);
    const handler = endpoint.directory[kind] as Handler<DirectoryKind> | undefined;
    if (handler === undefined) return { missing: true };
    const seen = new Map<string, Observed>();
    for await (const observed of readKind(handler, { asked }, context)) seen.set(observed.name, observed);
    context.emit({ type: "read", about: `${kindTable[kind].many} of ${name}`, count: seen.size });
    return { seen, handler };
  } catch (thrown) {
    return { fault: recordOf(unread(thrown, name, context)) };
  }
}

/** What a handler gives, by names in normal form. */
export async function* readKind(
  handler: Handler<DirectoryKind>,
  scope: Scope,
  { signal }: Options,
): AsyncGenerator<Observed> {
  for await (const observed of handler.read(scope, { signal })) {
    if (signal.aborted) throw interrupted();
    const name = kindTable[observed.kind].name(observed.name) ?? observed.name;
    yield name === observed.name ? observed : { ...observed, name };
  }
}

/** The fault of a reading, or throws where the run was asked to stop. */
export function unread(thrown: unknown, about: string, { signal }: Options): Fault {
  if (signal.aborted || (thrown instanceof Fault && thrown.code === "run.interrupted")) throw interrupted();
  return asFault(thrown, { code: "read.failed", about, spoils: "endpoint", retry: "later" });
}
