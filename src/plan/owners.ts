import { type Address, addressOf } from "../model/address.ts";
import type { Finding } from "../model/finding.ts";
import type { Draft } from "./draft.ts";
import type { DirectoryInput } from "./input.ts";

/**
 * Takes out what would change a resource that another Migration of the same state manages at the same system, and says so: two that
 * want it otherwise would undo each other's work for ever. What both want alike is nobody's trouble.
 */
export function contested(
  drafts: readonly Draft[],
  { owners, endpoint }: DirectoryInput,
): { readonly drafts: readonly Draft[]; readonly findings: readonly Finding[] } {
  if (owners.size === 0) return { drafts, findings: [] };
  const ownerOf = (draft: Draft): string | undefined =>
    namesOf(draft)
      .map((name) => owners.get(name))
      .find(Boolean);
  const held = new Set(drafts.filter((draft) => ownerOf(draft) !== undefined));
  const groups = Map.groupBy([...held], (draft) => ownerOf(draft) ?? "");
  return {
    drafts: drafts.filter((draft) => !held.has(draft)),
    findings: [...groups].map(([owner, all]) =>
      finding(owner, [...new Set(all.map(({ address }) => address))], endpoint),
    ),
  };
}

/** The address of a step, and the one that it takes away. */
function namesOf({ address, change }: Draft): readonly Address[] {
  return change.act === "update" ? [address, addressOf(change.was.kind, change.was.name)] : [address];
}

function finding(owner: string, addresses: readonly Address[], endpoint: string): Finding {
  const [only, more] = addresses;
  return {
    code: "owner.other",
    severity: "error",
    about: only === undefined || more !== undefined ? endpoint : only,
    message: `The Migration ${owner} manages this in the same state, and it is not as it is wanted here: nothing of it is changed`,
    remedy: `declare it in one of the two alone, or take it over with --take-over ${owner}`,
    ...(more === undefined ? {} : { detail: { addresses } }),
  };
}
