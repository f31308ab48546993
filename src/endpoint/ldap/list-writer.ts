import { type Change, DeleteRequest, ModifyRequest } from "ldapts";
import type { DirectoryChange } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import type { Json } from "../../model/json.ts";
import type { Directory } from "./directory.ts";
import type { Entry } from "./entry.ts";
import { Unholdable, type Values } from "./form.ts";
import { takeOut } from "./groups-with.ts";
import { openContacts } from "./contacts.ts";
import { areNamedAlike, type ListRow, namesIn, readLists } from "./groups.ts";
import { listsLayout } from "./layout.ts";
import {
  type Around,
  homeless,
  memberAttribute,
  memberChanges,
  slice,
  slices,
  sort,
  withPlaceholder,
} from "./membership.ts";
import { add } from "./newcomer.ts";
import { differences, missingClasses, modification, send } from "./operation.ts";
import { mostNames, readPeople, type Row } from "./people.ts";
import { createRegister } from "./register.ts";
import { renameEntry } from "./rename.ts";
import { resolveStrangers } from "./strangers.ts";
import type { Writer } from "./writing.ts";

type Act<A extends DirectoryChange["act"]> = Extract<DirectoryChange, { act: A }>;
type Fields = Readonly<Record<string, Json | undefined>>;

const what = "Writing the list";

/** What is there of the lists of these names, and how they are written. */
export async function openListWriter(
  directory: Directory,
  changes: readonly DirectoryChange[],
  names: ReadonlySet<string>,
  options: Options,
): Promise<Writer> {
  const { spec, flavour } = directory;
  const schema = await directory.schema(options);
  const layout = listsLayout(flavour, spec.lists?.attributes, schema);
  const { people, all } = await concerned(directory, layout, { changes, names }, options);
  const byName = new Map(all.filter(({ observed }) => names.has(observed.name)).map((row) => [row.observed.name, row]));
  const around = { directory, layout, schema, register: createRegister([...people, ...all]) };
  await registerStrangers(around, [...byName.values()], options);
  const settle = openContacts(around);
  return {
    find: (name) => byName.get(name)?.observed,
    perform: async (change, during) => {
      if (change.act !== "delete") await settle(change, during);
      if (change.act === "create") return create(around, change, during);
      const row = byName.get(change.was.name);
      if (row?.entry === undefined) throw new Error(`A list that was found has no entry: ${change.was.name}`);
      return change.act === "delete"
        ? remove(directory, change, row.entry, during)
        : update(around, change, { ...row, entry: row.entry }, during);
    },
  };
}

interface Concerned {
  readonly changes: readonly DirectoryChange[];
  readonly names: ReadonlySet<string>;
}

/** The lists that are written, and who comes into them; everybody, where they are many. Who is in them already is looked up. */
async function concerned(
  directory: Directory,
  layout: Around["layout"],
  { changes, names }: Concerned,
  options: Options,
): Promise<{ readonly people: readonly Row[]; readonly all: readonly ListRow[] }> {
  const coming = new Set(changes.flatMap(comers));
  const about = new Set([...names, ...coming]);
  const keep = { keep: true, more: ["objectClass"] };
  let everybody: Promise<readonly Row[]> | undefined;
  const readAll = (): Promise<readonly Row[]> => (everybody ??= readPeople(directory, {}, options));
  const narrow = about.size <= mostNames && (await areNamedAlike(directory, layout, options));
  const all = await readLists(directory, narrow ? { ...keep, names: about } : keep, readAll, options);
  if (!narrow || everybody !== undefined) return { people: await readAll(), all };
  return { people: coming.size === 0 ? [] : await readPeople(directory, { names: coming }, options), all };
}

/** Everybody whom a change wants in one of the list's sets. */
function comers(change: DirectoryChange): readonly string[] {
  if (change.act === "delete") return [];
  const fields =
    change.act === "create" ? Object.entries(change.want.fields) : change.fields.map(({ field, to }) => [field, to]);
  return fields.flatMap(([, value]) => (Array.isArray(value) ? value.map(String) : []));
}

/** Those of other parts of the tree who are in these lists, so that they can leave them. */
async function registerStrangers(
  { directory, layout, register }: Around,
  rows: readonly ListRow[],
  options: Options,
): Promise<void> {
  const dns = rows.flatMap(({ entry }) => (entry === undefined ? [] : namesIn(entry, layout)));
  const unknown = dns.filter((dn) => register.find(dn) === undefined);
  for (const known of (await resolveStrangers(directory, unknown, options)).values()) register.add(known);
}

