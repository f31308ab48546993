import type { Scope } from "../../contract/endpoint.ts";
import type { LdapAccounts } from "../../model/spec.ts";
import { type AccountSlot, accountSlots, type AddressForm, type Attributes, type Flavour } from "./flavour/flavour.ts";
import { flag, type Form, forwarding, addressesIn, recovery, size, strangers, text } from "./form.ts";
import type { Schema } from "./schema.ts";

/** How accounts stand in their entries here: the flavour's way, with what the manifest says of attributes, as far as the schema has them. */
export interface AccountsLayout {
  readonly address: AddressForm;
  readonly forms: readonly Form[];
  /** All that is to be asked for to know an account. */
  readonly attributes: readonly string[];
}

type Map = Scope["map"] | LdapAccounts["attributes"];

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

export function accountsLayout(flavour: Flavour, map: Map, schema: Schema | undefined): AccountsLayout {
  const { accounts, ways, id } = flavour;
  const attributesOf = (slot: AccountSlot): Attributes => {
    const mapped = map?.[slot];
    const all = mapped === undefined ? accounts.slots[slot] : [mapped];
    return schema === undefined ? all : all.filter((attribute) => schema.attribute(attribute) !== undefined);
  };
  const forms = accountSlots.flatMap((slot): readonly Form[] => {
    const attributes = attributesOf(slot);
    const [first] = attributes;
    if (first === undefined) return [];
    const way = ways[slot]?.[first.toLowerCase()] ?? plain[slot];
    return way === undefined ? [] : [way(attributes)];
  });
  const [email] = attributesOf("recoveryEmail");
  const [mobile] = attributesOf("recoveryMobile");
  if (email !== undefined || mobile !== undefined) forms.push(recovery(email, mobile));
  const address = map?.["address"] === undefined ? accounts.address : plainAddress(map["address"]);
  const attributes = new Set([id.attribute, ...address.attributes, ...forms.flatMap((form) => form.attributes)]);
  return { address, forms, attributes: [...attributes] };
}

const plainAddress = (attribute: string): AddressForm => ({
  attributes: [attribute],
  read: (entry) => entry.text(attribute),
});
