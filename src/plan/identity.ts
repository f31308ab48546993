import { type Address, addressOf, type DirectoryKind, kindOf } from "../model/address.ts";
import type { Finding } from "../model/finding.ts";
import type { DirectoryResource, Observed } from "../model/resource.ts";
import type { DirectoryInput } from "./input.ts";
import type { View } from "./observe.ts";

/** What is known of who a wanted resource is. */
export interface IdentityFacts {
  /** Who has its name: nobody, the one that the state knows (or any, where no id tells), or another one. */
  readonly there: "nobody" | "itself" | "another";
  /** Where the id is that the state knows it by: not remembered, nowhere, or under a name that somebody declares, or nobody. */
  readonly known: "unremembered" | "nowhere" | "declared" | "free";
  /** One of its former names, which nobody declares, is there. */
  readonly formerly: boolean;
}

export type Identity = "itself" | "new" | "renamed" | "moved" | "remade" | "replaced" | "swapped";

/** Who it is there. The name decides, for mail goes by names; an id tells of a rename, or of another one in its place. */
export function identityOf({ there, known, formerly }: IdentityFacts): Identity {
  if (there === "itself") return "itself";
  if (there === "another") return known === "nowhere" ? "replaced" : "swapped";
  if (formerly) return "renamed";
  if (known === "free") return "moved";
  return known === "declared" ? "remade" : "new";
}

/** Names of one directory, looked up. */
export interface Names {
  /** Declared, and to be there. */
  readonly wanted: ReadonlySet<Address>;
  /** Who has an id of the endpoint's own. */
  readonly nameOf: NameOf;
}

type NameOf = (kind: DirectoryKind, id: string) => string | undefined;

export const namesOf = ({ wants, views }: Pick<DirectoryInput, "wants" | "views">): Names => ({
  wanted: new Set(wants.filter((want) => want.absent !== true).map((want) => want.address)),
  nameOf: namesById(views),
});

/** Looked through when it is first asked: before anything is remembered, nobody is looked for by an id. */
function namesById(views: DirectoryInput["views"]): NameOf {
  const known = new Map<DirectoryKind, ReadonlyMap<string, string>>();
  return (kind, id) => {
    const view = views.get(kind);
    if (view === undefined || !("seen" in view)) return undefined;
    const names =
      known.get(kind) ??
      new Map([...view.seen.values()].flatMap(({ id: its, name }) => (its === undefined ? [] : [[its, name]])));
    known.set(kind, names);
    return names.get(id);
  };
}

/** The id that the state knows an address by at this endpoint; another endpoint's says nothing here. */
export function knownId({ ledger, endpoint }: DirectoryInput, address: Address): string | undefined {
  const record = ledger.get(address);
  return record?.endpoint === undefined || record.endpoint === endpoint ? record?.id : undefined;
}

/** What the state protects, under the name that it was protected by, and under the one that it was given at the destination since. */
export function protectedNames(input: DirectoryInput): ReadonlySet<Address> {
  const names = new Set<Address>();
  const nameOf = namesById(input.views);
  for (const { address, protect } of input.ledger.values()) {
    if (protect !== true) continue;
    names.add(address);
    const id = knownId(input, address);
    const kind = kindOf(address);
    const now = id === undefined || kind === "mailbox" ? undefined : nameOf(kind, id);
    if (now !== undefined) names.add(addressOf(kind, now));
  }
  return names;
}

export interface Identified {
  readonly identity: Identity;
  /** What is there under its name, or under the one that it would lose. */
  readonly was?: Observed;
  readonly findings: readonly Finding[];
}

interface Around {
  readonly input: DirectoryInput;
  readonly view: Extract<View, { seen: unknown }>;
  readonly names: Names;
}

