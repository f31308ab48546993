import type { Filter } from "ldapts";
import type { Scope } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import type { Observed } from "../../model/resource.ts";
import type { Directory } from "./directory.ts";
import { keyOfDn } from "./dn.ts";
import { createTally, type Tally } from "./doubts.ts";
import type { Entry } from "./entry.ts";
import { all, any, equal, parseFilter, present } from "./filter.ts";
import type { AliasForm } from "./flavour/flavour.ts";
import { accountsLayout, type Layout } from "./layout.ts";
import { addressOf, fieldsOf, observe } from "./observe.ts";
import { scopeFilter } from "./scope.ts";

/** A further address of an entry, and the attribute that it stands in. */
export interface Held {
  readonly name: string;
  readonly form: AliasForm;
  /** As it is written there. */
  readonly value: string;
}

/** An account or a list as an entry. */
export interface Row<K extends "account" | "list" = "account"> {
  readonly dn: string;
  readonly observed: Observed<K>;
  readonly aliases: readonly Held[];
  /** Kept for what is to be written. */
  readonly entry?: Entry;
}

export interface Reading {
  readonly scope?: Scope;
  /** Only these addresses; more than some are not asked for one by one. */
  readonly names?: ReadonlySet<string>;
  /** Entries are kept, for what is to be written. */
  readonly keep?: boolean;
  /** Attributes that are asked for besides. */
  readonly more?: readonly string[];
}

/** Every account, or those that are asked for; one search, for what is needed of them alone. */
export async function readPeople(directory: Directory, reading: Reading, options: Options): Promise<readonly Row[]> {
  const { session, spec, flavour, base } = directory;
  const { scope = {}, names, more = [], keep = false } = reading;
  const layout = accountsLayout(
    flavour,
    { ...spec.accounts?.attributes, ...scope.map },
    await directory.schema(options),
  );
  const doubts = createTally(directory);
  const seen = new Set<string>();
  const rows = await session.search(
    {
      base: spec.accounts?.base ?? base,
      filter: all([
        parseFilter(spec.accounts?.filter ?? flavour.accounts.filter),
        ...named(layout, names, spec.domain),
        ...scopeFilter(scope.filter, session.server.about),
      ]),
      attributes: [...layout.attributes, ...more],
      what: "Reading accounts",
    },
    (entry) => {
      const name = nameOf(entry, layout, directory, seen, doubts);
      if (name === undefined || names?.has(name) === false) return undefined;
      const observed = observe("account", name, flavour.id.read(entry), fieldsOf(entry, layout.forms));
      return rowOf(entry, observed, layout.aliases, keep);
    },
    options,
  );
  if (names === undefined && !keep) doubts.tell();
  return rows;
}

/** The entry's own address; what has none that can be used, or one that was there before, is noted. */
export function nameOf(
  entry: Entry,
  { address }: Pick<Layout, "address">,
  { spec }: Directory,
  seen: Set<string>,
  doubts: Tally,
): string | undefined {
  const written = address.read(entry);
  const name = addressOf(written, spec.domain);
  if (name === undefined) return written === undefined ? undefined : doubts.note("address.invalid", entry.dn, written);
  if (seen.has(name)) return doubts.note("address.twice", entry.dn, name);
  seen.add(name);
  return name;
}

export function rowOf<K extends "account" | "list">(
  entry: Entry,
  observed: Observed<K>,
  forms: readonly AliasForm[],
  keeps: boolean,
): Row<K> {
  const aliases = forms.flatMap((form) =>
    entry.texts(form.attribute).flatMap((value): readonly Held[] => {
      const name = form.read(value);
      return name === undefined || name === observed.name ? [] : [{ name, form, value }];
    }),
  );
  return { dn: entry.dn, observed, aliases, ...(keeps ? { entry } : {}) };
}

/** More names than this are no longer asked for one by one: to read all is quicker. */
const mostNames = 100;

/** What has an address at all, or one of these. */
function named(
  { address }: Pick<Layout, "address">,
  names: ReadonlySet<string> | undefined,
  domain: string | undefined,
): readonly Filter[] {
  const attributes = address.attributes.filter((attribute) => attribute !== "objectClass");
  const few = names !== undefined && names.size > 0 && names.size <= mostNames ? [...names] : undefined;
  if (address.filter !== undefined) return [few === undefined ? address.filter() : any(few.map(address.filter))];
  if (few === undefined) return [any(attributes.map(present))];
  const spellings = few.flatMap((name) => [
    name,
    ...(name.endsWith(`@${domain}`) ? [name.slice(0, name.lastIndexOf("@"))] : []),
  ]);
  return [any(attributes.flatMap((attribute) => spellings.map((name) => equal(attribute, name))))];
}

/** Entries by their names, whatever the spelling. */
export interface Register {
  find(dn: string): Known | undefined;
  /** The entry with this address. */
  of(name: string): Known | undefined;
  /** Puts one in; of two with an address the first is had by it. */
  add(known: Known): void;
}

export interface Known {
  readonly dn: string;
  readonly name: string;
  readonly id: string | undefined;
}

export function createRegister(rows: readonly Pick<Row<"account" | "list">, "dn" | "observed">[]): Register {
  const byDn = new Map<string, Known>();
  const byName = new Map<string, Known>();
  const add = (known: Known): void => {
    byDn.set(keyOfDn(known.dn), known);
    if (!byName.has(known.name)) byName.set(known.name, known);
  };
  for (const { dn, observed } of rows) add({ dn, name: observed.name, id: observed.id });
  return { find: (dn) => byDn.get(keyOfDn(dn)), of: (name) => byName.get(name), add };
}
