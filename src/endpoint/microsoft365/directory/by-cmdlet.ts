import type { DirectoryChange, PlannedChange } from "../../../contract/endpoint.ts";
import type { Options } from "../../../contract/options.ts";
import { Fault } from "../../../model/fault.ts";
import { type Cmdlet, lineOf } from "../exchange/cmdlet.ts";
import { addressing, contact, listCreation, listRemoval, listUpdate } from "../exchange/commands.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { GroupSort } from "./groups.ts";
import type { Tenant } from "./tenant.ts";
import type { Fields } from "../../directory/change.ts";

type SortOf = (name: string) => GroupSort | "account" | undefined;

/** Cmdlets of a change of an alias: an address goes from one recipient before it comes to another. */
export function aliasCmdlets(change: PlannedChange, sortOf: SortOf): readonly Cmdlet[] {
  const at = (target: string, act: "add" | "remove", alias: string): Cmdlet =>
    addressing(target, sortOf(target) ?? "account", act, alias);
  const before = change.act === "create" ? undefined : (change.was.fields as Fields)["target"];
  const after = change.act === "delete" ? undefined : ((change.want.fields as Fields)["target"] ?? before);
  return [
    ...(change.act !== "create" && typeof before === "string" ? [at(before, "remove", change.was.name)] : []),
    ...(change.act !== "delete" && typeof after === "string" ? [at(after, "add", change.want.name)] : []),
  ];
}

/** Cmdlets of a change of a distribution list. `strangers` are to become contacts before. */
export function listCmdlets(change: PlannedChange, strangers: readonly string[]): readonly Cmdlet[] {
  const made = strangers.map(contact);
  if (change.act === "create") return [...made, ...listCreation(change.want.name, change.want.fields as Fields)];
  if (change.act === "delete") return [listRemoval(change.was.name)];
  return [...made, ...listUpdate(change.was.name, change.want.name, change.fields)];
}

/** Who a change brings into a list. */
export function comingTo(change: PlannedChange): readonly string[] {
  if (change.act === "delete") return [];
  const to: Fields =
    change.act === "create"
      ? (change.want.fields as Fields)
      : Object.fromEntries(change.fields.map((each) => [each.field, each.to]));
  return (to["members"] as readonly string[] | undefined) ?? [];
}

export const linesOf = (cmdlets: readonly Cmdlet[]): readonly string[] => cmdlets.map(lineOf);

/** Runs each change's cmdlets, one after the other; a change whose cmdlet is refused has failed, and the others go on. */
export async function runAll(
  { exchange }: Tenant & { readonly exchange: Exchange },
  changes: readonly DirectoryChange[],
  cmdletsOf: (change: DirectoryChange) => readonly Cmdlet[],
  options: Options,
): Promise<ReadonlyMap<string, Fault>> {
  const failures = new Map<string, Fault>();
  for (const change of changes) {
    try {
      for (const cmdlet of cmdletsOf(change)) await exchange.run(cmdlet, options);
    } catch (thrown) {
      if (!(thrown instanceof Fault) || thrown.spoils !== "item") throw thrown;
      const gone = change.act === "delete" && thrown.code === "item.missing";
      if (!gone) failures.set(change.key, thrown);
    }
  }
  return failures;
}
