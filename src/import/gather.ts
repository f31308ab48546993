import type { Endpoint, Handler } from "../contract/endpoint.ts";
import type { Options } from "../contract/options.ts";
import { kindTable } from "../kind/table.ts";
import { type Address, addressOf, type DirectoryKind, directoryKinds } from "../model/address.ts";
import type { Emit } from "../model/event.ts";
import { asFault, Fault, interrupted } from "../model/fault.ts";
import type { Finding } from "../model/finding.ts";
import type { Observed } from "../model/resource.ts";
import { withoutCircles } from "./circles.ts";
import type { Entry, EntryKind, Holding } from "./holding.ts";
import { sayAlias, sayEntry } from "./say.ts";

export interface GatherContext extends Options {
  /** The endpoint's name in the manifests. */
  readonly name: string;
  readonly emit: Emit;
}

/** Reads every kind that a directory has, each in full; what fails is told in `unread`. An interruption is thrown. */
export async function gatherDirectory({ directory }: Endpoint, context: GatherContext): Promise<Holding> {
  const handlers = directoryKinds.flatMap((kind) => {
    const handler = directory[kind] as Handler<DirectoryKind> | undefined;
    return handler === undefined ? [] : [{ kind, handler }];
  });
  const unread: Finding[] = [];
  const read = new Map<DirectoryKind, readonly Observed[]>();
  for (const { kind, handler } of handlers) {
    try {
      read.set(kind, await readAll(kind, handler, context));
    } catch (thrown) {
      unread.push(unreadFinding(thrown, kindTable[kind].many, context));
    }
  }
  const findings: Finding[] = [];
  const domains = read.get("domain");
  return {
    entries: entriesOf(read, context.name, findings),
    ...(domains === undefined ? {} : { domains: new Set(domains.map(({ name }) => name)) }),
    kinds: new Set([...read.keys()].filter((kind) => kind !== "domain")),
    holds: new Map(handlers.flatMap(({ kind, handler }) => (kind === "domain" ? [] : [[kind, handler.fields]]))),
    seen: new Set(
      [...read].flatMap(([kind, all]) => all.map(({ name }) => addressOf(kind, normal(kind, name) ?? name))),
    ),
    findings,
    unread,
  };
}

const normal = (kind: DirectoryKind, name: string): string | undefined => kindTable[kind].name(name);

async function readAll(
  kind: DirectoryKind,
  handler: Handler<DirectoryKind>,
  { name, signal, emit }: GatherContext,
): Promise<readonly Observed[]> {
  const all: Observed[] = [];
  for await (const observed of handler.read({}, { signal })) {
    if (signal.aborted) throw interrupted();
    all.push(observed);
  }
  emit({ type: "read", about: `${kindTable[kind].many} of ${name}`, count: all.length });
  return all;
}

/** The finding for what could not be read, or throws where the run was asked to stop. */
export function unreadFinding(thrown: unknown, what: string, { name, signal }: GatherContext): Finding {
  if (signal.aborted || (thrown instanceof Fault && thrown.code === "run.interrupted")) throw interrupted();
  const { code, message, remedy } = asFault(thrown, { code: "read.failed", spoils: "endpoint", retry: "later" });
  return {
    code,
    severity: "error",
    about: name,
    message: `The ${what} could not be read: ${message}`,
    ...(remedy === undefined ? {} : { remedy }),
  };
}

function entriesOf(
  read: ReadonlyMap<DirectoryKind, readonly Observed[]>,
  endpoint: string,
  findings: Finding[],
): readonly Entry[] {
  const taken = new Map<string, Address>();
  const leave = (about: string, message: string): void => {
    findings.push({ code: "import.left", severity: "warning", about, message: `${message}; it is left out` });
  };
  const entries = (["account", "list", "alias"] as const).flatMap((kind) =>
    (read.get(kind) ?? []).flatMap((observed) => {
      const about = addressOf(kind, observed.name);
      const name = normal(kind, observed.name);
      if (name === undefined) return leave(about, `What ${endpoint} calls it is no address of a manifest`) ?? [];
      const other = taken.get(name);
      if (other !== undefined) return leave(about, `${endpoint} has ${other} by the same name`) ?? [];
      const entry = entryOf(kind, { ...observed, name });
      if (entry === undefined) return leave(about, `Its target at ${endpoint} is no address`) ?? [];
      taken.set(name, entry.address);
      for (const field of entry.unsaid) findings.push(unsaidFinding(entry, field));
      return [entry];
    }),
  );
  return withoutCircles(entries, (entry) => leave(entry.address, `At ${endpoint} it leads back to itself`));
}

const entryOf = (kind: Exclude<EntryKind, "mailbox">, observed: Observed): Entry | undefined =>
  kind === "alias" ? sayAlias(observed) : sayEntry(kind, observed);

const unsaidFinding = ({ address }: Entry, field: string): Finding => ({
  code: "import.unsaid",
  severity: "warning",
  about: address,
  message: `Its ${field} cannot be said in a manifest, and is left out: it stays unmanaged`,
});
