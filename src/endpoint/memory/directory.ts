import { randomUUID } from "node:crypto";
import type {
  DirectoryChange,
  Endpoint,
  Handler,
  NewPassword,
  Outcome,
  Scope,
  StoredHash,
} from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import { sameField } from "../../kind/field.ts";
import { kindTable } from "../../kind/table.ts";
import { type DirectoryKind, globMatcher } from "../../model/address.ts";
import { Fault, interrupted } from "../../model/fault.ts";
import type { Json } from "../../model/json.ts";
import type { Observed } from "../../model/resource.ts";

/** A directory in memory: the reference of the door. It holds every field, and gives ids that outlive a rename. */
export interface MemoryDirectory {
  readonly handlers: Required<Endpoint["directory"]>;
  /** Says what deleting an account would destroy. Does nothing where it is not there. */
  hold(account: string, holds: NonNullable<Observed["holds"]>): void;
  /** The password that was last written for an account. */
  passwordOf(account: string): string | undefined;
  /** Gives an account a password that is stored as a hash. */
  store(account: string, hash: string): void;
}

type Values = Readonly<Record<string, Json | undefined>>;
type Shelf = Map<string, Observed>;

/** `seed` is there at the start: names and fields in normal form; ids and revisions are given here. */
export function createMemoryDirectory(seed: readonly Observed[] = []): MemoryDirectory {
  const shelves: { readonly [K in DirectoryKind]: Shelf } = {
    domain: new Map(),
    account: new Map(),
    list: new Map(),
    alias: new Map(),
  };
  const passwords = new Map<string, string>();
  const hashed = new Map<string, string>();
  let count = 0;
  const revision = () => String((count += 1));
  for (const each of seed)
    shelves[each.kind].set(each.name, { ...each, id: each.id ?? randomUUID(), revision: revision() });

  const handler = <K extends DirectoryKind>(kind: K): Handler<K> => ({
    fields: new Set(Object.keys(kindTable[kind].fields)),
    read: (scope, options) => read(shelves[kind], scope, options) as AsyncIterable<Observed<K>>,
    assess: () => [],
    write: async (changes, { signal }) => {
      if (signal.aborted) throw interrupted();
      const outcomes = (changes as unknown as readonly DirectoryChange[]).map((change) => {
        const outcome = write(shelves[kind], change, revision);
        if (change.act !== "delete" && change.password !== undefined && outcome.made === true)
          keep(change.want.name, change.password);
        return outcome.told;
      });
      return outcomes as unknown as readonly Outcome<K>[];
    },
  });

  function keep(name: string, { from, value }: Pick<NewPassword, "from" | "value">): void {
    passwords.set(name, value);
    if (from === "hash") hashed.set(name, value);
    else hashed.delete(name);
  }

  async function* hashes(scope: Scope, options: Options): AsyncGenerator<StoredHash> {
    for await (const account of read(shelves.account, { ...scope, map: undefined }, options)) {
      const hash = hashed.get(account.name);
      if (hash !== undefined) yield { name: nameIn(account, scope.map), hash };
    }
  }

  return {
    handlers: {
      domain: handler("domain"),
      account: { ...handler("account"), passwords: { hashes: "any" }, hashes },
      list: handler("list"),
      alias: handler("alias"),
    },
    hold(account, holds) {
      const there = shelves.account.get(account);
      if (there !== undefined) shelves.account.set(account, { ...there, holds });
    },
    passwordOf: (account) => passwords.get(account),
    store: (account, value) => keep(account, { from: "hash", value }),
  };
}

type Reading = { readonly [K in keyof Scope]: Scope[K] | undefined };

async function* read(shelf: Shelf, { filter, map }: Reading, { signal }: Options): AsyncGenerator<Observed> {
  const fits = filterOf(filter);
  // What is there now: a write that comes while it is read does not change what is told.
  const now = Array.from(shelf.values());
  for (const observed of now) {
    if (signal.aborted) throw interrupted();
    if (fits(observed)) yield map === undefined ? observed : mapped(observed, map);
  }
}

/** A column is an attribute, a field, or the `address`. */
function cellOf({ name, fields, attributes }: Observed, column: string): string {
  const value = column === "address" ? name : (attributes?.[column] ?? (fields as Values)[column]);
  return value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
}

