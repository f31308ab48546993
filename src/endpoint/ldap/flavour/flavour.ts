import type { Entry } from "../entry.ts";
import type { Form } from "../form.ts";

/** Attributes that may hold a thing, best first: read where they are there; the first that the schema has is written. */
export type Attributes = readonly string[];

/** Parts of an account that have attributes; a field of ours, or a part of one. */
export const accountSlots = [
  "displayName",
  "givenName",
  "familyName",
  "enabled",
  "quota",
  "class",
  "forwarding",
  "recoveryEmail",
  "recoveryMobile",
] as const;
export type AccountSlot = (typeof accountSlots)[number];

/** How a directory of one kind looks where the manifest says nothing else: data, and nothing but what is special about it. */
export interface Flavour {
  readonly name: string;
  /** The attribute with the entry's own immutable id, and how it reads. */
  readonly id: { readonly attribute: string; read(entry: Entry): string | undefined };
  readonly accounts: AccountsShape;
  /** How a field stands in an attribute that is known by name, where that is not the plain way. By field, then attribute in lower case. */
  readonly ways: Readonly<Record<string, Readonly<Record<string, Way>>>>;
}

/** Makes a form for the attribute: `attributes` is the slot's whole list, the one it stands for first. */
type Way = (attributes: Attributes) => Form;

interface AccountsShape {
  /** What is an account, beside having an address (RFC 4515). */
  readonly filter: string;
  /** Object classes of a new one. */
  readonly classes: readonly string[];
  readonly rdn: string;
  readonly address: AddressForm;
  readonly slots: Readonly<Record<AccountSlot, Attributes>>;
}

/** How an entry's own address stands in it. */
export interface AddressForm {
  readonly attributes: Attributes;
  /** As it is written there; undefined where it has none. */
  read(entry: Entry): string | undefined;
}
