import type { Buffer } from "node:buffer";
import type { Filter } from "ldapts";
import type { NewPassword } from "../../../contract/endpoint.ts";
import type { Entry } from "../entry.ts";
import type { Form, Values } from "../form.ts";

/** Attributes that may hold a thing, best first: read where they are there; the first that the schema has is written. */
export type Attributes = readonly string[];

/** Parts of an account that have attributes: a field of ours, or a part of one. */
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

/** Parts of a list that stand in one attribute each; its members have a shape of their own. */
export const listSlots = ["displayName", "owners", "senders", "hidden"] as const;
export type ListSlot = (typeof listSlots)[number];

/** How a directory of one kind looks where the manifest says nothing else: data, and nothing but what is special about it. */
export interface Flavour {
  readonly name: string;
  /** The attribute with the entry's own immutable id, and how it reads. */
  readonly id: { readonly attribute: string; read(entry: Entry): string | undefined };
  /** URLs of references that every search ends with, and that lead to no people. */
  readonly ownPartitions?: RegExp;
  readonly accounts: AccountsShape;
  readonly lists: ListsShape;
  /** Aliases that are entries of their own; absent where there are none. */
  readonly aliases?: AliasesShape;
  /** How a field stands in an attribute that is known by name, where that is not the plain way. By slot, then attribute in lower case. */
  readonly ways: Readonly<Record<string, Readonly<Record<string, Way>>>>;
  /** Values for attributes that an entry must have, and that no field gives. By attribute in lower case. */
  readonly fillers: Readonly<Record<string, (facts: Filling) => string>>;
  /** Auxiliary classes that are taken before others that have the attribute too. */
  readonly auxiliaries: readonly string[];
  /** Whether the server can tell the values of every attribute apart, though its schema does not say how. */
  readonly oneByOne?: true;
  /** Whether the server itself takes names of entries that are gone out of wherever they stand. */
  readonly keepsLinks?: true;
  /** The attribute of an entry in which the server says which classes this login may make below it. */
  readonly mayMake?: string;
  /** A name that no two entries of the whole directory may share. By what an account or list is called, best first. */
  readonly second?: { readonly attribute: string; candidates(name: string): readonly string[] };
  /** How a password is written, where that is not userPassword. */
  readonly password?: PasswordForm;
}

/** What is known of a new entry. */
interface Filling {
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface PasswordForm {
  /** Whether the server takes it over TLS alone, also from its own machine. */
  readonly overTls: boolean;
  /** As octets, which may be no text. Throws Unholdable. */
  print(password: NewPassword): { readonly octets: Octets; readonly values: Values };
  /** One that nobody knows, for a new account that comes without. */
  unknown(): NewPassword;
}

/** One value by attribute. */
export type Octets = Readonly<Record<string, Buffer>>;

/** Makes a form for the attribute: `attributes` is the slot's whole list, the one it stands for first. */
type Way = (attributes: Attributes) => Form;

/** What entries of a kind have in common. */
interface Shape {
  /** What they are, beside having an address (RFC 4515). */
  readonly filter: string;
  /** Object classes of a new one. */
  readonly classes: readonly string[];
  readonly rdn: string;
  readonly address: AddressForm;
  /** What a new one has where no field says otherwise. */
  readonly initial?: Values;
}

/** The attribute with the name of an entry that mail is sent on to, and the one that says that a copy is kept. */
export interface Redirect {
  readonly attribute: string;
  readonly keeps: string;
}

interface AccountsShape extends Shape {
  readonly slots: Readonly<Record<AccountSlot, Attributes>>;
  /** Forwarding to somebody who has an entry, by its name. */
  readonly redirect?: Redirect;
  readonly aliases: readonly AliasForm[];
}

interface ListsShape extends Shape {
  readonly slots: Readonly<Record<ListSlot, Attributes>>;
  /** Where lists stand whose members may write to it, apart from people. */
  readonly senderLists?: string;
  readonly aliases: readonly AliasForm[];
  readonly members: MembersShape;
  /** Entries that stand for addresses elsewhere; made for members that have no entry. */
  readonly contacts?: Pick<Shape, "filter" | "classes" | "rdn" | "address">;
}

/** Where the members of a list stand. */
interface MembersShape {
  /** Names of entries, by the attribute of each class of groups; the last one's is used where none fits. */
  readonly entries: readonly { readonly class: string; readonly attribute: string }[];
  /** Members that are no entries, by address. */
  readonly external: Attributes;
  /** Members that follow from a search: URLs of LDAP (RFC 4516). */
  readonly searched: Attributes;
  /** Classes that must have a member. */
  readonly neverEmpty: readonly string[];
}

interface AliasesShape extends Shape {
  readonly target: string;
}

/** How an entry's own address stands in it. */
export interface AddressForm {
  readonly attributes: Attributes;
  /** As it is written there; undefined where it has none. */
  read(entry: Entry): string | undefined;
  /** What has an address, or this one; by default what has one of the attributes, or one that equals it. */
  filter?(name?: string): Filter;
  /** What else stands in the same attributes stays. */
  print(address: string, there?: Entry): Values;
}

/** How further addresses stand in an attribute. */
export interface AliasForm {
  readonly attribute: string;
  /** Undefined for a value that is no address of the entry. */
  read(value: string): string | undefined;
  print(address: string): string;
}
