import type { Filter } from "ldapts";
import type { Scope } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import type { Json } from "../../model/json.ts";
import type { Observed } from "../../model/resource.ts";
import type { Directory } from "./directory.ts";
import { createTally, type Tally } from "./doubts.ts";
import type { Entry } from "./entry.ts";
import { all, any, equal, parseFilter, present } from "./filter.ts";
import type { AliasForm } from "./flavour/flavour.ts";
import { accountsLayout, type Layout } from "./layout.ts";
import { addressOf, fieldsOf, observe } from "./observe.ts";
import { openRedirects, type Redirected, redirectedBy } from "./redirect.ts";
import { createRegister } from "./register.ts";
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
  const redirects = new Map<Row, Redirected>();
  const read = await session.search(
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
      const redirected = redirectedBy(entry, layout);
      const row = rowOf(entry, observed, layout.aliases, keep);
      if (redirected !== undefined) redirects.set(row, redirected);
      return row;
    },
    options,
  );
  const rows = await withRedirects(directory, read, redirects, doubts, options);
  if (names === undefined && !keep) doubts.tell();
  return rows;
}

/** Forwarding by the name of an entry is told by its address, once all entries are known. */
async function withRedirects(
  directory: Directory,
  rows: readonly Row[],
  redirects: ReadonlyMap<Row, Redirected>,
  doubts: Tally,
  options: Options,
): Promise<readonly Row[]> {
  if (redirects.size === 0) return rows;
  const around = { register: createRegister(rows), doubts };
  const resolve = await openRedirects(directory, [...redirects.values()], around, options);
  return rows.map((row) => {
    const redirected = redirects.get(row);
    const resolved = redirected === undefined ? undefined : resolve(redirected);
    if (resolved === undefined) return row;
    const { name, id } = row.observed;
    const fields = row.observed.fields as Readonly<Record<string, Json>>;
    const { forwarding, identity } = resolved;
    return {
      ...row,
      observed: observe("account", name, id, { ...fields, forwarding }, { ...fields, forwarding: identity }),
    };
  });
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
export const mostNames = 100;

/** What has an address at all, or one of these. */
export function named(
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
