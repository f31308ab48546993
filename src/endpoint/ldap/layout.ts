import type { Scope } from "../../contract/endpoint.ts";
import type { LdapAccounts, LdapEndpointSpec, LdapLists } from "../../model/spec.ts";
import {
  type AccountSlot,
  accountSlots,
  type AddressForm,
  type AliasForm,
  type Attributes,
  type Flavour,
  type ListSlot,
  listSlots,
  type Redirect,
} from "./flavour/flavour.ts";
import { addressIn, plainAlias } from "./flavour/plain.ts";
import { addressesIn, flag, type Form, forwarding, recovery, size, strangers, text } from "./form.ts";
import type { Schema } from "./schema.ts";

type Map = Scope["map"] | LdapAccounts["attributes"] | LdapLists["attributes"];
type Spec = Pick<LdapEndpointSpec, "accounts" | "lists">;

/** How the entries of a kind look here: the flavour's way, with what the manifest says, as far as the schema has the attributes. */
export interface Layout {
  readonly address: AddressForm;
  readonly forms: readonly Form[];
  readonly aliases: readonly AliasForm[];
  /** Where mail is sent on to somebody by the name of an entry. */
  readonly redirect?: Redirect;
  /** All that is to be asked for to know one, its further addresses included. */
  readonly attributes: readonly string[];
}

/** Where the members of lists are, by entry and by address, and the people of their sets. */
export interface ListsLayout extends Layout {
  readonly members: Members;
  /** Sets that hold names of entries, by field. */
  readonly references: readonly Reference[];
}

/** `of` where a second attribute of the field holds those of one kind. */
interface Reference {
  readonly field: "owners" | "senders";
  readonly attribute: string;
  readonly of?: "list";
}

interface Members {
  readonly entries: Flavour["lists"]["members"]["entries"];
  readonly external: string | undefined;
  readonly searched: string | undefined;
}

/** How a field stands in an attribute of which nothing is known. */
const plain: { readonly [S in AccountSlot]?: (attributes: Attributes) => Form } = {
  displayName: (attributes) => text("displayName", attributes),
  givenName: (attributes) => text("givenName", attributes),
  familyName: (attributes) => text("familyName", attributes),
  enabled: ([attribute = ""]) => flag("enabled", attribute),
  quota: (attributes) => size("quota", attributes),
  class: (attributes) => text("class", attributes),
  forwarding: ([attribute = ""]) =>
    forwarding({
      attributes: [attribute],
      parse: (entry) => ({ to: addressesIn(entry, attribute), keepCopy: true }),
      print: ({ to }, { there }) => ({ [attribute]: [...to, ...strangers(there, attribute)] }),
    }),
};

export function accountsLayout(flavour: Flavour, map: Map, schema: Schema | undefined): Layout {
  const { accounts, ways } = flavour;
  const attributesOf = (slot: AccountSlot): Attributes => known(mapped(map, slot) ?? accounts.slots[slot], schema);
  const forms = accountSlots.flatMap((slot): readonly Form[] => {
    const attributes = attributesOf(slot);
    const way = ways[slot]?.[(attributes[0] ?? "").toLowerCase()] ?? plain[slot];
    return attributes.length === 0 || way === undefined ? [] : [way(attributes)];
  });
  const redirect = redirectOf(flavour, map, schema);
  const [[email], [mobile]] = [attributesOf("recoveryEmail"), attributesOf("recoveryMobile")];
  if (email !== undefined || mobile !== undefined) forms.push(recovery(email, mobile));
  const layout = layoutOf(flavour, accounts, { map, schema, forms });
  if (redirect === undefined || !forms.some(({ field }) => field === "forwarding")) return layout;
  return { ...layout, redirect, attributes: [...layout.attributes, redirect.attribute, redirect.keeps] };
}

function redirectOf({ accounts: { redirect } }: Flavour, map: Map, schema: Schema | undefined): Redirect | undefined {
  if (redirect === undefined || mapped(map, "forwarding") !== undefined) return undefined;
  return known([redirect.attribute, redirect.keeps], schema).length === 2 ? redirect : undefined;
}

interface Parts {
  readonly map: Map;
  readonly schema: Schema | undefined;
  readonly forms: readonly Form[];
}

function layoutOf(flavour: Flavour, shape: Flavour["accounts" | "lists"], { map, schema, forms }: Parts): Layout {
  const [own] = mapped(map, "address") ?? [];
  const address = own === undefined ? shape.address : addressIn(own, []);
  const [further] = mapped(map, "aliases") ?? [];
  const all = further === undefined ? shape.aliases : [plainAlias(further)];
  const aliases = all.filter(({ attribute }) => known([attribute], schema).length > 0);
  const attributes = [
    flavour.id.attribute,
    ...address.attributes,
    ...forms.flatMap((form) => form.attributes),
    ...aliases.map(({ attribute }) => attribute),
  ];
  return { address, forms, aliases, attributes: [...new Set(attributes)] };
}

