import { kindTable } from "../kind/table.ts";
import { type Address, kindOf } from "../model/address.ts";
import type { Finding } from "../model/finding.ts";

/** A finding for each kind and field that the endpoint has no place for, with everybody who wrote it; an empty field is the kind itself. */
export function unsupportedFindings(
  endpoint: string,
  found: readonly { readonly address: Address; readonly field: string }[],
): readonly Finding[] {
  const groups = Map.groupBy(found, ({ address, field }) => `${kindOf(address)} ${field}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const addresses = group.map(({ address }) => address);
    const form = kindTable[kindOf(first.address)];
    const what = first.field === "" ? form.many : `the ${first.field} of ${form.many}`;
    return [
      {
        code: first.field === "" ? "kind.unsupported" : "field.unsupported",
        severity: "warning" as const,
        about: addresses.length === 1 ? first.address : endpoint,
        message: `${endpoint} cannot hold ${what}; it is not compared`,
        detail: { kind: form.kind, ...(first.field === "" ? {} : { field: first.field }), addresses },
      },
    ];
  });
}
