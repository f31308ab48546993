import { normalMailAddress } from "../../../kind/normal.ts";
import type { AddressForm, AliasForm } from "./flavour.ts";

/** The first value is the address; where it stands in the `others` too it follows it there. */
export function addressIn(attribute: string, others: readonly string[]): AddressForm {
  return {
    attributes: [attribute],
    read: (entry) => entry.text(attribute),
    print(address, there) {
      const before = normalMailAddress(there?.text(attribute) ?? "");
      const values: Record<string, readonly string[]> = {
        [attribute]: [address, ...(there?.texts(attribute).slice(1) ?? [])],
      };
      for (const other of others) {
        const all = there?.texts(other) ?? [];
        if (before !== undefined && all.some((each) => normalMailAddress(each) === before))
          values[other] = all.map((each) => (normalMailAddress(each) === before ? address : each));
      }
      return values;
    },
  };
}

/** An attribute with one address a value. */
export function plainAlias(attribute: string): AliasForm {
  return { attribute, read: normalMailAddress, print: (address) => address };
}