/** Finds a wanted resource at the destination, and says where its name and its id do not agree. */
export function identify(want: DirectoryResource, around: Around): Identified {
  const { view, input, names } = around;
  const there = view.seen.get(want.name);
  const id = knownId(input, want.address);
  const moved = id === undefined ? undefined : names.nameOf(want.kind, id);
  const isFree = (name: string): boolean => !names.wanted.has(addressOf(want.kind, name));
  const former = (want.formerly ?? []).filter(isFree).flatMap((name) => view.seen.get(name) ?? []);
  const identity = identityOf({
    there: there === undefined ? "nobody" : isAnother(there, id) ? "another" : "itself",
    known: id === undefined ? "unremembered" : moved === undefined ? "nowhere" : isFree(moved) ? "free" : "declared",
    formerly: former.length > 0,
  });
  const before = identity === "moved" && moved !== undefined ? view.seen.get(moved) : former[0];
  const was = identity === "renamed" || identity === "moved" ? before : there;
  const findings = [
    ...told(identity, { address: want.address, endpoint: input.endpoint, ...(moved === undefined ? {} : { moved }) }),
    ...(identity === "renamed" ? strangers(want, former, input) : []),
    ...(there === undefined ? [] : former.map(({ name }) => leftover(want, name, input.endpoint))),
  ];
  return { identity, findings, ...(was === undefined ? {} : { was }) };
}

const isAnother = ({ id }: Observed, known: string | undefined): boolean =>
  known !== undefined && id !== undefined && id !== known;

/** What is said of one that must not be there, where its name or its id are not what the state knows. */
export function identifyAbsent(want: DirectoryResource, { view, input, names }: Around): readonly Finding[] {
  const id = knownId(input, want.address);
  const there = view.seen.get(want.name);
  const moved = id === undefined ? undefined : names.nameOf(want.kind, id);
  const facts = { address: want.address, endpoint: input.endpoint, ...(moved === undefined ? {} : { moved }) };
  if (there !== undefined && isAnother(there, id)) return told(moved === undefined ? "replaced" : "swapped", facts);
  if (there !== undefined || moved === undefined || names.wanted.has(addressOf(want.kind, moved))) return [];
  const { endpoint, address } = facts;
  return [
    {
      code: "name.moved",
      severity: "warning",
      about: address,
      message: `At ${endpoint} it is called ${moved} now, and stays`,
      remedy: "declare that name absent, if it is to go",
    },
  ];
}

interface Facts {
  readonly address: Address;
  readonly endpoint: string;
  /** What the one that the state knows is called now. */
  readonly moved?: string;
}

type Telling = (facts: Facts) => Omit<Finding, "about" | "severity">;

const tellings: Readonly<Partial<Record<Identity, Telling>>> = {
  moved: ({ endpoint, moved }) => ({
    code: "name.moved",
    message: `At ${endpoint} it is called ${moved} now, and would get its declared name back`,
    remedy: "declare its new name, with the old one under formerly, if that is meant",
  }),
  remade: ({ endpoint, moved }) => ({
    code: "id.taken",
    message: `At ${endpoint} the one that had this name is called ${moved} now, which is declared too: this one would be made anew`,
    remedy: `if ${moved} is its new name, take this declaration away`,
  }),
  replaced: ({ endpoint }) => ({
    code: "id.replaced",
    message: `At ${endpoint} another one has this name now, and the one that was known by it is gone: the new one is taken over`,
    remedy: "see who it is before you apply",
  }),
  swapped: ({ endpoint, moved }) => ({
    code: "id.moved",
    message: `At ${endpoint} another one has this name now, and the one that was known by it is called ${moved}`,
    remedy: "give the names back there, or declare the new ones; applied as it is, each name means who has it now",
  }),
};

function told(identity: Identity, facts: Facts): readonly Finding[] {
  const telling = tellings[identity];
  return telling === undefined ? [] : [{ ...telling(facts), severity: "warning", about: facts.address }];
}

/** A former name that somebody else has by now, as far as ids tell. */
function strangers(want: DirectoryResource, former: readonly Observed[], input: DirectoryInput): readonly Finding[] {
  const [first] = former;
  const known = first === undefined ? undefined : knownId(input, addressOf(want.kind, first.name));
  if (first === undefined || !isAnother(first, known)) return [];
  return [
    {
      code: "id.replaced",
      severity: "warning",
      about: want.address,
      message: `At ${input.endpoint} another one is called ${first.name} now, and would be renamed`,
      remedy: "take the name out of formerly, unless that one is meant",
    },
  ];
}

const leftover = ({ address }: DirectoryResource, name: string, endpoint: string): Finding => ({
  code: "name.both",
  severity: "warning",
  about: address,
  message: `At ${endpoint} its former name ${name} is there beside it: nothing is renamed, and ${name} is left as it is`,
  remedy: "declare the former name absent, or take it out of formerly",
});
