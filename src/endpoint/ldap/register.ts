import type { Observed } from "../../model/resource.ts";
import { keyOfDn } from "./dn.ts";

/** Entries by their names, whatever the spelling. */
export interface Register {
  find(dn: string): Known | undefined;
  /** The entry with this address. */
  of(name: string): Known | undefined;
  /** Puts one in; of two with an address the first is had by it. */
  add(known: Known): void;
}

export interface Known {
  readonly dn: string;
  readonly name: string;
  readonly id: string | undefined;
  /** A list; anybody else is a person, or somebody elsewhere. */
  readonly isList?: boolean;
}

export function createRegister(
  rows: readonly { readonly dn: string; readonly observed: Observed<"account" | "list"> }[],
): Register {
  const byDn = new Map<string, Known>();
  const byName = new Map<string, Known>();
  const add = (known: Known): void => {
    byDn.set(keyOfDn(known.dn), known);
    if (!byName.has(known.name)) byName.set(known.name, known);
  };
  for (const { dn, observed } of rows)
    add({ dn, name: observed.name, id: observed.id, isList: observed.kind === "list" });
  return { find: (dn) => byDn.get(keyOfDn(dn)), of: (name) => byName.get(name), add };
}
