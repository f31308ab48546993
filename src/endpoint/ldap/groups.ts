import type { Options } from "../../contract/options.ts";
import { normalMailAddress, normalSet } from "../../kind/normal.ts";
import type { Json } from "../../model/json.ts";
import type { Directory } from "./directory.ts";
import { keyOfDn } from "./dn.ts";
import { createTally } from "./doubts.ts";
import type { Entry } from "./entry.ts";
import type { Filter } from "ldapts";
import { all, parseFilter } from "./filter.ts";
import { accountsLayout, type ListsLayout, listsLayout } from "./layout.ts";
import { fieldsOf, observe } from "./observe.ts";
import { mostNames, named, nameOf, type Reading, type Row, rowOf } from "./people.ts";
import { createRegister, type Known, type Register } from "./register.ts";
import { resolveStrangers } from "./strangers.ts";
import { searchMembers } from "./searched.ts";
import { scopeFilter } from "./scope.ts";

/** A list as an entry. */
export interface ListRow extends Row<"list"> {
  /** Its members follow from a search, and cannot be written. */
  readonly searched: boolean;
}

/** Every list, or those that are asked for. `people` is who may be a member: those whose entries have addresses. */
export async function readLists(
  directory: Directory,
  reading: Reading,
  people: () => Promise<readonly Row[]>,
  options: Options,
): Promise<readonly ListRow[]> {
  const { flavour, spec } = directory;
  const schema = await directory.schema(options);
  const layout = listsLayout(flavour, { ...spec.lists?.attributes, ...reading.scope?.map }, schema);
  const few = await readFew(directory, layout, reading, options);
  if (few !== undefined) return few;
  const [groups, accounts] = await Promise.all([readGroups(directory, layout, reading, options), people()]);
  const register = createRegister([...accounts, ...ownRows(directory, groups)]);
  const members = await openMembers(directory, layout, groups, register, options);
  const rows = rowsOf(directory, layout, { groups, members, keep: reading.keep === true });
  if (reading.names === undefined && reading.keep !== true) members.tell();
  return rows;
}

/** So many members are looked up one by one; for more it is quicker to read everybody. */
const mostMembers = 200;

/**
 * Some lists by their names, with a look at their own members alone. Undefined where that cannot tell all: too many names or members, a
 * member that has no address of its own (a group that gives those who are in it), or lists whose addresses are not where people's are.
 */
async function readFew(
  directory: Directory,
  layout: ListsLayout,
  reading: Reading,
  options: Options,
): Promise<readonly ListRow[] | undefined> {
  const { spec } = directory;
  const { names } = reading;
  if (names === undefined || names.size === 0 || names.size > mostNames) return undefined;
  if (!(await areNamedAlike(directory, layout, options))) return undefined;
  const groups = await readGroups(directory, layout, reading, options, named(layout, names, spec.domain));
  const register = createRegister(ownRows(directory, groups));
  const others = groups
    .flatMap(({ entry }) => namesIn(entry, layout))
    .filter((dn) => keyOfDn(dn) !== "" && register.find(dn) === undefined);
  if (others.length > mostMembers) return undefined;
  const known = await resolveStrangers(directory, others, options);
  if (others.some((dn) => !known.has(keyOfDn(dn)))) return undefined;
  for (const each of known.values()) register.add(each);
  const members = await openMembers(directory, layout, groups, register, options);
  return rowsOf(directory, layout, { groups, members, keep: reading.keep === true });
}

/** Whether the address of a list stands where that of a person does: then an entry that is looked up tells it, whatever it is. */
export async function areNamedAlike(
  { flavour, spec, schema }: Directory,
  { address }: ListsLayout,
  options: Options,
): Promise<boolean> {
  const ofPeople = accountsLayout(flavour, spec.accounts?.attributes, await schema(options)).address;
  return ofPeople.attributes[0] === address.attributes[0];
}

const ownRows = (directory: Directory, groups: readonly Group[]) =>
  groups.flatMap(({ entry, name }) =>
    name === undefined
      ? []
      : [{ dn: entry.dn, observed: { kind: "list" as const, name, fields: {}, ...idOf(directory, entry) } }],
  );

interface Read {
  readonly groups: readonly Group[];
  readonly members: OpenMembers;
  readonly keep: boolean;
}

function rowsOf({ flavour }: Directory, layout: ListsLayout, { groups, members, keep }: Read): readonly ListRow[] {
  return groups.flatMap((group): readonly ListRow[] => {
    const { entry, name, wanted } = group;
    if (name === undefined || !wanted) return [];
    const list = members.of(group);
    const fields: Record<string, Json> = { ...fieldsOf(entry, layout.forms), ...list.fields };
    const observed = observe("list", name, flavour.id.read(entry), fields, list.identity(fields));
    return [{ ...rowOf(entry, observed, layout.aliases, keep), searched: list.searched }];
  });
}

const idOf = ({ flavour }: Directory, entry: Entry): { readonly id?: string } => {
  const id = flavour.id.read(entry);
  return id === undefined ? {} : { id };
};

/** A group, which is a list where it has an address. */
interface Group {
  readonly entry: Entry;
  readonly name: string | undefined;
  /** Whether it is asked for; the others are read for who is in them. */
  readonly wanted: boolean;
}