const mapped = (map: Map, slot: string): Attributes | undefined => {
  const attribute = (map as Readonly<Record<string, string>> | undefined)?.[slot];
  return attribute === undefined ? undefined : [attribute];
};

const known = (attributes: Attributes, schema: Schema | undefined): Attributes =>
  schema === undefined ? attributes : attributes.filter((attribute) => schema.attribute(attribute) !== undefined);

/** Syntaxes of names of entries: DN, and Name And Optional UID (RFC 4517, 3.3.9 and 3.3.21); Active Directory has its own. */
const ofNames = new Set(["1.3.6.1.4.1.1466.115.121.1.12", "1.3.6.1.4.1.1466.115.121.1.34"]);
const usuallyNames = new Set(["member", "uniquemember", "owner", "manager", "secretary", "seealso", "roleoccupant"]);

function holdsNames(attribute: string, schema: Schema | undefined): boolean {
  const type = schema?.attribute(attribute);
  return type === undefined ? usuallyNames.has(attribute.toLowerCase()) : ofNames.has(type.syntax);
}

export function listsLayout(flavour: Flavour, map: Map, schema: Schema | undefined): ListsLayout {
  const { lists, ways } = flavour;
  const attributesOf = (slot: ListSlot): Attributes => known(mapped(map, slot) ?? lists.slots[slot], schema);
  const references: Reference[] = [];
  const forms = listSlots.flatMap((slot): readonly Form[] => {
    const attributes = attributesOf(slot);
    const [attribute] = attributes;
    if (attribute === undefined) return [];
    const way = ways[slot]?.[attribute.toLowerCase()];
    if (way !== undefined) return [way(attributes)];
    if (slot === "displayName") return [text(slot, attributes)];
    if (slot === "hidden") return [flag(slot, attribute)];
    if (!holdsNames(attribute, schema)) return [addressSet(slot, attribute)];
    references.push({ field: slot, attribute });
    return [];
  });
  const [senderLists] = known(lists.senderLists === undefined ? [] : [lists.senderLists], schema);
  if (senderLists !== undefined && mapped(map, "senders") === undefined)
    references.push({ field: "senders", attribute: senderLists, of: "list" });
  const members = membersOf(flavour, map, schema);
  const layout = layoutOf(flavour, lists, { map, schema, forms });
  const attributes = new Set([
    ...layout.attributes,
    "objectClass",
    ...members.entries.map(({ attribute }) => attribute),
    ...[members.external, members.searched].filter((each) => each !== undefined),
    ...references.map(({ attribute }) => attribute),
  ]);
  return { ...layout, members, references, attributes: [...attributes] };
}

function membersOf({ lists }: Flavour, map: Map, schema: Schema | undefined): Members {
  const [own] = mapped(map, "members") ?? [];
  const [external] = known(mapped(map, "externalMembers") ?? lists.members.external, schema);
  const [searched] = own === undefined ? known(lists.members.searched, schema) : [];
  if (own !== undefined && !holdsNames(own, schema)) return { entries: [], external: own, searched };
  const entries = own === undefined ? lists.members.entries : [{ class: "", attribute: own }];
  return { entries, external, searched };
}

/** Addresses as text; what is none is left out of the set, and left in the entry. */
const addressSet = (field: string, attribute: string): Form => ({
  field,
  attributes: [attribute],
  parse: (entry) => (entry.has(attribute) ? [...new Set(addressesIn(entry, attribute))].toSorted() : undefined),
  print: (value, { there }) => ({
    [attribute]: [...((value as readonly string[] | undefined) ?? []), ...strangers(there, attribute)],
  }),
});

export const fieldsOfAccounts = (flavour: Flavour, spec: Spec, schema: Schema | undefined): ReadonlySet<string> =>
  new Set(accountsLayout(flavour, spec.accounts?.attributes, schema).forms.map(({ field }) => field));

/** Parts of a field that have an attribute, where not all have one. */
export function partsOf({ forms }: Layout): { readonly parts?: Readonly<Record<string, readonly string[]>> } {
  const some = forms.flatMap(({ field, parts }) => (parts === undefined ? [] : [[field, parts] as const]));
  return some.length === 0 ? {} : { parts: Object.fromEntries(some) };
}

export function fieldsOfLists(flavour: Flavour, spec: Spec, schema: Schema | undefined): ReadonlySet<string> {
  const { forms, references } = listsLayout(flavour, spec.lists?.attributes, schema);
  return new Set(["members", ...forms.map(({ field }) => field), ...references.map(({ field }) => field)]);
}
