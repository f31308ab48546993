import type { Address, DirectoryKind } from "../model/address.ts";
import type { Finding } from "../model/finding.ts";
import type { Json } from "../model/json.ts";
import type { Value } from "../manifest/scalar.ts";

/** Kinds that an import writes entries of. */
export type EntryKind = Exclude<DirectoryKind, "domain"> | "mailbox";

/** One thing that an endpoint holds, as the manifest language has it; addresses are in full. */
export interface Entry {
  readonly kind: EntryKind;
  readonly name: string;
  readonly address: Address;
  /** What is to be written, in the order of the documentation; defaults are left out. */
  readonly values: Readonly<Record<string, Value>>;
  /** Every field that can be said, in normal form, defaults as well. */
  readonly fields: Readonly<Record<string, Json>>;
  /** Fields that it has and no manifest can say. */
  readonly unsaid: readonly string[];
}

/** What an endpoint holds. */
export interface Holding {
  readonly entries: readonly Entry[];
  /** Domains that the endpoint lists itself; absent where it has no list of them, so that every domain may be declared. */
  readonly domains?: ReadonlySet<string>;
  /** Kinds that were read in full. */
  readonly kinds: ReadonlySet<EntryKind>;
  /** Fields that the endpoint can hold. */
  readonly holds: ReadonlyMap<EntryKind, ReadonlySet<string>>;
  /** Everything that was seen, also what no manifest can say. */
  readonly seen: ReadonlySet<Address>;
  readonly findings: readonly Finding[];
  /** What could not be read; empty where the reading was complete. */
  readonly unread: readonly Finding[];
}

/** Keys of each kind in the order in which the documentation has them. */
export const keyOrder: Readonly<Record<EntryKind, readonly string[]>> = {
  // prettier-ignore
  account: "displayName givenName familyName enabled quota class aliases forwarding mailbox fullAccess sendAs sendOnBehalf recovery password source destination wave priority formerly protect absent".split(" "),
  list: ["displayName", "members", "owners", "senders", "aliases", "hidden", "formerly", "protect", "absent"],
  alias: ["target", "protect", "absent"],
  mailbox: ["source", "destination", "mode", "restore", "folders", "messages", "wave", "priority"],
};

export const domainOf = (name: string): string => name.slice(name.lastIndexOf("@") + 1);
export const localOf = (name: string): string => name.slice(0, name.lastIndexOf("@"));
