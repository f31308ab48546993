import type { LedgerRecord } from "../contract/state-store.ts";
import type { Address, DirectoryKind } from "../model/address.ts";
import type { DirectoryResource } from "../model/resource.ts";
import type { View } from "./observe.ts";

/** What is wanted of one directory, what it holds, and what is remembered. */
export interface DirectoryInput {
  /** The endpoint's name in the manifests. */
  readonly endpoint: string;
  readonly wants: readonly DirectoryResource[];
  readonly views: ReadonlyMap<DirectoryKind, View>;
  readonly ledger: ReadonlyMap<Address, LedgerRecord>;
  /** Domains whose declared set could not be read in full, by kind: nothing is pruned there. */
  readonly incomplete: ReadonlySet<string>;
  /** The sets of rows that are asked for, by `kind domain`. */
  readonly sets: ReadonlyMap<string, RowSet>;
  /** Which system the endpoint is, where its spec tells. */
  readonly system?: string;
  /** Other Migrations of the same state that manage something there. */
  readonly owners: ReadonlyMap<Address, string>;
}

/** A set of resources that the rows of an endpoint declare. */
export interface RowSet {
  readonly kind: "account" | "list";
  readonly domain: string;
  readonly endpoint: string;
  readonly leavers?: "leave" | "disable";
}
