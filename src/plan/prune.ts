import { type Address, addressOf, type DirectoryKind } from "../model/address.ts";
import type { Finding } from "../model/finding.ts";
import type { DirectoryResource, Observed } from "../model/resource.ts";
import { protectedNames } from "./identity.ts";
import type { DirectoryInput } from "./input.ts";

const kindOfSet = { accounts: "account", lists: "list", aliases: "alias" } as const satisfies Record<
  string,
  DirectoryKind
>;

/** What a domain's complete set does not name. `spared` are names that a rename takes away, and leavers of whom something else is written. */
export function pruned(
  input: DirectoryInput,
  spared: ReadonlySet<string>,
): {
  readonly observed: readonly Observed[];
  readonly names: ReadonlySet<Address>;
  readonly findings: readonly Finding[];
} {
  const wanted = new Set(input.wants.map((want) => want.address));
  const sets = input.wants.flatMap((domain) =>
    (domain.prune ?? []).map((set) => ({ domain, set, kind: kindOfSet[set] })),
  );
  const held = sets.filter(({ domain, kind }) => input.incomplete.has(`${kind} ${domain.name}`));
  const observed = sets
    .filter((set) => !held.includes(set))
    .flatMap(({ domain, kind }) => unnamed(domain, kind, input, wanted))
    .filter(({ name }) => !spared.has(name));
  const safe = protectedNames(input);
  const kept = observed.filter(({ kind, name }) => safe.has(addressOf(kind, name)));
  const gone = observed.filter((each) => !kept.includes(each));
  return {
    observed: gone,
    names: new Set(gone.map(({ kind, name }) => addressOf(kind, name))),
    findings: [...held.map(({ domain, set }) => holding(domain.address, set)), ...kept.map(keeping)],
  };
}

const keeping = ({ kind, name }: Observed): Finding => ({
  code: "prune.protected",
  severity: "info",
  about: addressOf(kind, name),
  message: "It is not declared and would be pruned, but it is protected",
  remedy: "declare it with protect: false to take the protection off",
});

function unnamed(
  domain: DirectoryResource,
  kind: DirectoryKind,
  { views }: DirectoryInput,
  wanted: ReadonlySet<Address>,
): readonly Observed[] {
  const view = views.get(kind);
  if (domain.absent === true || view === undefined || !("seen" in view)) return [];
  return [...view.seen.values()].filter(
    ({ name }) => name.endsWith(`@${domain.name}`) && !wanted.has(addressOf(kind, name)),
  );
}

const holding = (about: string, set: string): Finding => ({
  code: "prune.held",
  severity: "warning",
  about,
  message: `Its ${set} are not pruned: the set that is declared could not be read in full`,
  remedy: "see to what could not be read, and plan again",
});
