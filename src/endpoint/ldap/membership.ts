import type { Change } from "ldapts";
import { normalMailAddress } from "../../kind/normal.ts";
import type { Directory } from "./directory.ts";
import { keyOfDn } from "./dn.ts";
import type { Entry } from "./entry.ts";
import { Unholdable } from "./form.ts";
import { memberNames } from "./groups.ts";
import type { ListsLayout } from "./layout.ts";
import { modification } from "./operation.ts";
import type { Register } from "./register.ts";
import type { Schema } from "./schema.ts";

/** Values of one request: a server bounds the octets of one (OpenLDAP: 4 MiB). */
export const slice = 2000;

/** What the lists of a directory look like, and who is there. */
export interface Around {
  readonly directory: Directory;
  readonly layout: ListsLayout;
  readonly schema: Schema | undefined;
  /** Who can be a member by the name of an entry. */
  readonly register: Register;
}

/** Where the people of a set go: names of entries, and addresses of those who have none here. */
interface Sorted {
  readonly names: readonly string[];
  readonly addresses: readonly string[];
}

/** The list itself is no member by its own name, which is how an empty group is marked. */
export function sort(people: readonly string[], register: Register, byName: boolean, own?: string): Sorted {
  const known = people.map((name) => {
    const dn = byName ? register.of(name)?.dn : undefined;
    return { name, dn: dn !== undefined && dn !== own ? dn : undefined };
  });
  return {
    names: known.flatMap(({ dn }) => dn ?? []),
    addresses: known.flatMap(({ name, dn }) => (dn === undefined ? [name] : [])),
  };
}

/** The attribute with the names of members, for an entry of these classes; undefined where it can hold none. */
export function memberAttribute({ layout, schema }: Around, classes: readonly string[]): string | undefined {
  const is = new Set(classes.map((each) => each.toLowerCase()));
  const { entries } = layout.members;
  const own = entries.find((each) => each.class === "" || is.has(each.class.toLowerCase()));
  if (own !== undefined) return own.attribute;
  return schema === undefined
    ? undefined
    : entries.find(({ attribute }) => schema.allows(classes, attribute))?.attribute;
}

function mustHaveMember({ directory, schema }: Around, classes: readonly string[], attribute: string): boolean {
  if (schema !== undefined) return schema.musts(classes).has(attribute.toLowerCase());
  const { neverEmpty } = directory.flavour.lists.members;
  return classes.some((each) => neverEmpty.some((one) => one.toLowerCase() === each.toLowerCase()));
}

export const homeless = (addresses: readonly string[]): Unholdable =>
  new Unholdable(
    `${addresses.slice(0, 3).join(", ")}${addresses.length > 3 ? " …" : ""} ${addresses.length === 1 ? "is" : "are"} no entry here, and the list has no attribute for addresses`,
  );

/** A group that must have a member and has none holds itself, which no reading shows. */
export const withPlaceholder = (
  around: Around,
  classes: readonly string[],
  attribute: string,
  names: readonly string[],
  own: string,
): readonly string[] => (names.length === 0 && mustHaveMember(around, classes, attribute) ? [own] : names);

/** Who comes and who goes, in requests of a size that servers take; who comes is written first, so that no group is empty meanwhile. */
export function memberChanges(
  around: Around,
  wanted: readonly string[],
  entry: Entry,
  dn: string,
): readonly (readonly Change[])[] {
  const attribute = memberAttribute(around, entry.texts("objectClass"));
  const { external } = around.layout.members;
  const byName = nameChanges(around, wanted, entry, { attribute, dn });
  const byAddress = addressChanges(external, wanted, entry, byName.homeless);
  const all = [
    ...operations("add", attribute, byName.come),
    ...operations("add", external, byAddress.come),
    ...operations("delete", attribute, byName.gone),
    ...operations("delete", external, byAddress.gone),
  ];
  if (all.length === 0) return [];
  return all.length <= 4 ? [all] : all.map((each) => [each]);
}

interface Coming {
  readonly come: readonly string[];
  readonly gone: readonly string[];
}

/** Members that are named by their entries; names that lead nowhere stay, for they are nobody's to us. */
function nameChanges(
  around: Around,
  wanted: readonly string[],
  entry: Entry,
  { attribute, dn }: { readonly attribute: string | undefined; readonly dn: string },
): Coming & { readonly homeless: readonly string[] } {
  const { layout, register } = around;
  const want = new Set(wanted);
  const there = attribute === undefined ? [] : entry.texts(attribute);
  const external = layout.members.external === undefined ? [] : entry.texts(layout.members.external);
  const has = new Set([
    ...memberNames(entry, layout).map((name) => register.find(name)?.name),
    ...external.map(normalMailAddress),
  ]);
  const come = sort(
    wanted.filter((name) => !has.has(name)),
    register,
    attribute !== undefined,
    entry.dn,
  );
  const selves = new Set([keyOfDn(dn), keyOfDn(entry.dn)]);
  const others = there.filter((each) => !selves.has(keyOfDn(each)));
  const gone = others.filter((each) => {
    const name = register.find(each)?.name;
    return name !== undefined && !want.has(name);
  });
  const empties = others.length + come.names.length === gone.length && there.length === others.length;
  const marked = attribute !== undefined && empties && mustHaveMember(around, entry.texts("objectClass"), attribute);
  return { come: marked ? [...come.names, dn] : come.names, gone, homeless: come.addresses };
}

function addressChanges(
  external: string | undefined,
  wanted: readonly string[],
  entry: Entry,
  come: readonly string[],
): Coming {
  if (external === undefined && come.length > 0) throw homeless(come);
  const want = new Set(wanted);
  const gone = (external === undefined ? [] : entry.texts(external)).filter((each) => {
    const address = normalMailAddress(each);
    return address !== undefined && !want.has(address);
  });
  return { come, gone };
}

const operations = (
  operation: "add" | "delete",
  type: string | undefined,
  values: readonly string[],
): readonly Change[] => (type === undefined ? [] : slices(values).map((part) => modification(operation, type, part)));

export function slices(values: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(values.length / slice) }, (_, at) =>
    values.slice(at * slice, (at + 1) * slice),
  );
}