function filterOf(filter: Scope["filter"] = {}): (observed: Observed) => boolean {
  if (typeof filter === "string") {
    throw new Fault({
      code: "memory.filter",
      message: "A filter on a directory in memory is a map, not a text",
      spoils: "endpoint",
      remedy: "write it as {field: pattern}",
    });
  }
  const tests = Object.entries(filter).map(([column, glob]) => ({ column, fits: globMatcher(glob) }));
  return (observed) => tests.every(({ column, fits }) => fits(cellOf(observed, column)));
}

/** Takes the name, and fields that are texts, from other cells. */
function mapped(observed: Observed, map: NonNullable<Scope["map"]>): Observed {
  const { address: _address, ...fields } = map;
  const texts = Object.entries(fields).filter(([field]) => kindTable[observed.kind].fields[field]?.reads === "text");
  const taken = texts.map(([field, column]) => [field, cellOf(observed, column)] as const);
  return {
    ...observed,
    name: nameIn(observed, map),
    fields: { ...observed.fields, ...Object.fromEntries(taken.filter(([, cell]) => cell !== "")) },
  };
}

function nameIn(observed: Observed, map: Scope["map"]): string {
  const column = map?.["address"];
  return column === undefined
    ? observed.name
    : (kindTable[observed.kind].name(cellOf(observed, column)) ?? observed.name);
}

interface Written {
  readonly told: Outcome;
  readonly made?: boolean;
}

function write(shelf: Shelf, change: DirectoryChange, revision: () => string): Written {
  if (change.act === "create") return create(shelf, change, revision);
  if (change.act === "update") return update(shelf, change, revision);
  return { told: remove(shelf, change) };
}

type Act<A extends DirectoryChange["act"]> = Extract<DirectoryChange, { act: A }>;

function create(shelf: Shelf, { key, want, precondition }: Act<"create">, revision: () => string): Written {
  const there = shelf.get(want.name);
  if (there !== undefined) {
    return {
      told: holds(there, want.fields)
        ? { key, observed: there }
        : { key, conflict: `${want.name} is there by now, and differs` },
    };
  }
  if ("revision" in precondition) return { told: { key, conflict: `${want.name} is no longer there` } };
  const fields = want.kind === "list" ? { members: [], ...present(want.fields) } : present(want.fields);
  const observed: Observed = { kind: want.kind, name: want.name, id: randomUUID(), revision: revision(), fields };
  shelf.set(want.name, observed);
  return { told: { key, observed }, made: true };
}

function update(
  shelf: Shelf,
  { key, want, was, fields, precondition, password }: Act<"update">,
  revision: () => string,
): Written {
  const there = shelf.get(was.name);
  const renames = want.name !== was.name;
  const target = shelf.get(want.name);
  const to: Values = Object.fromEntries(fields.map((change) => [change.field, change.to]));
  const done = target !== undefined && (!renames || there === undefined) && holds(target, to);
  if (done && (password === undefined || there === undefined)) return { told: { key, observed: target } };
  if (there === undefined) return { told: { key, conflict: `${was.name} is no longer there` } };
  if (renames && target !== undefined) return { told: { key, conflict: `${want.name} is there already` } };
  if (!meets(there, precondition)) return { told: { key, conflict: `${was.name} was changed since` } };
  const observed: Observed = {
    ...there,
    name: want.name,
    revision: revision(),
    fields: present({ ...there.fields, ...to }),
  };
  shelf.delete(was.name);
  shelf.set(want.name, observed);
  return { told: { key, observed }, made: true };
}

function remove(shelf: Shelf, { key, was, precondition }: Act<"delete">): Outcome {
  const there = shelf.get(was.name);
  if (there !== undefined && !meets(there, precondition)) return { key, conflict: `${was.name} was changed since` };
  shelf.delete(was.name);
  return { key, observed: undefined };
}

function meets(there: Observed, precondition: DirectoryChange["precondition"]): boolean {
  if ("absent" in precondition) return false;
  return !("revision" in precondition) || there.revision === precondition.revision;
}

function holds(there: Observed, fields: object): boolean {
  return Object.entries(fields as Values).every(([field, value]) => sameField((there.fields as Values)[field], value));
}

/** A field set to nothing is not there. */
function present(fields: object): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(fields as Values).filter((entry): entry is [string, Json] => entry[1] !== undefined),
  );
}
