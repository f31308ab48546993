import type { DirectoryResource } from "../model/resource.ts";
import type { AccountSide, AccountSpec } from "../model/spec.ts";
import { normalMailAddress } from "../kind/normal.ts";
import type { Place } from "./place.ts";
import type { Report } from "./problem.ts";

/** A reference from one resource to another, by the other's full address. */
export interface Reference {
  readonly name: string;
  /** Written as a short name, so it must be declared. */
  readonly short: boolean;
  readonly at: Place;
}

/** A directory resource and the lines that say it. */
export interface Declaration {
  readonly resource: DirectoryResource;
  readonly at: Place;
  readonly references: readonly Reference[];
  /** Where its former names stand, in their order. */
  readonly formerly: readonly Reference[];
  /** What an account says of its mailbox. */
  readonly box?: BoxWish;
}

export interface BoxWish extends Pick<AccountSpec, "source" | "priority"> {
  readonly destination?: AccountSide;
  /** The account's spec, below which the sides stand; absent where nothing is said of them. */
  readonly at?: Place;
}

/** What stands around a resource: the domain that its short names belong to, and labels that it inherits. */
export interface Surroundings {
  readonly domain: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly report: Report;
}

/** A short name or an address as a full address in normal form. */
export function qualified(text: string, domain: string): string | undefined {
  return normalMailAddress(text.includes("@") ? text : `${text}@${domain}`);
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1);
}