/** All groups are read even where some are asked for: one holds another. */
async function readGroups(
  directory: Directory,
  layout: ListsLayout,
  reading: Reading,
  options: Options,
  only: readonly Filter[] = [],
): Promise<readonly Group[]> {
  const { session, spec, flavour, base } = directory;
  const { scope = {}, names, more = [], keep = false } = reading;
  const doubts = createTally(directory);
  const seen = new Set<string>();
  const query = {
    base: spec.lists?.base ?? base,
    attributes: [...new Set([...layout.attributes, ...more])],
    what: "Reading lists",
  };
  const own = parseFilter(spec.lists?.filter ?? flavour.lists.filter);
  const asList = (entry: Entry): Group | undefined => {
    if (isAlias(directory, entry)) return undefined;
    const name = nameOf(entry, layout, directory, seen, doubts);
    return { entry, name, wanted: name !== undefined && names?.has(name) !== false };
  };
  const scoped = scopeFilter(scope.filter, session.server.about);
  const groups = await session.search({ ...query, filter: all([own, ...only]) }, asList, options);
  if (names === undefined && !keep) doubts.tell();
  if (scoped.length === 0) return groups;
  const wanted = new Set(
    await session.search(
      { ...query, attributes: ["1.1"], filter: all([own, ...scoped]) },
      ({ dn }) => keyOfDn(dn),
      options,
    ),
  );
  return groups.map((group) => ({ ...group, wanted: group.wanted && wanted.has(keyOfDn(group.entry.dn)) }));
}

/** An entry with one target is an alias, where lists are not themselves kept so. */
export function isAlias({ flavour, spec }: Directory, entry: Entry): boolean {
  const { aliases, lists } = flavour;
  if (aliases === undefined) return false;
  const kept = new Set((spec.lists?.objectClasses ?? lists.classes).map((each) => each.toLowerCase()));
  const is = new Set(entry.texts("objectClass").map((each) => each.toLowerCase()));
  const asAlias = aliases.classes.every((each) => is.has(each.toLowerCase()));
  return (
    asAlias && !aliases.classes.some((each) => kept.has(each.toLowerCase())) && entry.texts(aliases.target).length === 1
  );
}

interface ListMembers {
  readonly fields: Readonly<Record<string, Json>>;
  readonly searched: boolean;
  /** What the revision is made of: members by their ids, which outlive another name. */
  identity(fields: Readonly<Record<string, Json>>): Json;
}

interface OpenMembers {
  of(group: Group): ListMembers;
  tell(): void;
}

/** Who is in the groups: names of entries become addresses, groups without an address give those who are in them. */
async function openMembers(
  directory: Directory,
  layout: ListsLayout,
  groups: readonly Group[],
  register: Register,
  options: Options,
): Promise<OpenMembers> {
  const doubts = createTally(directory);
  const nameless = new Map(
    groups.filter(({ name }) => name === undefined).map((group) => [keyOfDn(group.entry.dn), group]),
  );
  const strangers = await resolveStrangers(
    directory,
    groups
      .flatMap(({ entry }) => namesIn(entry, layout))
      .filter((dn) => register.find(dn) === undefined && !nameless.has(keyOfDn(dn))),
    options,
  );
  const searched = await searchMembers(directory, layout, groups, options);

  /** `walked` are the groups that need no second look, the list itself before all. */
  function collect(entry: Entry, dns: readonly string[], into: Map<string, Known>, walked: Set<string>): void {
    for (const dn of dns) {
      const key = keyOfDn(dn);
      if (key === "" || walked.has(key)) continue;
      const known = register.find(dn) ?? strangers.get(key);
      const inner = nameless.get(key);
      if (known !== undefined) into.set(known.name, known);
      else if (inner === undefined) doubts.note("member.unknown", entry.dn, dn);
      else {
        walked.add(key);
        for (const address of externalsOf(inner.entry, layout))
          into.set(address, { dn: "", name: address, id: undefined });
        collect(inner.entry, namesIn(inner.entry, layout), into, walked);
      }
    }
  }

  function of({ entry }: Group): ListMembers {
    const found = new Map<string, Known>();
    for (const address of externalsOf(entry, layout)) found.set(address, { dn: "", name: address, id: undefined });
    for (const known of searched.get(keyOfDn(entry.dn)) ?? []) found.set(known.name, known);
    collect(entry, memberNames(entry, layout), found, new Set([keyOfDn(entry.dn)]));
    const fields: Record<string, Json> = { members: normalSet(found.keys()) };
    const ids: Record<string, Json> = { members: identities(found.values()) };
    for (const [field, references] of Map.groupBy(layout.references, (each) => each.field)) {
      const there = references.filter(({ attribute }) => entry.has(attribute));
      if (there.length === 0) continue;
      const people = new Map<string, Known>();
      for (const { attribute } of there) collect(entry, entry.texts(attribute), people, new Set([keyOfDn(entry.dn)]));
      fields[field] = normalSet(people.keys());
      ids[field] = identities(people.values());
    }
    return { fields, searched: searched.has(keyOfDn(entry.dn)), identity: (all) => ({ ...all, ...ids }) };
  }
  return { of, tell: doubts.tell };
}

const identities = (known: Iterable<Known>): readonly string[] =>
  [...known].map(({ id, name }) => id ?? name).toSorted();

/** Names that stand in the entry: of its members, and of the people of its other sets. */
export const namesIn = (entry: Entry, layout: ListsLayout): readonly string[] => [
  ...memberNames(entry, layout),
  ...layout.references.flatMap(({ attribute }) => entry.texts(attribute)),
];

/** uniqueMember may end in a bit string (RFC 4517, 3.3.21), which tells apart entries that had one name one after the other. */
export const memberNames = (entry: Entry, { members }: Pick<ListsLayout, "members">): readonly string[] =>
  members.searched !== undefined && entry.has(members.searched)
    ? []
    : members.entries.flatMap(({ attribute }) => entry.texts(attribute).map((dn) => dn.replace(/#'[01]*'B$/, "")));

const externalsOf = (entry: Entry, { members }: Pick<ListsLayout, "members">): readonly string[] =>
  members.external === undefined ? [] : entry.texts(members.external).flatMap((each) => normalMailAddress(each) ?? []);
