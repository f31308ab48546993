import { addressSets } from "../kind/table.ts";
import type { Value } from "../manifest/scalar.ts";
import { domainOf, type Entry, type EntryKind, keyOrder, localOf } from "./holding.ts";

/** Names that are declared, so that a short one may stand for them. */
export type Declared = ReadonlySet<string>;

/** A name inside a domain: short where it is declared there. */
export const shortName = (name: string, domain: string, declared: Declared): string =>
  domainOf(name) === domain && declared.has(name) ? localOf(name) : name;

const named = new Set([...addressSets, "aliases", "target"]);

/** An entry's values as they are written inside its domain. */
export function writtenValues({ name, values }: Entry, declared: Declared): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, writtenValue(key, value, domainOf(name), declared)]),
  );
}

export function writtenValue(key: string, value: Value, domain: string, declared: Declared): Value {
  const short = (part: Value): Value => (typeof part === "string" ? shortName(part, domain, declared) : part);
  if (key === "forwarding") {
    const { to, ...rest } = value as { readonly to: readonly Value[]; readonly keepCopy?: boolean };
    return { to: to.map(short), ...rest };
  }
  if (!named.has(key)) return value;
  return Array.isArray(value) ? value.map(short) : short(value);
}

/** The person or list that an alias is written with: its target, where that is an entry of the same domain. */
export function bearerOf(alias: Entry, entries: ReadonlyMap<string, Entry>): Entry | undefined {
  const bearer = entries.get(String(alias.values["target"]));
  const able = bearer?.kind === "account" || bearer?.kind === "list";
  return able && domainOf(bearer.name) === domainOf(alias.name) ? bearer : undefined;
}

/** Entries with their aliases inside them, as the compact form has it; the rest stand for themselves. */
export function folded(entries: readonly Entry[]): readonly Entry[] {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const borne = new Map<Entry, string[]>();
  const alone = entries.filter((entry) => {
    const bearer = entry.kind === "alias" ? bearerOf(entry, byName) : undefined;
    if (bearer !== undefined) borne.set(bearer, [...(borne.get(bearer) ?? []), entry.name]);
    return bearer === undefined;
  });
  return alone.map((entry) => {
    const aliases = borne.get(entry)?.toSorted();
    return aliases === undefined ? entry : { ...entry, values: ordered(entry.kind, { ...entry.values, aliases }) };
  });
}

function ordered(kind: EntryKind, values: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  const order = keyOrder[kind];
  return Object.fromEntries(Object.entries(values).toSorted(([a], [b]) => order.indexOf(a) - order.indexOf(b)));
}

export const byName = (a: Entry, b: Entry): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