async function create(
  around: Around,
  change: Act<"create">,
  options: Options,
): Promise<undefined | { readonly conflict: string }> {
  const { directory, layout, register } = around;
  const { spec, flavour, base } = directory;
  const { want } = change;
  const classes = spec.lists?.objectClasses ?? flavour.lists.classes;
  const attribute = memberAttribute(around, classes);
  const { external } = layout.members;
  const fields = want.fields as Fields;
  const members = sort((fields["members"] ?? []) as readonly string[], register, attribute !== undefined);
  if (members.addresses.length > 0 && external === undefined) throw homeless(members.addresses);
  const [first, rest] = [members.names.slice(0, slice), members.names.slice(slice)];
  const dn = await add(
    directory,
    {
      change,
      base: spec.lists?.base ?? base,
      rdn: spec.lists?.rdn ?? flavour.lists.rdn,
      classes,
      address: layout.address,
      values: (own) => ({
        ...flavour.lists.initial,
        ...layout.address.print(want.name),
        ...printed(around, fields, want.name),
        ...(attribute === undefined ? {} : { [attribute]: withPlaceholder(around, classes, attribute, first, own) }),
        ...(external === undefined ? {} : { [external]: members.addresses }),
      }),
      what,
      second: flavour.second,
    },
    options,
  );
  if (attribute === undefined || rest.length === 0) return undefined;
  const changes = slices(rest).map((names) => [modification("add", attribute, names)]);
  return inOrder(directory, change, dn, changes, options);
}

function printed({ layout, register, schema }: Around, fields: Fields, name: string, there?: Entry): Values {
  const plain = layout.forms.flatMap((form) =>
    form.field in fields ? Object.entries(form.print(fields[form.field], { name, there })) : [],
  );
  const apart = new Set(layout.references.flatMap(({ field, of }) => (of === undefined ? [] : [field])));
  const references = layout.references.flatMap(
    ({ field, attribute, of }): readonly (readonly [string, readonly string[]])[] => {
      if (!(field in fields)) return [];
      const all = (fields[field] ?? []) as readonly string[];
      const here = apart.has(field)
        ? all.filter((each) => (register.of(each)?.isList === true) === (of === "list"))
        : all;
      const { names, addresses } = sort(here, register, true);
      if (addresses.length > 0) throw homeless(addresses);
      if (names.length > 1 && schema?.attribute(attribute)?.single === true)
        throw new Unholdable(`there is room for one of the ${field} (${attribute}), and they are ${names.length}`);
      const strangers = there?.texts(attribute).filter((dn) => register.find(dn) === undefined) ?? [];
      return [[attribute, [...names, ...strangers]]];
    },
  );
  return Object.fromEntries([...plain, ...references]);
}

async function update(
  around: Around,
  change: Act<"update">,
  row: ListRow & { readonly entry: Entry },
  options: Options,
): Promise<{ readonly conflict: string } | undefined> {
  const { directory, layout, schema } = around;
  const { want, was, fields } = change;
  const to: Fields = Object.fromEntries(fields.map((each) => [each.field, each.to]));
  if ("members" in to && row.searched)
    throw new Unholdable("its members follow from a search, which is not ours to write");
  const { dn, entry } = row;
  const moved = want.name === was.name ? { dn } : await renameEntry(directory, { change, dn, what }, options);
  if ("conflict" in moved) return moved;
  const values: Values = {
    ...(want.name === was.name ? {} : layout.address.print(want.name, entry)),
    ...printed(around, to, want.name, entry),
  };
  const members =
    "members" in to ? memberChanges(around, (to["members"] ?? []) as readonly string[], entry, moved.dn) : [];
  const needed = [...typesOf(values), ...members.flat().map(({ modification: { type } }) => type)];
  const classes = missingClasses(schema, entry.texts("objectClass"), needed, directory.flavour.auxiliaries);
  const own = [
    ...(classes.length === 0 ? [] : [modification("add", "objectClass", classes)]),
    ...differences(entry, values, directory.flavour, schema),
  ];
  const [first = [], ...more] = members.length === 0 ? [[]] : members;
  const requests = [[...own, ...first], ...more].filter((each) => each.length > 0);
  return inOrder(directory, change, moved.dn, requests, options);
}

const typesOf = (values: Values): readonly string[] =>
  Object.keys(values).filter((type) => (values[type]?.length ?? 0) > 0);

async function inOrder(
  directory: Directory,
  change: DirectoryChange,
  dn: string,
  requests: readonly (readonly Change[])[],
  options: Options,
): Promise<{ readonly conflict: string } | undefined> {
  for (const changes of requests) {
    const request = new ModifyRequest({ messageId: 0, dn, changes: [...changes] });
    const conflict = await send(directory, request, { change, dn, what }, options);
    if (conflict !== undefined) return conflict;
  }
  return undefined;
}

async function remove(directory: Directory, change: Act<"delete">, entry: Entry, options: Options) {
  const { dn } = entry;
  const request = new DeleteRequest({ messageId: 0, dn });
  const conflict = await send(directory, request, { change, dn, what: "Deleting the list" }, options);
  if (conflict === undefined) await takeOut(directory, { change, dn }, options);
  return conflict;
}
